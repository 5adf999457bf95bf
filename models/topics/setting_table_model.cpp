#include "models/topics/setting_table_model.h"

#include "models/client/config_scope.h"
#include "models/topics/config_table_model.h"
#include "models/topics/setting_guide.h"

namespace models::topics {

namespace {
const QString kHidden = QStringLiteral("\u2022\u2022\u2022");
}

SettingTableModel::SettingTableModel(QObject* parent)
    : SnapshotTableModel({{QStringLiteral("name"), tr("Setting")}, {QStringLiteral("now"), tr("Now"), true}, {QStringLiteral("new"), tr("New")},
                             {QStringLiteral("source"), tr("Set by")}, {QStringLiteral("meaning"), tr("What it does")}},
          parent) {}

void SettingTableModel::setResource(const client::ConfigResource& resource, const QStringList& names) {
    if (resource == m_resource && names == m_names)
        return;
    m_resource = resource;
    m_names = names;
    m_entries.clear();
    m_wishes.clear();
    show();
    emit wishesChanged();
}

void SettingTableModel::setEntries(const QList<client::ConfigEntry>& entries) {
    m_entries.clear();
    if (m_names.isEmpty()) {
        m_entries = entries;
    } else {
        for (const auto& name : m_names)
            for (const auto& entry : entries)
                if (entry.name == name)
                    m_entries.append(entry);
    }
    // A wish that has come true is none any more.
    bool dropped = false;
    for (const auto& entry : m_entries) {
        const auto wish = m_wishes.constFind(entry.name);
        if (wish == m_wishes.cend())
            continue;
        const bool true_ = *wish ? (!entry.sensitive && entry.value == **wish) : !client::isSetOn(m_resource, entry);
        if (true_) {
            m_wishes.erase(wish);
            dropped = true;
        }
    }
    show();
    if (dropped)
        emit wishesChanged();
}

const SettingRow* SettingTableModel::find(const QString& name) const {
    const int row = rowOfKey(name);
    return row < 0 ? nullptr : &rowAt(row);
}

bool SettingTableModel::wish(const QString& name, const QString& value) {
    const auto* row = find(name);
    if (row == nullptr || row->entry.readOnly)
        return false;
    if (row->entry.value == value)
        m_wishes.remove(name);
    else
        m_wishes[name] = value;
    show();
    emit wishesChanged();
    return true;
}

bool SettingTableModel::wishBack(const QString& name) {
    const auto* row = find(name);
    if (row == nullptr || row->entry.readOnly || !row->setHere)
        return false;
    m_wishes[name] = std::nullopt;
    show();
    emit wishesChanged();
    return true;
}

void SettingTableModel::drop(const QString& name) {
    if (m_wishes.remove(name) == 0)
        return;
    show();
    emit wishesChanged();
}

void SettingTableModel::dropAll() {
    if (m_wishes.isEmpty())
        return;
    m_wishes.clear();
    show();
    emit wishesChanged();
}

QList<client::ConfigChange> SettingTableModel::wishes() const {
    QList<client::ConfigChange> changes;
    for (const auto& row : rows())
        if (row.changes)
            changes.append(row.wanted ? client::ConfigChange{client::ConfigChange::Op::Set, row.entry.name, *row.wanted} : client::ConfigChange{client::ConfigChange::Op::Reset, row.entry.name, {}});
    return changes;
}

QHash<QString, QString> SettingTableModel::values(bool withWishes) const {
    QHash<QString, QString> all;
    for (const auto& row : rows()) {
        const auto value = withWishes && row.changes ? (row.wanted ? row.wanted : row.without) : row.entry.value;
        if (value)
            all.insert(row.entry.name, *value);
    }
    return all;
}

void SettingTableModel::show() {
    QList<SettingRow> rows;
    for (const auto& entry : m_entries) {
        SettingRow row{entry, client::isSetOn(m_resource, entry), client::valueWithout(m_resource, entry), m_wishes.contains(entry.name), m_wishes.value(entry.name)};
        rows.append(row);
    }
    setRows(rows);
}

QVariant SettingTableModel::cell(const SettingRow& row, int column, int role) const {
    const auto& entry = row.entry;
    if (role == StateRole)
        return entry.readOnly ? QStringLiteral("off") : row.changes ? QStringLiteral("changed") : row.setHere ? QStringLiteral("set") : QStringLiteral("ok");
    if (role == Qt::ToolTipRole && column == NowColumn)
        return entry.value && !entry.sensitive ? *entry.value : QString();
    // Said by its grey, once for all in the page's header, and here.
    if (role == Qt::ToolTipRole && entry.readOnly && column != MeaningColumn)
        return tr("Read-only: it cannot be changed while brokers run.");
    if (role == Qt::AccessibleTextRole && entry.readOnly && column == NameColumn)
        return tr("%1, read-only").arg(entry.name);
    if (role != Qt::DisplayRole && role != SortRole)
        return {};
    switch (column) {
    case NameColumn: return entry.name;
    case NowColumn: return entry.sensitive ? kHidden : entry.value ? settingShown(entry.name, *entry.value) : QString();
    case NewColumn: {
        if (!row.changes)
            return QString();
        if (row.wanted)
            return entry.sensitive ? kHidden : settingShown(entry.name, *row.wanted);
        return row.without && !entry.sensitive ? tr("%1, the default").arg(settingShown(entry.name, *row.without)) : tr("the default");
    }
    case SourceColumn: return sourceText(entry.source);
    case MeaningColumn: return settingGuide(entry.name).meaning;
    default: return {};
    }
}

} // namespace models::topics
