#include "models/connections/connection_profile.h"

namespace models::connections {

Result<client::ClientConfig> parseConnectionText(const QString& text) {
    const QString what = QStringLiteral("connection settings");
    client::ClientConfig config;
    const auto lines = text.split(u'\n');
    for (int i = 0; i < lines.size(); ++i) {
        const QString line = lines[i].trimmed();
        if (line.isEmpty() || line.startsWith(u'#') || line.startsWith(u'!'))
            continue;
        const auto equals = line.indexOf(u'=');
        if (equals < 0) {
            if (!config.bootstrapServers.isEmpty() || !line.contains(u':'))
                return fail(ErrorCode::Invalid, what, QStringLiteral("line %1 is neither host:port nor NAME=VALUE").arg(i + 1));
            config.bootstrapServers = line;
            continue;
        }
        const QString name = line.first(equals).trimmed();
        if (name.isEmpty())
            return fail(ErrorCode::Invalid, what, QStringLiteral("line %1 has no name").arg(i + 1));
        config.set(name, line.mid(equals + 1).trimmed());
    }
    if (config.bootstrapServers.isEmpty())
        return fail(ErrorCode::Invalid, what, QStringLiteral("no server is named"));
    if (auto checked = config.check(); !checked)
        return std::unexpected(checked.error());
    return config;
}

} // namespace models::connections
