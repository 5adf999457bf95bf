#include "ui/changes/error_text.h"

#include <QCoreApplication>

namespace ui::changes {
namespace {
QString tr(const char* text) { return QCoreApplication::translate("ui::changes::ErrorText", text); }
} // namespace

QString whatFailed(const models::Error& error) {
    if (error.what.isEmpty())
        return error.why;
    QString what = error.what;
    what[0] = what[0].toUpper();
    return error.why.isEmpty() ? what : what + QStringLiteral(": ") + error.why;
}

QString nextStep(const models::Error& error) {
    using models::ErrorCode;
    switch (error.code) {
    case ErrorCode::Unreachable: return tr("Check that the cluster runs and that the address is right. Samsa goes on trying.");
    case ErrorCode::TimedOut: return tr("The cluster is slow or busy. Try again in a moment; look at Overview for a broker that hangs.");
    case ErrorCode::AuthenticationFailed: return tr("Check user name, password and mechanism in the connection's settings.");
    case ErrorCode::NotAuthorized: return tr("Ask an administrator of this cluster for the right, or connect as another user.");
    case ErrorCode::TlsFailed: return tr("Check the CA certificate and the host name in the connection's settings.");
    case ErrorCode::NotFound: return tr("It may have been deleted meanwhile. Refresh and look again.");
    case ErrorCode::AlreadyExists: return tr("Choose another name.");
    case ErrorCode::Invalid: return tr("Correct the value and try again.");
    case ErrorCode::ReadOnly: return tr("This connection is read-only. Unlock it first, if you may.");
    case ErrorCode::ChangedMeanwhile: return tr("Somebody else changed it. Look at the new plan and decide again.");
    case ErrorCode::Unsupported: return tr("This service does not offer it.");
    case ErrorCode::Busy: return tr("Try again in a moment.");
    case ErrorCode::Storage: return tr("Check free space and permissions of Samsa's own folder.");
    case ErrorCode::Corrupt: return tr("The bytes are damaged. Another replica may have them whole.");
    case ErrorCode::Refused:
    case ErrorCode::Cancelled:
    case ErrorCode::Internal: break;
    }
    return {};
}

} // namespace ui::changes
