#include "ui/shell/window_state.h"

#include <QFile>
#include <QJsonDocument>
#include <QSaveFile>
#include <QTimer>

namespace ui::shell {

namespace {
constexpr qint64 kFileBytesMax = 4 << 20;
}

WindowState::WindowState(const QString& path, QObject* parent) : QObject(parent), m_path(path), m_timer(new QTimer(this)) {
    m_timer->setSingleShot(true);
    m_timer->setInterval(kSaveAfterMs);
    connect(m_timer, &QTimer::timeout, this, &WindowState::saveNow);
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return;
    const QJsonObject root = QJsonDocument::fromJson(file.read(kFileBytesMax)).object();
    file.close();
    if (root.value(QStringLiteral("version")).toInt() == kVersion) {
        m_root = root;
        return;
    }
    // Of another Samsa, or damaged: kept for whoever wants it, and begun anew.
    QFile::remove(path + QStringLiteral(".aside"));
    QFile::rename(path, path + QStringLiteral(".aside"));
}

WindowState::~WindowState() {
    if (m_timer->isActive())
        saveNow();
}

QVariant WindowState::value(const QString& group, const QString& key) const { return m_root.value(group).toObject().value(key).toVariant(); }

void WindowState::setValue(const QString& group, const QString& key, const QVariant& value) {
    QJsonObject inner = m_root.value(group).toObject();
    const QJsonValue json = QJsonValue::fromVariant(value);
    if (inner.value(key) == json)
        return;
    if (json.isNull() || json.isUndefined())
        inner.remove(key);
    else
        inner.insert(key, json);
    m_root.insert(group, inner);
    m_timer->start();
}

void WindowState::saveNow() {
    m_timer->stop();
    m_root.insert(QStringLiteral("version"), kVersion);
    QSaveFile file(m_path);
    // A disk that is full must not take the window with it: what was saved before stays.
    if (file.open(QIODevice::WriteOnly) && file.write(QJsonDocument(m_root).toJson(QJsonDocument::Compact)) >= 0)
        file.commit();
}

} // namespace ui::shell
