#include "models/store/state_paths.h"

#include <QDir>
#include <QFile>

namespace models::store {

QString stateDirectory() {
    QString path = qEnvironmentVariable("SAMSA_HOME");
    if (path.isEmpty()) {
        QString data = qEnvironmentVariable("XDG_DATA_HOME");
        if (data.isEmpty())
            data = QDir::homePath() + QStringLiteral("/.local/share");
        path = data + QStringLiteral("/samsa");
    }
    if (QDir().mkpath(path))
        QFile::setPermissions(path, QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return path;
}

QString databasePath() { return stateDirectory() + QStringLiteral("/samsa.db"); }

QString historyPath() { return stateDirectory() + QStringLiteral("/history.db"); }

} // namespace models::store
