#include "ui/shell/error_text.h"

#include <QCoreApplication>
#include <algorithm>
#include <initializer_list>

namespace ui::shell {

namespace {

/// What to do about a broker that is not reached depends on how far the way there went.
QString adviceUnreachable(const QString& why) {
    const auto says = [&why](std::initializer_list<const char*> words) {
        return std::any_of(words.begin(), words.end(), [&why](const char* one) { return why.contains(QLatin1String(one), Qt::CaseInsensitive); });
    };
    if (says({"failed to resolve", "not known", "no address associated", "name resolution"}))
        return QCoreApplication::translate("ErrorText", "Its name is not known here: check the spelling. A name inside a company or a Kubernetes cluster needs its VPN or name service. Samsa goes on trying.");
    if (says({"refused"}))
        return QCoreApplication::translate("ErrorText", "Nobody listens there: check that the broker runs, and the port. Samsa goes on trying.");
    if (says({"timed out", "timeout", "no route", "unreachable"}))
        return QCoreApplication::translate("ErrorText", "What is sent there gets no answer: mostly a missing VPN or a firewall. Samsa goes on trying.");
    if (says({"disconnected", "closed the connection", "reset by peer"}))
        return QCoreApplication::translate("ErrorText", "It takes the connection and closes it: mostly a TLS port that is asked without TLS, or a proxy whose broker is away. Samsa goes on trying.");
    return QCoreApplication::translate("ErrorText", "Check that the cluster runs and that the address is right. Samsa goes on trying.");
}

} // namespace

ErrorText errorText(const models::Error& error) {
    using models::ErrorCode;
    ErrorText text;
    text.reason = whatFailed(error);
    switch (error.code) {
    case ErrorCode::Unreachable:
        text.title = QCoreApplication::translate("ErrorText", "No broker answers");
        text.nextStep = adviceUnreachable(error.why);
        break;
    case ErrorCode::TimedOut:
        text.title = QCoreApplication::translate("ErrorText", "The answer did not come in time");
        text.nextStep = QCoreApplication::translate("ErrorText", "The cluster is slow or busy. Try again in a moment; look at Overview for a broker that hangs.");
        break;
    case ErrorCode::AuthenticationFailed:
        text.title = QCoreApplication::translate("ErrorText", "The login was refused");
        text.nextStep = QCoreApplication::translate("ErrorText", "Check user name, password and mechanism in the connection's settings.");
        break;
    case ErrorCode::NotAuthorized:
        text.title = QCoreApplication::translate("ErrorText", "This user may not do that");
        text.nextStep = QCoreApplication::translate("ErrorText", "Ask whoever runs this cluster for the right, or connect as another user.");
        break;
    case ErrorCode::TlsFailed:
        text.title = QCoreApplication::translate("ErrorText", "No secure connection");
        text.nextStep = QCoreApplication::translate("ErrorText", "Check the CA certificate and the host name in the connection's settings.");
        break;
    case ErrorCode::NotFound:
        text.title = QCoreApplication::translate("ErrorText", "It is not there");
        text.nextStep = QCoreApplication::translate("ErrorText", "It may have been deleted meanwhile. Refresh the list.");
        break;
    case ErrorCode::AlreadyExists:
        text.title = QCoreApplication::translate("ErrorText", "It exists already");
        text.nextStep = QCoreApplication::translate("ErrorText", "Choose another name.");
        break;
    case ErrorCode::Invalid:
        text.title = QCoreApplication::translate("ErrorText", "This cannot be");
        text.nextStep = QCoreApplication::translate("ErrorText", "Correct the value and try again.");
        break;
    case ErrorCode::Refused:
        text.title = QCoreApplication::translate("ErrorText", "The cluster refused");
        text.nextStep = QCoreApplication::translate("ErrorText", "Its state or policy does not allow it now.");
        break;
    case ErrorCode::ReadOnly:
        text.title = QCoreApplication::translate("ErrorText", "This connection is read-only");
        text.nextStep = QCoreApplication::translate("ErrorText", "Nothing was sent. Unlock the cluster first if you mean it.");
        break;
    case ErrorCode::ChangedMeanwhile:
        text.title = QCoreApplication::translate("ErrorText", "It changed meanwhile");
        text.nextStep = QCoreApplication::translate("ErrorText", "Nothing was done. Look at the new plan and decide again.");
        break;
    case ErrorCode::Unsupported:
        text.title = QCoreApplication::translate("ErrorText", "This cluster cannot do that");
        text.nextStep = QCoreApplication::translate("ErrorText", "Its version does not have this request.");
        break;
    case ErrorCode::Cancelled:
        text.title = QCoreApplication::translate("ErrorText", "Cancelled");
        break;
    case ErrorCode::Busy:
        text.title = QCoreApplication::translate("ErrorText", "Busy");
        text.nextStep = QCoreApplication::translate("ErrorText", "Wait for what runs and try again.");
        break;
    case ErrorCode::Locked:
        text.title = QCoreApplication::translate("ErrorText", "Its password is locked away");
        text.nextStep = QCoreApplication::translate("ErrorText", "Unlock the vault or the keychain; then it connects by itself.");
        break;
    case ErrorCode::Storage:
        text.title = QCoreApplication::translate("ErrorText", "Samsa's own files cannot be used");
        text.nextStep = QCoreApplication::translate("ErrorText", "Check free space and permissions of Samsa's own folder.");
        break;
    case ErrorCode::Corrupt:
        text.title = QCoreApplication::translate("ErrorText", "These bytes are not what they say");
        text.nextStep = QCoreApplication::translate("ErrorText", "Look at the raw bytes.");
        break;
    case ErrorCode::Internal:
        text.title = QCoreApplication::translate("ErrorText", "Something went wrong in Samsa");
        text.nextStep = QCoreApplication::translate("ErrorText", "Try again; if it happens again, report it with this text.");
        break;
    }
    return text;
}

QString whatFailed(const models::Error& error) {
    if (error.what.isEmpty())
        return error.why;
    QString what = error.what;
    what[0] = what[0].toUpper();
    return error.why.isEmpty() ? what : what + QStringLiteral(": ") + error.why;
}

QString nextStep(const models::Error& error) { return errorText(error).nextStep; }

QString failureSentence(const models::Error& error) {
    const QString next = nextStep(error);
    QString what = whatFailed(error);
    if (!next.isEmpty() && !what.isEmpty() && !QStringLiteral(".!?:…").contains(what.back()))
        what += QLatin1Char('.');
    return what + (next.isEmpty() ? QString() : QLatin1Char(' ') + next);
}

} // namespace ui::shell
