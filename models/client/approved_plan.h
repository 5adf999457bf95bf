#pragma once
// The key to every mutating call. Only models/changes makes one, after a plan was shown and approved on a connection that may be written
// to; so there is one way to change anything, and tests/layout proves that nobody else writes `ApprovedPlan::make`.

#include <QString>
#include <memory>

namespace models::changes {
class ChangeService;
}

namespace models::client {

/// Copyable proof that a change was planned, shown, approved and written to the audit trail as intended.
class ApprovedPlan {
public:
    [[nodiscard]] const QString& clusterKey() const { return m_clusterKey; }
    [[nodiscard]] qint64 auditRow() const { return m_auditRow; }

private:
    friend class models::changes::ChangeService;
    ApprovedPlan(QString clusterKey, qint64 auditRow) : m_clusterKey(std::move(clusterKey)), m_auditRow(auditRow) {}
    QString m_clusterKey;
    qint64 m_auditRow;
};

} // namespace models::client
