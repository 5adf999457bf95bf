#include "models/base/error.h"

namespace models {

QString toString(ErrorCode code) {
    switch (code) {
    case ErrorCode::Unreachable: return QStringLiteral("Unreachable");
    case ErrorCode::TimedOut: return QStringLiteral("TimedOut");
    case ErrorCode::AuthenticationFailed: return QStringLiteral("AuthenticationFailed");
    case ErrorCode::NotAuthorized: return QStringLiteral("NotAuthorized");
    case ErrorCode::TlsFailed: return QStringLiteral("TlsFailed");
    case ErrorCode::NotFound: return QStringLiteral("NotFound");
    case ErrorCode::AlreadyExists: return QStringLiteral("AlreadyExists");
    case ErrorCode::Invalid: return QStringLiteral("Invalid");
    case ErrorCode::Refused: return QStringLiteral("Refused");
    case ErrorCode::ReadOnly: return QStringLiteral("ReadOnly");
    case ErrorCode::ChangedMeanwhile: return QStringLiteral("ChangedMeanwhile");
    case ErrorCode::Unsupported: return QStringLiteral("Unsupported");
    case ErrorCode::Cancelled: return QStringLiteral("Cancelled");
    case ErrorCode::Busy: return QStringLiteral("Busy");
    case ErrorCode::Locked: return QStringLiteral("Locked");
    case ErrorCode::Storage: return QStringLiteral("Storage");
    case ErrorCode::Corrupt: return QStringLiteral("Corrupt");
    case ErrorCode::Internal: return QStringLiteral("Internal");
    }
    return QStringLiteral("Internal");
}

} // namespace models
