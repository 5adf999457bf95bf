#include "models/wire/kerberos.h"

#include <QCryptographicHash>
#include <QFileInfo>
#include <QStringList>
#include <array>
#include <gssapi/gssapi.h>
#include <gssapi/gssapi_ext.h>
#include <gssapi/gssapi_krb5.h>
#include <mutex>

namespace models::wire {
namespace {

constexpr char kNoLayer = 1; ///< RFC 4752 3.3, of the first byte
constexpr qsizetype kLayersSize = 4;

gss_buffer_desc bufferOf(const QByteArray& bytes) { return {static_cast<std::size_t>(bytes.size()), const_cast<char*>(bytes.constData())}; }

/// What the library gave, copied and given back.
QByteArray take(gss_buffer_desc& buffer) {
    const QByteArray bytes(static_cast<const char*>(buffer.value), static_cast<qsizetype>(buffer.length));
    OM_uint32 minor = 0;
    ::gss_release_buffer(&minor, &buffer);
    return bytes;
}

QString words(OM_uint32 code, int type) {
    QStringList all;
    OM_uint32 minor = 0, more = 0;
    do {
        gss_buffer_desc text = GSS_C_EMPTY_BUFFER;
        if (GSS_ERROR(::gss_display_status(&minor, code, type, const_cast<gss_OID>(gss_mech_krb5), &more, &text)))
            break;
        all.append(QString::fromLocal8Bit(take(text)));
    } while (more != 0);
    return all.join(QStringLiteral(", "));
}

/// Kerberos' own words; where it has none, those of the interface.
std::unexpected<Error> refused(const QString& what, OM_uint32 major, OM_uint32 minor) {
    const QString own = minor != 0 ? words(minor, GSS_C_MECH_CODE) : QString();
    return fail(ErrorCode::AuthenticationFailed, what, (own.isEmpty() ? words(major, GSS_C_GSS_CODE) : own).left(500));
}

} // namespace

struct KerberosClient::Private {
    KerberosWho who;
    QByteArray host;
    gss_name_t target = GSS_C_NO_NAME;
    gss_cred_id_t credentials = GSS_C_NO_CREDENTIAL; ///< none of ours: the user's
    gss_ctx_id_t context = GSS_C_NO_CONTEXT;

    ~Private() {
        OM_uint32 minor = 0;
        ::gss_delete_sec_context(&minor, &context, GSS_C_NO_BUFFER);
        ::gss_release_cred(&minor, &credentials);
        ::gss_release_name(&minor, &target);
    }
    Result<void> prepare() {
        OM_uint32 minor = 0;
        const QByteArray service = who.service + '@' + host;
        auto text = bufferOf(service);
        if (const auto major = ::gss_import_name(&minor, &text, GSS_C_NT_HOSTBASED_SERVICE, &target); GSS_ERROR(major))
            return refused(QString::fromUtf8(service), major, minor);
        return who.principal.isEmpty() ? Result<void>() : ofPrincipal();
    }
    /// The ticket of a keytab stays in this process: the user's own is not replaced.
    Result<void> ofPrincipal() {
        const QString what = QStringLiteral("a Kerberos ticket of %1").arg(QString::fromUtf8(who.principal));
        if (!who.keytab.isEmpty() && !QFileInfo(QString::fromUtf8(who.keytab)).isReadable())
            return fail(ErrorCode::AuthenticationFailed, what, QStringLiteral("there is no keytab %1 that can be read").arg(QString::fromUtf8(who.keytab)));
        OM_uint32 minor = 0;
        gss_name_t name = GSS_C_NO_NAME;
        auto text = bufferOf(who.principal);
        if (const auto major = ::gss_import_name(&minor, &text, const_cast<gss_OID>(GSS_KRB5_NT_PRINCIPAL_NAME), &name); GSS_ERROR(major))
            return refused(what, major, minor);
        const QByteArray cache = "MEMORY:samsa-" + QCryptographicHash::hash(who.principal + '\n' + who.keytab, QCryptographicHash::Sha256).toHex();
        std::array<gss_key_value_element_desc, 2> elements{{{"client_keytab", who.keytab.constData()}, {"ccache", cache.constData()}}};
        const gss_key_value_set_desc store{who.keytab.isEmpty() ? 0U : static_cast<OM_uint32>(elements.size()), elements.data()};
        gss_OID_set_desc mechanisms{1, const_cast<gss_OID>(gss_mech_krb5)};
        const auto major = ::gss_acquire_cred_from(&minor, name, GSS_C_INDEFINITE, &mechanisms, GSS_C_INITIATE, &store, &credentials, nullptr, nullptr);
        OM_uint32 ignored = 0;
        ::gss_release_name(&ignored, &name);
        return GSS_ERROR(major) ? Result<void>(refused(what, major, minor)) : Result<void>();
    }
};

KerberosClient::KerberosClient(const KerberosWho& who, const QByteArray& host) : d(std::make_unique<Private>()) {
    d->who = who;
    d->host = host;
}

KerberosClient::~KerberosClient() = default;

Result<QByteArray> KerberosClient::first() {
    // Two who fill one cache at once may find it empty: one after the other, by keytab.
    static std::mutex mutex;
    std::unique_lock lock(mutex, std::defer_lock);
    if (!d->who.keytab.isEmpty())
        lock.lock();
    if (auto done = d->prepare(); !done)
        return std::unexpected(done.error());
    return carryOn({});
}

Result<QByteArray> KerberosClient::carryOn(const QByteArray& answer) {
    auto input = bufferOf(answer);
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    const auto major = ::gss_init_sec_context(&minor, d->credentials, &d->context, d->target, const_cast<gss_OID>(gss_mech_krb5), GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG, 0,
        GSS_C_NO_CHANNEL_BINDINGS, answer.isEmpty() ? GSS_C_NO_BUFFER : &input, nullptr, &output, nullptr, nullptr);
    QByteArray message = take(output);
    if (GSS_ERROR(major))
        return refused(QStringLiteral("a Kerberos ticket for %1").arg(QString::fromUtf8(d->who.service + '@' + d->host)), major, minor);
    if (major == GSS_S_COMPLETE)
        m_state = State::Layers;
    return message;
}

Result<QByteArray> KerberosClient::next(const QByteArray& answer) {
    const QString what = QStringLiteral("log in by Kerberos");
    if (m_state == State::Over)
        return fail(ErrorCode::AuthenticationFailed, what, QStringLiteral("the broker goes on where nothing is left to say"));
    if (m_state == State::Context)
        return carryOn(answer);
    // It offers layers of protection, we take none.
    auto input = bufferOf(answer);
    gss_buffer_desc output = GSS_C_EMPTY_BUFFER;
    OM_uint32 minor = 0;
    if (const auto major = ::gss_unwrap(&minor, d->context, &input, &output, nullptr, nullptr); GSS_ERROR(major))
        return refused(what, major, minor);
    const QByteArray layers = take(output);
    if (layers.size() != kLayersSize || (layers[0] & kNoLayer) == 0)
        return fail(ErrorCode::AuthenticationFailed, what, QStringLiteral("the broker wants a layer of protection that is TLS's work"));
    const QByteArray choice("\x01\0\0\0", kLayersSize);
    input = bufferOf(choice);
    if (const auto major = ::gss_wrap(&minor, d->context, 0, GSS_C_QOP_DEFAULT, &input, nullptr, &output); GSS_ERROR(major))
        return refused(what, major, minor);
    m_state = State::Over;
    return take(output);
}

} // namespace models::wire
