#include "models/connections/connection_store.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>

namespace models::connections {
namespace {

QString newId() {
    QString id = QStringLiteral("c-");
    for (int i = 0; i < 8; ++i)
        id += QChar(static_cast<char16_t>(u'a' + QRandomGenerator::system()->bounded(26)));
    return id;
}

QString toJson(const QMap<QString, QString>& properties) {
    QJsonObject object;
    for (auto it = properties.cbegin(); it != properties.cend(); ++it)
        object.insert(it.key(), it.value());
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

QMap<QString, QString> fromJson(const QString& json) {
    QMap<QString, QString> properties;
    const auto object = QJsonDocument::fromJson(json.toUtf8()).object();
    for (auto it = object.begin(); it != object.end(); ++it)
        properties.insert(it.key(), it.value().toString());
    return properties;
}

} // namespace

ConnectionStore::ConnectionStore(std::shared_ptr<store::Database> database, QObject* parent) : QObject(parent), m_database(std::move(database)) {}

void ConnectionStore::load() {
    m_database
        ->run<QList<store::Row>>([](store::Connection& connection) {
            return connection.query("SELECT id, name, servers, properties, colour, production, read_only FROM connection ORDER BY position, id");
        })
        .then(this, [this](const Result<QList<store::Row>>& rows) {
            if (!rows) {
                emit failed(rows.error());
                return;
            }
            m_profiles.clear();
            for (const auto& row : *rows) {
                ConnectionProfile profile;
                profile.id = row[0].toString();
                profile.name = row[1].toString();
                profile.config.bootstrapServers = row[2].toString();
                profile.config.properties = fromJson(row[3].toString());
                profile.colour = row[4].toString();
                profile.production = row[5].toBool();
                profile.readOnly = row[6].toBool();
                m_profiles.append(std::move(profile));
            }
            emit changed();
        });
}

const ConnectionProfile* ConnectionStore::find(const QString& id) const {
    for (const auto& profile : m_profiles)
        if (profile.id == id)
            return &profile;
    return nullptr;
}

QString ConnectionStore::save(ConnectionProfile profile, QStringList* keptForSession) {
    if (profile.id.isEmpty())
        profile.id = newId();
    // A secret that came in the wrong place is moved before anything can store it.
    for (const auto& name : profile.config.properties.keys())
        if (client::ClientConfig::isSecretName(name))
            profile.config.secrets.insert(name, profile.config.properties.take(name));
    if (keptForSession != nullptr)
        *keptForSession = profile.config.secrets.keys();
    int position = 0;
    while (position < m_profiles.size() && m_profiles[position].id != profile.id)
        ++position;
    const QString id = profile.id;
    if (position < m_profiles.size())
        m_profiles[position] = profile;
    else
        m_profiles.append(profile);
    store(profile, position);
    emit changed();
    return id;
}

void ConnectionStore::store(const ConnectionProfile& profile, int position) {
    const QList<QVariant> values{profile.id, position, profile.name, profile.config.bootstrapServers, toJson(profile.config.properties), profile.colour,
        profile.production, profile.readOnly};
    m_database
        ->run<void*>([values](store::Connection& connection) -> Result<void*> {
            auto done = connection.execute("INSERT INTO connection(id, position, name, servers, properties, colour, production, read_only) VALUES(?,?,?,?,?,?,?,?)"
                                           " ON CONFLICT(id) DO UPDATE SET position=excluded.position, name=excluded.name, servers=excluded.servers,"
                                           " properties=excluded.properties, colour=excluded.colour, production=excluded.production, read_only=excluded.read_only",
                values);
            if (!done)
                return std::unexpected(done.error());
            return nullptr;
        })
        .then(this, [this](const Result<void*>& done) {
            if (!done)
                emit failed(done.error());
        });
}

void ConnectionStore::remove(const QString& id) {
    m_profiles.removeIf([&id](const ConnectionProfile& profile) { return profile.id == id; });
    m_database
        ->run<void*>([id](store::Connection& connection) -> Result<void*> {
            if (auto done = connection.execute("DELETE FROM connection WHERE id=?", {id}); !done)
                return std::unexpected(done.error());
            return nullptr;
        })
        .then(this, [this](const Result<void*>& done) {
            if (!done)
                emit failed(done.error());
        });
    emit changed();
}

void ConnectionStore::move(int from, int to) {
    if (from < 0 || to < 0 || from >= m_profiles.size() || to >= m_profiles.size() || from == to)
        return;
    m_profiles.move(from, to);
    for (int i = 0; i < m_profiles.size(); ++i)
        store(m_profiles[i], i);
    emit changed();
}

} // namespace models::connections
