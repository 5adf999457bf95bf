#pragma once
// The user's connections, kept in the database in their order. Interface thread; answers come later through signals.

#include "models/base/snapshot_table_model.h"
#include "models/connections/connection_profile.h"
#include "models/store/database.h"

#include <QObject>
#include <QSet>

namespace models::connections {

class ConnectionStore : public QObject {
    Q_OBJECT
public:
    explicit ConnectionStore(std::shared_ptr<store::Database> database, QObject* parent = nullptr);

    /// Reads them; changed() follows, or failed(). What was saved, edited or removed since the call stands above what is read.
    void load();
    /// The first answer has come.
    [[nodiscard]] bool isLoaded() const { return m_loaded; }
    [[nodiscard]] const QList<ConnectionProfile>& profiles() const { return m_profiles; }
    [[nodiscard]] const ConnectionProfile* find(const QString& id) const;

    /// Adds (an empty id is filled) or replaces by id; returns the id. Shown at once, stored behind. Of secrets only the names are stored;
    /// `kept` names them.
    QString save(ConnectionProfile profile, QStringList* kept = nullptr);
    /// Puts secrets that were fetched into memory; stores nothing.
    void giveSecrets(const QString& id, const QMap<QString, QString>& secrets);
    void remove(const QString& id);
    void move(int from, int to);

signals:
    void changed();
    void loaded(); ///< after each answer to load(), good or bad
    void failed(const models::Error& error);
    /// Values of secrets stood in the database (written by an older Samsa): they are in memory now, and gone from it and from its copies.
    void secretsFound(const QString& id);

private:
    void take(const QList<store::Row>& rows);
    void store(const ConnectionProfile& profile, int position);
    void scrub(const QStringList& ids);
    std::shared_ptr<store::Database> m_database;
    QList<ConnectionProfile> m_profiles;
    QSet<QString> m_touched; ///< saved or removed while the answer to load() is awaited
    int m_loading = 0;
    bool m_loaded = false;
};

} // namespace models::connections
