// What an acknowledged append costs: N partitions, each with one batch in flight, for some seconds; once with a sync per file and
// once with the journal. On a real disk, one process.
//
//   storage_sync DIRECTORY [SECONDS] [BATCH_BYTES]

#include "embedded-broker/base/log.h"
#include "embedded-broker/net/disk_pool.h"
#include "embedded-broker/net/event_loop.h"
#include "embedded-broker/protocol/record_batch.h"
#include "embedded-broker/storage/log_manager.h"

#include <algorithm>
#include <cstdio>
#include <cstdlib>

using namespace broker;
using namespace broker::storage;

namespace {

struct Figures {
    double perSecond = 0;
    double p50 = 0;
    double p99 = 0;
    double most = 0;
    double openMs = 0;
};

Instant clockNow() { return {std::chrono::steady_clock::now().time_since_epoch()}; }
double toUs(Duration duration) { return static_cast<double>(duration.count()) / 1000; }

Figures measure(const std::string& directory, int partitions, bool journal, int seconds, std::size_t batchBytes) {
    auto disk = makePosixDisk();
    if (!disk->removeTree(directory) || !formatDirectory(*disk, directory, {"bench", 1, Uuid{{1}}}))
        std::abort();
    net::EventLoop loop;
    net::ThreadDiskPool pool(loop, 2);
    LogManagerOptions options;
    options.logDirs = {directory};
    if (!journal)
        options.directLogsMax = 1U << 20;
    auto manager = std::make_unique<LogManager>(LogManagerSeams{*disk, loop, pool}, options);
    if (auto opened = manager->open(); !opened) {
        std::fprintf(stderr, "%s\n", opened.error().message.c_str());
        std::exit(1);
    }
    protocol::RecordBatchBuilder builder;
    const std::vector<std::byte> value(batchBytes);
    builder.append(loop.wallNow(), std::nullopt, Bytes(value));
    const auto batch = builder.build();
    std::vector<double> latencies;
    const auto end = clockNow() + milliseconds(seconds * 1000);
    const auto warm = clockNow() + milliseconds(200);
    for (int i = 0; i < partitions; ++i) {
        Uuid id{{7}};
        id.bytes[15] = static_cast<std::uint8_t>(i);
        auto log = *manager->createLog({"bench", i}, id, {});
        auto sent = std::make_shared<Instant>(clockNow());
        log->onSyncedEndOffset([&, sent, raw = log.get()](Offset synced) {
            if (synced < raw->logEndOffset())
                return;
            const auto now = clockNow();
            if (now > warm)
                latencies.push_back(toUs(now - *sent));
            if (now < end) {
                loop.post([&, sent, raw] {
                    *sent = clockNow();
                    (void)raw->appendAsLeader(batch, 0);
                });
            }
        });
        (void)log->appendAsLeader(batch, 0);
    }
    while (clockNow() < end + milliseconds(50))
        loop.turn(milliseconds(20));
    if (!manager->shutdown(1))
        std::abort();
    manager.reset();
    Figures figures;
    std::ranges::sort(latencies);
    if (!latencies.empty()) {
        figures.perSecond = static_cast<double>(latencies.size()) / seconds;
        figures.p50 = latencies[latencies.size() / 2];
        figures.p99 = latencies[latencies.size() * 99 / 100];
        figures.most = latencies.back();
    }
    const auto start = clockNow();
    LogManager again({*disk, loop, pool}, options);
    if (!again.open())
        std::abort();
    figures.openMs = toUs(clockNow() - start) / 1000;
    return figures;
}

} // namespace

int main(int argc, char** argv) {
    if (argc < 2) {
        std::fprintf(stderr, "storage_sync DIRECTORY [SECONDS] [BATCH_BYTES]\n");
        return 1;
    }
    log::setLevel(log::Level::Warning);
    const int seconds = argc > 2 ? std::atoi(argv[2]) : 3;
    const auto bytes = static_cast<std::size_t>(argc > 3 ? std::atol(argv[3]) : 1000);
    std::printf("%-11s %-9s %12s %10s %10s %10s %18s\n", "partitions", "sync", "appends/s", "p50 us", "p99 us", "max us", "open (clean) ms");
    for (const int partitions : {1, 12, 100}) {
        for (const bool journal : {false, true}) {
            const auto figures = measure(std::string(argv[1]) + "/bench", partitions, journal, seconds, bytes);
            std::printf("%-11d %-9s %12.0f %10.0f %10.0f %10.0f %18.1f\n", partitions, journal ? "journal" : "per file", figures.perSecond,
                        figures.p50, figures.p99, figures.most, figures.openMs);
        }
    }
    return 0;
}
