#include "embedded-broker/base/error.h"

#include <cerrno>
#include <fmt/format.h>
#include <system_error>

namespace broker {

std::string_view toString(ErrorCode code) {
    switch (code) {
    case ErrorCode::InvalidArgument: return "invalid argument";
    case ErrorCode::NotFound: return "not found";
    case ErrorCode::AlreadyExists: return "already exists";
    case ErrorCode::Corrupt: return "corrupt";
    case ErrorCode::OutOfRange: return "out of range";
    case ErrorCode::IoError: return "input/output error";
    case ErrorCode::NoSpace: return "no space left";
    case ErrorCode::Unavailable: return "unavailable";
    case ErrorCode::TimedOut: return "timed out";
    case ErrorCode::Cancelled: return "cancelled";
    case ErrorCode::Unsupported: return "unsupported";
    case ErrorCode::Busy: return "busy";
    case ErrorCode::Fenced: return "fenced";
    case ErrorCode::Internal: return "internal error";
    }
    return "unknown error";
}

Error systemError(std::string_view operation, std::string_view subject, int errnoValue) {
    ErrorCode code = ErrorCode::IoError;
    switch (errnoValue) {
    case ENOSPC:
    case EDQUOT: code = ErrorCode::NoSpace; break;
    case ENOENT: code = ErrorCode::NotFound; break;
    case EEXIST: code = ErrorCode::AlreadyExists; break;
    case EADDRINUSE: code = ErrorCode::Busy; break;
    default: break;
    }
    return Error{code, fmt::format("{} {}: {}", operation, subject, std::generic_category().message(errnoValue))};
}

} // namespace broker
