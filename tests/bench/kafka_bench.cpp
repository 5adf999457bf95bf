// kafka-bench: one client for every engine, so that figures are ratios of the same program. Over librdkafka.
//
//   kafka-bench first    -b SERVERS -t TOPIC                       ms until the first acks=all record of a new topic is acknowledged
//   kafka-bench produce  -b SERVERS -t TOPIC --mb N [--size 1024]   MB/s, idempotent, acks=all
//   kafka-bench consume  -b SERVERS -t TOPIC --mb N                 MB/s from the beginning
//   kafka-bench latency  -b SERVERS -t TOPIC --rate N --seconds N   open loop: from the intended send time to the acknowledgement
//   kafka-bench failover -b SERVERS -t TOPIC --seconds N [--fast]   the longest silence of each partition, one message every 2 ms each;
//                                                                 what happens before --from (2 s) is told apart: that is the machine
//   kafka-bench coordinator -b SERVERS -t TOPIC -g GROUP --seconds N     the longest time between two commits of a group, one every 5 ms;
//                                                                 its first line names the group's coordinator; --debug cgrp,protocol:
//                                                                 what librdkafka does meanwhile, on standard error
//   kafka-bench topic    -b SERVERS -t TOPIC --partitions N [--replicas 3]
//   kafka-bench delete   -b SERVERS -t TOPIC
#include <librdkafka/rdkafka.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fmt/format.h>
#include <map>
#include <random>
#include <string>
#include <sys/prctl.h>
#include <thread>
#include <utility>
#include <vector>

namespace {

using Clock = std::chrono::steady_clock;
double seconds(Clock::duration d) { return std::chrono::duration<double>(d).count(); }

struct Arguments {
    std::string mode;
    std::map<std::string, std::string> values;
    std::string get(const std::string& name, const std::string& fallback) const {
        const auto it = values.find(name);
        return it == values.end() ? fallback : it->second;
    }
    long number(const std::string& name, long fallback) const { return std::stol(get(name, std::to_string(fallback))); }
};

[[noreturn]] void die(const std::string& why) {
    fmt::print(stderr, "kafka-bench: {}\n", why);
    std::exit(1);
}

void set(rd_kafka_conf_t* conf, const char* name, const std::string& value) {
    char why[512];
    if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK)
        die(why);
}

struct Acknowledgements {
    std::atomic<long> good{0};
    std::atomic<long> bad{0};
    std::vector<double> latencies;            ///< ms; only the polling thread writes
    std::map<int, Clock::time_point> last;    ///< by partition
    std::map<int, double> silence;            ///< ms, the longest by partition
    bool keepLatencies = false;
};

void delivered(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
    auto* acks = static_cast<Acknowledgements*>(opaque);
    if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) {
        ++acks->bad;
        return;
    }
    ++acks->good;
    const auto now = Clock::now();
    if (acks->keepLatencies) {
        const auto intended = Clock::time_point(Clock::duration(reinterpret_cast<std::intptr_t>(message->_private)));
        acks->latencies.push_back(seconds(now - intended) * 1000);
    }
    auto& last = acks->last[message->partition];
    if (last != Clock::time_point())
        acks->silence[message->partition] = std::max(acks->silence[message->partition], seconds(now - last) * 1000);
    last = now;
}

/// What the client library says on standard error, when it is asked to.
void chatter(rd_kafka_conf_t* conf, const Arguments& arguments, const char* what) {
    const bool asked = arguments.values.contains("--debug");
    set(conf, "log_level", asked ? "7" : "0");
    if (asked)
        set(conf, "debug", arguments.get("--debug", what));
}

rd_kafka_t* producer(const Arguments& arguments, Acknowledgements* acks, bool fast) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", arguments.get("-b", ""));
    set(conf, "enable.idempotence", "true");
    set(conf, "acks", "all");
    set(conf, "linger.ms", arguments.get("--linger", "5"));
    set(conf, "queue.buffering.max.messages", "1000000");
    set(conf, "queue.buffering.max.kbytes", "262144");
    set(conf, "batch.size", arguments.get("--batch", "1000000"));
    chatter(conf, arguments, "protocol");
    if (fast) {
        set(conf, "retry.backoff.ms", "20");
        set(conf, "reconnect.backoff.ms", "10");
        set(conf, "topic.metadata.refresh.fast.interval.ms", "10");
    }
    rd_kafka_conf_set_opaque(conf, acks);
    rd_kafka_conf_set_dr_msg_cb(conf, delivered);
    char why[512];
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (handle == nullptr)
        die(why);
    return handle;
}

