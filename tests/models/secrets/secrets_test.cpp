// The vault's file against wrong passwords, damage and crashes; and who keeps what.
#include "models/secrets/secret_service.h"

#include "tests/support/fake_keychain.h"
#include "tests/support/test_registry.h"

#include <QCryptographicHash>
#include <QDir>
#include <QFile>
#include <QFileInfo>
#include <QSignalSpy>
#include <QTemporaryDir>
#include <QTest>

using namespace models;
using namespace models::secrets;
using namespace Qt::StringLiterals;

namespace {

const KdfCost kCheap{.log2N = 10, .r = 1, .p = 1};
const Secrets kSecrets{{u"c-aaaaaaaa"_qs, {{u"sasl.password"_qs, u"planted-7261 ä€"_qs}, {u"ssl.key.pem"_qs, u"-----BEGIN"_qs}}}};

QByteArray sealed(const QString& password = u"master"_qs, const Secrets& secrets = kSecrets) {
    return sealVault(secrets, *VaultKey::derive(password, randomBytes(kSaltBytes), kCheap));
}
ErrorCode codeOf(const Result<OpenedVault>& opened) { return opened ? ErrorCode::Internal : opened.error().code; }

} // namespace

class SecretsTest : public QObject {
    Q_OBJECT
private slots:
    void init() { m_dir = std::make_unique<QTemporaryDir>(); }

    // ---- the file ---------------------------------------------------------------------------------------------------------------
    void comesBack() {
        const auto bytes = sealed();
        QVERIFY(!bytes.contains("planted"));
        const auto opened = openVault(bytes, u"master"_qs);
        QVERIFY(opened.has_value());
        QCOMPARE(opened->secrets, kSecrets);
        QVERIFY2(sealVault(kSecrets, opened->key) != sealVault(kSecrets, opened->key), "the same nonce twice");
    }

    void theWrongPasswordIsToldFromDamage() {
        const auto bytes = sealed();
        QVERIFY(codeOf(openVault(bytes, u"Master"_qs)) == ErrorCode::AuthenticationFailed);
        QVERIFY(codeOf(openVault(bytes, {})) == ErrorCode::AuthenticationFailed);
        QVERIFY(codeOf(openVault("nothing of the kind", u"master"_qs)) == ErrorCode::Corrupt);
        QVERIFY(codeOf(openVault({}, u"master"_qs)) == ErrorCode::Corrupt);
    }

    void everyCutAndEveryFlippedByteIsSeen() {
        const auto bytes = sealed();
        for (qsizetype length = 0; length < bytes.size(); ++length)
            QVERIFY2(!openVault(bytes.left(length), u"master"_qs), qPrintable(QString::number(length)));
        for (qsizetype i = 0; i < bytes.size(); ++i) {
            auto other = bytes;
            other[i] = static_cast<char>(other[i] ^ 0x20);
            const auto code = codeOf(openVault(other, u"master"_qs));
            QVERIFY2(code == ErrorCode::Corrupt || code == ErrorCode::Unsupported, qPrintable(QString::number(i)));
        }
    }

    void anAttackerCannotChangeIt() {
        // Who does not know the password can mend the outer digest; the seal still breaks.
        auto bytes = sealed();
        const qsizetype inside = bytes.size() - 32 - 16 - 5;
        bytes[inside] = static_cast<char>(bytes[inside] ^ 1);
        const auto body = bytes.chopped(32);
        QVERIFY(codeOf(openVault(body + QCryptographicHash::hash(body, QCryptographicHash::Sha256), u"master"_qs)) == ErrorCode::Corrupt);
    }

    void aFileCannotAskForAllMemory() {
        auto bytes = sealed();
        bytes[11] = 40; // log2(N)
        const auto body = bytes.chopped(32);
        QVERIFY(codeOf(openVault(body + QCryptographicHash::hash(body, QCryptographicHash::Sha256), u"master"_qs)) == ErrorCode::Corrupt);
    }

    void theFileIsForItsOwnerAndWhole() {
        const QString path = m_dir->filePath(u"vault"_qs);
        QVERIFY(readVaultFile(path).error().code == ErrorCode::NotFound);
        QVERIFY(writeVaultFile(path, "first").has_value());
        QFile left(path + u".new"_qs); // of a crash
        QVERIFY(left.open(QIODevice::WriteOnly));
        left.close();
        QVERIFY(writeVaultFile(path, "second").has_value());
        QCOMPARE(readVaultFile(path).value(), QByteArray("second"));
        QCOMPARE(QFileInfo(path).permissions() & (QFile::ReadGroup | QFile::ReadOther | QFile::WriteGroup | QFile::WriteOther), QFile::Permissions());
        QVERIFY(!QFileInfo::exists(path + u".new"_qs));
        QVERIFY(writeVaultFile(m_dir->filePath(u"no/such/folder"_qs), "x").error().code == ErrorCode::Storage);
    }

