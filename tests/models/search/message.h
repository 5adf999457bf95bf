#pragma once
// Messages as a reader meets them: encoded one after another in a batch, with the padding that readers leave behind it.

#include "embedded-broker/protocol/varint.h"
#include "models/wire/record_cursor.h"

#include <optional>
#include <string>
#include <vector>

namespace tests {

struct Message {
    qint64 offset = 0;
    qint64 timestampMs = 0;
    std::optional<std::string> key = std::nullopt;
    std::optional<std::string> value = std::nullopt;
    std::vector<std::pair<std::string, std::optional<std::string>>> headers = {};
};

class EncodedMessages {
public:
    EncodedMessages(const std::vector<Message>& messages, int partition) {
        using namespace broker::protocol;
        std::vector<std::byte> records;
        const auto put = [](std::vector<std::byte>& to, const std::optional<std::string>& bytes) {
            appendVarint(to, bytes ? static_cast<std::int32_t>(bytes->size()) : -1);
            if (bytes)
                to.insert(to.end(), reinterpret_cast<const std::byte*>(bytes->data()), reinterpret_cast<const std::byte*>(bytes->data()) + bytes->size());
        };
        m_batch.partition = partition;
        m_batch.baseOffset = messages.empty() ? 0 : messages.front().offset;
        m_batch.lastOffset = messages.empty() ? 0 : messages.back().offset;
        m_batch.recordCount = static_cast<int>(messages.size());
        m_batch.baseTimestampMs = messages.empty() ? 0 : messages.front().timestampMs;
        m_batch.maxTimestampMs = messages.empty() ? 0 : messages.back().timestampMs;
        m_batch.first = m_batch.baseOffset;
        m_batch.next = m_batch.lastOffset + 1;
        for (const auto& message : messages) {
            std::vector<std::byte> body{std::byte{0}};
            appendVarlong(body, message.timestampMs - m_batch.baseTimestampMs);
            appendVarint(body, static_cast<std::int32_t>(message.offset - m_batch.baseOffset));
            put(body, message.key);
            put(body, message.value);
            appendVarint(body, static_cast<std::int32_t>(message.headers.size()));
            for (const auto& [name, value] : message.headers) {
                put(body, name);
                put(body, value);
            }
            appendVarint(records, static_cast<std::int32_t>(body.size()));
            records.insert(records.end(), body.begin(), body.end());
        }
        m_bytes.assign(reinterpret_cast<const char*>(records.data()), records.size());
        m_size = m_bytes.size();
        m_bytes.resize(m_size + 128);
        m_batch.records = std::string_view(m_bytes).substr(0, m_size);
    }
    EncodedMessages(const EncodedMessages&) = delete;
    EncodedMessages& operator=(const EncodedMessages&) = delete;

    [[nodiscard]] const models::wire::ScanBatch& batch() const { return m_batch; }
    models::wire::ScanBatch& batch() { return m_batch; }
    [[nodiscard]] models::wire::RawRecord first() const {
        models::wire::RecordCursor cursor(m_batch);
        models::wire::RawRecord record;
        cursor.next(record);
        return record;
    }

private:
    models::wire::ScanBatch m_batch;
    std::string m_bytes;
    std::size_t m_size = 0;
};

} // namespace tests
