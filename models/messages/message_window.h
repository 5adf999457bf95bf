#pragma once
// The rows of one topic around an anchor: a few thousand real ones, read both ways as the reader moves, out of any number that the topic holds.
// There are no row numbers of the whole topic: a position is {partition -> offset}; the thumb of the scroll bar is a fraction of the offsets.
//
// Interface thread; reading happens on a thread of its own. Rows are added at the two ends and dropped at the far end, so memory is bounded; the row
// under the reader never moves: what is inserted before it is announced, and the view shifts its origin. Live data waits at the end as
// "N new" unless the reader is there. What a search found is shown in the same way: models/search has a window whose rows are its matches.

#include "models/base/error.h"
#include "models/client/client_config.h"
#include "models/client/kafka_types.h"

#include <QMap>
#include <QObject>
#include <QSet>
#include <deque>
#include <functional>
#include <memory>

namespace models::session {
class ClusterSession;
}

namespace models::messages {

/// The next offset to show of each partition.
using Position = QMap<int, qint64>;

struct OpenAt {
    enum class Kind { Beginning, End, Offset, Time, Exact } kind = Kind::End;
    int partition = -1;     ///< for Offset: the partition; -1 = this offset in each
    qint64 offset = 0;
    qint64 timestampMs = 0; ///< for Time
    Position position;      ///< for Exact (session restore, links)
};

/// Merged: by (timestamp, partition, offset) within what is loaded. ByPartition: partition after partition.
enum class Order { Merged, ByPartition };

/// First and next offset of a partition as last seen.
struct OffsetSpan {
    qint64 begin = 0;
    qint64 end = 0;
};

class RecordSource;
struct SourceHandler;
/// Makes what a window reads through: a MessageReader in the program, rows of their own in tests.
using MakeSource = std::function<std::shared_ptr<RecordSource>(const client::ClientConfig& config, const QString& topic, bool committed, SourceHandler handler)>;

class MessageWindow : public QObject {
    Q_OBJECT
public:
    enum class State { Idle, Loading, Ready, Failed };
    static constexpr int kRowsMax = 6000;
    static constexpr qint64 kBytesMax = 64 << 20;

    explicit MessageWindow(QObject* parent = nullptr);
    ~MessageWindow() override;

    /// Another topic or start: everything is read anew; reset() follows when the first rows are there.
    void open(const client::ClientConfig& config, const QString& topic, const OpenAt& at);
    void close();
    /// Before the first open().
    void setSource(MakeSource make);
    [[nodiscard]] const QString& topic() const;
    [[nodiscard]] State state() const;
    [[nodiscard]] const Error& error() const; ///< when Failed
    /// Partitions that could not be read, with the reason; the others are shown.
    [[nodiscard]] QMap<int, Error> partitionErrors() const;
    [[nodiscard]] bool isLoading() const; ///< reading at either end now

    [[nodiscard]] Order order() const;
    void setOrder(Order order); ///< keeps the anchor row
    /// Empty = all. Reads anew at the present position.
    void setPartitions(const QSet<int>& partitions);
    /// Only messages of committed transactions and those outside of any, up to the first transaction that is open; else everything that was written.
    /// Reads anew at the present position.
    void setCommitted(bool committed);
    [[nodiscard]] bool committed() const;

    // ---- rows -----------------------------------------------------------------------------------------------------------------
    [[nodiscard]] virtual int rowCount() const;
    [[nodiscard]] virtual const client::Record& row(int index) const; ///< [0, rowCount)
    /// The row of this record, -1 = not loaded.
    [[nodiscard]] virtual int indexOf(int partition, qint64 offset) const;
    [[nodiscard]] virtual bool atBeginning() const; ///< nothing comes before row 0
    [[nodiscard]] virtual bool atEnd() const;       ///< nothing known comes after the last row
    /// The view says which rows it shows, whenever that changes: more is read when an end is near, and the far end may be dropped.
    virtual void setVisible(int firstRow, int lastRow);

    // ---- the whole topic --------------------------------------------------------------------------------------------------------
    [[nodiscard]] QMap<int, OffsetSpan> spans() const;
    [[nodiscard]] qint64 totalOffsets() const; ///< sum of end - begin: an upper bound of the number of messages
    /// Where row `index` stands in the topic, 0 to 1, by offsets.
    [[nodiscard]] virtual double fractionAt(int index) const;
    /// Goes there: reads anew around that share of every partition.
    virtual void goToFraction(double fraction);
    void goTo(const OpenAt& at);
    [[nodiscard]] Position positionAt(int index) const;

    // ---- live -----------------------------------------------------------------------------------------------------------------
    [[nodiscard]] virtual bool isLive() const;
    void setLive(bool live);
    [[nodiscard]] virtual qint64 newCount() const; ///< records known to stand after the last row
    virtual void goToEnd();

signals:
    void reset();                             ///< all rows are others now; see anchorRow. Until then the old ones stay
    void rowsInserted(int first, int count);  ///< at the very front or at the very end, or merged near an end
    void rowsRemoved(int first, int count);
    void stateChanged();                      ///< state, loading, errors, atBeginning, atEnd
    void newCountChanged(qint64 count);
    void spansChanged();

public:
    /// After reset(): the row that the view should show first (at its top, or at its bottom when opened at the end).
    [[nodiscard]] virtual int anchorRow() const;
    [[nodiscard]] virtual bool anchorAtBottom() const;

private:
    struct Private;
    std::unique_ptr<Private> d;
};

} // namespace models::messages