int partitionsOf(rd_kafka_t* handle, const std::string& topic) {
    rd_kafka_topic_t* named = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
    const struct rd_kafka_metadata* metadata = nullptr;
    int count = 0;
    if (rd_kafka_metadata(handle, 0, named, &metadata, 10000) == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (metadata->topic_cnt > 0)
            count = metadata->topics[0].partition_cnt;
        rd_kafka_metadata_destroy(metadata);
    }
    rd_kafka_topic_destroy(named);
    return count;
}

int createTopic(const Arguments& arguments) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", arguments.get("-b", ""));
    char why[512];
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    rd_kafka_NewTopic_t* topic = rd_kafka_NewTopic_new(arguments.get("-t", "bench").c_str(), static_cast<int>(arguments.number("--partitions", 6)),
        static_cast<int>(arguments.number("--replicas", 3)), why, sizeof why);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
    rd_kafka_CreateTopics(handle, &topic, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30000);
    if (event == nullptr)
        die("no answer to CreateTopics");
    std::size_t count = 0;
    const auto* result = rd_kafka_event_CreateTopics_result(event);
    const auto* topics = rd_kafka_CreateTopics_result_topics(result, &count);
    const auto error = count > 0 ? rd_kafka_topic_result_error(topics[0]) : rd_kafka_event_error(event);
    rd_kafka_event_destroy(event);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR && error != RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS)
        die(rd_kafka_err2str(error));
    // Ready when every partition has a leader.
    rd_kafka_queue_destroy(queue);
    rd_kafka_NewTopic_destroy(topic);
    rd_kafka_destroy(handle);
    return 0;
}

int deleteTopic(const Arguments& arguments) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", arguments.get("-b", ""));
    char why[512];
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, why, sizeof why);
    if (handle == nullptr)
        die(why);
    rd_kafka_DeleteTopic_t* topic = rd_kafka_DeleteTopic_new(arguments.get("-t", "bench").c_str());
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
    rd_kafka_DeleteTopics(handle, &topic, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30000);
    if (event == nullptr)
        die("no answer to DeleteTopics");
    std::size_t count = 0;
    const auto* topics = rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count);
    const auto error = count > 0 ? rd_kafka_topic_result_error(topics[0]) : rd_kafka_event_error(event);
    rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    rd_kafka_DeleteTopic_destroy(topic);
    rd_kafka_destroy(handle);
    if (error != RD_KAFKA_RESP_ERR_NO_ERROR)
        die(rd_kafka_err2str(error));
    return 0;
}

