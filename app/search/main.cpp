// samsa-search: `samsa search`. A program of its own, because it needs Qt Core and librdkafka, which cost more to load than a cluster to start.
#include "app/search/search_command.h"

#include <CLI/CLI.hpp>
#include <QCoreApplication>
#include <QDateTime>

namespace {

std::optional<qint64> timeOf(const std::string& text) {
    QString iso = QString::fromStdString(text).trimmed();
    bool number = false;
    if (const qint64 ms = iso.toLongLong(&number); number)
        return ms;
    if (iso.size() > 10 && iso[10] == u' ')
        iso[10] = u'T';
    const auto time = QDateTime::fromString(iso, Qt::ISODateWithMs);
    return time.isValid() ? std::optional(time.toMSecsSinceEpoch()) : std::nullopt;
}

} // namespace

int main(int argc, char** argv) {
    QCoreApplication application(argc, argv);
    app::search::Request request;
    CLI::App cli{"Finds messages of a topic and prints them as NDJSON, one object a line; what it does is told on standard error.", "samsa search"};
    cli.add_option("-b,--bootstrap-server", request.servers, "host:port of one or more brokers");
    cli.add_option("-t,--topic", request.topic, "the topic")->required();
    cli.add_option("-F,--config", request.propertiesFile, "a file of client settings: NAME=VALUE lines, librdkafka's or Java's names")->check(CLI::ExistingFile);
    auto* what = cli.add_option_group("what", "what is looked for");
    what->add_option("--text", request.text, "this text, in key, value or headers");
    what->add_option("--regex", request.regex, "a regular expression (RE2), in key, value or headers");
    what->add_option("--where", request.where, "a condition: value.amount > 990 && headers.source == \"web\"");
    what->require_option(1);
    cli.add_option("-p,--partition", request.partitions, "these partitions only");
    std::string from;
    std::string until;
    const CLI::Validator time([](const std::string& text) { return timeOf(text) ? std::string() : "'" + text + "' is not a time: write 2026-11-26T14:00 or milliseconds"; }, "TIME");
    cli.add_option("--from", from, "messages from this time on")->check(time);
    cli.add_option("--until", until, "messages before this time")->check(time);
    cli.add_flag("--count", request.count, "print only how many match");
    cli.add_option("--limit", request.limit, "stop after so many matches")->check(CLI::PositiveNumber);
    cli.add_option("--bytes-max", request.bytesMax, "stop after so many bytes from the brokers, for example 2GB")->transform(CLI::AsSizeValue(true));
    cli.add_option("--rate", request.bytesPerSecond, "read at most so many bytes a second, for example 20MB")->transform(CLI::AsSizeValue(true));
    cli.add_flag("--committed", request.committed, "leave out what transactions have aborted or not committed yet");
    cli.add_flag("--check-crc", request.checkCrc, "check the checksum of every batch, not only of those with a match");
    cli.add_flag("-q,--quiet", request.quiet, "no progress on standard error");
    try {
        cli.parse(argc, argv);
    } catch (const CLI::ParseError& error) {
        return cli.exit(error) == 0 ? app::search::kOk : app::search::kUsage;
    }
    if (!from.empty())
        request.fromMs = timeOf(from);
    if (!until.empty())
        request.untilMs = timeOf(until);
    return app::search::run(request);
}
