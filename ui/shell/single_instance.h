#pragma once
// One window process per profile: a second start hands its place over to the first and ends.

#include <QObject>

class QLocalServer;

namespace ui::shell {

class SingleInstance : public QObject {
    Q_OBJECT
public:
    /// `profile` is the state directory: another SAMSA_HOME is another program.
    explicit SingleInstance(const QString& profile, QObject* parent = nullptr);
    /// True when another process has this profile and took `text` (a Location, may be empty). Waits at most a second.
    bool handOver(const QString& text);
    /// Becomes the one that others hand over to.
    void listen();
    /// Nobody is handed over to any more.
    void close();

signals:
    void received(const QString& text);

private:
    QString m_name;
    QLocalServer* m_server = nullptr;
};

} // namespace ui::shell
