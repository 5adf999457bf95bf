#pragma once
// The records that make an image out of nothing: what a snapshot has. In Kafka's order: features first, since they say how to read the rest.

#include "embedded-broker/metadata/metadata_image.h"
#include "embedded-broker/metadata/record.h"

#include <vector>

namespace broker::metadata {

std::vector<Record> imageRecords(const MetadataImage& image);

} // namespace broker::metadata
