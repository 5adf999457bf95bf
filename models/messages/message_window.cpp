#include "models/messages/message_window.h"

#include "models/messages/message_reader.h"
#include "models/messages/window_core.h"

#include <QCoreApplication>
#include <QPointer>

namespace models::messages {
namespace {

constexpr int kChunk = 800;     ///< rows added at an end at a time
constexpr int kMargin = 600;    ///< rows kept ready beyond what is visible
constexpr int kLiveEveryMs = 250;
constexpr int kIdleEveryMs = 2000;

OpenAt openKind(OpenAt::Kind kind) {
    OpenAt at;
    at.kind = kind;
    return at;
}

} // namespace

struct MessageWindow::Private {
    explicit Private(MessageWindow* owner) : q(owner) {}

    MessageWindow* q;
    WindowCore core;     ///< what is shown
    WindowCore incoming; ///< what is being opened, until its first rows are there
    std::shared_ptr<RecordSource> reader;
    MakeSource make;
    client::ClientConfig config;
    QString topic;
    OpenAt at;
    double fraction = -1;
    QSet<int> partitions;
    bool committed = false;
    Order order = Order::Merged;
    State state = State::Idle;
    Error error;
    QMap<int, Error> partitionErrors;
    quint64 number = 0;      ///< of the newest open; answers of older ones are dropped
    bool opening = false;    ///< until the first rows of an open are shown
    bool readingForward = false, readingBackward = false;
    int wishForward = 0, wishBackward = 0; ///< rows still to be shown at each end
    int firstVisible = 0, lastVisible = 0;
    bool live = false;
    bool followEnd = false;  ///< the reader is at the end: live rows are shown as they come
    qint64 newCount = 0;
    int anchor = 0;
    int incomingAnchor = 0;
    bool anchorAtBottom = false;

    WindowCore& active() { return opening ? incoming : core; }

    void setState(State next, const Error& why = {}) {
        state = next;
        error = why;
        emit q->stateChanged();
    }

    void openAt(const OpenAt& where, double share) {
        at = where;
        fraction = share;
        ++number;
        opening = true;
        readingForward = readingBackward = false;
        partitionErrors.clear();
        anchorAtBottom = share < 0 && where.kind == OpenAt::Kind::End;
        followEnd = anchorAtBottom;
        setState(State::Loading);
        reader->open(number, where, share, partitions);
    }

    void takeOpened(Result<Opened> opened) {
        if (!opened) {
            opening = false;
            setState(State::Failed, opened.error());
            return;
        }
        partitionErrors = opened->partitionErrors;
        incoming.reset(opened->spans, opened->position, order);
        incomingAnchor = 0;
        wishForward = anchorAtBottom ? 0 : kChunk;
        wishBackward = kChunk;
        reader->watch(number, live ? kLiveEveryMs : kIdleEveryMs);
        pump();
    }

    /// Shows what can be shown, asks for what is missing, and says so.
    void pump() {
        if (wishForward > 0)
            wishForward -= show(true, wishForward);
        if (wishBackward > 0)
            wishBackward -= show(false, wishBackward);
        if (active().atEnd())
            wishForward = 0;
        if (active().atBeginning())
            wishBackward = 0;
        if (wishForward > 0 && !readingForward)
            ask(true, wishForward);
        if (wishBackward > 0 && !readingBackward)
            ask(false, wishBackward);
        if (opening && !readingForward && !readingBackward) {
            opening = false;
            core = std::exchange(incoming, {});
            anchor = incomingAnchor;
            firstVisible = lastVisible = q->anchorRow();
            trim();
            emit q->reset();
            emit q->spansChanged();
            setState(State::Ready);
        } else if (!opening) {
            trim();
            emit q->stateChanged();
        }
        if (!opening)
            countNew();
    }

    int show(bool forward, int count) {
        const int before = static_cast<int>(active().rows().size());
        const int shown = forward ? active().emitForward(count) : active().emitBackward(count);
        if (shown == 0)
            return 0;
        if (!forward) {
            if (opening) {
                incomingAnchor += shown;
            } else {
                firstVisible += shown;
                lastVisible += shown;
            }
        }
        if (!opening)
            emit q->rowsInserted(forward ? before : 0, shown);
        return shown;
    }

    void ask(bool forward, int count) {
        const auto ranges = forward ? active().wantForward(count) : active().wantBackward(count);
        if (ranges.isEmpty()) {
            (forward ? wishForward : wishBackward) = 0;
            return;
        }
        (forward ? readingForward : readingBackward) = true;
        reader->read(number, forward, ranges);
    }

