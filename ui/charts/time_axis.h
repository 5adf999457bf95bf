#pragma once
// The time that the charts of one page share: what span is seen, whether it follows the present, and where the cursor stands.
// Interface thread. The page advances it on its tick:
//
//     context().onTick(this, [this] { m_axis->tick(QDateTime::currentMSecsSinceEpoch()); });

#include <QObject>

namespace ui::charts {

class TimeAxis : public QObject {
    Q_OBJECT
public:
    explicit TimeAxis(QObject* parent = nullptr);

    /// Nothing was measured before; a live axis that nobody zoomed shows one or two minutes at first, so that a young chart is not empty.
    void setDataStart(qint64 startMs) { m_startMs = startMs; }
    /// The present moves on; live charts follow. Wall clock, milliseconds.
    void tick(qint64 nowMs);
    [[nodiscard]] qint64 nowMs() const { return m_nowMs; }
    [[nodiscard]] qint64 fromMs() const { return m_endMs - m_spanMs; }
    [[nodiscard]] qint64 toMs() const { return m_endMs; }
    [[nodiscard]] qint64 spanMs() const { return m_spanMs; }

    [[nodiscard]] bool isLive() const { return m_live; }
    void setLive(bool live); ///< false holds what is seen now
    /// Back to the present and the span of the beginning.
    void reset();
    /// Wider (`factor` > 1) or narrower around a moment that keeps its place; between 20 s and 400 days. A live axis stays live.
    void zoom(double factor, qint64 aroundMs);
    /// Moves what is seen; holds it, or goes live again where the present is reached.
    void pan(qint64 byMs);

    /// -1 = no cursor.
    [[nodiscard]] qint64 cursorMs() const { return m_cursorMs; }
    void setCursor(qint64 timeMs);

    static constexpr qint64 kSpanAtFirstMs = 5 * 60'000;
    static constexpr qint64 kSpanMinMs = 20'000;
    static constexpr qint64 kSpanMaxMs = 400LL * 86'400'000;

signals:
    void moved();         ///< the span that is seen, or the present
    void cursorMoved();
    void liveChanged(bool live);

private:
    qint64 m_nowMs = 0;
    qint64 m_endMs = 0;
    qint64 m_spanMs = kSpanAtFirstMs;
    qint64 m_cursorMs = -1;
    qint64 m_startMs = 0;
    bool m_live = true;
    bool m_spanChosen = false; ///< zoomed or panned by the user
};

} // namespace ui::charts
