#pragma once
// Inside models/messages: the thread that reads for a window. One topic at a time; a newer order ends an older one.

#include "models/client/client_config.h"
#include "models/messages/window_core.h"

#include <QSet>
#include <atomic>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>

namespace models::client {
class ClusterHandle;
class RecordReader;
}

namespace models::messages {

/// What open() found.
struct Opened {
    QMap<int, OffsetSpan> spans;
    Position position;
    QMap<int, Error> partitionErrors;
};

/// Where answers go: called on the source's thread; must only post. The number is the one the order came with.
struct SourceHandler {
    std::function<void(quint64, Result<Opened>)> opened;
    std::function<void(quint64, bool forward, QList<Piece>)> read;
    std::function<void(quint64, QMap<int, OffsetSpan>)> spans;
};

/// What a window orders. Called on the interface thread, answers by its handler.
class RecordSource {
public:
    virtual ~RecordSource() = default;
    virtual void start() = 0;
    virtual void stop() = 0; ///< returns at once; nothing is answered afterwards
    /// `partitions` empty = all. What was ordered before is dropped.
    virtual void open(quint64 number, const OpenAt& at, double fraction, const QSet<int>& partitions) = 0;
    virtual void read(quint64 number, bool forward, const QList<Range>& ranges) = 0;
    /// Reads the spans now and, when `everyMs` > 0, again and again.
    virtual void watch(quint64 number, int everyMs) = 0;
};

class MessageReader : public RecordSource, public std::enable_shared_from_this<MessageReader> {
public:
    using Handler = SourceHandler;
    MessageReader(client::ClientConfig config, QString topic, bool committed, Handler handler);
    ~MessageReader() override;
    MessageReader(const MessageReader&) = delete;
    MessageReader& operator=(const MessageReader&) = delete;
    void start() override;
    void stop() override;
    void open(quint64 number, const OpenAt& at, double fraction, const QSet<int>& partitions) override;
    void read(quint64 number, bool forward, const QList<Range>& ranges) override;
    void watch(quint64 number, int everyMs) override;

private:
    void run();
    void post(std::function<void()> order);
    [[nodiscard]] bool outdated(quint64 number) const { return m_stopped.load() || number < m_newest.load(); }
    Result<Opened> openNow(quint64 number, OpenAt at, double fraction, const QSet<int>& partitions);
    Result<QMap<int, OffsetSpan>> spansNow(const QList<int>& partitions);
    QList<Piece> readNow(quint64 number, const QList<Range>& ranges);
    Result<void> connected();

    const client::ClientConfig m_config;
    const QString m_topic;
    const bool m_committed; ///< only committed messages, up to the first transaction that is open
    const Handler m_handler;
    std::atomic<quint64> m_newest{0};
    std::atomic<bool> m_stopped{false};

    std::mutex m_mutex; ///< guards the two below
    std::condition_variable m_changed;
    std::deque<std::function<void()>> m_orders;

    // ---- only on the reader's thread ------------------------------------------------------------------------------------------
    std::shared_ptr<client::ClusterHandle> m_handle;
    std::unique_ptr<client::RecordReader> m_reader;
    QList<int> m_partitions;
    int m_watchMs = 0;
    quint64 m_watchNumber = 0;
};

} // namespace models::messages
