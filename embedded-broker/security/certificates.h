#pragma once
// A certificate authority that lives for one signature, and the certificate it signs: all that a cluster on one machine needs. The
// authority's key is never kept, so nobody can sign another certificate that its clients would believe. Any thread.

#include "embedded-broker/base/error.h"

#include <string>
#include <vector>

namespace broker::security {

struct ServerCertificate {
    std::string authorityPem; ///< what clients trust
    std::string chainPem;     ///< the server's certificate and the authority's
    std::string keyPem;       ///< PKCS#8, not encrypted: a secret
};

/// `hosts`: names and addresses ("localhost", "127.0.0.1", "::1"); the first is the common name. Valid from a day ago for ten years.
Result<ServerCertificate> makeServerCertificate(const std::string& authorityName, const std::vector<std::string>& hosts);

} // namespace broker::security
