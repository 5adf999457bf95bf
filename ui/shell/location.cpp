#include "ui/shell/location.h"

#include <QStringList>
#include <QUrl>

namespace ui::shell {

namespace {
constexpr qsizetype kTextMax = 4096;
QString encode(const QString& text) { return QString::fromLatin1(QUrl::toPercentEncoding(text)); }
QString decode(const QString& text) { return QUrl::fromPercentEncoding(text.toUtf8()); }
} // namespace

QString Location::toText() const {
    QString text = QStringLiteral("samsa:") + encode(cluster) + u'/' + encode(kind);
    if (!name.isEmpty())
        text += u'/' + encode(name);
    QStringList pairs;
    for (auto it = view.begin(); it != view.end(); ++it)
        pairs.append(encode(it.key()) + u'=' + encode(it.value()));
    if (!pairs.isEmpty())
        text += u'?' + pairs.join(u'&');
    return text;
}

std::optional<Location> Location::fromText(const QString& text) {
    if (text.size() > kTextMax || !text.startsWith(QStringLiteral("samsa:")))
        return std::nullopt;
    const QString body = text.mid(6);
    const qsizetype question = body.indexOf(u'?');
    const QStringList parts = body.left(question < 0 ? body.size() : question).split(u'/');
    if (parts.size() < 2 || parts.size() > 3 || parts[1].isEmpty())
        return std::nullopt;
    Location location{decode(parts[0]), decode(parts[1]), parts.size() == 3 ? decode(parts[2]) : QString(), {}};
    if (question >= 0) {
        for (const QString& pair : body.mid(question + 1).split(u'&', Qt::SkipEmptyParts)) {
            const qsizetype equals = pair.indexOf(u'=');
            if (equals > 0)
                location.view.insert(decode(pair.left(equals)), decode(pair.mid(equals + 1)));
        }
    }
    return location;
}

} // namespace ui::shell
