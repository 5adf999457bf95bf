#include "embedded-broker/base/buffer.h"

namespace broker {

Slice Slice::take(std::vector<std::byte> bytes) {
    auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
    const Bytes view(*owner);
    return {std::move(owner), view};
}

Slice Slice::copy(Bytes bytes) { return take(std::vector<std::byte>(bytes.begin(), bytes.end())); }

} // namespace broker
