#include "embedded-broker/tools/broker_disk.h"
#include "tests/support/power_cut_disk.h"

namespace broker::tools {

std::unique_ptr<Disk> makeBrokerDisk() { return tests::makePowerCutDisk(makePosixDisk()); }

} // namespace broker::tools
