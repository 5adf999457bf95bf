#pragma once
// Keeps the secrets of connections between two starts: in the desktop's keychain, or in the vault. Interface thread; keys are derived and files
// are written on a thread of its own, in the order asked. Answers are dropped when `context` is gone.

#include "models/secrets/keychain.h"
#include "models/secrets/place.h"
#include "models/secrets/vault_file.h"

#include <QObject>
#include <QPointer>
#include <QThreadPool>
#include <functional>
#include <memory>
#include <optional>

namespace models::secrets {

enum class VaultState {
    None,   ///< no vault was made
    Locked,
    Busy,   ///< its password is being tried or changed
    Open,
    Broken, ///< the file cannot be used: vaultProblem()
};

class SecretService : public QObject {
    Q_OBJECT
public:
    /// `keychain` null = there is none.
    SecretService(std::unique_ptr<Keychain> keychain, QString vaultPath, QObject* parent = nullptr, KdfCost cost = {});
    ~SecretService() override; ///< finishes what has to be written

    using Named = QMap<QString, QString>;
    using Deliver = std::function<void(Result<void>)>;

    [[nodiscard]] bool hasKeychain() const { return m_keychain != nullptr; }
    [[nodiscard]] VaultState vault() const { return m_state; }
    [[nodiscard]] const Error& vaultProblem() const { return m_problem; }
    [[nodiscard]] const QString& vaultPath() const { return m_path; }
    /// Where new secrets go when nobody chooses.
    [[nodiscard]] SecretPlace usualPlace() const;

    /// Locked: the vault has to be unlocked first. An owner without secrets gives an empty map.
    void fetch(SecretPlace place, const QString& owner, QObject* context, std::function<void(Result<Named>)> deliver);
    /// All of an owner's secrets at once; an empty map takes them away.
    void keep(SecretPlace place, const QString& owner, const Named& secrets, QObject* context, Deliver deliver);
    void forget(SecretPlace place, const QString& owner);

    /// AlreadyExists when there is one.
    void createVault(const QString& password, QObject* context, Deliver deliver);
    /// AuthenticationFailed: the wrong password.
    void unlockVault(const QString& password, QObject* context, Deliver deliver);
    /// Of an open vault: the same secrets under another password and a fresh salt. AuthenticationFailed: `now` is not its password, and everything
    /// stays as it was, as after any other error.
    void changeVaultPassword(const QString& now, const QString& next, QObject* context, Deliver deliver);
    void lockVault();

signals:
    void vaultChanged();

private:
    template <class T>
    void work(std::function<Result<T>()> job, std::function<void(Result<T>)> deliver);
    void setState(VaultState state, const Error& problem = {});
    void open(OpenedVault opened);
    void writeVault(QObject* context, Deliver deliver);

    std::unique_ptr<Keychain> m_keychain;
    const QString m_path;
    const KdfCost m_cost;
    VaultState m_state = VaultState::None;
    Error m_problem;
    Secrets m_secrets; ///< while it is open
    std::optional<VaultKey> m_key;
    QThreadPool m_pool;
};

} // namespace models::secrets
