#include "ui/shell/single_instance.h"

#include <QCryptographicHash>
#include <QLocalServer>
#include <QLocalSocket>

namespace ui::shell {

namespace {
constexpr int kTextMax = 8192;
}

SingleInstance::SingleInstance(const QString& profile, QObject* parent)
    : QObject(parent)
    , m_name(QStringLiteral("samsa-") + QString::fromLatin1(QCryptographicHash::hash(profile.toUtf8(), QCryptographicHash::Sha1).toHex().left(16))) {}

bool SingleInstance::handOver(const QString& text) {
    QLocalSocket socket;
    socket.connectToServer(m_name);
    if (!socket.waitForConnected(300))
        return false;
    socket.write(text.toUtf8() + '\n');
    if (!socket.waitForBytesWritten(300))
        return false;
    // Only an answer counts: a process that hangs does not take the start of another away.
    return socket.waitForReadyRead(1000) && socket.readAll().startsWith("ok");
}

void SingleInstance::listen() {
    m_server = new QLocalServer(this);
    m_server->setSocketOptions(QLocalServer::UserAccessOption);
    connect(m_server, &QLocalServer::newConnection, this, [this] {
        while (QLocalSocket* socket = m_server->nextPendingConnection()) {
            connect(socket, &QLocalSocket::disconnected, socket, &QObject::deleteLater);
            connect(socket, &QLocalSocket::readyRead, this, [this, socket] {
                if (!socket->canReadLine()) {
                    if (socket->bytesAvailable() > kTextMax)
                        socket->abort();
                    return;
                }
                const QString text = QString::fromUtf8(socket->readLine(kTextMax)).trimmed();
                socket->write("ok\n");
                socket->flush();
                emit received(text);
            });
        }
    });
    if (!m_server->listen(m_name)) {
        // Left behind by a process that died: nobody answered handOver, so nobody owns it.
        QLocalServer::removeServer(m_name);
        m_server->listen(m_name);
    }
}

void SingleInstance::close() {
    if (m_server)
        m_server->close();
}

} // namespace ui::shell
