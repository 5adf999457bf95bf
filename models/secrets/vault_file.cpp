#include "models/secrets/vault_file.h"

#include <QDataStream>
#include <QFile>
#include <QFileInfo>
#include <QIODevice>
#include <QJsonDocument>
#include <QJsonObject>
#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/rand.h>
#include <unistd.h>

namespace models::secrets {
namespace {

constexpr char kMagic[] = "SAMSAVLT";
constexpr quint16 kVersion = 1;
constexpr quint8 kScrypt = 1;
constexpr int kHeadBytes = 8 + 2 + 1 + 1 + 4 + 4 + kSaltBytes;
constexpr int kCheckBytes = 16;
constexpr int kNonceBytes = 12;
constexpr int kTagBytes = 16;
constexpr int kDigestBytes = 32;
constexpr int kKeyBytes = 32;
constexpr qint64 kFileBytesMax = 16 << 20;
constexpr quint64 kMemoryMax = 512ULL << 20; ///< for one derivation, whatever a file says

const QString kWhat = QStringLiteral("vault");

std::unexpected<Error> damaged(const char* how) { return fail(ErrorCode::Corrupt, kWhat, QString::fromLatin1(how)); }

const unsigned char* raw(const QByteArray& bytes) { return reinterpret_cast<const unsigned char*>(bytes.constData()); }
unsigned char* raw(QByteArray& bytes) { return reinterpret_cast<unsigned char*>(bytes.data()); }
void wipe(QByteArray& bytes) { ::OPENSSL_cleanse(bytes.data(), static_cast<std::size_t>(bytes.size())); }

QByteArray sha256(const QByteArray& bytes) {
    QByteArray digest(kDigestBytes, '\0');
    ::EVP_Digest(bytes.constData(), static_cast<std::size_t>(bytes.size()), raw(digest), nullptr, ::EVP_sha256(), nullptr);
    return digest;
}

QByteArray checkOf(const QByteArray& head, const VaultKey& key) {
    QByteArray mac(kDigestBytes, '\0');
    unsigned int size = 0;
    ::HMAC(::EVP_sha256(), key.checkKey(), kKeyBytes, raw(head), static_cast<std::size_t>(head.size()), raw(mac), &size);
    return mac.left(kCheckBytes);
}

QByteArray headOf(const VaultKey& key) {
    QByteArray head;
    QDataStream out(&head, QIODevice::WriteOnly);
    out.writeRawData(kMagic, 8);
    out << kVersion << kScrypt << static_cast<quint8>(key.cost().log2N) << key.cost().r << key.cost().p;
    out.writeRawData(key.salt().constData(), kSaltBytes);
    return head;
}

struct Head {
    KdfCost cost;
    QByteArray salt;
};

Result<Head> parseHead(const QByteArray& bytes) {
    if (!bytes.startsWith(kMagic))
        return damaged("this file is not a vault of Samsa");
    QDataStream in(bytes);
    in.skipRawData(8);
    quint16 version = 0;
    quint8 kdf = 0, log2N = 0;
    Head head;
    in >> version >> kdf >> log2N >> head.cost.r >> head.cost.p;
    if (in.status() != QDataStream::Ok)
        return damaged("the file is cut short");
    if (version != kVersion || kdf != kScrypt)
        return fail(ErrorCode::Unsupported, kWhat, QStringLiteral("it was written by a newer Samsa"));
    head.cost.log2N = log2N;
    if (bytes.size() < kHeadBytes + kCheckBytes + kNonceBytes + 4 + kTagBytes + kDigestBytes)
        return damaged("the file is cut short");
    head.salt = bytes.mid(kHeadBytes - kSaltBytes, kSaltBytes);
    if (sha256(bytes.chopped(kDigestBytes)) != bytes.right(kDigestBytes))
        return damaged("the file is damaged or cut short");
    return head;
}

using CipherPtr = std::unique_ptr<EVP_CIPHER_CTX, decltype(&::EVP_CIPHER_CTX_free)>;

QByteArray toJson(const Secrets& secrets) {
    QJsonObject owners;
    for (auto owner = secrets.begin(); owner != secrets.end(); ++owner) {
        QJsonObject named;
        for (auto one = owner->begin(); one != owner->end(); ++one)
            named.insert(one.key(), one.value());
        owners.insert(owner.key(), named);
    }
    return QJsonDocument(owners).toJson(QJsonDocument::Compact);
}

std::optional<Secrets> fromJson(const QByteArray& json) {
    const auto document = QJsonDocument::fromJson(json);
    if (!document.isObject())
        return std::nullopt;
    Secrets secrets;
    const auto owners = document.object();
    for (auto owner = owners.begin(); owner != owners.end(); ++owner) {
        const auto named = owner->toObject();
        for (auto one = named.begin(); one != named.end(); ++one)
            secrets[owner.key()].insert(one.key(), one->toString());
    }
    return secrets;
}

std::unexpected<Error> fileError(const QString& path, int error) { return fail(ErrorCode::Storage, path, QString::fromLocal8Bit(std::strerror(error))); }

} // namespace

struct VaultKey::Bytes {
    unsigned char bytes[2 * kKeyBytes] = {};
    ~Bytes() { ::OPENSSL_cleanse(bytes, sizeof bytes); }
};

Result<VaultKey> VaultKey::derive(const QString& password, const QByteArray& salt, const KdfCost& cost) {
    if (cost.log2N < 10 || cost.log2N > 22 || cost.r < 1 || cost.r > 32 || cost.p < 1 || cost.p > 8 || (128ULL * cost.r << cost.log2N) > kMemoryMax || salt.size() != kSaltBytes)
        return damaged("the file asks for a key that this program does not make");
    VaultKey key;
    key.m_bytes = std::make_shared<Bytes>();
    key.m_salt = salt;
    key.m_cost = cost;
    QByteArray utf8 = password.toUtf8();
    const std::unique_ptr<EVP_KDF, decltype(&::EVP_KDF_free)> kdf(::EVP_KDF_fetch(nullptr, "SCRYPT", nullptr), ::EVP_KDF_free);
    const std::unique_ptr<EVP_KDF_CTX, decltype(&::EVP_KDF_CTX_free)> context(::EVP_KDF_CTX_new(kdf.get()), ::EVP_KDF_CTX_free);
    std::uint64_t n = 1ULL << cost.log2N, memory = kMemoryMax + (1 << 20);
    std::uint32_t r = cost.r, p = cost.p;
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_PASSWORD, utf8.data(), static_cast<std::size_t>(utf8.size())),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, const_cast<char*>(salt.constData()), static_cast<std::size_t>(salt.size())),
        OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_N, &n), OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_R, &r),
        OSSL_PARAM_construct_uint32(OSSL_KDF_PARAM_SCRYPT_P, &p), OSSL_PARAM_construct_uint64(OSSL_KDF_PARAM_SCRYPT_MAXMEM, &memory), OSSL_PARAM_construct_end()};
    const bool made = context && ::EVP_KDF_derive(context.get(), key.m_bytes->bytes, sizeof key.m_bytes->bytes, parameters) == 1;
    wipe(utf8);
    if (!made)
        return fail(ErrorCode::Internal, kWhat, QStringLiteral("no key could be made: is there enough memory?"));
    return key;
}

