#include "app/demo/group_member.h"

#include <algorithm>
#include <fmt/format.h>
#include <pthread.h>

namespace app::demo {

using Clock = std::chrono::steady_clock;

broker::Result<std::unique_ptr<GroupMember>> GroupMember::start(Handle consumer, std::vector<std::string> topics, Capacity capacity,
                                                                std::string name) {
    rd_kafka_poll_set_consumer(consumer.get());
    const PartitionList list(rd_kafka_topic_partition_list_new(static_cast<int>(topics.size())));
    for (const auto& topic : topics)
        rd_kafka_topic_partition_list_add(list.get(), topic.c_str(), RD_KAFKA_PARTITION_UA);
    if (const auto error = rd_kafka_subscribe(consumer.get(), list.get()); error != RD_KAFKA_RESP_ERR_NO_ERROR)
        return broker::fail(broker::ErrorCode::Internal, fmt::format("the group member cannot subscribe: {}", rd_kafka_err2str(error)));
    std::unique_ptr<GroupMember> member(new GroupMember(std::move(consumer), std::move(capacity)));
    member->m_thread = std::thread([raw = member.get()] { raw->work(); });
    ::pthread_setname_np(member->m_thread.native_handle(), name.substr(0, 15).c_str());
    return member;
}

GroupMember::GroupMember(Handle consumer, Capacity capacity)
    : m_consumer(std::move(consumer))
    , m_capacity(std::move(capacity)) {}

GroupMember::~GroupMember() {
    askToStop();
    if (m_thread.joinable())
        m_thread.join();
}

void GroupMember::askToStop() {
    const std::lock_guard lock(m_mutex);
    m_stop = true;
    m_wake.notify_all();
}

/// The time that handling takes; false when it was asked to stop meanwhile.
bool GroupMember::workFor(std::chrono::duration<double> time) {
    std::unique_lock lock(m_mutex);
    return !m_wake.wait_for(lock, time, [this] { return m_stop; });
}

void GroupMember::work() {
    const auto begin = Clock::now();
    auto nextLag = begin;
    double owed = 0; // seconds of handling not yet spent: short ones are gathered, a wait of microseconds is none
    while (workFor(std::chrono::duration<double>(0))) {
        const MessagePtr message(rd_kafka_consumer_poll(m_consumer.get(), 100));
        if (message && message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
            m_consumed.fetch_add(1, std::memory_order_relaxed);
            if (const double capacity = m_capacity(Clock::now() - begin); capacity > 0)
                owed += 1 / capacity;
        }
        if (owed > 0.01) {
            const auto before = Clock::now();
            if (!workFor(std::chrono::duration<double>(owed)))
                break;
            // What the machine overslept counts as handled too, else the wave's average would depend on its timer.
            owed -= std::chrono::duration<double>(Clock::now() - before).count();
        }
        if (const auto now = Clock::now(); now >= nextLag) {
            measureLag();
            nextLag = now + std::chrono::milliseconds(500);
        }
    }
    rd_kafka_consumer_close(m_consumer.get());
}

void GroupMember::measureLag() {
    rd_kafka_topic_partition_list_t* raw = nullptr;
    if (rd_kafka_assignment(m_consumer.get(), &raw) != RD_KAFKA_RESP_ERR_NO_ERROR || !raw)
        return;
    const PartitionList assigned(raw);
    if (rd_kafka_position(m_consumer.get(), raw) != RD_KAFKA_RESP_ERR_NO_ERROR)
        return;
    std::int64_t lag = 0;
    for (int i = 0; i < raw->cnt; ++i) {
        std::int64_t low = 0;
        std::int64_t high = 0;
        if (raw->elems[i].offset >= 0 &&
            rd_kafka_get_watermark_offsets(m_consumer.get(), raw->elems[i].topic, raw->elems[i].partition, &low, &high) == RD_KAFKA_RESP_ERR_NO_ERROR)
            lag += std::max<std::int64_t>(0, high - raw->elems[i].offset);
    }
    m_lag.store(lag, std::memory_order_relaxed);
}

} // namespace app::demo
