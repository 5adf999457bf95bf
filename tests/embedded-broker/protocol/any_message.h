#pragma once
// Every generated message behind one interface, so that a test of all of them is compiled once.

#include "embedded-broker/base/random.h"
#include "embedded-broker/protocol/codec.h"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace broker::protocol {

class AnyMessage {
public:
    virtual ~AnyMessage() = default;
    [[nodiscard]] virtual std::string_view name() const = 0;
    [[nodiscard]] virtual std::int16_t minVersion() const = 0;
    [[nodiscard]] virtual std::int16_t maxVersion() const = 0;
    /// Another one of the same type with its defaults.
    [[nodiscard]] virtual std::unique_ptr<AnyMessage> fresh() const = 0;
    /// Random values; with `nulls`, fields that can be null sometimes are.
    virtual void fill(Random& random, bool nulls) = 0;
    virtual void encode(Writer& writer, std::int16_t version) const = 0;
    /// Replaces this message by what the reader holds, or says why not.
    virtual std::optional<Error> decode(Reader& reader, std::int16_t version) = 0;
    [[nodiscard]] virtual std::string print(std::int16_t version) const = 0;
};

/// All there are, in the order of the schema.
std::vector<std::unique_ptr<AnyMessage>> allMessages();
/// By name ("FetchRequest"); nullptr = none.
std::unique_ptr<AnyMessage> messageNamed(std::string_view name);

} // namespace broker::protocol
