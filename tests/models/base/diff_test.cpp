// The diff behind every table: it must turn any list into any other, and move as little as it can.
#include "models/base/snapshot_table_model.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>

using namespace models;

namespace {

struct PairRow {
    QString key;
    int value = 0;
    bool operator==(const PairRow&) const = default;
};

class PairModel : public SnapshotTableModel<PairRow> {
public:
    PairModel() : SnapshotTableModel({{QStringLiteral("key"), QStringLiteral("Key")}, {QStringLiteral("value"), QStringLiteral("Value"), true}}) {}

protected:
    QString keyOf(const PairRow& row) const override { return row.key; }
    QVariant cell(const PairRow& row, int column, int role) const override {
        if (role != Qt::DisplayRole && role != SortRole)
            return {};
        return column == 0 ? QVariant(row.key) : QVariant(row.value);
    }
};

QList<QString> keys(const QString& letters) {
    QList<QString> all;
    for (const QChar c : letters)
        all.append(c);
    return all;
}

QList<QString> applied(QList<QString> before, const QList<QString>& after) {
    for (const auto& step : diffKeys(before, after)) {
        if (step.kind == RowStep::Remove)
            before.remove(step.row, step.count);
        else
            before = before.first(step.row) + after.sliced(step.row, step.count) + before.sliced(step.row);
    }
    return before;
}

} // namespace

class DiffTest : public QObject {
    Q_OBJECT
private slots:
    void nothingToDo() { QVERIFY(diffKeys(keys(QStringLiteral("abc")), keys(QStringLiteral("abc"))).isEmpty()); }

    void oneInsertIsOneStep() {
        const auto steps = diffKeys(keys(QStringLiteral("abde")), keys(QStringLiteral("abcde")));
        QCOMPARE(steps, (QList<RowStep>{{RowStep::Insert, 2, 1}}));
    }

    void aMovedRowLeavesTheOthersInPlace() {
        const auto steps = diffKeys(keys(QStringLiteral("abcde")), keys(QStringLiteral("bcdea")));
        QCOMPARE(steps, (QList<RowStep>{{RowStep::Remove, 0, 1}, {RowStep::Insert, 4, 1}}));
    }

    void anyListBecomesAnyOther() {
        QRandomGenerator random(7);
        for (int round = 0; round < 500; ++round) {
            QList<QString> before, after;
            for (const QChar c : QStringLiteral("abcdefghijklmnop")) {
                if (random.bounded(2))
                    before.append(c);
                if (random.bounded(2))
                    after.append(c);
            }
            std::shuffle(after.begin(), after.end(), random);
            QCOMPARE(applied(before, after), after);
        }
    }

    void aModelChangesWithoutReset() {
        PairModel model;
        QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        QSignalSpy changes(&model, &QAbstractItemModel::dataChanged);
        model.setRows({{QStringLiteral("a"), 1}, {QStringLiteral("b"), 2}, {QStringLiteral("c"), 3}});
        QPersistentModelIndex onC(model.index(2, 1));
        model.setRows({{QStringLiteral("a"), 1}, {QStringLiteral("x"), 9}, {QStringLiteral("c"), 4}});
        QCOMPARE(model.rowCount(), 3);
        QVERIFY(onC.isValid());
        QCOMPARE(onC.data().toInt(), 4);
        QCOMPARE(onC.row(), 2);
        QCOMPARE(changes.count(), 1);
        QCOMPARE(resets.count(), 0);
        QCOMPARE(model.rowOfKey(QStringLiteral("x")), 1);
        QCOMPARE(model.rowOfKey(QStringLiteral("b")), -1);
        model.setRows({});
        QVERIFY(!onC.isValid());
    }

    void aSecondRowOfAKeyIsLeftOut() {
        PairModel model;
        model.setRows({{QStringLiteral("a"), 1}, {QStringLiteral("a"), 2}});
        QCOMPARE(model.rowCount(), 1);
    }

    void tenThousandRowsInAMoment() {
        PairModel model;
        QList<PairRow> rows;
        for (int i = 0; i < 10'000; ++i)
            rows.append({QString::number(i), i});
        model.setRows(rows);
        for (int i = 0; i < rows.size(); i += 3)
            rows[i].value = -1;
        rows.remove(5'000, 100);
        QSignalSpy resets(&model, &QAbstractItemModel::modelReset);
        model.setRows(rows);
        QTRY_COMPARE(model.rowCount(), 9'900); // compared elsewhere
        QCOMPARE(model.rows(), rows);
        QCOMPARE(resets.count(), 0);
    }
};

SAMSA_TEST(DiffTest)
#include "diff_test.moc"
