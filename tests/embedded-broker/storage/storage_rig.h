#pragma once
// A LogManager on a FakeDisk, moved by hand.

#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/storage/log_manager.h"
#include "tests/support/fake_disk.h"
#include "tests/support/manual_pool.h"
#include "tests/support/manual_scheduler.h"

#include <QtGlobal>
#include <fmt/format.h>
#include <memory>

namespace tests {

inline broker::Uuid topicIdOf(std::uint8_t last) {
    broker::Uuid id;
    id.bytes[0] = 0x51;
    id.bytes[15] = last;
    return id;
}

struct BatchSpec {
    int records = 1;
    std::size_t valueBytes = 10;
    broker::WallMs timestamp = 1'700'000'000'000;
    broker::ProducerId producerId = broker::kNoProducerId;
    broker::ProducerEpoch producerEpoch = -1;
    std::int32_t sequence = -1;
    bool keyed = true;
    bool transactional = false;
    std::string text = "v";
    broker::Offset baseOffset = 0;
    broker::LeaderEpoch epoch = -1;
};

inline broker::Slice makeBatch(const BatchSpec& spec = {}) {
    broker::protocol::BatchOptions options;
    options.baseOffset = spec.baseOffset;
    options.partitionLeaderEpoch = spec.epoch;
    options.producerId = spec.producerId;
    options.producerEpoch = spec.producerEpoch;
    options.baseSequence = spec.sequence;
    options.transactional = spec.transactional;
    broker::protocol::RecordBatchBuilder builder(options);
    for (int i = 0; i < spec.records; ++i) {
        std::string value = spec.text;
        value.resize(std::max(spec.valueBytes, value.size()), 'x');
        const auto key = fmt::format("k{}", i);
        builder.append(spec.timestamp + i, spec.keyed ? std::optional(broker::asBytes(key)) : std::nullopt, broker::asBytes(value));
    }
    return builder.build();
}

class StorageRig {
public:
    static constexpr const char* kDir = "/data/1";

    explicit StorageRig(broker::storage::LogManagerOptions options = {}) : m_options(std::move(options)) {
        m_options.logDirs = {kDir};
        m_options.nodeId = 1;
        const broker::storage::MetaProperties meta{"test-cluster", 1, topicIdOf(99)};
        const auto formatted = broker::storage::formatDirectory(disk, kDir, meta);
        if (!formatted)
            qFatal("format: %s", formatted.error().message.c_str());
    }

    broker::Result<void> open() {
        scheduler = std::make_unique<ManualScheduler>();
        pool = std::make_unique<ManualPool>(*scheduler);
        manager = std::make_unique<broker::storage::LogManager>(broker::storage::LogManagerSeams{disk, *scheduler, *pool}, m_options);
        manager->setConfigSource([this](const std::string&) { return config; });
        fatal.reset();
        manager->onFatal([this](const broker::Error& error) { fatal = error; });
        return manager->open();
    }
    /// Runs everything that is due now.
    void settle() {
        for (;;) {
            scheduler->run();
            if (!pool->runOne())
                return;
        }
    }
    void advance(broker::Duration by) {
        settle();
        scheduler->advance(by);
        settle();
    }
    std::shared_ptr<broker::storage::Log> create(const std::string& topic = "orders", int partition = 0, std::uint8_t id = 1) {
        auto log = manager->createLog({topic, partition}, topicIdOf(id), config);
        if (!log)
            qFatal("create: %s", log.error().message.c_str());
        return *log;
    }
    std::shared_ptr<broker::storage::Log> log(const std::string& topic = "orders", int partition = 0) {
        return manager->log({topic, partition});
    }
    /// Without a stop: what is queued never happens.
    void kill() {
        pool->drop();
        manager.reset();
    }
    void powerCut(broker::Random& random) {
        kill();
        disk.powerOn(random);
    }

    FakeDisk disk;
    std::unique_ptr<ManualScheduler> scheduler;
    std::unique_ptr<ManualPool> pool;
    std::unique_ptr<broker::storage::LogManager> manager;
    broker::storage::LogConfig config;
    std::optional<broker::Error> fatal;

private:
    broker::storage::LogManagerOptions m_options;
};

} // namespace tests