int first(const Arguments& arguments) {
    const auto begin = Clock::now();
    Acknowledgements acks;
    rd_kafka_t* handle = producer(arguments, &acks, true);
    const auto topic = arguments.get("-t", "first");
    bool sent = false;
    while (acks.good == 0 && seconds(Clock::now() - begin) < 60) {
        if (!sent || acks.bad > 0) {
            acks.bad = 0;
            sent = rd_kafka_producev(handle, RD_KAFKA_V_TOPIC(topic.c_str()), RD_KAFKA_V_VALUE(const_cast<char*>("first"), 5),
                       RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR_NO_ERROR;
        }
        rd_kafka_poll(handle, 5);
    }
    fmt::print("first_ack_ms {:.1f}\n", seconds(Clock::now() - begin) * 1000);
    std::fflush(stdout);
    std::_Exit(acks.good > 0 ? 0 : 1); // taking the client down costs up to a second, and is no part of anybody's start
}

std::vector<char> noise(std::size_t size) {
    std::mt19937_64 random(1);
    std::vector<char> bytes(size);
    for (auto& byte : bytes)
        byte = static_cast<char>(random());
    return bytes;
}

int produce(const Arguments& arguments) {
    Acknowledgements acks;
    rd_kafka_t* handle = producer(arguments, &acks, false);
    const auto topic = arguments.get("-t", "bench");
    const std::size_t size = static_cast<std::size_t>(arguments.number("--size", 1024));
    const long count = arguments.number("--mb", 1000) * 1000 * 1000 / static_cast<long>(size);
    const auto bytes = noise(size + 65536);
    rd_kafka_topic_t* named = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
    const auto begin = Clock::now();
    for (long i = 0; i < count; ++i) {
        // Incompressible: each message is another window of the noise.
        void* payload = const_cast<char*>(bytes.data() + (i * 61) % 65536);
        while (rd_kafka_produce(named, RD_KAFKA_PARTITION_UA, 0, payload, size, nullptr, 0, nullptr) != 0)
            rd_kafka_poll(handle, 10);
        if (i % 256 == 0)
            rd_kafka_poll(handle, 0);
    }
    rd_kafka_flush(handle, 300000);
    const double took = seconds(Clock::now() - begin);
    fmt::print("produce_mb_per_s {:.1f} acknowledged {} failed {} seconds {:.1f}\n", static_cast<double>(acks.good) * static_cast<double>(size) / 1e6 / took,
        acks.good.load(), acks.bad.load(), took);
    rd_kafka_topic_destroy(named);
    rd_kafka_destroy(handle);
    return acks.bad == 0 && acks.good == count ? 0 : 1;
}

int consume(const Arguments& arguments) {
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", arguments.get("-b", ""));
    set(conf, "group.id", "kafka-bench");
    set(conf, "enable.auto.commit", "false");
    set(conf, "check.crcs", "false");
    set(conf, "queued.min.messages", "1000000");
    set(conf, "fetch.message.max.bytes", "4000000");
    char why[512];
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (handle == nullptr)
        die(why);
    const auto topic = arguments.get("-t", "bench");
    const int partitions = partitionsOf(handle, topic);
    rd_kafka_topic_t* named = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
    for (int p = 0; p < partitions; ++p)
        rd_kafka_consume_start_queue(named, p, RD_KAFKA_OFFSET_BEGINNING, queue);
    const double wanted = static_cast<double>(arguments.number("--mb", 1000)) * 1e6;
    double got = 0;
    long messages = 0;
    const auto begin = Clock::now();
    auto last = begin;
    std::vector<rd_kafka_message_t*> batch(10000);
    while (got < wanted * 0.999 && seconds(Clock::now() - last) < 20) {
        const auto count = rd_kafka_consume_batch_queue(queue, 100, batch.data(), batch.size());
        for (ssize_t i = 0; i < count; ++i) {
            if (batch[static_cast<std::size_t>(i)]->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
                got += static_cast<double>(batch[static_cast<std::size_t>(i)]->len);
                ++messages;
            }
            rd_kafka_message_destroy(batch[static_cast<std::size_t>(i)]);
        }
        if (count > 0)
            last = Clock::now();
    }
    const double took = seconds(last - begin);
    fmt::print("consume_mb_per_s {:.1f} messages {} seconds {:.1f}\n", got / 1e6 / took, messages, took);
    for (int p = 0; p < partitions; ++p)
        rd_kafka_consume_stop(named, p);
    rd_kafka_queue_destroy(queue);
    rd_kafka_topic_destroy(named);
    rd_kafka_destroy(handle);
    return got >= wanted * 0.999 ? 0 : 1;
}

int latency(Arguments arguments) {
    arguments.values.try_emplace("--linger", "0");
    Acknowledgements acks;
    acks.keepLatencies = true;
    rd_kafka_t* handle = producer(arguments, &acks, false);
    const auto topic = arguments.get("-t", "bench");
    const int partitions = std::max(1, partitionsOf(handle, topic));
    const long rate = arguments.number("--rate", 5000);
    const long count = rate * arguments.number("--seconds", 15);
    const std::size_t size = static_cast<std::size_t>(arguments.number("--size", 100));
    const auto bytes = noise(size);
    rd_kafka_topic_t* named = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
    const auto begin = Clock::now() + std::chrono::milliseconds(100);
    // Nobody spins: a client that burns one of two cores measures itself.
    prctl(PR_SET_TIMERSLACK, 1UL);
    std::atomic<bool> stop{false};
    std::thread poller([&] {
        while (!stop)
            rd_kafka_poll(handle, 10);
    });
    for (long i = 0; i < count; ++i) {
        const auto intended = begin + std::chrono::nanoseconds(1'000'000'000LL * i / rate);
        std::this_thread::sleep_until(intended);
        rd_kafka_produce(named, static_cast<int>(i % partitions), RD_KAFKA_MSG_F_COPY, const_cast<char*>(bytes.data()), size, nullptr, 0,
            reinterpret_cast<void*>(static_cast<std::intptr_t>(intended.time_since_epoch().count())));
    }
    while (acks.good + acks.bad < count && seconds(Clock::now() - begin) < static_cast<double>(count) / static_cast<double>(rate) + 60)
        std::this_thread::sleep_for(std::chrono::milliseconds(1));
    stop = true;
    poller.join();
    auto& all = acks.latencies;
    // The first two seconds warm up connections, caches and the JVM of the other engine alike.
    if (all.size() > static_cast<std::size_t>(rate) * 4)
        all.erase(all.begin(), all.begin() + rate * 2);
    std::ranges::sort(all);
    const auto at = [&](double share) { return all.empty() ? 0.0 : all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))]; };
    fmt::print("latency_ms p50 {:.2f} p95 {:.2f} p99 {:.2f} p99.9 {:.2f} max {:.2f} acknowledged {} failed {}\n", at(0.5), at(0.95), at(0.99), at(0.999),
        all.empty() ? 0.0 : all.back(), acks.good.load(), acks.bad.load());
    rd_kafka_topic_destroy(named);
    rd_kafka_destroy(handle);
    return acks.bad == 0 ? 0 : 1;
}

