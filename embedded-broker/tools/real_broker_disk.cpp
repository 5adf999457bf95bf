#include "embedded-broker/tools/broker_disk.h"

namespace broker::tools {

std::unique_ptr<Disk> makeBrokerDisk() { return makePosixDisk(); }

} // namespace broker::tools
