#pragma once
// Who led how many partitions when, for the strip over the events. Pure; bounded.

#include <QHash>
#include <QList>

namespace ui::overview {

enum class Standing { Up, Down, Paused };

struct LeadershipSpan {
    qint64 fromMs = 0;
    qint64 toMs = 0;
    Standing standing = Standing::Up;
    int leaders = 0;
    bool operator==(const LeadershipSpan&) const = default;
};

class LeadershipHistory {
public:
    /// What is true of a broker from `nowMs` on; the same as before adds nothing.
    void note(qint64 nowMs, int broker, Standing standing, int leaders);
    [[nodiscard]] QList<int> brokers() const; ///< ascending
    /// What is known of [fromMs, toMs), oldest first. Spans shorter than `shortestMs` are passing states of one change and are left out.
    [[nodiscard]] QList<LeadershipSpan> spans(int broker, qint64 fromMs, qint64 toMs, qint64 shortestMs = 0) const;

    static constexpr int kChangesMax = 2000; ///< per broker

private:
    struct Change {
        qint64 fromMs;
        Standing standing;
        int leaders;
    };
    QHash<int, QList<Change>> m_changes;
};

} // namespace ui::overview