int failover(Arguments arguments) {
    arguments.values.try_emplace("--linger", "0");
    Acknowledgements acks;
    rd_kafka_t* handle = producer(arguments, &acks, arguments.values.contains("--fast"));
    const auto topic = arguments.get("-t", "bench");
    const int partitions = std::max(1, partitionsOf(handle, topic));
    rd_kafka_topic_t* named = rd_kafka_topic_new(handle, topic.c_str(), nullptr);
    const auto begin = Clock::now();
    const double length = static_cast<double>(arguments.number("--seconds", 15));
    fmt::print("ready\n");
    std::fflush(stdout);
    const double from = static_cast<double>(arguments.number("--from", 2));
    double before = -1;
    auto next = begin;
    while (seconds(Clock::now() - begin) < length) {
        if (before < 0 && seconds(Clock::now() - begin) >= from) {
            before = 0;
            for (const auto& [partition, silence] : acks.silence)
                before = std::max(before, silence);
            acks.silence.clear();
        }
        next += std::chrono::milliseconds(2);
        for (int p = 0; p < partitions; ++p)
            rd_kafka_produce(named, p, RD_KAFKA_MSG_F_COPY, const_cast<char*>("failover"), 8, nullptr, 0, nullptr);
        while (Clock::now() < next)
            rd_kafka_poll(handle, 1);
    }
    rd_kafka_flush(handle, 60000);
    std::vector<double> silences;
    for (const auto& [partition, silence] : acks.silence)
        silences.push_back(silence);
    std::ranges::sort(silences);
    fmt::print("silence_ms max {:.1f} median {:.1f} undisturbed {:.1f} partitions {} acknowledged {} failed {}\n", silences.empty() ? -1.0 : silences.back(),
        silences.empty() ? -1.0 : silences[silences.size() / 2], before, silences.size(), acks.good.load(), acks.bad.load());
    rd_kafka_topic_destroy(named);
    rd_kafka_destroy(handle);
    return acks.bad == 0 ? 0 : 1;
}

int coordinatorOf(rd_kafka_t* handle, const std::string& group) {
    const char* names[] = {group.c_str()};
    rd_kafka_queue_t* queue = rd_kafka_queue_new(handle);
    rd_kafka_DescribeConsumerGroups(handle, names, 1, nullptr, queue);
    rd_kafka_event_t* event = rd_kafka_queue_poll(queue, 30000);
    int node = -1;
    if (const auto* result = event == nullptr ? nullptr : rd_kafka_event_DescribeConsumerGroups_result(event)) {
        std::size_t count = 0;
        const auto* groups = rd_kafka_DescribeConsumerGroups_result_groups(result, &count);
        if (count > 0)
            if (const auto* coordinator = rd_kafka_ConsumerGroupDescription_coordinator(groups[0]))
                node = rd_kafka_Node_id(coordinator);
    }
    if (event != nullptr)
        rd_kafka_event_destroy(event);
    rd_kafka_queue_destroy(queue);
    return node;
}