    // ---- who keeps what ---------------------------------------------------------------------------------------------------------
    void theVaultIsLockedAtEachStart() {
        const QString path = m_dir->filePath(u"vault"_qs);
        {
            SecretService service(nullptr, path, nullptr, kCheap);
            QVERIFY(service.vault() == VaultState::None);
            QVERIFY(service.usualPlace() == SecretPlace::Vault);
            make(service);
            QVERIFY(service.vault() == VaultState::Open);
            keep(service, u"c-1"_qs, {{u"sasl.password"_qs, u"planted-7261"_qs}});
        }
        SecretService service(nullptr, path, nullptr, kCheap);
        QVERIFY(service.vault() == VaultState::Locked);
        QVERIFY(fetched(service, u"c-1"_qs).error().code == ErrorCode::Locked);
        QVERIFY(!unlock(service, u"wrong"_qs));
        QVERIFY(service.vault() == VaultState::Locked);
        QVERIFY(unlock(service, u"master"_qs));
        QCOMPARE(fetched(service, u"c-1"_qs).value().value(u"sasl.password"_qs), u"planted-7261"_qs);
        QVERIFY(fetched(service, u"c-2"_qs).value().isEmpty());
        service.lockVault();
        QVERIFY(fetched(service, u"c-1"_qs).error().code == ErrorCode::Locked);
    }

    void thePasswordIsChangedByWhoKnowsIt() {
        const QString path = m_dir->filePath(u"vault"_qs);
        SecretService service(nullptr, path, nullptr, kCheap);
        QVERIFY(change(service, u"master"_qs, u"other"_qs).error().code == ErrorCode::Locked); // there is none
        make(service);
        keep(service, u"c-1"_qs, {{u"sasl.password"_qs, u"planted-7261"_qs}});
        const QByteArray before = readVaultFile(path).value();
        QVERIFY(change(service, u"wrong"_qs, u"other"_qs).error().code == ErrorCode::AuthenticationFailed);
        QVERIFY(service.vault() == VaultState::Open);
        QCOMPARE(readVaultFile(path).value(), before);
        keep(service, u"c-2"_qs, {{u"a"_qs, u"2"_qs}}); // and it still takes secrets
        QVERIFY(change(service, u"master"_qs, u"other"_qs).has_value());
        QVERIFY(service.vault() == VaultState::Open);
        QCOMPARE(fetched(service, u"c-1"_qs).value().value(u"sasl.password"_qs), u"planted-7261"_qs);
        keep(service, u"c-3"_qs, {{u"a"_qs, u"3"_qs}}); // with the new key
        const QByteArray after = readVaultFile(path).value();
        QVERIFY(codeOf(openVault(after, u"master"_qs)) == ErrorCode::AuthenticationFailed);
        QCOMPARE(openVault(after, u"other"_qs)->secrets.keys(), (QStringList{u"c-1"_qs, u"c-2"_qs, u"c-3"_qs}));
        QVERIFY2(after.mid(20, kSaltBytes) != before.mid(20, kSaltBytes), "the same salt for another password");
        service.lockVault();
        QVERIFY(change(service, u"other"_qs, u"third"_qs).error().code == ErrorCode::Locked);
    }

    void aChangeThatCannotBeWrittenChangesNothing() {
        const QString path = m_dir->filePath(u"folder/vault"_qs);
        QVERIFY(QDir().mkpath(m_dir->filePath(u"folder"_qs)));
        SecretService service(nullptr, path, nullptr, kCheap);
        make(service);
        keep(service, u"c-1"_qs, {{u"a"_qs, u"1"_qs}});
        QVERIFY(QDir().mkpath(path + u".new/in the way"_qs)); // where the new file is written first
        QVERIFY(change(service, u"master"_qs, u"other"_qs).error().code == ErrorCode::Storage);
        QVERIFY(service.vault() == VaultState::Open);
        QCOMPARE(openVault(readVaultFile(path).value(), u"master"_qs)->secrets.keys(), QStringList{u"c-1"_qs});
    }

