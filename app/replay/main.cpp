// samsa-replay: `samsa replay`. A program of its own, because it needs Qt Core and librdkafka, which cost more to load than a cluster to start.
#include "app/replay/replay_command.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <csignal>

int main(int argc, char** argv) {
    ::signal(SIGPIPE, SIG_IGN); // OpenSSL writes to sockets that a broker may have closed
    QCoreApplication application(argc, argv);
    app::replay::Request request;
    CLI::App cli{"Copies messages of a topic, unchanged, to a topic of any cluster. Run again after a crash or an interruption, it goes on where it was.", "samsa replay"};
    cli.add_option("-b,--bootstrap-server", request.servers, "host:port of one or more brokers of the source");
    cli.add_option("-t,--topic", request.topic, "the topic whose messages are sent again")->required();
    cli.add_option("-F,--config", request.propertiesFile, "a file of client settings for the source: NAME=VALUE lines")->check(CLI::ExistingFile);
    cli.add_option("--to", request.targetServers, "host:port of one or more brokers of the target; the source's when left out");
    cli.add_option("--to-topic", request.targetTopic, "the topic that they are sent to")->required();
    cli.add_option("--to-config", request.targetPropertiesFile, "a file of client settings for the target; the source's when there is no --to")->check(CLI::ExistingFile);
    std::string partition = "key";
    cli.add_option("--partition", partition, "keep: partition N to partition N; key: as Java's producer chooses (default)")->check(CLI::IsMember({"keep", "key"}));
    cli.add_option("--from", request.from, "an offset, or a time like 2026-11-26T14:00: messages from there on");
    cli.add_option("--until", request.until, "an offset or a time: messages before it");
    cli.add_option("--rate", request.rate, "at most so many messages a second")->check(CLI::PositiveNumber);
    cli.add_flag("--without-transactions", request.withoutTransactions, "even where the target has them: faster for its readers to see, but a crash may repeat messages");
    cli.add_flag("--plan", request.planOnly, "print the plan and send nothing");
    cli.add_flag("-y,--yes", request.yes, "do not ask, even when the plan has warnings");
    cli.add_option("--unlock", request.unlock, "name of the connection, when the target is marked production or read-only in the window");
    cli.add_flag("-q,--quiet", request.quiet, "no progress on standard error");
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? app::replay::kOk : app::replay::kUsage;
    }
    request.keepPartition = partition == "keep";
    return app::replay::run(request);
}
