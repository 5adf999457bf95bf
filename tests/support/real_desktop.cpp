#include "tests/support/real_desktop.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonDocument>
#include <QRegularExpression>
#include <QStorageInfo>
#include <QTest>

namespace tests {

using namespace Qt::StringLiterals;

namespace {

constexpr int kToolMs = 20'000;
constexpr int kLookEveryMs = 40;
constexpr qint64 kMemoryBytesMin = 2'000'000'000;

QString folderTemplate(bool inMemory) {
    const QStorageInfo memory(u"/dev/shm"_s);
    const bool room = inMemory && memory.isValid() && memory.fileSystemType() == "tmpfs" && !memory.isReadOnly() && memory.bytesAvailable() > kMemoryBytesMin;
    return (room ? u"/dev/shm"_s : QDir::tempPath()) + u"/samsa-story-XXXXXX"_s;
}

QJsonArray nodesOf(const Sight& sight) { return sight.all[u"nodes"_s].toArray(); }

QJsonObject table(const Sight& sight, const QString& name) {
    for (const auto& node : nodesOf(sight))
        if (node[u"role"_s].toString() == u"table"_s && node[u"name"_s].toString() == name)
            return node.toObject();
    return {};
}

QStringList texts(const QJsonValue& cells) {
    QStringList all;
    for (const auto& cell : cells.toArray())
        all.append(cell.toString());
    return all;
}

} // namespace

QJsonObject Sight::find(const QString& role, const QString& name) const {
    const QRegularExpression pattern(name);
    for (const auto& node : nodesOf(*this))
        if (node[u"role"_s].toString() == role && pattern.match(node[u"name"_s].toString()).hasMatch())
            return node.toObject();
    return {};
}

bool Sight::says(const QString& text) const {
    const QRegularExpression pattern(text);
    for (const auto& node : nodesOf(*this)) {
        for (const auto& key : {u"name"_s, u"value"_s, u"description"_s})
            if (pattern.match(node[key].toString()).hasMatch())
                return true;
        for (const auto& row : node[u"rows"_s].toArray())
            for (const auto& cell : texts(row[u"cells"_s]))
                if (pattern.match(cell).hasMatch())
                    return true;
    }
    return false;
}

QList<QStringList> Sight::rows(const QString& name) const {
    QList<QStringList> cells;
    const auto told = table(*this, name)[u"rows"_s].toArray();
    for (const auto& row : told)
        cells.append(texts(row[u"cells"_s]));
    return cells;
}

QStringList Sight::row(const QString& name, const QString& first) const {
    for (const auto& cells : rows(name))
        if (cells.value(0) == first)
            return cells;
    return {};
}

int Sight::count(const QString& name) const { return table(*this, name)[u"count"_s].toInt(-1); }

QString Sight::chosen(const QString& name) const {
    const auto rows = table(*this, name)[u"rows"_s].toArray();
    for (const auto& row : rows)
        if (row[u"selected"_s].toBool())
            return texts(row[u"cells"_s]).value(0);
    return {};
}

QString Sight::marked() const {
    for (const auto& node : nodesOf(*this))
        if (node[u"role"_s].toString() == u"item"_s && node[u"focused"_s].toBool())
            return node[u"name"_s].toString();
    return {};
}

RealDesktop::RealDesktop(QString program, bool inMemory, const QSize& screen)
    : m_folder(folderTemplate(inMemory)), m_path(std::move(program)), m_environment(QProcessEnvironment::systemEnvironment()) {
    m_environment.insert(u"SAMSA_HOME"_s, m_folder.path() + u"/home"_s);
    m_environment.insert(u"SAMSA_STATE_DOOR"_s, m_folder.filePath(u"door"_s));
    m_environment.insert(u"SAMSA_TURN_PROBE"_s, m_folder.filePath(u"turns"_s));
    m_environment.insert(u"XDG_CONFIG_HOME"_s, m_folder.filePath(u"config"_s));
    m_environment.insert(u"XDG_RUNTIME_DIR"_s, m_folder.path());
    m_environment.insert(u"LC_ALL"_s, u"C.UTF-8"_s);
    m_environment.insert(u"QT_QPA_PLATFORM"_s, u"xcb"_s);
    m_environment.remove(u"WAYLAND_DISPLAY"_s);
    // No portal, no keyring: the desktop is the one that this test makes.
    m_environment.insert(u"DBUS_SESSION_BUS_ADDRESS"_s, u"disabled:"_s);
    QDir().mkpath(m_folder.path() + u"/home"_s);
    if (!startServer(screen))
        m_problem = u"Xvfb or openbox could not be started (app/setup --tests installs them): "_s + m_server.errorString();
}

RealDesktop::~RealDesktop() {
    const auto end = [](QProcess& process) {
        if (process.state() == QProcess::NotRunning)
            return;
        process.terminate();
        if (!process.waitForFinished(kToolMs)) {
            process.kill();
            process.waitForFinished(kToolMs);
        }
    };
    end(m_program);
    // What it started stops with it; this waits until that is so, and the folder is nobody's.
    for (const auto& cluster : QDir(m_folder.path() + u"/home/clusters"_s).entryList(QDir::Dirs | QDir::NoDotAndDotDot)) {
        QProcess down;
        down.setProcessEnvironment(m_environment);
        down.start(m_path, {u"cluster"_s, u"down"_s, cluster});
        down.waitForFinished(kToolMs);
    }
    end(m_manager);
    end(m_server);
}

bool RealDesktop::startServer(const QSize& screen) {
    m_server.setProcessEnvironment(m_environment);
    m_server.setStandardErrorFile(m_folder.filePath(u"xvfb.log"_s));
    // -r: no key repeats by itself. On a busy machine a key is let go so late that it would.
    m_server.start(u"Xvfb"_s, {u"-r"_s, u"-displayfd"_s, u"1"_s, u"-screen"_s, u"0"_s, u"%1x%2x24"_s.arg(screen.width()).arg(screen.height()), u"-nolisten"_s, u"tcp"_s});
    QByteArray number;
    while (!number.endsWith('\n')) {
        if (!m_server.waitForReadyRead(kToolMs))
            return false;
        number += m_server.readAllStandardOutput();
    }
    m_environment.insert(u"DISPLAY"_s, u':' + QString::fromLatin1(number.trimmed()));
    m_manager.setProcessEnvironment(m_environment);
    m_manager.setStandardErrorFile(m_folder.filePath(u"openbox.log"_s));
    // It says when it manages windows: one that is mapped while it starts may be lost, and no desktop starts its programs before.
    m_manager.start(u"openbox"_s, {u"--sm-disable"_s, u"--startup"_s, u"echo ready"_s});
    QByteArray said;
    while (!said.contains("ready")) {
        if (!m_manager.waitForReadyRead(kToolMs))
            return false;
        said += m_manager.readAllStandardOutput();
    }
    return true;
}

void RealDesktop::run(const QString& tool, const QStringList& arguments) {
    QProcess process;
    process.setProcessEnvironment(m_environment);
    process.setProcessChannelMode(QProcess::ForwardedChannels);
    process.start(tool, arguments);
    if (!process.waitForFinished(kToolMs) || process.exitCode() != 0)
        m_problem = tool + u' ' + arguments.join(u' ') + u": "_s + process.errorString();
}

bool RealDesktop::start(const QStringList& arguments) {
    m_program.setProcessEnvironment(m_environment);
    m_program.setProcessChannelMode(QProcess::ForwardedChannels);
    m_program.start(m_path, arguments);
    if (!m_program.waitForStarted(kToolMs)) {
        m_problem = m_path + u": "_s + m_program.errorString();
        return false;
    }
    return wait(u"the window has the keyboard"_s, [](const Sight& sight) { return sight.isActive(); }, 30'000);
}

bool RealDesktop::quit() {
    key(u"ctrl+q"_s);
    return ended();
}

bool RealDesktop::terminate() {
    m_program.terminate();
    return ended();
}

bool RealDesktop::ended() {
    if (!m_program.waitForFinished(kToolMs)) {
        m_problem = u"the program does not end"_s;
        return false;
    }
    m_door.abort();
    if (m_program.exitStatus() != QProcess::NormalExit || m_program.exitCode() != 0)
        m_problem = u"the program ended with %1"_s.arg(m_program.exitCode());
    return m_problem.isEmpty();
}

void RealDesktop::kill() {
    m_program.kill();
    m_program.waitForFinished(kToolMs);
    m_door.abort();
    QFile::remove(m_folder.filePath(u"turns"_s));
    m_turnsRead = 0;
}

void RealDesktop::key(const QString& keysym) { run(u"xdotool"_s, {u"key"_s, u"--clearmodifiers"_s, keysym}); }
void RealDesktop::type(const QString& text) { run(u"xdotool"_s, {u"type"_s, u"--clearmodifiers"_s, u"--delay"_s, u"8"_s, text}); }

void RealDesktop::copy(const QString& text) {
    // It stays behind to hand the text out, and ends with the screen.
    QProcess xclip;
    xclip.setProcessEnvironment(m_environment);
    xclip.setStandardOutputFile(QProcess::nullDevice());
    xclip.setStandardErrorFile(QProcess::nullDevice());
    xclip.start(u"xclip"_s, {u"-selection"_s, u"clipboard"_s, u"-in"_s});
    xclip.write(text.toUtf8());
    xclip.closeWriteChannel();
    if (!xclip.waitForFinished(kToolMs) || xclip.exitCode() != 0)
        m_problem = u"xclip: "_s + xclip.errorString();
}

Sight RealDesktop::look() {
    if (m_door.state() != QLocalSocket::ConnectedState) {
        m_door.abort();
        m_door.connectToServer(m_folder.filePath(u"door"_s));
        if (!m_door.waitForConnected(1000))
            return {};
    }
    m_door.write("?\n");
    while (!m_door.canReadLine())
        if (!m_door.waitForReadyRead(kToolMs))
            return {};
    m_last = {QJsonDocument::fromJson(m_door.readLine()).object()};
    return m_last;
}

bool RealDesktop::wait(const QString& what, const std::function<bool(const Sight&)>& good, int deadlineMs) {
    QElapsedTimer timer;
    timer.start();
    do {
        if (!m_problem.isEmpty())
            return false;
        if (const Sight sight = look(); !sight.all.isEmpty() && good(sight))
            return true;
        QTest::qWait(kLookEveryMs);
    } while (timer.elapsed() < deadlineMs && m_program.state() == QProcess::Running);
    const QString folder = qEnvironmentVariable("SAMSA_TEST_PICTURES", QDir::currentPath());
    picture(folder + u"/story-failed.png"_s);
    QFile file(folder + u"/story-failed.json"_s);
    if (file.open(QIODevice::WriteOnly))
        file.write(QJsonDocument(m_last.all).toJson());
    m_problem = u"waited in vain until: %1. The screen is in %2/story-failed.png, what it says in story-failed.json; over: \"%3\", focus: %4 \"%5\", at %6%7"_s
                    .arg(what, folder, m_last.over(), m_last.focusRole(), m_last.focusName(), m_last.place(),
                        m_program.state() == QProcess::Running ? QString() : u"; the program is gone"_s);
    return false;
}

void RealDesktop::picture(const QString& name) {
    const QString before = m_problem;
    run(u"import"_s, {u"-window"_s, u"root"_s, name});
    m_problem = before;
}

QStringList RealDesktop::longTurns() {
    QStringList turns;
    QFile file(m_folder.filePath(u"turns"_s));
    if (!file.open(QIODevice::ReadOnly) || !file.seek(m_turnsRead))
        return {u"the probe's file cannot be read: "_s + file.errorString()};
    while (file.canReadLine()) {
        const QString line = QString::fromUtf8(file.readLine().trimmed());
        turns.append(u"%1 ms of CPU and %2 ms of waits: %3"_s.arg(line.section(u' ', 1, 1), line.section(u' ', 2, 2), line.section(u' ', 3)));
    }
    m_turnsRead = file.pos();
    return turns;
}

} // namespace tests
