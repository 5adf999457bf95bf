#pragma once
// What supervisor and clients say to each other: one JSON object a line. Pure.

#include "embedded-broker/cluster/cluster.h"

namespace broker::cluster {

inline constexpr std::size_t kRequestLineMax = 64 * 1024;
inline constexpr std::size_t kMessageLineMax = 4 * 1024 * 1024;

struct IncomingRequest {
    RequestId id = 0;
    Request request;
    bool keep = false;  ///< Start: the cluster shall outlive the connection
    bool lease = false; ///< Start: the connection holds a lease
};

std::string encodeRequest(const IncomingRequest& request); ///< with the newline, as all below
Result<IncomingRequest> decodeRequest(std::string_view line);

std::string encodeReply(const Reply& reply);
std::string encodeEvent(const Event& event);
Result<Message> decodeMessage(std::string_view line);

} // namespace broker::cluster
