// A frame as any client may send it: header, body of the API and version it names, printed and written again.

#include "embedded-broker/protocol/api_table.h"
#include "tests/embedded-broker/protocol/any_message.h"

#include <array>
#include <cstdlib>

using namespace broker;
using namespace broker::protocol;

namespace {

/// Messages by API key, requests and responses.
struct Table {
    std::array<std::unique_ptr<AnyMessage>, 128> requests;
    std::array<std::unique_ptr<AnyMessage>, 128> responses;
    Table() {
        for (const auto& api : apiTable()) {
            requests.at(static_cast<std::size_t>(api.key)) = messageNamed(std::string(api.name) + "Request");
            responses.at(static_cast<std::size_t>(api.key)) = messageNamed(std::string(api.name) + "Response");
        }
    }
};

void tryMessage(const AnyMessage* kind, Reader reader, std::int16_t version) {
    if (kind == nullptr)
        return;
    const auto message = kind->fresh();
    if (message->decode(reader, version))
        return;
    (void)message->print(version);
    Writer writer;
    message->encode(writer, version);
    const Slice first = writer.finishAsSlice();
    Reader again(first);
    const auto same = kind->fresh();
    if (same->decode(again, version) || again.left() != 0)
        std::abort(); // what we write we must be able to read
    same->encode(writer, version);
    if (!(writer.finishAsSlice() == first))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    static const Table table;
    Reader reader(Slice::copy(std::as_bytes(std::span(data, size))));
    const auto head = decodeRequestHead(reader);
    if (!head || head->apiKey < 0 || head->apiKey >= 128)
        return 0;
    const auto key = static_cast<std::size_t>(head->apiKey);
    tryMessage(table.requests.at(key).get(), reader, head->apiVersion);
    tryMessage(table.responses.at(key).get(), reader, head->apiVersion);
    return 0;
}
