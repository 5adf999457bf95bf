// The pure part of charts: points, scales, labels.
#include "tests/support/test_registry.h"
#include "ui/charts/chart_points.h"
#include "ui/charts/time_axis.h"

#include <QDateTime>
#include <QTest>
#include <cmath>

using namespace ui::charts;
using models::metrics::Series;

class ChartPointsTest : public QObject {
    Q_OBJECT

private slots:
    void givesAtMostTwoPointsAColumnAndKeepsExtremes() {
        Series series(1000);
        for (int i = 0; i < 2000; ++i)
            series.append(1'000'000 + i * 1000LL, i == 777 ? 9000 : i % 10);
        const auto cut = alignedCut(1'000'000, 3'000'000, 200);
        const auto points = pointsOf(series.cut(cut.fromMs, cut.toMs, cut.columns));
        QVERIFY(points.size() <= 2 * cut.columns);
        QVERIFY(points.size() > 200);
        double highest = 0;
        double before = 0;
        for (const auto& point : points) {
            highest = std::max(highest, point.value);
            QVERIFY(point.key >= before);
            before = point.key;
        }
        QCOMPARE(highest, 9000.0);
    }

    void breaksTheLineWhereSamplesAreMissing() {
        Series series(1000);
        for (int i = 0; i < 10; ++i)
            series.append(1'000'000 + i * 1000LL, 5);
        series.append(1'010'000, models::metrics::kGap);
        for (int i = 30; i < 40; ++i)
            series.append(1'000'000 + i * 1000LL, 7);
        const auto points = pointsOf(series.cut(1'000'000, 1'040'000, 400));
        const auto gaps = std::count_if(points.begin(), points.end(), [](const ChartPoint& point) { return std::isnan(point.value); });
        QCOMPARE(gaps, 1);
        QCOMPARE(points.first().value, 5.0);
        QCOMPARE(points.last().value, 7.0);
    }

    void columnsStandStillWhileTimeMoves() {
        const auto one = alignedCut(1'000'000, 1'300'000, 500);
        const auto two = alignedCut(1'000'250, 1'300'250, 500);
        QCOMPARE(one.fromMs % 600, 0);
        QCOMPARE(two.fromMs % 600, 0);
        QVERIFY(one.toMs >= 1'300'000 && one.columns <= 502);
    }

    void scalesAreRoundAndCalm() {
        QCOMPARE(scaleFor(2750, Unit::MessagesPerSecond), (ValueScale{3200, 800}));
        QCOMPARE(scaleFor(0, Unit::Messages), (ValueScale{4, 1}));
        QCOMPARE(scaleFor(5, Unit::Messages).step, 2.0);
        // The axis stays while it is good enough, and grows at once.
        QCOMPARE(scaleFor(2000, Unit::MessagesPerSecond, {3200, 800}), (ValueScale{3200, 800}));
        QCOMPARE(scaleFor(3300, Unit::MessagesPerSecond, {3200, 800}), (ValueScale{4000, 1000}));
        QCOMPARE(scaleFor(500, Unit::MessagesPerSecond, {3200, 800}), (ValueScale{600, 150}));
    }

    void labelsCarryTheirUnit() {
        const QLocale c(QLocale::English, QLocale::UnitedStates);
        QCOMPARE(axisLabel(3200, {3200, 800}, Unit::MessagesPerSecond, c), QStringLiteral("3.2 k"));
        QCOMPARE(axisLabel(800, {3200, 800}, Unit::MessagesPerSecond, c), QStringLiteral("0.8 k"));
        QCOMPARE(axisLabel(0, {3200, 800}, Unit::MessagesPerSecond, c), QStringLiteral("0"));
        QCOMPARE(axisLabel(3, {4, 1}, Unit::Messages, c), QStringLiteral("3"));
        QCOMPARE(axisLabel(1.2e6, {1.6e6, 4e5}, Unit::BytesPerSecond, c), QStringLiteral("1.2 MB/s"));
        QCOMPARE(valueText(2431.4, Unit::MessagesPerSecond, c), QStringLiteral("2,431/s"));
        QCOMPARE(valueText(models::metrics::kGap, Unit::Messages, c), QStringLiteral("\u2013"));
    }

    void timeTicksAreRoundInLocalTime() {
        const qint64 hour = 3'600'000;
        const auto ticks = timeTicks(10 * hour + 1, 10 * hour + 300'000, 600, 84, 0);
        QCOMPARE(ticks.stepMs, 60'000);
        QCOMPARE(ticks.timesMs.first(), 10 * hour + 60'000);
        QCOMPARE(ticks.timesMs.size(), 5);
        // Six hours a step, five and a half hours east of Greenwich: midnight there, not here.
        const auto east = timeTicks(0, 48 * hour, 800, 84, 5 * hour + hour / 2);
        QCOMPARE((east.timesMs.first() + 5 * hour + hour / 2) % east.stepMs, 0);
    }

    void theAxisHoldsAndFollows() {
        TimeAxis axis;
        axis.tick(1'000'000'000);
        QCOMPARE(axis.toMs(), 1'000'000'000);
        axis.pan(-60'000);
        QVERIFY(!axis.isLive());
        axis.tick(1'000'010'000);
        QCOMPARE(axis.toMs(), 999'940'000);
        axis.zoom(0.5, axis.fromMs());
        QCOMPARE(axis.spanMs(), TimeAxis::kSpanAtFirstMs / 2);
        QCOMPARE(axis.fromMs(), 999'640'000);
        axis.pan(600'000);
        QVERIFY(axis.isLive());
        QCOMPARE(axis.toMs(), 1'000'010'000);
        axis.zoom(1e-9, 0);
        QCOMPARE(axis.spanMs(), TimeAxis::kSpanMinMs);
        axis.reset();
        QCOMPARE(axis.spanMs(), TimeAxis::kSpanAtFirstMs);
    }

    void momentsOfAnotherDaySayWhich() {
        const qint64 now = QDateTime(QDate(2026, 11, 26), QTime(16, 0)).toMSecsSinceEpoch();
        QCOMPARE(momentLabel(now - 3'600'000, now), QStringLiteral("15:00:00"));
        QCOMPARE(momentLabel(now - 86'400'000, now, QLocale::c()), QStringLiteral("25 Nov 16:00:00"));
        QVERIFY(momentLabel(now - 400 * 86'400'000LL, now, QLocale::c()).contains(QStringLiteral("2025")));
    }
};

SAMSA_TEST(ChartPointsTest)
#include "chart_points_test.moc"