const unsigned char* VaultKey::cipherKey() const { return m_bytes->bytes; }
const unsigned char* VaultKey::checkKey() const { return m_bytes->bytes + kKeyBytes; }

QByteArray randomBytes(int count) {
    QByteArray bytes(count, '\0');
    if (::RAND_bytes(raw(bytes), count) != 1)
        qFatal("no random numbers");
    return bytes;
}

QByteArray sealVault(const Secrets& secrets, const VaultKey& key) {
    const QByteArray head = headOf(key);
    const QByteArray authenticated = head + checkOf(head, key);
    const QByteArray nonce = randomBytes(kNonceBytes);
    QByteArray plain = toJson(secrets);
    QByteArray sealed(plain.size(), '\0');
    QByteArray tag(kTagBytes, '\0');
    const CipherPtr cipher(::EVP_CIPHER_CTX_new(), ::EVP_CIPHER_CTX_free);
    int size = 0;
    const bool good = cipher && ::EVP_EncryptInit_ex(cipher.get(), ::EVP_aes_256_gcm(), nullptr, key.cipherKey(), raw(nonce)) == 1
        && ::EVP_EncryptUpdate(cipher.get(), nullptr, &size, raw(authenticated), static_cast<int>(authenticated.size())) == 1
        && ::EVP_EncryptUpdate(cipher.get(), raw(sealed), &size, raw(plain), static_cast<int>(plain.size())) == 1
        && ::EVP_EncryptFinal_ex(cipher.get(), raw(sealed) + size, &size) == 1 && ::EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_GET_TAG, kTagBytes, raw(tag)) == 1;
    wipe(plain);
    if (!good)
        qFatal("AES-256-GCM does not work");
    QByteArray bytes = authenticated + nonce;
    QDataStream out(&bytes, QIODevice::WriteOnly | QIODevice::Append);
    out << static_cast<quint32>(sealed.size());
    bytes += sealed + tag;
    return bytes + sha256(bytes);
}

