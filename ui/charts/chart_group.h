#pragma once
// What the charts of one page share: the span of time they show, whether it moves with the clock, and the time under the pointer.

#include <QObject>
#include <optional>

namespace ui::charts {

class ChartGroup : public QObject {
    Q_OBJECT
public:
    static constexpr qint64 kSpanMsMin = 10 * 1000;
    static constexpr qint64 kSpanMsMax = 7LL * 24 * 3600 * 1000;

    explicit ChartGroup(QObject* parent = nullptr, qint64 spanMs = 5 * 60 * 1000);

    [[nodiscard]] qint64 fromMs() const { return m_toMs - m_spanMs; }
    [[nodiscard]] qint64 toMs() const { return m_toMs; }
    [[nodiscard]] qint64 spanMs() const { return m_spanMs; }
    [[nodiscard]] bool live() const { return m_live; }
    [[nodiscard]] std::optional<qint64> cursorMs() const { return m_cursorMs; }

    /// Called by the page's tick, some times a second: moves the live axis to now and lets the charts draw.
    void tick(qint64 nowMs);
    void setLive(bool live);
    /// Around `aroundMs`, which keeps its place while the axis stands; a factor below 1 shows less.
    void zoom(double factor, qint64 aroundMs);
    /// Stops the live axis.
    void pan(qint64 byMs);
    void setCursor(std::optional<qint64> ms);

signals:
    void moved();         ///< the axis or the data: draw anew
    void cursorChanged(); ///< only the pointer
    void liveChanged(bool live);

private:
    qint64 m_spanMs;
    qint64 m_toMs;
    bool m_live = true;
    std::optional<qint64> m_cursorMs;
};

} // namespace ui::charts
