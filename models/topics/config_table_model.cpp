#include "models/topics/config_table_model.h"

#include "models/base/format.h"
#include "models/session/cluster_session.h"
#include "models/topics/setting_guide.h"
#include "models/topics/setting_table_model.h"

#include <QCoreApplication>

namespace models::topics {

using client::ConfigEntry;
using client::ConfigSource;
using session::ClusterSession;

namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(Configs)
};

} // namespace

QString sourceText(ConfigSource source) {
    switch (source) {
    case ConfigSource::Topic: return Text::tr("this topic");
    case ConfigSource::DynamicBroker: return Text::tr("this broker");
    case ConfigSource::DynamicDefaultBroker: return Text::tr("the cluster");
    case ConfigSource::StaticBroker: return Text::tr("server.properties");
    case ConfigSource::Default: return Text::tr("Kafka's default");
    case ConfigSource::Group: return Text::tr("this group");
    case ConfigSource::Unknown: return Text::tr("not known");
    }
    return {};
}

QString configMeaning(const QString& name, const QString& value) {
    bool isNumber = false;
    const qint64 number = value.toLongLong(&isNumber);
    if (!isNumber)
        return {};
    if (number == std::numeric_limits<qint64>::max())
        return Text::tr("no limit");
    if (number == -1 && (name == QLatin1String("retention.ms") || name == QLatin1String("retention.bytes") || name == QLatin1String("log.retention.ms")
            || name == QLatin1String("log.retention.bytes")))
        return Text::tr("no limit");
    if (number < 0)
        return {};
    if (name.endsWith(QLatin1String(".ms")) || name.endsWith(QLatin1String(".max.ms")))
        return number < 1000 ? QString() : format::duration(number);
    if (name.endsWith(QLatin1String(".bytes")) || name.endsWith(QLatin1String(".size")) || name.endsWith(QLatin1String(".bytes.per.second")))
        return number < 1000 ? QString() : settingTyped(name, value) != value ? settingTyped(name, value) : format::bytes(number);
    if (name.endsWith(QLatin1String(".hours")))
        return format::duration(number * 3'600'000);
    if (name.endsWith(QLatin1String(".minutes")))
        return format::duration(number * 60'000);
    return {};
}

std::optional<QString> configDefault(const ConfigEntry& entry) {
    // Synonyms come nearest first; what is set on the resource itself is the first of them when anything is.
    for (const auto& synonym : entry.synonyms)
        if (entry.isDefault || synonym.source != entry.source)
            return synonym.value;
    if (entry.isDefault)
        return entry.value;
    return std::nullopt;
}

ConfigTableModel::ConfigTableModel(ClusterSession* session, QObject* parent)
    : SnapshotTableModel({{QStringLiteral("name"), tr("Setting")}, {QStringLiteral("value"), tr("Value")}, {QStringLiteral("default"), tr("Without it")},
                             {QStringLiteral("source"), tr("Comes from")}, {QStringLiteral("meaning"), tr("In words")}},
          parent),
      m_session(session) {
    if (session != nullptr)
        connect(session, &ClusterSession::configChanged, this, [this](const client::ConfigResource& resource) {
            if (resource == m_resource)
                take();
        });
}

void ConfigTableModel::setResource(const client::ConfigResource& resource) {
    m_resource = resource;
    take();
}

QList<PartError> ConfigTableModel::errors() const {
    return m_session == nullptr ? QList<PartError>() : m_session->configs(m_resource).errors;
}

void ConfigTableModel::take() {
    if (m_session == nullptr)
        return;
    const auto snapshot = m_session->configs(m_resource);
    setRows(snapshot ? snapshot->entries : QList<ConfigEntry>());
}

QHash<int, QByteArray> ConfigTableModel::roleNames() const {
    auto names = SnapshotTableModel::roleNames();
    names.insert(ReadOnlyRole, "readOnly");
    names.insert(SensitiveRole, "sensitive");
    names.insert(IsSetRole, "isSet");
    names.insert(ValueRole, "value");
    names.insert(DefaultRole, "default");
    names.insert(NameRole, "name");
    return names;
}

QString ConfigTableModel::keyOf(const ConfigEntry& row) const { return m_resource.name + u'/' + row.name; }

QVariant ConfigTableModel::cell(const ConfigEntry& row, int column, int role) const {
    switch (role) {
    case ReadOnlyRole: return row.readOnly;
    case SensitiveRole: return row.sensitive;
    case IsSetRole: return !row.isDefault;
    case NameRole: return row.name;
    case ValueRole: return row.value ? QVariant(*row.value) : QVariant();
    case DefaultRole: {
        const auto without = configDefault(row);
        return without ? QVariant(*without) : QVariant();
    }
    case StateRole: return row.readOnly ? QStringLiteral("off") : row.isDefault ? QStringLiteral("ok") : QStringLiteral("set");
    case Qt::DisplayRole:
    case SortRole: break;
    default: return {};
    }
    switch (column) {
    case NameColumn: return row.name;
    case ValueColumn: return row.sensitive ? QStringLiteral("\u2022\u2022\u2022") : row.value.value_or(QString());
    case DefaultColumn: return row.sensitive ? QString() : configDefault(row).value_or(QString());
    case SourceColumn: return sourceText(row.source);
    case MeaningColumn: return row.value ? configMeaning(row.name, *row.value) : QString();
    default: return {};
    }
}

} // namespace models::topics
