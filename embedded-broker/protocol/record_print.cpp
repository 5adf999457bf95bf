#include "embedded-broker/protocol/record_print.h"

#include "embedded-broker/protocol/record_frame.h"

#include <fmt/format.h>

namespace broker::protocol {
namespace {

detail::Show keyOf(CoordinatorTopic topic, std::int16_t type) {
    switch (topic) {
    case CoordinatorTopic::Groups: return type == 0 ? detail::groupKey(1) : detail::groupKey(type); // 0: the same layout from long ago
    case CoordinatorTopic::Transactions: return detail::transactionKey(type);
    case CoordinatorTopic::Share: return detail::shareKey(type);
    }
    return nullptr;
}

detail::Show valueOf(CoordinatorTopic topic, std::int16_t type) {
    switch (topic) {
    case CoordinatorTopic::Groups: return type == 0 ? detail::groupValue(1) : detail::groupValue(type);
    case CoordinatorTopic::Transactions: return detail::transactionValue(type);
    case CoordinatorTopic::Share: return detail::shareValue(type);
    }
    return nullptr;
}

} // namespace

std::optional<CoordinatorTopic> coordinatorTopic(std::string_view topic) {
    if (topic == "__consumer_offsets")
        return CoordinatorTopic::Groups;
    if (topic == "__transaction_state")
        return CoordinatorTopic::Transactions;
    if (topic == "__share_group_state")
        return CoordinatorTopic::Share;
    return std::nullopt;
}

Result<std::string> printMetadataRecord(const Slice& value) {
    Reader reader(value);
    const auto head = readMetadataRecordHead(reader);
    if (!head)
        return std::unexpected(head.error());
    const auto show = detail::metadataRecord(head->type);
    if (show == nullptr)
        return fail(ErrorCode::Unsupported, fmt::format("A metadata record has the unknown type {}.", head->type));
    return show(reader, head->version);
}

Result<std::string> printCoordinatorRecord(CoordinatorTopic topic, const Slice& key, const std::optional<Slice>& value) {
    Reader keyReader(key);
    const auto type = readCoordinatorKeyType(keyReader);
    if (!type)
        return std::unexpected(type.error());
    const auto showKey = keyOf(topic, *type);
    if (showKey == nullptr)
        return fail(ErrorCode::Unsupported, fmt::format("A coordinator's record has the unknown type {}.", *type));
    auto text = showKey(keyReader, 0);
    if (!text || !value)
        return text ? *text + " = null" : text;
    const auto showValue = valueOf(topic, *type);
    Reader valueReader(*value);
    const std::int16_t version = valueReader.int16();
    if (showValue == nullptr || !valueReader.ok())
        return fail(ErrorCode::Corrupt, "The value of a coordinator's record is damaged.");
    const auto shown = showValue(valueReader, version);
    return shown ? *text + " = " + *shown : shown;
}

} // namespace broker::protocol
