#pragma once
// The lag alerts of one cluster: kept in the database, looked at with every reading of its groups. Interface thread.

#include "models/groups/lag_alert.h"
#include "models/store/database.h"

#include <QMap>
#include <QObject>
#include <memory>

namespace models::session {
class ClusterSession;
struct Group;
} // namespace models::session

namespace models::groups {

/// What there is to tell.
struct LagNews {
    QString clusterKey;
    QString cluster; ///< its name
    LagRule rule;
    qint64 value = 0; ///< in the rule's measure
    bool recovered = false;
    /// "billing is 48,204 messages behind" / "billing has caught up", and what lies behind it in a second sentence. Translated.
    [[nodiscard]] QString title() const;
    [[nodiscard]] QString text() const;
};

class AlertService : public QObject {
    Q_OBJECT
public:
    /// `session` must outlive it. Reads its rules in the background; changed() follows.
    AlertService(session::ClusterSession* session, std::shared_ptr<store::Database> database, QObject* parent = nullptr);

    /// Null = this group has no alert.
    [[nodiscard]] const LagAlert* find(const QString& group) const;
    [[nodiscard]] QStringList groups() const { return m_alerts.keys(); }
    /// Adds it or replaces the one that the group has; shown at once, stored behind.
    void set(const LagRule& rule);
    void remove(const QString& group);
    /// The reading that a rule compares; none = not known.
    static std::optional<qint64> readingOf(const session::Group* group, LagRule::Measure measure, qint64 nowMs);

signals:
    void changed();
    void news(const models::groups::LagNews& news);
    void failed(const models::Error& error); ///< a rule could not be stored or read

private:
    void load();
    void look();
    void keep(const LagAlert& alert);
    session::ClusterSession* m_session;
    std::shared_ptr<store::Database> m_database;
    QMap<QString, LagAlert> m_alerts;
};

} // namespace models::groups
