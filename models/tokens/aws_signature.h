#pragma once
// Amazon MSK's login by IAM: a token that is a signed address, valid for 15 minutes (AWS Signature Version 4, signed query; aws-msk-iam-sasl-signer).
// Pure.

#include "models/tokens/aws_credentials.h"
#include "models/tokens/token_source.h"

namespace models::tokens {

/// "b-1.demo.abc123.c2.kafka.eu-west-1.amazonaws.com:9098" -> "eu-west-1". Empty = the name does not say.
QString awsRegionOf(const QString& servers);

/// Valid from `now` (UTC) for kMskTokenSeconds, or until the credentials end.
inline constexpr int kMskTokenSeconds = 900;
Token mskToken(const AwsCredentials& credentials, const QString& region, const QDateTime& now);

} // namespace models::tokens
