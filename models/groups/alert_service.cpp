#include "models/groups/alert_service.h"

#include "models/base/format.h"
#include "models/groups/verdict_text.h"
#include "models/session/cluster_session.h"

#include <QDateTime>

namespace models::groups {

using session::SessionState;

namespace {

/// Stable, in the database.
QString nameOf(LagRule::Measure measure) { return measure == LagRule::Measure::Seconds ? QStringLiteral("seconds") : QStringLiteral("messages"); }

QString amount(LagRule::Measure measure, qint64 value) {
    return measure == LagRule::Measure::Seconds ? format::duration(value * 1000) : AlertService::tr("%Ln message(s)", nullptr, static_cast<int>(std::min<qint64>(value, std::numeric_limits<int>::max())));
}

} // namespace

QString LagNews::title() const {
    return recovered ? AlertService::tr("%1 has caught up").arg(rule.group) : AlertService::tr("%1 is %2 behind").arg(rule.group, amount(rule.measure, value));
}

QString LagNews::text() const {
    const QString limit = amount(rule.measure, rule.threshold);
    if (recovered)
        return AlertService::tr("On %1 it is %2 behind now; the alert is for more than %3.").arg(cluster, amount(rule.measure, value), limit);
    return rule.forMs > 0 ? AlertService::tr("On %1 it has been more than %2 behind for %3.").arg(cluster, limit, format::duration(rule.forMs))
                          : AlertService::tr("On %1 it is more than %2 behind.").arg(cluster, limit);
}

AlertService::AlertService(session::ClusterSession* session, std::shared_ptr<store::Database> database, QObject* parent)
    : QObject(parent), m_session(session), m_database(std::move(database)) {
    connect(session, &session::ClusterSession::groupsChanged, this, &AlertService::look);
    // Not from here: a quick answer would be told before anybody listens.
    QMetaObject::invokeMethod(this, &AlertService::load, Qt::QueuedConnection);
}

void AlertService::load() {
    if (m_database == nullptr)
        return;
    m_database->run<QList<store::Row>>([key = m_session->key()](store::Connection& connection) {
        return connection.query("SELECT group_id, measure, threshold, for_ms, firing_since_ms FROM lag_alert WHERE cluster_key=?", {key});
    }).then(this, [this](const Result<QList<store::Row>>& rows) {
        if (!rows) {
            emit failed(rows.error());
            return;
        }
        for (const auto& row : *rows) {
            const QString group = row[0].toString();
            if (m_alerts.contains(group)) // set meanwhile: that is newer
                continue;
            LagAlert alert({group, row[1].toString() == QLatin1String("seconds") ? LagRule::Measure::Seconds : LagRule::Measure::Messages, row[2].toLongLong(), row[3].toLongLong()});
            if (row[4].isValid())
                alert.resumeFiring(row[4].toLongLong());
            m_alerts.insert(group, alert);
        }
        emit changed();
    });
}

const LagAlert* AlertService::find(const QString& group) const {
    const auto it = m_alerts.constFind(group);
    return it == m_alerts.cend() ? nullptr : &*it;
}

void AlertService::set(const LagRule& rule) {
    m_alerts.insert(rule.group, LagAlert(rule));
    keep(*m_alerts.find(rule.group));
    emit changed();
    look();
}

void AlertService::remove(const QString& group) {
    if (m_alerts.remove(group) == 0)
        return;
    if (m_database != nullptr)
        m_database->run<void*>([key = m_session->key(), group](store::Connection& connection) -> Result<void*> {
            if (auto done = connection.execute("DELETE FROM lag_alert WHERE cluster_key=? AND group_id=?", {key, group}); !done)
                return std::unexpected(done.error());
            return nullptr;
        }).then(this, [this](const Result<void*>& done) {
            if (!done)
                emit failed(done.error());
        });
    emit changed();
}

void AlertService::keep(const LagAlert& alert) {
    if (m_database == nullptr)
        return;
    const QVariant firing = alert.state() == LagAlert::State::Firing ? QVariant(alert.sinceMs()) : QVariant();
    m_database->run<void*>([key = m_session->key(), rule = alert.rule(), firing](store::Connection& connection) -> Result<void*> {
        if (auto done = connection.execute("INSERT OR REPLACE INTO lag_alert(cluster_key, group_id, measure, threshold, for_ms, firing_since_ms) VALUES(?,?,?,?,?,?)",
                {key, rule.group, nameOf(rule.measure), rule.threshold, rule.forMs, firing});
            !done)
            return std::unexpected(done.error());
        return nullptr;
    }).then(this, [this](const Result<void*>& done) {
        if (!done)
            emit failed(done.error());
    });
}

std::optional<qint64> AlertService::readingOf(const session::Group* group, LagRule::Measure measure, qint64 nowMs) {
    if (group == nullptr || group->error || group->lag < 0)
        return std::nullopt;
    if (measure == LagRule::Measure::Messages)
        return group->lag;
    const qint64 age = lagTimeMs(group->unreadSinceMs, nowMs);
    return age < 0 ? std::nullopt : std::optional<qint64>(age / 1000);
}

void AlertService::look() {
    const qint64 now = QDateTime::currentMSecsSinceEpoch();
    const auto& groups = m_session->groups();
    // What stands there while nobody answers is of before.
    const bool fresh = m_session->state() == SessionState::Connected && groups;
    bool any = false;
    for (auto& alert : m_alerts) {
        const auto before = alert.state();
        const auto value = fresh ? readingOf(groups->find(alert.rule().group), alert.rule().measure, now) : std::nullopt;
        const auto effect = alert.step(now, value);
        any = any || alert.state() != before;
        if (effect == LagAlert::Effect::None)
            continue;
        keep(alert);
        emit news({m_session->key(), m_session->name(), alert.rule(), value.value_or(0), effect == LagAlert::Effect::Recovered});
    }
    if (any)
        emit changed();
}

} // namespace models::groups
