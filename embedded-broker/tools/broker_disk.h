#pragma once
// The disk that samsa-broker runs on. The program links the real one; a test build links one that forgets what was not synced.

#include "embedded-broker/base/disk.h"

#include <memory>

namespace broker::tools {

std::unique_ptr<Disk> makeBrokerDisk();

} // namespace broker::tools
