#pragma once
// The demo load as the window sees it: a process (samsa-demo) that is started, watched and ended; never a thread of ours.
// Interface thread. The process ends with this object, and by itself when the window dies.

#include <QObject>
#include <QProcess>
#include <QString>

namespace models::localcluster {

/// What the load has seen so far, in all.
struct DemoProgress {
    qint64 elapsedMs = 0;
    qint64 produced = 0;
    qint64 acknowledged = 0; ///< by all in-sync replicas
    qint64 failed = 0;       ///< given up
    qint64 lagBilling = 0;
    qint64 lagWarehouse = 0;
    qint64 longestSilenceMs = 0; ///< without any acknowledgement, since the first
    bool operator==(const DemoProgress&) const = default;
};

class DemoLoad : public QObject {
    Q_OBJECT
public:
    explicit DemoLoad(QObject* parent = nullptr);
    ~DemoLoad() override;

    /// Starts it against a local cluster, with that one's own login where it is secure; a running one is ended first. `messagesPerSecond` in (0, 1e6].
    void start(const QString& cluster, double messagesPerSecond = 200);
    /// Asks it to end: what it has handed over is still acknowledged. ended() follows.
    void stop();
    [[nodiscard]] bool running() const;
    [[nodiscard]] const DemoProgress& progress() const { return m_progress; }

signals:
    void started();
    void progressed(const models::localcluster::DemoProgress& progress); ///< every second
    void noticed(const QString& sentence);                               ///< topics made, a broker lost
    void ended(const QString& problem); ///< empty: it was asked to. Else why it could not go on

private:
    void readLines();
    void processEnded();

    QProcess m_process;
    DemoProgress m_progress;
    bool m_asked = false;
};

} // namespace models::localcluster
