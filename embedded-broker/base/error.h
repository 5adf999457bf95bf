#pragma once
// Expected failures are values: Result<T>. An Error carries a code for programs and a sentence for people.

#include <expected>
#include <string>
#include <string_view>

namespace broker {

/// The engine's own failure codes. Kafka's wire codes appear only in handlers/ (see handlers/errors.h).
enum class ErrorCode {
    InvalidArgument, ///< a setting, a parameter or a name that cannot be
    NotFound,
    AlreadyExists,
    Corrupt,      ///< bytes that are not what their format says: checksum, length, count
    OutOfRange,   ///< an offset or a position outside what there is
    IoError,      ///< the disk failed; after a failed sync nothing more may be acknowledged
    NoSpace,      ///< ENOSPC or EDQUOT
    Unavailable,  ///< a peer that cannot be reached, a connection that closed
    TimedOut,
    Cancelled,
    Unsupported,  ///< a version or a feature that this engine does not have
    Busy,         ///< a lock or a port that someone else holds
    Fenced,       ///< an epoch that is older than ours
    Internal,
};

std::string_view toString(ErrorCode code);

struct Error {
    ErrorCode code = ErrorCode::Internal;
    std::string message; ///< one sentence: what failed, with the name of the file, host or setting, and what to do
};

template <class T>
using Result = std::expected<T, Error>;

inline std::unexpected<Error> fail(ErrorCode code, std::string message) {
    return std::unexpected<Error>(Error{code, std::move(message)});
}

/// The error of the system call that just failed: `ioError("open", path)` -> "open /x/y: No such file or directory".
/// ENOSPC and EDQUOT become NoSpace, ENOENT NotFound, EEXIST AlreadyExists, EADDRINUSE Busy, others IoError.
Error systemError(std::string_view operation, std::string_view subject, int errnoValue);

} // namespace broker
