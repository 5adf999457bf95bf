#include "models/changes/command_text.h"

#include "models/changes/access_plan.h"
#include "models/client/config_scope.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMap>
#include <QRegularExpression>
#include <algorithm>

namespace models::changes {
namespace {

using namespace Qt::StringLiterals;

struct Wording {
    QString servers;

    QString tool(const char* name, const QString& rest) const { return QStringLiteral("%1 --bootstrap-server %2 %3").arg(QLatin1String(name), shellQuoted(servers), rest); }

    QString operator()(const CreateTopic& change) const {
        QString rest = u"--create --topic "_qs + shellQuoted(change.topic.name);
        if (change.topic.partitions > 0)
            rest += u" --partitions "_qs + QString::number(change.topic.partitions);
        if (change.topic.replicationFactor > 0)
            rest += u" --replication-factor "_qs + QString::number(change.topic.replicationFactor);
        auto names = change.topic.configs.keys();
        names.sort();
        for (const auto& name : names)
            rest += u" --config "_qs + shellQuoted(name + u'=' + change.topic.configs.value(name));
        return tool("kafka-topics.sh", rest);
    }
    QString operator()(const DeleteTopic& change) const { return tool("kafka-topics.sh", u"--delete --topic "_qs + shellQuoted(change.topic)); }
    QString operator()(const AddPartitions& change) const {
        return tool("kafka-topics.sh", u"--alter --topic %1 --partitions %2"_qs.arg(shellQuoted(change.topic)).arg(change.totalCount));
    }
    QString operator()(const AlterConfig& change) const {
        QStringList set, reset;
        for (const auto& each : change.changes) {
            if (each.op == client::ConfigChange::Op::Reset)
                reset.append(each.name);
            else // the tool takes lists in square brackets
                set.append(each.value.contains(u',') ? u"%1=[%2]"_qs.arg(each.name, each.value) : each.name + u'=' + each.value);
        }
        const QString kind = change.resource.kind == client::ResourceKind::Broker ? u"brokers"_qs : change.resource.kind == client::ResourceKind::Group ? u"groups"_qs : u"topics"_qs;
        QString rest = u"--alter --entity-type %1 "_qs.arg(kind);
        rest += client::isAllBrokers(change.resource) ? u"--entity-default"_qs : u"--entity-name "_qs + shellQuoted(change.resource.name);
        if (!set.isEmpty())
            rest += u" --add-config "_qs + shellQuoted(set.join(u','));
        if (!reset.isEmpty())
            rest += u" --delete-config "_qs + shellQuoted(reset.join(u','));
        return tool("kafka-configs.sh", rest);
    }
    QString operator()(const DeleteRecords& change) const {
        QJsonArray partitions;
        for (const auto& cut : change.cuts)
            partitions.append(QJsonObject{{u"topic"_qs, cut.partition.topic}, {u"partition"_qs, cut.partition.partition}, {u"offset"_qs, static_cast<double>(cut.offset)}});
        const QString json = QString::fromUtf8(QJsonDocument(QJsonObject{{u"partitions"_qs, partitions}, {u"version"_qs, 1}}).toJson(QJsonDocument::Compact));
        return tool("kafka-delete-records.sh", u"--offset-json-file <(printf %s "_qs + shellQuoted(json) + u')');
    }
    QString operator()(const DeleteGroup& change) const { return tool("kafka-consumer-groups.sh", u"--delete --group "_qs + shellQuoted(change.group)); }
    QString operator()(const ResetOffsets& change) const {
        using To = ResetOffsets::To;
        QString rest = u"--reset-offsets --group "_qs + shellQuoted(change.group);
        if (change.to == To::Given) { // lines of topic,partition,offset; the tool cannot forget an offset in the same go
            QStringList lines;
            for (const auto& target : change.targets)
                if (target.offset >= 0)
                    lines.append(u"%1,%2,%3"_qs.arg(target.partition.topic).arg(target.partition.partition).arg(target.offset));
            QStringList quoted;
            for (const auto& line : lines)
                quoted.append(shellQuoted(line));
            return tool("kafka-consumer-groups.sh", rest + u" --from-file <(printf '%s\\n' "_qs + quoted.join(u' ') + u") --execute"_qs);
        }
        QMap<QString, QStringList> topics;
        for (const auto& partition : change.partitions)
            topics[partition.topic].append(QString::number(partition.partition));
        if (!change.topic.isEmpty() && topics.isEmpty())
            rest += u" --topic "_qs + shellQuoted(change.topic);
        else if (topics.isEmpty())
            rest += u" --all-topics"_qs;
        for (auto it = topics.cbegin(); it != topics.cend(); ++it)
            rest += u" --topic "_qs + shellQuoted(it.key() + u':' + it->join(u','));
        switch (change.to) {
        case To::Earliest: rest += u" --to-earliest"_qs; break;
        case To::Latest: rest += u" --to-latest"_qs; break;
        case To::Time: rest += u" --to-datetime "_qs + QDateTime::fromMSecsSinceEpoch(change.value, Qt::UTC).toString(Qt::ISODateWithMs); break;
        case To::Offset: rest += u" --to-offset "_qs + QString::number(change.value); break;
        case To::Shift: rest += u" --shift-by "_qs + QString::number(change.value); break;
        case To::Given: break;
        }
        return tool("kafka-consumer-groups.sh", rest + u" --execute"_qs);
    }
    // No tool of Kafka's sends a message with its partition, timestamp and any bytes: a line that does something else would be a lie.
    QString operator()(const ProduceMessage&) const { return {}; }
    QString operator()(const ReplayMessages& change) const {
        const auto& order = change.order;
        // No command names single messages or a file.
        if (order.chosen || !order.file.isEmpty())
            return {};
        QString text = u"samsa replay -b %1 -t %2 --to %3 --to-topic %4"_qs.arg(shellQuoted(order.source.bootstrapServers), shellQuoted(order.sourceTopic), shellQuoted(order.target.bootstrapServers),
            shellQuoted(order.targetTopic));
        if (order.placement == replay::Placement::Keep)
            text += u" --partition keep"_qs;
        if (order.from.kind != replay::Bound::Kind::Edge)
            text += u" --from "_qs + toText(order.from);
        if (order.until.kind != replay::Bound::Kind::Edge)
            text += u" --until "_qs + toText(order.until);
        if (order.messagesPerSecond > 0)
            text += u" --rate %1"_qs.arg(order.messagesPerSecond);
        if (order.withoutTransactions)
            text += u" --without-transactions"_qs;
        return text;
    }
    QString operator()(const AlterAcls& change) const { return aclCommands(change, servers); }
    QString operator()(const AlterScramUser& change) const { return scramCommand(change, servers); }
    QString operator()(const BrokerAction& change) const {
        static const char* const verbs[] = {"kill", "pause", "resume", "restart", "restart"};
        return u"samsa cluster %1 %2 %3"_qs.arg(QLatin1String(verbs[static_cast<int>(change.kind)]), shellQuoted(change.cluster)).arg(change.broker);
    }
};

} // namespace

QString shellQuoted(const QString& text) {
    static const QRegularExpression plain(u"^[A-Za-z0-9_./:@%+=,-]+$"_qs);
    if (plain.match(text).hasMatch())
        return text;
    const auto hides = [](QChar c) {
        const auto category = c.category();
        return category == QChar::Other_Control || category == QChar::Other_Format || category == QChar::Separator_Line || category == QChar::Separator_Paragraph;
    };
    if (std::any_of(text.begin(), text.end(), hides)) { // what cannot be seen is written out, so that the line does what it looks like
        QString escaped = u"$'"_s;
        for (const QChar c : text)
            escaped += hides(c) ? u"\\u%1"_s.arg(uint(c.unicode()), 4, 16, QLatin1Char('0')) : c == u'\'' || c == u'\\' ? u"\\"_s + c : QString(c);
        return escaped + u'\'';
    }
    QString quoted = text;
    return u'\'' + quoted.replace(u'\'', u"'\\''"_qs) + u'\'';
}

QString commandText(const Change& change, const QString& bootstrapServers) { return std::visit(Wording{bootstrapServers}, change); }

} // namespace models::changes
