#pragma once
// Settings of a topic, a broker or all brokers as rows, with the changes to them that are wished and not made yet: beside each value the new one.

#include "models/base/snapshot_table_model.h"
#include "models/client/kafka_types.h"

#include <QHash>

namespace models::topics {

struct SettingRow {
    client::ConfigEntry entry;
    bool setHere = false;               ///< on this resource itself
    std::optional<QString> without;     ///< what applies when it is taken back
    bool changes = false;
    std::optional<QString> wanted;      ///< none, and `changes`: taken back
    bool operator==(const SettingRow&) const = default;
};

/// Columns: name, now, new, source, meaning. StateRole: "off" (read-only), "changed", "set", "ok".
class SettingTableModel : public SnapshotTableModel<SettingRow> {
    Q_OBJECT
public:
    enum ColumnIndex { NameColumn, NowColumn, NewColumn, SourceColumn, MeaningColumn };
    explicit SettingTableModel(QObject* parent = nullptr);

    /// Another resource's wishes are dropped. `names`: only these, in this order; empty = all, by name.
    void setResource(const client::ConfigResource& resource, const QStringList& names = {});
    [[nodiscard]] const client::ConfigResource& resource() const { return m_resource; }
    void setEntries(const QList<client::ConfigEntry>& entries);
    [[nodiscard]] const SettingRow* find(const QString& name) const;

    /// A value as Kafka takes it; the value that stands there drops the wish. Read-only settings take none: false.
    bool wish(const QString& name, const QString& value);
    bool wishBack(const QString& name); ///< what stands here is taken back
    void drop(const QString& name);
    void dropAll();
    [[nodiscard]] QList<client::ConfigChange> wishes() const;
    /// Values as they are, or as they would be with the wishes.
    [[nodiscard]] QHash<QString, QString> values(bool withWishes) const;

signals:
    void wishesChanged();

protected:
    QString keyOf(const SettingRow& row) const override { return row.entry.name; }
    QVariant cell(const SettingRow& row, int column, int role) const override;

private:
    void show();
    client::ConfigResource m_resource;
    QStringList m_names;
    QList<client::ConfigEntry> m_entries;
    QHash<QString, std::optional<QString>> m_wishes;
};

/// "this topic", "the cluster", "server.properties".
QString sourceText(client::ConfigSource source);

} // namespace models::topics
