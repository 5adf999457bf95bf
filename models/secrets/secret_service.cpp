#include "models/secrets/secret_service.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QJsonObject>

namespace models::secrets {
namespace {

Error locked() { return {ErrorCode::Locked, QStringLiteral("vault"), QStringLiteral("the vault is locked"), 0}; }

QString keyOf(const QString& owner) { return QStringLiteral("connection/") + owner; }

QString toJson(const SecretService::Named& secrets) {
    QJsonObject object;
    for (auto it = secrets.begin(); it != secrets.end(); ++it)
        object.insert(it.key(), it.value());
    return QString::fromUtf8(QJsonDocument(object).toJson(QJsonDocument::Compact));
}

Result<SecretService::Named> fromJson(const QString& json) {
    const auto document = QJsonDocument::fromJson(json.toUtf8());
    if (!document.isObject())
        return fail(ErrorCode::Corrupt, QStringLiteral("keychain"), QStringLiteral("its entry is not one of Samsa's"));
    SecretService::Named named;
    const auto object = document.object();
    for (auto it = object.begin(); it != object.end(); ++it)
        named.insert(it.key(), it->toString());
    return named;
}

} // namespace

SecretService::SecretService(std::unique_ptr<Keychain> keychain, QString vaultPath, QObject* parent, KdfCost cost)
    : QObject(parent), m_keychain(std::move(keychain)), m_path(std::move(vaultPath)), m_cost(cost) {
    m_pool.setMaxThreadCount(1); // what is asked later is written later
    m_pool.setObjectName(QStringLiteral("vault"));
    const auto bytes = readVaultFile(m_path); // small, and read once
    if (!bytes) {
        if (bytes.error().code != ErrorCode::NotFound)
            setState(VaultState::Broken, bytes.error());
    } else if (const auto good = checkVault(*bytes); !good) {
        setState(VaultState::Broken, good.error());
    } else {
        setState(VaultState::Locked);
    }
}

SecretService::~SecretService() { m_pool.waitForDone(); }

template <class T>
void SecretService::work(std::function<Result<T>()> job, std::function<void(Result<T>)> deliver) {
    const QPointer<SecretService> self(this);
    m_pool.start([self, job = std::move(job), deliver = std::move(deliver)] {
        auto result = job();
        QMetaObject::invokeMethod(
            QCoreApplication::instance(),
            [self, deliver, result = std::move(result)]() mutable {
                if (self)
                    deliver(std::move(result));
            },
            Qt::QueuedConnection);
    });
}

void SecretService::setState(VaultState state, const Error& problem) {
    m_state = state;
    m_problem = problem;
    emit vaultChanged();
}

SecretPlace SecretService::usualPlace() const {
    if (m_keychain)
        return SecretPlace::Keychain;
    return m_state == VaultState::Broken ? SecretPlace::Session : SecretPlace::Vault;
}

void SecretService::fetch(SecretPlace place, const QString& owner, QObject* context, std::function<void(Result<Named>)> deliver) {
    const QPointer<QObject> receiver(context);
    switch (place) {
    case SecretPlace::Session: deliver(Named{}); return;
    case SecretPlace::Keychain:
        if (!m_keychain) {
            deliver(fail(ErrorCode::Locked, QStringLiteral("keychain"), QStringLiteral("this session has no keychain")));
            return;
        }
        m_keychain->read(keyOf(owner), [receiver, deliver = std::move(deliver)](const Result<QString>& text) {
            if (!receiver)
                return;
            if (text)
                deliver(fromJson(*text));
            else if (text.error().code == ErrorCode::NotFound)
                deliver(Named{});
            else
                deliver(std::unexpected(Error{ErrorCode::Locked, text.error().what, text.error().why, 0}));
        });
        return;
    case SecretPlace::Vault:
        if (m_state == VaultState::Open)
            deliver(m_secrets.value(owner));
        else
            deliver(std::unexpected(m_state == VaultState::Broken ? m_problem : locked()));
        return;
    }
}

void SecretService::keep(SecretPlace place, const QString& owner, const Named& secrets, QObject* context, Deliver deliver) {
    switch (place) {
    case SecretPlace::Session: deliver({}); return;
    case SecretPlace::Keychain: {
        if (!m_keychain) {
            deliver(fail(ErrorCode::Unsupported, QStringLiteral("keychain"), QStringLiteral("this session has no keychain")));
            return;
        }
        auto answer = [receiver = QPointer<QObject>(context), deliver = std::move(deliver)](const Result<void>& done) {
            if (receiver)
                deliver(done);
        };
        if (secrets.isEmpty())
            m_keychain->remove(keyOf(owner), std::move(answer));
        else
            m_keychain->write(keyOf(owner), toJson(secrets), std::move(answer));
        return;
    }
    case SecretPlace::Vault:
        if (m_state != VaultState::Open) {
            deliver(std::unexpected(m_state == VaultState::Broken ? m_problem : locked()));
            return;
        }
        if (secrets.isEmpty())
            m_secrets.remove(owner);
        else
            m_secrets.insert(owner, secrets);
        writeVault(context, std::move(deliver));
        return;
    }
}

void SecretService::forget(SecretPlace place, const QString& owner) {
    // From a locked vault nothing can be taken; what is left there belongs to no connection and goes when it is opened next by whoever asks.
    keep(place, owner, {}, this, [](const Result<void>&) {});
}

void SecretService::writeVault(QObject* context, Deliver deliver) {
    work<void*>(
        [path = m_path, secrets = m_secrets, key = *m_key]() -> Result<void*> {
            if (auto done = writeVaultFile(path, sealVault(secrets, key)); !done)
                return std::unexpected(done.error());
            return nullptr;
        },
        [receiver = QPointer<QObject>(context), deliver = std::move(deliver)](const Result<void*>& done) {
            if (!receiver)
                return;
            if (done)
                deliver({});
            else
                deliver(std::unexpected(done.error()));
        });
}

void SecretService::open(OpenedVault opened) {
    m_secrets = std::move(opened.secrets);
    m_key = std::move(opened.key);
    setState(VaultState::Open);
}

void SecretService::createVault(const QString& password, QObject* context, Deliver deliver) {
    if (m_state != VaultState::None) {
        deliver(fail(ErrorCode::AlreadyExists, QStringLiteral("vault"), QStringLiteral("there is one already")));
        return;
    }
    setState(VaultState::Busy);
    work<OpenedVault>(
        [path = m_path, password, cost = m_cost]() -> Result<OpenedVault> {
            auto key = VaultKey::derive(password, randomBytes(kSaltBytes), cost);
            if (!key)
                return std::unexpected(key.error());
            if (auto done = writeVaultFile(path, sealVault({}, *key)); !done)
                return std::unexpected(done.error());
            return OpenedVault{{}, std::move(*key)};
        },
        [this, receiver = QPointer<QObject>(context), deliver = std::move(deliver)](Result<OpenedVault> made) {
            if (made)
                open(std::move(*made));
            else
                setState(VaultState::None);
            if (receiver)
                deliver(made ? Result<void>() : std::unexpected(made.error()));
        });
}

void SecretService::unlockVault(const QString& password, QObject* context, Deliver deliver) {
    if (m_state == VaultState::Open) {
        deliver({});
        return;
    }
    if (m_state != VaultState::Locked) {
        deliver(std::unexpected(m_state == VaultState::Broken ? m_problem : Error{ErrorCode::Busy, QStringLiteral("vault"), QStringLiteral("another password is being tried"), 0}));
        return;
    }
    setState(VaultState::Busy);
    work<OpenedVault>(
        [path = m_path, password]() -> Result<OpenedVault> {
            const auto bytes = readVaultFile(path);
            if (!bytes)
                return std::unexpected(bytes.error());
            return openVault(*bytes, password);
        },
        [this, receiver = QPointer<QObject>(context), deliver = std::move(deliver)](Result<OpenedVault> opened) {
            if (opened)
                open(std::move(*opened));
            else if (opened.error().code == ErrorCode::AuthenticationFailed)
                setState(VaultState::Locked);
            else
                setState(VaultState::Broken, opened.error());
            if (receiver)
                deliver(opened ? Result<void>() : std::unexpected(opened.error()));
        });
}

void SecretService::changeVaultPassword(const QString& now, const QString& next, QObject* context, Deliver deliver) {
    if (m_state != VaultState::Open) {
        deliver(std::unexpected(m_state == VaultState::Broken ? m_problem : locked()));
        return;
    }
    setState(VaultState::Busy); // what is kept meanwhile would be sealed with the key that goes
    work<OpenedVault>(
        [path = m_path, now, next, cost = m_cost]() -> Result<OpenedVault> {
            const auto bytes = readVaultFile(path); // what was asked to be kept before is in it: one thread, in the order asked
            if (!bytes)
                return std::unexpected(bytes.error());
            auto opened = openVault(*bytes, now);
            if (!opened)
                return opened;
            auto key = VaultKey::derive(next, randomBytes(kSaltBytes), cost);
            if (!key)
                return std::unexpected(key.error());
            if (auto done = writeVaultFile(path, sealVault(opened->secrets, *key)); !done)
                return std::unexpected(done.error());
            return OpenedVault{std::move(opened->secrets), std::move(*key)};
        },
        [this, receiver = QPointer<QObject>(context), deliver = std::move(deliver)](Result<OpenedVault> changed) {
            if (changed)
                open(std::move(*changed));
            else
                setState(VaultState::Open);
            if (receiver)
                deliver(changed ? Result<void>() : std::unexpected(changed.error()));
        });
}

void SecretService::lockVault() {
    if (m_state != VaultState::Open)
        return;
    m_secrets.clear();
    m_key.reset();
    setState(VaultState::Locked);
}

} // namespace models::secrets
