#include "embedded-broker/security/certificates.h"

#include <arpa/inet.h>
#include <array>
#include <memory>
#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

namespace broker::security {

namespace {

template <auto free>
struct Free {
    template <class T>
    void operator()(T* object) const {
        free(object);
    }
};
using Key = std::unique_ptr<EVP_PKEY, Free<EVP_PKEY_free>>;
using Certificate = std::unique_ptr<X509, Free<X509_free>>;

constexpr long kDay = 24L * 60 * 60;

Key newKey() { return Key(EVP_EC_gen("P-256")); }

bool addName(X509* certificate, const std::string& commonName) {
    X509_NAME* name = X509_get_subject_name(certificate);
    return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(commonName.data()),
                                      static_cast<int>(commonName.size()), -1, 0) == 1;
}

bool addExtension(X509* certificate, X509* issuer, int kind, const std::string& value) {
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    const std::unique_ptr<X509_EXTENSION, Free<X509_EXTENSION_free>> extension(X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str()));
    return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

Certificate newCertificate(EVP_PKEY* key, const std::string& commonName) {
    Certificate certificate(X509_new());
    std::array<unsigned char, 16> serial{};
    if (!certificate || RAND_bytes(serial.data(), serial.size()) != 1)
        return nullptr;
    serial[0] = static_cast<unsigned char>((serial[0] & 0x7F) | 0x40); // positive, and of one length
    const std::unique_ptr<BIGNUM, Free<BN_free>> number(BN_bin2bn(serial.data(), serial.size(), nullptr));
    const bool good = number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr &&
                      X509_set_version(certificate.get(), X509_VERSION_3) == 1 &&
                      X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay) != nullptr &&
                      X509_time_adj_ex(X509_getm_notAfter(certificate.get()), 3650, 0, nullptr) != nullptr &&
                      X509_set_pubkey(certificate.get(), key) == 1 && addName(certificate.get(), commonName);
    return good ? std::move(certificate) : nullptr;
}

template <class Write>
std::string pem(Write write) {
    const std::unique_ptr<BIO, Free<BIO_free_all>> memory(BIO_new(BIO_s_mem()));
    if (!memory || write(memory.get()) != 1)
        return {};
    char* text = nullptr;
    const long size = BIO_get_mem_data(memory.get(), &text);
    return {text, static_cast<std::size_t>(size)};
}

std::string alternativeNames(const std::vector<std::string>& hosts) {
    std::string names;
    for (const auto& host : hosts) {
        std::array<unsigned char, 16> address{};
        const bool isAddress = inet_pton(AF_INET, host.c_str(), address.data()) == 1 || inet_pton(AF_INET6, host.c_str(), address.data()) == 1;
        names += (names.empty() ? "" : ",") + std::string(isAddress ? "IP:" : "DNS:") + host;
    }
    return names;
}

} // namespace

Result<ServerCertificate> makeServerCertificate(const std::string& authorityName, const std::vector<std::string>& hosts) {
    const auto failed = [] { return fail(ErrorCode::Internal, "OpenSSL could not make a certificate."); };
    const Key authorityKey = newKey();
    const Key serverKey = newKey();
    if (!authorityKey || !serverKey || hosts.empty())
        return failed();
    const Certificate authority = newCertificate(authorityKey.get(), authorityName);
    if (!authority || X509_set_issuer_name(authority.get(), X509_get_subject_name(authority.get())) != 1 ||
        !addExtension(authority.get(), authority.get(), NID_basic_constraints, "critical,CA:TRUE,pathlen:0") ||
        !addExtension(authority.get(), authority.get(), NID_key_usage, "critical,keyCertSign,cRLSign") ||
        !addExtension(authority.get(), authority.get(), NID_subject_key_identifier, "hash") ||
        X509_sign(authority.get(), authorityKey.get(), EVP_sha256()) == 0)
        return failed();
    const Certificate server = newCertificate(serverKey.get(), hosts.front());
    if (!server || X509_set_issuer_name(server.get(), X509_get_subject_name(authority.get())) != 1 ||
        !addExtension(server.get(), authority.get(), NID_basic_constraints, "critical,CA:FALSE") ||
        !addExtension(server.get(), authority.get(), NID_key_usage, "critical,digitalSignature") ||
        !addExtension(server.get(), authority.get(), NID_ext_key_usage, "serverAuth,clientAuth") ||
        !addExtension(server.get(), authority.get(), NID_subject_alt_name, alternativeNames(hosts)) ||
        !addExtension(server.get(), authority.get(), NID_subject_key_identifier, "hash") ||
        !addExtension(server.get(), authority.get(), NID_authority_key_identifier, "keyid") ||
        X509_sign(server.get(), authorityKey.get(), EVP_sha256()) == 0)
        return failed();
    ServerCertificate made;
    made.authorityPem = pem([&](BIO* to) { return PEM_write_bio_X509(to, authority.get()); });
    made.chainPem = pem([&](BIO* to) { return PEM_write_bio_X509(to, server.get()); }) + made.authorityPem;
    made.keyPem = pem([&](BIO* to) { return PEM_write_bio_PKCS8PrivateKey(to, serverKey.get(), nullptr, nullptr, 0, nullptr, nullptr); });
    if (made.authorityPem.empty() || made.keyPem.empty())
        return failed();
    return made;
}

} // namespace broker::security
