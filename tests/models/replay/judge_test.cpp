// What two clusters say, and what follows for a replay.
#include "models/replay/facts.h"
#include "models/replay/replay_control.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <limits>

using namespace models::replay;
using Level = Finding::Level;

namespace {

Order order() {
    Order wanted;
    wanted.sourceTopic = QStringLiteral("orders");
    wanted.targetTopic = QStringLiteral("orders-again");
    wanted.ranges = {{0, 0, 100}, {3, 10, 50}};
    return wanted;
}

TargetFacts target() {
    TargetFacts facts;
    facts.clusterId = QStringLiteral("B");
    facts.exists = true;
    facts.partitions = 6;
    facts.brokers = 3;
    facts.configs = {{QStringLiteral("max.message.bytes"), QStringLiteral("1048588")}, {QStringLiteral("cleanup.policy"), QStringLiteral("delete")},
        {QStringLiteral("retention.ms"), QStringLiteral("604800000")}, {QStringLiteral("message.timestamp.type"), QStringLiteral("CreateTime")}};
    return facts;
}

SourceFacts source() {
    SourceFacts facts;
    facts.clusterId = QStringLiteral("A");
    facts.partitions = 4;
    facts.messageBytesMax = 1048588;
    facts.sample = {100, 5000, 80, 1'000'000'000'000, 1'000'000'001'000, 0, 0, std::nullopt};
    return facts;
}

constexpr qint64 kNow = 1'000'000'100'000;

int count(const QList<Finding>& findings, Level level) {
    return static_cast<int>(std::count_if(findings.begin(), findings.end(), [level](const Finding& finding) { return finding.level == level; }));
}
bool says(const QList<Finding>& findings, Level level, const char* part) {
    return std::any_of(findings.begin(), findings.end(), [=](const Finding& finding) { return finding.level == level && finding.text.contains(QLatin1String(part)); });
}

} // namespace

class ReplayJudgeTest : public QObject {
    Q_OBJECT
private slots:
    void nothingStandsInTheWay() {
        const auto findings = judge(order(), source(), target(), true, kNow);
        QCOMPARE(count(findings, Level::Blocker), 0);
        QCOMPARE(count(findings, Level::Warning), 0);
        QVERIFY(says(findings, Level::Note, "arrives once"));
    }

    /// Before Kafka 4 any time may lie before and after now: the largest number there is.
    void anyTimestampIsTaken() {
        auto facts = target();
        const auto any = QString::number(std::numeric_limits<qint64>::max());
        facts.configs[QStringLiteral("message.timestamp.before.max.ms")] = any;
        facts.configs[QStringLiteral("message.timestamp.after.max.ms")] = any;
        QCOMPARE(count(judge(order(), source(), facts, true, kNow), Level::Blocker), 0);
        auto later = source();
        later.sample.newestMs = kNow + 3'600'001;
        QCOMPARE(count(judge(order(), later, facts, true, kNow), Level::Blocker), 0);
        facts.configs[QStringLiteral("message.timestamp.after.max.ms")] = QStringLiteral("3600000");
        QVERIFY(says(judge(order(), later, facts, true, kNow), Level::Blocker, "message.timestamp.after.max.ms"));
        later.sample.newestMs = kNow + 3'600'000;
        QCOMPARE(count(judge(order(), later, facts, true, kNow), Level::Blocker), 0);
    }

    /// The position of many partitions has to fit into the offsets of few.
    void aPositionThatDoesNotFitIsKnownBefore() {
        auto wide = order();
        wide.ranges.clear();
        for (int p = 0; p < 600; ++p)
            wide.ranges.append({p, 0, 123'456'789});
        auto facts = target();
        facts.partitions = 2;
        QVERIFY(says(judge(wide, source(), facts, true, kNow), Level::Blocker, "does not fit"));
        QCOMPARE(count(judge(wide, source(), facts, false, kNow), Level::Blocker), 0);
        facts.partitions = 6;
        QCOMPARE(count(judge(wide, source(), facts, true, kNow), Level::Blocker), 0);
    }

