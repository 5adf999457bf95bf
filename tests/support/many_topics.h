#pragma once
// Very many topics on a real cluster, and a message a second for each of them, or as many as the cluster takes: every rate of a long list moves.

#include <QString>
#include <atomic>
#include <thread>

namespace tests {

class ManyTopics {
public:
    explicit ManyTopics(QString bootstrapServers, int count);
    ~ManyTopics();
    [[nodiscard]] static QString name(int i);
    /// Topics of one partition without copies; empty = done, else what the cluster said.
    [[nodiscard]] QString create();
    /// Starts the thread that writes, until this ends.
    void write();

private:
    void run();
    QString m_servers;
    int m_count;
    std::atomic<bool> m_stop{false};
    std::atomic<qint64> m_answered{0}; ///< messages that are written, or given up
    std::thread m_thread;
};

} // namespace tests
