#include "tests/embedded-broker/protocol/any_message.h"

#include "embedded-broker/protocol/messages/all.h"
#include "tests/embedded-broker/protocol/random_message.h"

namespace broker::protocol {
namespace {

template <class Message>
class Holder final : public AnyMessage {
public:
    explicit Holder(std::string_view name) : m_name(name) {}
    std::string_view name() const override { return m_name; }
    std::int16_t minVersion() const override { return Message::kMinVersion; }
    std::int16_t maxVersion() const override { return Message::kMaxVersion; }
    std::unique_ptr<AnyMessage> fresh() const override { return std::make_unique<Holder>(m_name); }
    void fill(Random& random, bool nulls) override { MessageFiller{random, nulls}(m_message); }
    void encode(Writer& writer, std::int16_t version) const override { m_message.encode(writer, version); }
    std::optional<Error> decode(Reader& reader, std::int16_t version) override {
        auto read = Message::decode(reader, version);
        if (!read)
            return read.error();
        m_message = std::move(*read);
        return std::nullopt;
    }
    std::string print(std::int16_t version) const override { return m_message.print(version); }

private:
    std::string_view m_name;
    Message m_message;
};

} // namespace

std::vector<std::unique_ptr<AnyMessage>> allMessages() {
    std::vector<std::unique_ptr<AnyMessage>> all;
#define ADD(Message) all.push_back(std::make_unique<Holder<Message>>(#Message));
    SAMSA_FOR_EACH_MESSAGE(ADD)
#undef ADD
    return all;
}

std::unique_ptr<AnyMessage> messageNamed(std::string_view name) {
    for (auto& message : allMessages())
        if (message->name() == name)
            return std::move(message);
    return nullptr;
}

} // namespace broker::protocol