    void whatIsForgottenIsGone() {
        const QString path = m_dir->filePath(u"vault"_qs);
        {
            SecretService service(nullptr, path, nullptr, kCheap);
            make(service);
            keep(service, u"c-1"_qs, {{u"a"_qs, u"1"_qs}});
            keep(service, u"c-2"_qs, {{u"a"_qs, u"2"_qs}});
            service.forget(SecretPlace::Vault, u"c-1"_qs);
        }
        const auto opened = openVault(readVaultFile(path).value(), u"master"_qs);
        QCOMPARE(opened->secrets.keys(), QStringList{u"c-2"_qs});
    }

    void aDamagedVaultIsSaidAndLeftAsItIs() {
        const QString path = m_dir->filePath(u"vault"_qs);
        QVERIFY(writeVaultFile(path, sealed().chopped(7)).has_value());
        SecretService service(nullptr, path, nullptr, kCheap);
        QVERIFY(service.vault() == VaultState::Broken);
        QVERIFY(service.vaultProblem().code == ErrorCode::Corrupt);
        Result<void> outcome;
        service.createVault(u"new"_qs, this, [&](const Result<void>& done) { outcome = done; });
        QVERIFY(outcome.error().code == ErrorCode::AlreadyExists);
        QCOMPARE(readVaultFile(path).value().size(), sealed().size() - 7);
        QVERIFY(service.usualPlace() == SecretPlace::Session);
    }

    void theKeychainComesFirst() {
        QMap<QString, QString> entries;
        SecretService service(std::make_unique<tests::FakeKeychain>(&entries), m_dir->filePath(u"vault"_qs), nullptr, kCheap);
        QVERIFY(service.usualPlace() == SecretPlace::Keychain);
        Result<void> kept = fail(ErrorCode::Internal, {}, {});
        service.keep(SecretPlace::Keychain, u"c-1"_qs, {{u"sasl.password"_qs, u"s"_qs}}, this, [&](const Result<void>& done) { kept = done; });
        QVERIFY(kept.has_value());
        QCOMPARE(entries.keys(), QStringList{u"connection/c-1"_qs});
        QCOMPARE(fetched(service, u"c-1"_qs, SecretPlace::Keychain).value().value(u"sasl.password"_qs), u"s"_qs);
        service.forget(SecretPlace::Keychain, u"c-1"_qs);
        QVERIFY(entries.isEmpty());
        QVERIFY(!QFileInfo::exists(m_dir->filePath(u"vault"_qs)));
    }

    void aKeychainThatRefusesIsLocked() {
        QMap<QString, QString> entries;
        auto keychain = std::make_unique<tests::FakeKeychain>(&entries);
        keychain->refusal = Error{ErrorCode::Refused, {}, u"the user said no"_qs, 0};
        SecretService service(std::move(keychain), m_dir->filePath(u"vault"_qs), nullptr, kCheap);
        QVERIFY(fetched(service, u"c-1"_qs, SecretPlace::Keychain).error().code == ErrorCode::Locked);
    }

private:
    void make(SecretService& service) {
        bool done = false;
        service.createVault(u"master"_qs, this, [&](const Result<void>& made) { done = made.has_value(); });
        QTRY_VERIFY(done);
    }
    Result<void> change(SecretService& service, const QString& now, const QString& next) {
        std::optional<Result<void>> answer;
        service.changeVaultPassword(now, next, this, [&](const Result<void>& done) { answer = done; });
        [&] { QTRY_VERIFY(answer.has_value()); }();
        return answer.value_or(fail(ErrorCode::Internal, {}, u"no answer"_qs));
    }
    bool unlock(SecretService& service, const QString& password) {
        std::optional<bool> good;
        service.unlockVault(password, this, [&](const Result<void>& done) { good = done.has_value(); });
        [&] { QTRY_VERIFY(good.has_value()); }();
        return good.value_or(false);
    }
    void keep(SecretService& service, const QString& owner, const SecretService::Named& secrets) {
        bool done = false;
        service.keep(SecretPlace::Vault, owner, secrets, this, [&](const Result<void>& kept) { done = kept.has_value(); });
        QTRY_VERIFY(done);
    }
    Result<SecretService::Named> fetched(SecretService& service, const QString& owner, SecretPlace place = SecretPlace::Vault) {
        Result<SecretService::Named> answer = fail(ErrorCode::Internal, {}, u"no answer"_qs);
        service.fetch(place, owner, this, [&](const Result<SecretService::Named>& secrets) { answer = secrets; });
        return answer;
    }
    std::unique_ptr<QTemporaryDir> m_dir;
};

SAMSA_TEST(SecretsTest)
#include "secrets_test.moc"
