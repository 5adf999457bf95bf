#pragma once
// The file of secrets under a master password: what it holds, sealed and opened. Pure but for reading and writing the file; the work of the key
// (some tenths of a second on purpose) belongs on a worker.
//
// Format, version 1, big-endian:
//     magic "SAMSAVLT", version u16, kdf u8 (1 = scrypt), log2(N) u8, r u32, p u32, salt 16,      <- 36 bytes: head
//     check 16: HMAC-SHA-256 of the head under the second half of the derived key,               <- tells a wrong password from a damaged file
//     nonce 12, length u32, AES-256-GCM ciphertext, tag 16                                        <- head and check are authenticated too
//     SHA-256 of everything before, 32                                                            <- tells damage before any password is asked for
//
// The key is 64 bytes of scrypt: 32 for AES, 32 for the check. Each sealing takes a fresh nonce.

#include "models/base/error.h"

#include <QByteArray>
#include <QMap>
#include <QString>
#include <memory>

namespace models::secrets {

/// Secrets by owner and name: secrets["c-abcdefgh"]["sasl.password"].
using Secrets = QMap<QString, QMap<QString, QString>>;

/// What guessing costs: N = 2^log2N rounds of 128 * r bytes. The default takes 128 MiB.
struct KdfCost {
    int log2N = 17;
    quint32 r = 8;
    quint32 p = 1;
};

/// A derived key; its bytes are overwritten when the last copy goes.
class VaultKey {
public:
    /// Invalid: a cost that this program does not accept.
    static Result<VaultKey> derive(const QString& password, const QByteArray& salt, const KdfCost& cost);
    [[nodiscard]] const unsigned char* cipherKey() const;
    [[nodiscard]] const unsigned char* checkKey() const;
    [[nodiscard]] const QByteArray& salt() const { return m_salt; }
    [[nodiscard]] const KdfCost& cost() const { return m_cost; }

private:
    struct Bytes;
    std::shared_ptr<Bytes> m_bytes;
    QByteArray m_salt;
    KdfCost m_cost;
};

inline constexpr int kSaltBytes = 16;
QByteArray randomBytes(int count);

QByteArray sealVault(const Secrets& secrets, const VaultKey& key);

struct OpenedVault {
    Secrets secrets;
    VaultKey key;
};
/// Corrupt: not a vault, cut short or damaged. Unsupported: of a newer Samsa. AuthenticationFailed: the wrong password.
Result<OpenedVault> openVault(const QByteArray& bytes, const QString& password);
/// The same errors but for the password, without asking for one.
Result<void> checkVault(const QByteArray& bytes);

/// NotFound where there is none; at most 16 MiB are read.
Result<QByteArray> readVaultFile(const QString& path);
/// Whole or not at all: beside it, synced, renamed; mode 0600.
Result<void> writeVaultFile(const QString& path, const QByteArray& bytes);

} // namespace models::secrets