int coordinator(const Arguments& arguments) {
    const auto group = arguments.get("-g", "kafka-bench-commits");
    const auto topic = arguments.get("-t", "bench");
    rd_kafka_conf_t* conf = rd_kafka_conf_new();
    set(conf, "bootstrap.servers", arguments.get("-b", ""));
    set(conf, "group.id", group);
    set(conf, "enable.auto.commit", "false");
    chatter(conf, arguments, "cgrp,protocol");
    if (arguments.values.contains("--fast")) {
        set(conf, "retry.backoff.ms", "20");
        set(conf, "reconnect.backoff.ms", "10");
        set(conf, "topic.metadata.refresh.fast.interval.ms", "10");
    }
    char why[512];
    rd_kafka_t* handle = rd_kafka_new(RD_KAFKA_CONSUMER, conf, why, sizeof why);
    if (handle == nullptr)
        die(why);
    // Commits of a group without members: what is measured is the coordinator, not a rebalance.
    rd_kafka_topic_partition_list_t* offsets = rd_kafka_topic_partition_list_new(1);
    const auto commit = [&](long offset) {
        rd_kafka_topic_partition_list_destroy(offsets);
        offsets = rd_kafka_topic_partition_list_new(1);
        rd_kafka_topic_partition_list_add(offsets, topic.c_str(), 0)->offset = offset;
        return rd_kafka_commit(handle, offsets, 0) == RD_KAFKA_RESP_ERR_NO_ERROR;
    };
    const auto patience = Clock::now();
    while (!commit(0))
        if (seconds(Clock::now() - patience) > 60)
            die("no commit went through");
    fmt::print("ready {}\n", coordinatorOf(handle, group));
    std::fflush(stdout);
    const double length = static_cast<double>(arguments.number("--seconds", 15));
    const double from = static_cast<double>(arguments.number("--from", 2));
    double silence = 0;
    double before = -1;
    long good = 0;
    long bad = 0;
    const auto begin = Clock::now();
    auto last = begin;
    while (seconds(Clock::now() - begin) < length) {
        if (before < 0 && seconds(Clock::now() - begin) >= from)
            before = std::exchange(silence, 0.0);
        if (!commit(good + 1)) {
            ++bad;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
            continue;
        }
        ++good;
        const auto now = Clock::now();
        silence = std::max(silence, seconds(now - last) * 1000);
        last = now;
        std::this_thread::sleep_for(std::chrono::milliseconds(5));
    }
    silence = std::max(silence, seconds(Clock::now() - last) * 1000);
    fmt::print("commit_silence_ms max {:.1f} undisturbed {:.1f} committed {} refused {}\n", silence, before, good, bad);
    std::fflush(stdout);
    std::_Exit(0);
}

} // namespace

int main(int argc, char** argv) {
    Arguments arguments;
    if (argc > 1)
        arguments.mode = argv[1];
    for (int i = 2; i < argc; ++i) {
        const std::string name = argv[i];
        if (i + 1 < argc && argv[i + 1][0] != '-')
            arguments.values[name] = argv[++i];
        else
            arguments.values[name] = "";
    }
    if (arguments.mode == "topic")
        return createTopic(arguments);
    if (arguments.mode == "delete")
        return deleteTopic(arguments);
    if (arguments.mode == "first")
        return first(arguments);
    if (arguments.mode == "produce")
        return produce(arguments);
    if (arguments.mode == "consume")
        return consume(arguments);
    if (arguments.mode == "latency")
        return latency(arguments);
    if (arguments.mode == "failover")
        return failover(arguments);
    if (arguments.mode == "coordinator")
        return coordinator(arguments);
    fmt::print(stderr, "usage: kafka-bench first|produce|consume|latency|failover|coordinator|topic|delete -b SERVERS -t TOPIC ...\n");
    return 2;
}
