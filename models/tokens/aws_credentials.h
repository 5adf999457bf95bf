#pragma once
// Where AWS credentials come from, in the order of AWS's own programs.

#include "models/base/error.h"
#include "models/tokens/patience.h"

#include <QDateTime>
#include <QMap>
#include <QString>

namespace models::tokens {

struct AwsCredentials {
    QString keyId, secret; ///< both secret to the world; the ID is shown to nobody but AWS
    QString sessionToken;  ///< of temporary credentials; empty = there is none
    QDateTime until;       ///< UTC; invalid = they do not end
    bool operator==(const AwsCredentials&) const = default;
};

/// What is read of this computer; a test gives its own.
struct AwsPlace {
    QMap<QString, QString> environment; ///< AWS_ACCESS_KEY_ID, AWS_PROFILE, AWS_SHARED_CREDENTIALS_FILE, ...
    QString home;                       ///< the folder with .aws
    static AwsPlace here();
};

/// `profile` empty: the environment's keys, else AWS_PROFILE, else "default". A profile has keys in ~/.aws/credentials or ~/.aws/config, or a credential_process;
/// for all others (SSO, roles, container, instance) the AWS command line tool is asked, where it is installed:
/// `aws configure export-credentials --profile PROFILE --format process`. Blocks. NotFound says what was looked for and what to do.
Result<AwsCredentials> awsCredentials(const QString& profile, const AwsPlace& place, const Patience& patience);

} // namespace models::tokens
