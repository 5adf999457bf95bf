#pragma once
// Ctrl+C in the terminal, a session that ends, a terminal that is closed: the window closes as if by its button, so that its state is kept, the demo's
// members leave their groups and the cluster stops. The second signal ends the program at once. Interface thread; one object per program.

#include <QObject>

class QSocketNotifier;

namespace app::desktop {

class QuitSignals : public QObject {
    Q_OBJECT
public:
    /// From here on SIGINT, SIGTERM and SIGHUP are `asked`; one that was ignored (nohup) stays so. Programs started later do not inherit it.
    explicit QuitSignals(QObject* parent = nullptr);
    ~QuitSignals() override;
    QuitSignals(const QuitSignals&) = delete;
    QuitSignals& operator=(const QuitSignals&) = delete;

signals:
    void asked();

private:
    QSocketNotifier* m_notifier = nullptr;
};

} // namespace app::desktop