Result<void> checkVault(const QByteArray& bytes) {
    const auto head = parseHead(bytes);
    if (!head)
        return std::unexpected(head.error());
    return {};
}

Result<OpenedVault> openVault(const QByteArray& bytes, const QString& password) {
    const auto head = parseHead(bytes);
    if (!head)
        return std::unexpected(head.error());
    auto key = VaultKey::derive(password, head->salt, head->cost);
    if (!key)
        return std::unexpected(key.error());
    const QByteArray headBytes = bytes.left(kHeadBytes);
    const QByteArray authenticated = bytes.left(kHeadBytes + kCheckBytes);
    const QByteArray check = checkOf(headBytes, *key);
    if (::CRYPTO_memcmp(check.constData(), authenticated.constData() + kHeadBytes, kCheckBytes) != 0)
        return fail(ErrorCode::AuthenticationFailed, kWhat, QStringLiteral("this is not the master password"));
    const QByteArray nonce = bytes.mid(kHeadBytes + kCheckBytes, kNonceBytes);
    QDataStream in(bytes.mid(kHeadBytes + kCheckBytes + kNonceBytes, 4));
    quint32 length = 0;
    in >> length;
    const qsizetype from = kHeadBytes + kCheckBytes + kNonceBytes + 4;
    if (from + static_cast<qint64>(length) + kTagBytes + kDigestBytes != bytes.size())
        return damaged("its length is not what it says");
    const QByteArray sealed = bytes.mid(from, length);
    QByteArray tag = bytes.mid(from + length, kTagBytes);
    QByteArray plain(static_cast<qsizetype>(length), '\0');
    const CipherPtr cipher(::EVP_CIPHER_CTX_new(), ::EVP_CIPHER_CTX_free);
    int size = 0;
    const bool good = cipher && ::EVP_DecryptInit_ex(cipher.get(), ::EVP_aes_256_gcm(), nullptr, key->cipherKey(), raw(nonce)) == 1
        && ::EVP_DecryptUpdate(cipher.get(), nullptr, &size, raw(authenticated), static_cast<int>(authenticated.size())) == 1
        && ::EVP_DecryptUpdate(cipher.get(), raw(plain), &size, raw(sealed), static_cast<int>(sealed.size())) == 1
        && ::EVP_CIPHER_CTX_ctrl(cipher.get(), EVP_CTRL_GCM_SET_TAG, kTagBytes, tag.data()) == 1 && ::EVP_DecryptFinal_ex(cipher.get(), raw(plain) + size, &size) == 1;
    auto secrets = good ? fromJson(plain) : std::nullopt;
    wipe(plain);
    if (!secrets)
        return damaged("somebody changed the file");
    return OpenedVault{std::move(*secrets), std::move(*key)};
}

Result<QByteArray> readVaultFile(const QString& path) {
    QFile file(path);
    if (!file.exists())
        return fail(ErrorCode::NotFound, path, QStringLiteral("there is no vault"));
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Storage, path, file.errorString());
    const QByteArray bytes = file.read(kFileBytesMax + 1);
    if (bytes.size() > kFileBytesMax)
        return damaged("this file is too large to be a vault");
    return bytes;
}

Result<void> writeVaultFile(const QString& path, const QByteArray& bytes) {
    const QByteArray target = QFile::encodeName(path);
    const QByteArray beside = target + ".new";
    ::unlink(beside.constData()); // of a Samsa that crashed here
    const int fd = ::open(beside.constData(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return fileError(path, errno);
    qsizetype written = 0;
    while (written < bytes.size()) {
        const auto count = ::write(fd, bytes.constData() + written, static_cast<std::size_t>(bytes.size() - written));
        if (count < 0 && errno != EINTR)
            break;
        written += std::max<ssize_t>(count, 0);
    }
    const bool whole = written == bytes.size() && ::fsync(fd) == 0;
    int error = whole ? 0 : errno;
    ::close(fd);
    if (error == 0 && ::rename(beside.constData(), target.constData()) != 0)
        error = errno;
    if (error != 0) {
        ::unlink(beside.constData());
        return fileError(path, error);
    }
    const int directory = ::open(QFile::encodeName(QFileInfo(path).path()).constData(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (directory >= 0) {
        ::fsync(directory);
        ::close(directory);
    }
    return {};
}

} // namespace models::secrets
