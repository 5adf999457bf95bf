#pragma once
// The configuration of a topic or broker as rows: value, default, where it comes from, whether it can be set.

#include "models/base/snapshot_table_model.h"
#include "models/session/snapshots.h"

namespace models::session {
class ClusterSession;
}

namespace models::topics {

/// Columns: name, value, default, source, meaning (in people's units: "7 days"). StateRole: "set" (on this resource), "ok", "off" (read-only).
class ConfigTableModel : public SnapshotTableModel<client::ConfigEntry> {
    Q_OBJECT
public:
    enum Role { ReadOnlyRole = FirstModelRole, SensitiveRole, IsSetRole, ValueRole, DefaultRole, NameRole };
    enum ColumnIndex { NameColumn, ValueColumn, DefaultColumn, SourceColumn, MeaningColumn };
    explicit ConfigTableModel(session::ClusterSession* session, QObject* parent = nullptr);
    void setResource(const client::ConfigResource& resource);
    [[nodiscard]] const client::ConfigResource& resource() const { return m_resource; }
    /// Why nothing is shown, when it could not be asked.
    [[nodiscard]] QList<PartError> errors() const;
    QHash<int, QByteArray> roleNames() const override;

protected:
    QString keyOf(const client::ConfigEntry& row) const override;
    QVariant cell(const client::ConfigEntry& row, int column, int role) const override;

private:
    void take();
    session::ClusterSession* m_session;
    client::ConfigResource m_resource;
};

/// "604800000" of retention.ms -> "7 days"; "1073741824" of segment.bytes -> "1.1 GB"; "-1" of retention.bytes -> "no limit"; empty = nothing to add.
QString configMeaning(const QString& name, const QString& value);
/// What would apply if this entry were reset, from its synonyms; none = not known.
std::optional<QString> configDefault(const client::ConfigEntry& entry);

} // namespace models::topics