    void takeRead(bool forward, const QList<Piece>& pieces) {
        (forward ? readingForward : readingBackward) = false;
        for (const auto& piece : pieces)
            if (piece.error)
                partitionErrors.insert(piece.range.partition, *piece.error);
        forward ? active().giveForward(pieces) : active().giveBackward(pieces);
        pump();
    }

    void takeSpans(const QMap<int, OffsetSpan>& spans) {
        // A topic that was deleted and made again starts over.
        const auto known = core.spans();
        for (auto it = spans.cbegin(); it != spans.cend(); ++it) {
            if (known.contains(it.key()) && it->end < known.value(it.key()).end) {
                openAt(openKind(OpenAt::Kind::End), -1);
                return;
            }
        }
        core.setSpans(spans);
        emit q->spansChanged();
        if (live && followEnd && !opening) {
            if (core.remaining() > kRowsMax) {
                openAt(openKind(OpenAt::Kind::End), -1); // more came than anybody could see: to the end at once
                return;
            }
            wishForward = static_cast<int>(std::min<qint64>(core.remaining(), kRowsMax));
            if (wishForward > 0) {
                pump();
                return;
            }
        }
        countNew();
    }

    void countNew() {
        // Who stands at the end of a live view sees them at once: nothing is "new" for them.
        const qint64 now = live && followEnd ? 0 : core.remaining();
        if (now == newCount)
            return;
        newCount = now;
        emit q->newCountChanged(now);
    }

    /// Drops rows at the end that is farther from what is visible, until the window is small enough.
    void trim() {
        const auto size = static_cast<int>(core.rows().size());
        int tooMany = size - kRowsMax;
        if (core.bytes() > kBytesMax)
            tooMany = std::max(tooMany, std::min(size - 50, size / 3));
        if (tooMany <= 0)
            return;
        const int before = std::max(0, firstVisible);
        const int after = std::max(0, size - 1 - lastVisible);
        if (before >= after) {
            const int count = std::min(tooMany, before);
            if (count <= 0)
                return;
            core.dropFront(count);
            firstVisible -= count;
            lastVisible -= count;
            anchor = std::max(0, anchor - count);
            if (!opening)
                emit q->rowsRemoved(0, count);
        } else {
            const int count = std::min(tooMany, after);
            core.dropBack(count);
            if (!opening)
                emit q->rowsRemoved(size - count, count);
        }
    }

