#pragma once
// The real disk, except that writes stay in this process until they are synced: killing the process is then the same as cutting the
// machine's power. Linked only into a test build of the broker. Directory changes go through at once (the kernel keeps their order).

#include "embedded-broker/base/disk.h"

#include <memory>

namespace tests {

std::unique_ptr<broker::Disk> makePowerCutDisk(std::unique_ptr<broker::Disk> below);

} // namespace tests
