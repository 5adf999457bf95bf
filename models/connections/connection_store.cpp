#include "models/connections/connection_store.h"

#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>

namespace models::connections {
namespace {

// Beside librdkafka's properties the row keeps a few facts of ours; they never reach librdkafka.
constexpr auto kOwn = QLatin1String("samsa.");
constexpr auto kPlace = QLatin1String("samsa.secrets.place");
constexpr auto kNames = QLatin1String("samsa.secrets.names");
constexpr auto kReadable = QLatin1String("samsa.password.readable");
constexpr auto kService = QLatin1String("samsa.service");

QString newId() {
    QString id = QStringLiteral("c-");
    for (int i = 0; i < 8; ++i)
        id += QChar(static_cast<char16_t>(u'a' + QRandomGenerator::system()->bounded(26)));
    return id;
}

QString placeText(SecretPlace place) {
    switch (place) {
    case SecretPlace::Session: break;
    case SecretPlace::Keychain: return QStringLiteral("keychain");
    case SecretPlace::Vault: return QStringLiteral("vault");
    }
    return QStringLiteral("session");
}

SecretPlace placeOf(const QString& text) {
    if (text == QLatin1String("keychain"))
        return SecretPlace::Keychain;
    return text == QLatin1String("vault") ? SecretPlace::Vault : SecretPlace::Session;
}

QString toJson(const ConnectionProfile& profile) {
    QJsonObject object;
    for (auto it = profile.config.properties.cbegin(); it != profile.config.properties.cend(); ++it)
        object.insert(it.key(), it.value());
    if (!profile.secretNames.isEmpty()) {
        object.insert(kPlace, placeText(profile.place));
        object.insert(kNames, QJsonArray::fromStringList(profile.secretNames));
    }
    if (!profile.service.isEmpty())
        object.insert(kService, profile.service);
    if (profile.readablePassword)
        object.insert(kReadable, true);
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

/// True when values of secrets stood among the properties.
bool fromJson(const QString& json, ConnectionProfile& profile) {
    bool found = false;
    const auto object = QJsonDocument::fromJson(json.toUtf8()).object();
    for (auto it = object.begin(); it != object.end(); ++it) {
        if (it.key().startsWith(kOwn))
            continue;
        if (client::ClientConfig::isSecretName(it.key())) {
            found = true;
            profile.secretNames.append(it.key());
        }
        profile.config.set(it.key(), it.value().toString());
    }
    profile.place = placeOf(object.value(kPlace).toString());
    for (const auto& name : object.value(kNames).toArray())
        if (const QString text = name.toString(); !text.isEmpty() && !profile.secretNames.contains(text))
            profile.secretNames.append(text);
    profile.service = object.value(kService).toString();
    profile.readablePassword = object.value(kReadable).toBool();
    return found;
}

} // namespace

ConnectionStore::ConnectionStore(std::shared_ptr<store::Database> database, QObject* parent) : QObject(parent), m_database(std::move(database)) {}

void ConnectionStore::load() {
    ++m_loading;
    m_database
        ->run<QList<store::Row>>([](store::Connection& connection) {
            return connection.query("SELECT id, name, servers, properties, colour, production, read_only FROM connection ORDER BY position, id");
        })
        .then(this, [this](const Result<QList<store::Row>>& rows) {
            --m_loading;
            m_loaded = true;
            if (rows)
                take(*rows);
            else
                emit failed(rows.error());
            if (m_loading == 0)
                m_touched.clear();
            emit loaded();
        });
}

void ConnectionStore::take(const QList<store::Row>& rows) {
    // The answer is older than what was saved or removed since it was asked for.
    QList<ConnectionProfile> profiles;
    QStringList withSecrets;
    for (const auto& row : rows) {
        ConnectionProfile profile;
        profile.id = row[0].toString();
        if (m_touched.contains(profile.id)) {
            if (const auto* mine = find(profile.id))
                profiles.append(*mine);
            continue;
        }
        profile.name = row[1].toString();
        profile.config.bootstrapServers = row[2].toString();
        if (fromJson(row[3].toString(), profile))
            withSecrets.append(profile.id);
        profile.colour = row[4].toString();
        profile.production = row[5].toBool();
        profile.readOnly = row[6].toBool();
        // Read again: what was fetched meanwhile stays in memory.
        if (const auto* mine = find(profile.id))
            for (auto it = mine->config.secrets.begin(); it != mine->config.secrets.end(); ++it)
                if (profile.secretNames.contains(it.key()))
                    profile.config.secrets.insert(it.key(), it.value());
        profiles.append(std::move(profile));
    }
    for (const auto& mine : m_profiles)
        if (m_touched.contains(mine.id) && std::none_of(profiles.begin(), profiles.end(), [&mine](const auto& profile) { return profile.id == mine.id; }))
            profiles.append(mine);
    m_profiles = std::move(profiles);
    // Their positions were counted without those that were read.
    for (int i = 0; i < m_profiles.size(); ++i)
        if (m_touched.contains(m_profiles[i].id))
            store(m_profiles[i], i);
    if (!withSecrets.isEmpty())
        scrub(withSecrets);
    emit changed();
    for (const auto& id : withSecrets)
        emit secretsFound(id);
}

void ConnectionStore::scrub(const QStringList& ids) {
    for (int i = 0; i < m_profiles.size(); ++i)
        if (ids.contains(m_profiles[i].id))
            store(m_profiles[i], i);
    // secure_delete overwrites the old row in the file; the log and the copies from before a migration still have it.
    m_database
        ->run<void*>([path = m_database->path()](store::Connection& connection) -> Result<void*> {
            if (auto done = connection.query("PRAGMA wal_checkpoint(TRUNCATE)"); !done)
                return std::unexpected(done.error());
            const QFileInfo file(path);
            for (const auto& copy : file.dir().entryInfoList({file.fileName() + QStringLiteral(".before-*")}, QDir::Files))
                QFile::remove(copy.filePath());
            return nullptr;
        })
        .then(this, [this](const Result<void*>& done) {
            if (!done)
                emit failed(done.error());
        });
}

const ConnectionProfile* ConnectionStore::find(const QString& id) const {
    for (const auto& profile : m_profiles)
        if (profile.id == id)
            return &profile;
    return nullptr;
}

QString ConnectionStore::save(ConnectionProfile profile, QStringList* kept) {
    if (profile.id.isEmpty())
        profile.id = newId();
    // A secret that came in the wrong place is moved before anything can store it.
    for (const auto& name : profile.config.properties.keys())
        if (client::ClientConfig::isSecretName(name))
            profile.config.secrets.insert(name, profile.config.properties.take(name));
    for (const auto& name : profile.config.secrets.keys())
        if (!profile.secretNames.contains(name))
            profile.secretNames.append(name);
    if (kept != nullptr)
        *kept = profile.secretNames;
    int position = 0;
    while (position < m_profiles.size() && m_profiles[position].id != profile.id)
        ++position;
    const QString id = profile.id;
    if (position < m_profiles.size())
        m_profiles[position] = profile;
    else
        m_profiles.append(profile);
    if (m_loading > 0)
        m_touched.insert(id);
    store(profile, position);
    emit changed();
    return id;
}

void ConnectionStore::giveSecrets(const QString& id, const QMap<QString, QString>& secrets) {
    for (auto& profile : m_profiles)
        if (profile.id == id)
            for (auto it = secrets.begin(); it != secrets.end(); ++it)
                if (profile.secretNames.contains(it.key()))
                    profile.config.secrets.insert(it.key(), it.value());
}

void ConnectionStore::store(const ConnectionProfile& profile, int position) {
    const QList<QVariant> values{profile.id, position, profile.name, profile.config.bootstrapServers, toJson(profile), profile.colour,
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
    if (m_loading > 0)
        m_touched.insert(id);
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
