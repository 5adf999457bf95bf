#include "models/client/foreign_answer.h"

#include <QCoreApplication>
#include <QRegularExpression>

namespace models::client {
namespace {

struct Text {
    Q_DECLARE_TR_FUNCTIONS(models::client::ForeignAnswer)
};

/// "localhost:9092" of "localhost:9092: Receive failed: ..."; empty when it is not there.
QString peerOf(const QString& why) {
    static const QRegularExpression peer(QStringLiteral("^(?:[a-z_]+://)?([^/\\s]+:\\d+)(?:/[^:]*)?: "));
    return peer.match(why).captured(1);
}

} // namespace

Error withPlainReason(Error error) {
    static const QRegularExpression badSize(QStringLiteral("Invalid response size (-?\\d+)"));
    const QString peer = peerOf(error.why);
    if (const auto match = badSize.match(error.why); match.hasMatch()) {
        const auto size = static_cast<quint32>(match.captured(1).toLongLong());
        if ((size >> 16) == 0x1503) { // a TLS alert
            error.code = ErrorCode::TlsFailed;
            error.why = Text::tr("%1 speaks TLS: set security.protocol to SSL or SASL_SSL").arg(peer);
            return error;
        }
        const char letters[] = {static_cast<char>(size >> 24), static_cast<char>(size >> 16), static_cast<char>(size >> 8), static_cast<char>(size)};
        const QString name = QString::fromLatin1(letters, sizeof letters);
        static const QRegularExpression word(QStringLiteral("^[A-Z]{3,4}"));
        const QString spoken = word.match(name).captured(0);
        error.code = ErrorCode::Unreachable;
        error.why = spoken.isEmpty() ? Text::tr("%1 answers, but not in Kafka's protocol: is the port right?").arg(peer)
                                     : Text::tr("%1 answers, but not in Kafka's protocol (it says “%2”): is the port right?").arg(peer, spoken);
    } else if (error.why.contains(QLatin1String("connecting to a SSL listener?")) || error.why.contains(QLatin1String("in state APIVERSION_QUERY"))) {
        error.why = Text::tr("%1 took the connection but does not answer as Kafka does: the port may be another program's, or want TLS (security.protocol SSL or SASL_SSL)").arg(peer);
    }
    return error;
}

} // namespace models::client
