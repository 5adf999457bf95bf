#include "models/secrets/keychain.h"

#include <QCoreApplication>
#include <QDBusConnection>
#include <QDBusConnectionInterface>
#include <QDBusReply>
#include <QFileInfo>
#include <QPointer>
#include <qt6keychain/keychain.h>

namespace models::secrets {
namespace {

Error errorOf(const QKeychain::Job& job) {
    const QString what = QStringLiteral("keychain");
    switch (job.error()) {
    case QKeychain::EntryNotFound: return {ErrorCode::NotFound, what, QStringLiteral("there is no such entry"), 0};
    case QKeychain::NoBackendAvailable:
    case QKeychain::NotImplemented: return {ErrorCode::Unsupported, what, job.errorString(), 0};
    case QKeychain::AccessDeniedByUser:
    case QKeychain::AccessDenied: return {ErrorCode::Refused, what, job.errorString(), 0};
    default: return {ErrorCode::Storage, what, job.errorString(), 0};
    }
}

/// QtKeychain's. It never falls back to a readable file: insecureFallback stays off.
class SystemKeychain : public Keychain {
public:
    explicit SystemKeychain(QString service) : m_service(std::move(service)) {}

    void read(const QString& key, std::function<void(Result<QString>)> deliver) override {
        auto* job = new QKeychain::ReadPasswordJob(m_service, &m_jobs);
        job->setKey(key);
        QObject::connect(job, &QKeychain::Job::finished, &m_jobs, [job, deliver = std::move(deliver)] {
            if (job->error() == QKeychain::NoError)
                deliver(job->textData());
            else
                deliver(std::unexpected(errorOf(*job)));
        });
        job->start();
    }
    void write(const QString& key, const QString& text, std::function<void(Result<void>)> deliver) override {
        auto* job = new QKeychain::WritePasswordJob(m_service, &m_jobs);
        job->setKey(key);
        job->setTextData(text);
        finish(job, std::move(deliver));
    }
    void remove(const QString& key, std::function<void(Result<void>)> deliver) override {
        auto* job = new QKeychain::DeletePasswordJob(m_service, &m_jobs);
        job->setKey(key);
        finish(job, std::move(deliver));
    }

private:
    void finish(QKeychain::Job* job, std::function<void(Result<void>)> deliver) {
        QObject::connect(job, &QKeychain::Job::finished, &m_jobs, [job, deliver = std::move(deliver)] {
            if (job->error() == QKeychain::NoError || job->error() == QKeychain::EntryNotFound)
                deliver({});
            else
                deliver(std::unexpected(errorOf(*job)));
        });
        job->start();
    }
    const QString m_service;
    QObject m_jobs; ///< their parent: what is under way ends with this object
};

bool someoneKeeps() {
    // Without a session bus, asking for one would start one.
    if (qEnvironmentVariableIsEmpty("DBUS_SESSION_BUS_ADDRESS") && !QFileInfo::exists(qEnvironmentVariable("XDG_RUNTIME_DIR") + QStringLiteral("/bus")))
        return false;
    const auto bus = QDBusConnection::sessionBus();
    if (!bus.isConnected())
        return false;
    const QDBusReply<QStringList> activatable = bus.interface()->activatableServiceNames();
    for (const char* name : {"org.freedesktop.secrets", "org.kde.kwalletd6", "org.kde.kwalletd5"})
        if (activatable.value().contains(QLatin1String(name)) || bus.interface()->isServiceRegistered(QLatin1String(name)))
            return true;
    return false;
}

} // namespace

std::unique_ptr<Keychain> systemKeychain(const QString& service) {
    if (!someoneKeeps())
        return nullptr;
    return std::make_unique<SystemKeychain>(service);
}

} // namespace models::secrets