    void startReader() {
        if (reader)
            reader->stop();
        const QPointer<MessageWindow> self(q);
        // Answers are posted to the application object, which outlives every window; stale ones are dropped by their number.
        const auto post = [self](std::function<void(Private&)> take) {
            QMetaObject::invokeMethod(QCoreApplication::instance(), [self, take = std::move(take)] {
                if (self)
                    take(*self->d);
            }, Qt::QueuedConnection);
        };
        SourceHandler handler;
        handler.opened = [post](quint64 n, const Result<Opened>& opened) {
            post([n, opened](Private& d) {
                if (n == d.number)
                    d.takeOpened(opened);
            });
        };
        handler.read = [post](quint64 n, bool forward, const QList<Piece>& pieces) {
            post([n, forward, pieces](Private& d) {
                if (n == d.number)
                    d.takeRead(forward, pieces);
            });
        };
        handler.spans = [post](quint64 n, const QMap<int, OffsetSpan>& spans) {
            post([n, spans](Private& d) {
                if (n == d.number && !d.opening)
                    d.takeSpans(spans);
            });
        };
        reader = make ? make(config, topic, committed, std::move(handler)) : std::make_shared<MessageReader>(config, topic, committed, std::move(handler));
        reader->start();
    }
};

MessageWindow::MessageWindow(QObject* parent) : QObject(parent), d(std::make_unique<Private>(this)) {}

MessageWindow::~MessageWindow() {
    if (d->reader)
        d->reader->stop();
}

void MessageWindow::open(const client::ClientConfig& config, const QString& topic, const OpenAt& at) {
    if (!d->reader || d->config != config || d->topic != topic) {
        d->config = config;
        d->topic = topic;
        d->partitions.clear();
        d->core.reset({}, {}, d->order);
        d->anchor = 0;
        emit reset();
        d->startReader();
    }
    goTo(at);
}

void MessageWindow::setSource(MakeSource make) { d->make = std::move(make); }

void MessageWindow::close() {
    if (d->reader)
        d->reader->stop();
    d->reader.reset();
    ++d->number;
    d->core.reset({}, {}, d->order);
    d->topic.clear();
    d->anchor = 0;
    d->opening = d->readingForward = d->readingBackward = false;
    emit reset();
    d->setState(State::Idle);
}

const QString& MessageWindow::topic() const { return d->topic; }
MessageWindow::State MessageWindow::state() const { return d->state; }
const Error& MessageWindow::error() const { return d->error; }
QMap<int, Error> MessageWindow::partitionErrors() const { return d->partitionErrors; }
bool MessageWindow::isLoading() const { return d->opening || d->readingForward || d->readingBackward; }
Order MessageWindow::order() const { return d->order; }

void MessageWindow::setOrder(Order order) {
    if (d->order == order)
        return;
    d->order = order;
    if (!d->reader)
        return;
    OpenAt at;
    at.kind = OpenAt::Kind::Exact;
    at.position = positionAt(d->firstVisible);
    if (d->anchorAtBottom && d->core.atEnd())
        at = openKind(OpenAt::Kind::End);
    goTo(at);
}

void MessageWindow::setPartitions(const QSet<int>& partitions) {
    if (d->partitions == partitions)
        return;
    const auto position = positionAt(d->firstVisible);
    const bool end = d->core.atEnd();
    d->partitions = partitions;
    if (!d->reader)
        return;
    OpenAt at;
    at.kind = OpenAt::Kind::Exact;
    at.position = position;
    goTo(end ? openKind(OpenAt::Kind::End) : at);
}

void MessageWindow::setCommitted(bool committed) {
    if (d->committed == committed)
        return;
    d->committed = committed;
    if (!d->reader)
        return;
    const bool nothing = d->opening || rowCount() == 0; // then there is no position to keep: what was asked for is asked for again
    OpenAt at;
    at.kind = OpenAt::Kind::Exact;
    at.position = positionAt(d->firstVisible);
    const bool end = d->core.atEnd() && d->followEnd;
    d->startReader();
    if (nothing)
        d->openAt(d->at, d->fraction);
    else
        goTo(end ? openKind(OpenAt::Kind::End) : at);
}

bool MessageWindow::committed() const { return d->committed; }

int MessageWindow::rowCount() const { return static_cast<int>(d->core.rows().size()); }
const client::Record& MessageWindow::row(int index) const { return d->core.rows().at(static_cast<std::size_t>(index)); }
int MessageWindow::indexOf(int partition, qint64 offset) const { return d->core.indexOf(partition, offset); }
bool MessageWindow::atBeginning() const { return d->core.atBeginning(); }
bool MessageWindow::atEnd() const { return d->core.atEnd(); }

void MessageWindow::setVisible(int firstRow, int lastRow) {
    if (!d->reader || d->opening || d->state != State::Ready)
        return; // what is shown is about to be replaced
    d->firstVisible = firstRow;
    d->lastVisible = std::max(firstRow, lastRow);
    const auto size = static_cast<int>(d->core.rows().size());
    d->followEnd = lastRow >= size - 1;
    bool more = false;
    if (lastRow > size - kMargin && !d->core.atEnd() && !d->readingForward && (!d->live || !d->followEnd || d->core.remaining() > 0)) {
        d->wishForward = kChunk;
        more = true;
    }
    if (firstRow < kMargin && !d->core.atBeginning() && !d->readingBackward) {
        d->wishBackward = kChunk;
        more = true;
    }
    if (more)
        d->pump();
}

QMap<int, OffsetSpan> MessageWindow::spans() const { return d->core.spans(); }

qint64 MessageWindow::totalOffsets() const {
    qint64 total = 0;
    for (const auto& span : d->core.spans())
        total += span.end - span.begin;
    return total;
}

double MessageWindow::fractionAt(int index) const { return d->core.fractionAt(index); }

void MessageWindow::goToFraction(double fraction) {
    if (!d->reader)
        return;
    if (fraction >= 0.9999)
        d->openAt(openKind(OpenAt::Kind::End), -1);
    else
        d->openAt(openKind(OpenAt::Kind::Exact), std::clamp(fraction, 0.0, 1.0));
}

void MessageWindow::goTo(const OpenAt& at) {
    if (!d->reader)
        return;
    d->openAt(at, -1);
}

Position MessageWindow::positionAt(int index) const { return d->core.positionAt(index); }
bool MessageWindow::isLive() const { return d->live; }

void MessageWindow::setLive(bool live) {
    if (d->live == live)
        return;
    d->live = live;
    if (d->reader)
        d->reader->watch(d->number, live ? kLiveEveryMs : kIdleEveryMs);
    emit stateChanged();
}

qint64 MessageWindow::newCount() const { return d->newCount; }
void MessageWindow::goToEnd() { goTo(openKind(OpenAt::Kind::End)); }
int MessageWindow::anchorRow() const { return d->anchorAtBottom ? std::max(0, rowCount() - 1) : std::min(d->anchor, std::max(0, rowCount() - 1)); }
bool MessageWindow::anchorAtBottom() const { return d->anchorAtBottom; }

} // namespace models::messages
