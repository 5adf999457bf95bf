#pragma once
// What `samsa demo --json` says, line by line.

#include <QDeadlineTimer>
#include <QJsonDocument>
#include <QJsonObject>
#include <QProcess>
#include <functional>

namespace tests {

/// Reads the demo's lines until `enough` says so; false when it ended, hung, or did not come so far in three minutes.
inline bool readUntil(QProcess& demo, QJsonObject& last, const std::function<bool(const QJsonObject&)>& enough) {
    const QDeadlineTimer deadline(180'000);
    while (!deadline.hasExpired()) {
        while (demo.canReadLine()) {
            const QJsonObject line = QJsonDocument::fromJson(demo.readLine()).object();
            if (line[QStringLiteral("event")].toString() == QLatin1String("progress"))
                last = line;
            if (enough(line))
                return true;
        }
        if (!demo.waitForReadyRead(60'000))
            return false;
    }
    return false;
}

} // namespace tests
