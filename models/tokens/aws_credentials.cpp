#include "models/tokens/aws_credentials.h"

#include <QDir>
#include <QFile>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <QProcessEnvironment>
#include <QStandardPaths>
#include <algorithm>

namespace models::tokens {
namespace {

constexpr qint64 kFileBytesMax = 1 << 20;
constexpr qint64 kOutputBytesMax = 256 << 10;
constexpr qsizetype kComplaintBytesMax = 4096;
constexpr int kWaitMs = 50; ///< so soon a cancelled wait ends

QString what() { return QStringLiteral("AWS credentials"); }

/// One section of an INI file of AWS: nothing nested, comments begin a line.
QMap<QString, QString> section(const QString& path, const QStringList& names) {
    QFile file(path);
    QMap<QString, QString> found;
    if (!file.open(QIODevice::ReadOnly) || file.size() > kFileBytesMax)
        return found;
    bool mine = false;
    for (const QString& raw : QString::fromUtf8(file.read(kFileBytesMax)).split(u'\n')) {
        const QString line = raw.trimmed();
        if (line.startsWith(u'['))
            mine = names.contains(line.mid(1, line.indexOf(u']') - 1).simplified());
        else if (const auto equals = line.indexOf(u'='); mine && equals > 0 && !line.startsWith(u'#') && !line.startsWith(u';') && !raw.startsWith(u' '))
            found.insert(line.left(equals).trimmed().toLower(), line.mid(equals + 1).trimmed());
    }
    return found;
}

AwsCredentials keysOf(const QMap<QString, QString>& from) {
    return {from.value(QStringLiteral("aws_access_key_id")), from.value(QStringLiteral("aws_secret_access_key")), from.value(QStringLiteral("aws_session_token")), {}};
}

bool whole(const AwsCredentials& keys) { return !keys.keyId.isEmpty() && !keys.secret.isEmpty(); }

/// What a credential process prints (AWS CLI user guide, "Sourcing credentials with an external process").
Result<AwsCredentials> printedBy(const QString& program, const QStringList& arguments, const Patience& patience) {
    QProcess process;
    process.setStandardInputFile(QProcess::nullDevice());
    process.start(program, arguments, QIODevice::ReadOnly);
    if (!process.waitForStarted())
        return fail(ErrorCode::NotFound, what(), QStringLiteral("%1 does not start: %2").arg(program, process.errorString()));
    QByteArray output, complaint;
    for (;;) {
        if (!process.waitForReadyRead(kWaitMs)) // false at once where it has closed its output and goes on
            process.waitForFinished(kWaitMs);
        output += process.readAllStandardOutput();
        complaint = (complaint + process.readAllStandardError()).left(kComplaintBytesMax);
        if (process.state() == QProcess::NotRunning)
            break;
        const bool unwished = cancelled(patience);
        const bool late = std::chrono::steady_clock::now() >= patience.deadline;
        if (unwished || late || output.size() > kOutputBytesMax) {
            process.kill();
            process.waitForFinished();
            return fail(unwished ? ErrorCode::Cancelled : late ? ErrorCode::TimedOut : ErrorCode::Corrupt, what(),
                unwished ? QStringLiteral("cancelled") : late ? QStringLiteral("%1 did not end in time").arg(program) : QStringLiteral("%1 prints too much").arg(program));
        }
    }
    if (process.exitStatus() != QProcess::NormalExit || process.exitCode() != 0)
        return fail(ErrorCode::AuthenticationFailed, what(), QString::fromUtf8(complaint).simplified().left(400));
    const auto printed = QJsonDocument::fromJson(output).object();
    const auto text = [&printed](const char* name) { return printed[QLatin1String(name)].toString(); };
    AwsCredentials keys{text("AccessKeyId"), text("SecretAccessKey"), text("SessionToken"), QDateTime::fromString(text("Expiration"), Qt::ISODate).toUTC()};
    if (!whole(keys))
        return fail(ErrorCode::Corrupt, what(), QStringLiteral("%1 printed no credentials").arg(program));
    return keys;
}

} // namespace

AwsPlace AwsPlace::here() {
    AwsPlace place;
    const auto environment = QProcessEnvironment::systemEnvironment();
    for (const QString& name : environment.keys())
        if (name.startsWith(QLatin1String("AWS_")))
            place.environment.insert(name, environment.value(name));
    place.home = QDir::homePath();
    return place;
}

Result<AwsCredentials> awsCredentials(const QString& named, const AwsPlace& place, const Patience& patience) {
    const auto variable = [&place](const char* name) { return place.environment.value(QLatin1String(name)); };
    if (named.isEmpty())
        if (AwsCredentials keys{variable("AWS_ACCESS_KEY_ID"), variable("AWS_SECRET_ACCESS_KEY"), variable("AWS_SESSION_TOKEN"), {}}; whole(keys))
            return keys;
    const QString profile = !named.isEmpty() ? named : !variable("AWS_PROFILE").isEmpty() ? variable("AWS_PROFILE") : QStringLiteral("default");
    const auto path = [&](const char* name, const char* file) { return variable(name).isEmpty() ? place.home + QLatin1String(file) : variable(name); };
    const QString credentials = path("AWS_SHARED_CREDENTIALS_FILE", "/.aws/credentials"), config = path("AWS_CONFIG_FILE", "/.aws/config");
    const auto own = section(credentials, {profile});
    const auto settings = section(config, {QStringLiteral("profile ") + profile, profile == QLatin1String("default") ? profile : QString()});
    // A role is taken with keys, and single sign-on gives others: then the profile's own are not what is meant.
    bool indirect = false;
    for (const auto& name : {QStringLiteral("role_arn"), QStringLiteral("sso_session"), QStringLiteral("sso_start_url")})
        indirect = indirect || own.contains(name) || settings.contains(name);
    if (!indirect) {
        for (const auto* one : {&own, &settings})
            if (const auto keys = keysOf(*one); whole(keys))
                return keys;
        for (const auto* one : {&own, &settings})
            if (auto command = QProcess::splitCommand(one->value(QStringLiteral("credential_process"))); !command.isEmpty())
                return printedBy(command.takeFirst(), command, patience);
    }
    if (const QString tool = QStandardPaths::findExecutable(QStringLiteral("aws")); !tool.isEmpty()) {
        // A profile that is named has to exist; without a name the tool also asks the container or the instance.
        QStringList arguments{QStringLiteral("configure"), QStringLiteral("export-credentials"), QStringLiteral("--format"), QStringLiteral("process")};
        if (!named.isEmpty())
            arguments << QStringLiteral("--profile") << named;
        return printedBy(tool, arguments, patience);
    }
    return fail(ErrorCode::NotFound, what(),
        settings.isEmpty() ? QStringLiteral("the environment has no AWS_ACCESS_KEY_ID, and %1 has no profile %2").arg(credentials, profile)
                           : QStringLiteral("the profile %1 has no keys of its own, and the AWS command line tool, which could ask for them, is not installed").arg(profile));
}

} // namespace models::tokens
