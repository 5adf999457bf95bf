#include "models/localcluster/demo_load.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>
#include <QJsonObject>

#include <csignal>
#include <sys/prctl.h>

namespace models::localcluster {

using namespace Qt::StringLiterals;

namespace {

/// Beside the program that runs; SAMSA_DEMO names another.
QString programPath() {
    const QString other = qEnvironmentVariable("SAMSA_DEMO");
    return other.isEmpty() ? QDir(QCoreApplication::applicationDirPath()).filePath(u"samsa-demo"_s) : other;
}

/// Members leave their groups in some 20 ms; who waits for a broker that is gone is not waited for.
constexpr int kLeaveMs = 1500;

qint64 number(const QJsonObject& object, const QString& name) { return object[name].toInteger(); }

} // namespace

DemoLoad::DemoLoad(QObject* parent)
    : QObject(parent) {
    // A window that is killed takes its load along: without brokers it would wait for them long after the pipe has closed.
    m_process.setChildProcessModifier([] { ::prctl(PR_SET_PDEATHSIG, SIGKILL); });
    connect(&m_process, &QProcess::readyReadStandardOutput, this, &DemoLoad::readLines);
    connect(&m_process, &QProcess::started, this, &DemoLoad::started);
    connect(&m_process, &QProcess::finished, this, &DemoLoad::processEnded);
    connect(&m_process, &QProcess::errorOccurred, this, [this](QProcess::ProcessError error) {
        if (error == QProcess::FailedToStart)
            emit ended(tr("The demo load cannot be started: %1").arg(m_process.errorString()));
    });
}

DemoLoad::~DemoLoad() {
    disconnect(&m_process, nullptr, this, nullptr);
    if (!running())
        return;
    // Members that do not leave their groups hold them up when the cluster is started again.
    m_process.terminate();
    if (m_process.waitForFinished(kLeaveMs))
        return;
    m_process.kill();
    m_process.waitForFinished(500);
}

void DemoLoad::start(const QString& cluster, double messagesPerSecond) {
    if (running()) {
        disconnect(&m_process, &QProcess::finished, this, &DemoLoad::processEnded);
        m_process.kill();
        m_process.waitForFinished(500);
        connect(&m_process, &QProcess::finished, this, &DemoLoad::processEnded);
    }
    m_progress = {};
    m_asked = false;
    m_process.start(programPath(), {cluster, u"--rate"_s, QString::number(messagesPerSecond, 'f', 3), u"--json"_s});
}

void DemoLoad::stop() {
    m_asked = true;
    m_process.terminate();
}

bool DemoLoad::running() const { return m_process.state() != QProcess::NotRunning; }

void DemoLoad::readLines() {
    while (m_process.canReadLine()) {
        const QJsonObject line = QJsonDocument::fromJson(m_process.readLine()).object();
        const QString event = line[u"event"_s].toString();
        if (event == u"notice"_s) {
            emit noticed(line[u"message"_s].toString());
        } else if (event == u"firstAcknowledged"_s) {
            m_progress.acknowledged = std::max<qint64>(1, m_progress.acknowledged);
            emit progressed(m_progress);
        } else if (event == u"progress"_s) {
            const QJsonObject lag = line[u"lag"_s].toObject();
            m_progress = {number(line, u"elapsedMs"_s), number(line, u"produced"_s), number(line, u"acknowledged"_s), number(line, u"failed"_s),
                          number(lag, u"billing"_s), number(lag, u"warehouse"_s), number(line, u"longestSilenceMs"_s)};
            emit progressed(m_progress);
        }
    }
}

void DemoLoad::processEnded() {
    readLines();
    if (m_asked) {
        emit ended(QString());
        return;
    }
    const QString words = QString::fromUtf8(m_process.readAllStandardError()).trimmed();
    emit ended(words.isEmpty() ? tr("The demo load ended unexpectedly.") : words);
}

} // namespace models::localcluster
