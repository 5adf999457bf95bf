#pragma once
// The user's connections, kept in the database in their order. Interface thread; answers come later through signals.

#include "models/base/snapshot_table_model.h"
#include "models/connections/connection_profile.h"
#include "models/store/database.h"

#include <QObject>

namespace models::connections {

class ConnectionStore : public QObject {
    Q_OBJECT
public:
    explicit ConnectionStore(std::shared_ptr<store::Database> database, QObject* parent = nullptr);

    /// Reads them; changed() follows, or failed().
    void load();
    [[nodiscard]] const QList<ConnectionProfile>& profiles() const { return m_profiles; }
    [[nodiscard]] const ConnectionProfile* find(const QString& id) const;

    /// Adds (an empty id is filled) or replaces by id; returns the id. Shown at once, stored behind. Properties with secret
    /// names are not stored: `keptForSession` names them, so that the window can say so.
    QString save(ConnectionProfile profile, QStringList* keptForSession = nullptr);
    void remove(const QString& id);
    void move(int from, int to);

signals:
    void changed();
    void failed(const models::Error& error);

private:
    void store(const ConnectionProfile& profile, int position);
    std::shared_ptr<store::Database> m_database;
    QList<ConnectionProfile> m_profiles;
};

} // namespace models::connections
