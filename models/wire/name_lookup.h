#pragma once
// Inside models/wire: a host's addresses, with a bound and a cancel that the system's resolver does not have: it is asked on a thread of its own,
// which is left behind when it does not come back in time.

#include "models/base/error.h"
#include "models/wire/socket.h"

#include <QStringList>

namespace models::wire {

/// In the order to try them. NotFound: there is no such name; TimedOut: the resolver does not answer; Cancelled; else Unreachable.
Result<QStringList> lookUp(const QString& host, Deadline deadline, int cancelFd);

} // namespace models::wire