    void whatTheTargetLacks() {
        auto facts = target();
        facts.exists = false;
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Blocker, "does not exist"));
        facts = target();
        facts.partitions = 3;
        auto kept = order();
        kept.placement = Placement::Keep;
        QVERIFY(says(judge(kept, source(), facts, true, kNow), Level::Blocker, "needs 4; it has 3"));
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Note, "messages of one key"));
        facts = target();
        facts.configs[QStringLiteral("max.message.bytes")] = QStringLiteral("70");
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Blocker, "max.message.bytes"));
        facts.configs[QStringLiteral("max.message.bytes")] = QStringLiteral("1000");
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Warning, "max.message.bytes"));
        facts = target();
        facts.configs[QStringLiteral("message.timestamp.type")] = QStringLiteral("LogAppendTime");
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Warning, "Timestamps are not kept"));
        facts = target();
        facts.configs[QStringLiteral("cleanup.policy")] = QStringLiteral("compact");
        auto from = source();
        QVERIFY(says(judge(order(), from, facts, true, kNow), Level::Warning, "compacted"));
        from.sample.keyless = 1;
        QVERIFY(says(judge(order(), from, facts, true, kNow), Level::Blocker, "without a key"));
        facts = target();
        facts.configs[QStringLiteral("retention.ms")] = QStringLiteral("1000");
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Warning, "retention.ms"));
        facts.configs[QStringLiteral("message.timestamp.before.max.ms")] = QStringLiteral("1000");
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Blocker, "older than"));
        facts = target();
        facts.configs.clear();
        QVERIFY(says(judge(order(), source(), facts, true, kNow), Level::Warning, "cannot be read"));
    }

    void withoutTransactionsItSaysWhatMayRepeat() {
        const auto findings = judge(order(), source(), target(), false, kNow);
        QVERIFY(says(findings, Level::Warning, "may arrive twice"));
        QVERIFY(!says(findings, Level::Note, "arrives once"));
    }

    void rangesAreJoined() {
        const QList<Range> wanted{{0, 1, 8}, {1, 0, 2}};
        QCOMPARE(joined({{1, 0, 2}, {0, 5, 8}, {0, 1, 5}, {0, 3, 4}, {2, 7, 7}}), wanted);
    }

    void whatIsLeft() {
        const QList<Range> ranges{{0, 10, 20}, {0, 30, 40}, {1, 0, 5}};
        const QList<Range> after{{0, 35, 40}};
        QCOMPARE(leftOf(ranges, {{0, 35}, {1, 5}}), after);
        QCOMPARE(leftOf(ranges, {}), ranges);
    }

    void boundsAreRead() {
        QCOMPARE(parseBound(QStringLiteral("120")).value(), (Bound{Bound::Kind::Offset, 120}));
        QCOMPARE(parseBound(QString()).value(), Bound{});
        QCOMPARE(parseBound(QStringLiteral("2026-11-26T14:00:00Z")).value(), (Bound{Bound::Kind::Time, 1'795'701'600'000}));
        QVERIFY(!parseBound(QStringLiteral("-3")));
        QVERIFY(!parseBound(QStringLiteral("tomorrow")));
    }

    void throttleIsEven() {
        using namespace std::chrono_literals;
        Throttle throttle;
        auto now = Throttle::Clock::time_point(1h);
        int passed = 0;
        for (auto at = now; at < now + 2s; at += 1ms)
            passed += throttle.take(100, at) == Throttle::Clock::duration::zero() ? 1 : 0;
        QVERIFY2(passed >= 195 && passed <= 212, qPrintable(QString::number(passed)));
        QVERIFY(throttle.take(0, now) == Throttle::Clock::duration::zero());
    }
};

SAMSA_TEST(ReplayJudgeTest)
#include "judge_test.moc"
