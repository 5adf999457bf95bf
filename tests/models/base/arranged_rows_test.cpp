// Sorting and filtering of lists, at once and elsewhere: the order is always that of a plain sort, rows keep their identity, and nothing that
// comes late replaces what came after it.
#include "models/base/arranged_rows.h"
#include "models/base/snapshot_table_model.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QRandomGenerator>
#include <QSignalSpy>
#include <QTest>
#include <QThread>

using namespace models;

namespace {

struct Item {
    QString key;
    int value = 0;
    bool operator==(const Item&) const = default;
};

class Items : public SnapshotTableModel<Item> {
public:
    explicit Items(bool elsewhere = true) : SnapshotTableModel({{QStringLiteral("key"), QStringLiteral("Key")}, {QStringLiteral("value"), QStringLiteral("Value"), true}}) {
        if (elsewhere)
            setCellFunction(cellOf);
    }
    static QVariant cellOf(const Item& row, int column, int role) {
        if (role != Qt::DisplayRole && role != SortRole)
            return {};
        if (QThread::currentThread() == QCoreApplication::instance()->thread())
            ++askedHere;
        return column == 0 ? QVariant(row.key) : QVariant(row.value);
    }
    static inline int askedHere = 0;

protected:
    QString keyOf(const Item& row) const override { return row.key; }
    QVariant cell(const Item& row, int column, int role) const override { return cellOf(row, column, role); }
};

QList<Item> items(int count, int step = 1) {
    QList<Item> rows;
    for (int i = 0; i < count; ++i)
        rows.append({QStringLiteral("item-%1").arg(i * step, 6, 10, QChar(u'0')), (i * 7919) % count});
    return rows;
}

QStringList keysOf(const ArrangedRows& rows) {
    QStringList keys;
    for (int row = 0; row < rows.rowCount(); ++row)
        keys.append(rows.index(row, 0).data(KeyRole).toString());
    return keys;
}

QStringList sortedKeys(QList<Item> rows, bool byValue) {
    std::stable_sort(rows.begin(), rows.end(), [byValue](const Item& a, const Item& b) { return byValue ? a.value < b.value : a.key < b.key; });
    QStringList keys;
    for (const auto& row : rows)
        keys.append(row.key);
    return keys;
}

constexpr int kLong = 4 * SnapshotTableModelBase::kRowsAtOnceMax;

} // namespace

class ArrangedRowsTest : public QObject {
    Q_OBJECT
private slots:
    void anyListIsSorted_data() {
        QTest::addColumn<int>("count");
        QTest::newRow("short") << 40;
        QTest::newRow("long") << kLong;
    }
    void anyListIsSorted() {
        QFETCH(int, count);
        Items model;
        ArrangedRows rows;
        rows.setSourceModel(&model);
        QAbstractItemModelTester source(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QAbstractItemModelTester shown(&rows, QAbstractItemModelTester::FailureReportingMode::QtTest);
        QSignalSpy resets(&rows, &QAbstractItemModel::modelReset);
        rows.sort(1);
        QRandomGenerator random(11);
        QPersistentModelIndex followed;
        for (int round = 0; round < 12; ++round) {
            QList<Item> list;
            for (auto& item : items(count))
                if (random.bounded(4) > 0 || (followed.isValid() && item.key == followed.data(KeyRole).toString())) {
                    item.value = random.bounded(count);
                    list.append(item);
                }
            std::shuffle(list.begin(), list.end(), random);
            const QString key = followed.isValid() ? followed.data(KeyRole).toString() : QString();
            model.setRows(list);
            QTRY_COMPARE(keysOf(rows), sortedKeys(list, true));
            QVERIFY(!rows.isArranging());
            if (!key.isEmpty())
                QCOMPARE(followed.data(KeyRole).toString(), key); // it moved, and is the same row
            followed = rows.index(rows.rowCount() / 2, 0);
        }
        QCOMPARE(resets.size(), 0);
    }

    void veryManyChangesAreFewSignals() {
        Items model;
        model.setRows(items(10'000));
        QPersistentModelIndex kept(model.index(9'999, 0));
        int signalsSeen = 0;
        connect(&model, &QAbstractItemModel::rowsRemoved, this, [&] { ++signalsSeen; });
        connect(&model, &QAbstractItemModel::rowsInserted, this, [&] { ++signalsSeen; });
        connect(&model, &QAbstractItemModel::layoutChanged, this, [&] { ++signalsSeen; });
        connect(&model, &QAbstractItemModel::dataChanged, this, [&] { ++signalsSeen; });
        QList<Item> rows = items(5'000, 3);
        model.setRows(rows);
        QTRY_COMPARE(model.rowCount(), 5'000);
        QVERIFY2(signalsSeen <= 5, qPrintable(QString::number(signalsSeen)));
        QCOMPARE(model.rows(), rows);
        QCOMPARE(kept.data(KeyRole).toString(), QStringLiteral("item-009999"));
    }

    void longListsAreNotAskedHere() {
        Items model;
        model.setRows(items(kLong));
        ArrangedRows rows;
        Items::askedHere = 0;
        rows.setSourceModel(&model);
        rows.sort(1);
        rows.setWords(QStringLiteral("item 11"), {0, 1});
        QTRY_VERIFY(!rows.isArranging());
        QVERIFY(rows.rowCount() > 0 && rows.rowCount() < kLong);
        QCOMPARE(Items::askedHere, 0);
    }

    void theNewestListCounts() {
        Items model;
        ArrangedRows rows;
        rows.setSourceModel(&model);
        rows.sort(0);
        model.setRows(items(kLong));
        for (int i = 0; i < 5; ++i)
            model.setRows(items(kLong - 10 * i));
        QTRY_COMPARE(rows.rowCount(), kLong - 40);
        QTRY_COMPARE(model.rowCount(), kLong - 40);
        // A short list is there at once, and a longer one that is still compared does not come after it.
        model.setRows(items(kLong));
        model.setRows({});
        QCOMPARE(model.rowCount(), 0);
        QCOMPARE(rows.rowCount(), 0);
        model.setRows(items(3));
        QSignalSpy updates(&model, &SnapshotTableModelBase::rowsUpdated);
        QCoreApplication::processEvents();
        tableWorker().waitForDone();
        QCoreApplication::processEvents();
        QCOMPARE(rows.rowCount(), 3);
        QCOMPARE(updates.size(), 0);
    }

    void heldRowsStay_data() { anyListIsSorted_data(); }
    void heldRowsStay() {
        QFETCH(int, count);
        Items model;
        ArrangedRows rows;
        rows.setSourceModel(&model);
        rows.sort(1);
        auto list = items(count);
        model.setRows(list);
        QTRY_COMPARE(keysOf(rows), sortedKeys(list, true));
        const auto before = keysOf(rows);
        rows.setHeld(true);
        for (auto& item : list)
            item.value = count - item.value;
        list.append({QStringLiteral("new"), 2 * count});
        model.setRows(list);
        QTRY_COMPARE(rows.rowCount(), count + 1);
        auto after = keysOf(rows);
        QCOMPARE(after.last(), QStringLiteral("new")); // its place among them
        after.removeLast();
        QCOMPARE(after, before);
        rows.setHeld(false);
        QTRY_COMPARE(keysOf(rows), sortedKeys(list, true));
        // What the user asks for is done, held or not.
        rows.setHeld(true);
        rows.sort(0);
        QTRY_COMPARE(keysOf(rows), sortedKeys(list, false));
        rows.setWords(QStringLiteral("000001"), {0});
        QTRY_COMPARE(keysOf(rows), QStringList{QStringLiteral("item-000001")});
    }

    void goneRowsLeaveAtOnce() {
        Items model;
        ArrangedRows rows;
        rows.setSourceModel(&model);
        rows.sort(1);
        model.setRows(items(kLong));
        QTRY_COMPARE(rows.rowCount(), kLong);
        const QPersistentModelIndex last(rows.index(kLong - 1, 0));
        const QString key = last.data(KeyRole).toString();
        auto list = items(kLong);
        list.removeIf([&](const Item& item) { return item.key != key && item.value % 3 == 0; });
        model.setRows(list);
        QSignalSpy updates(&model, &SnapshotTableModelBase::rowsUpdated);
        QVERIFY(updates.wait());
        QCOMPARE(rows.rowCount(), static_cast<int>(list.size())); // no row without a source
        QCOMPARE(last.data(KeyRole).toString(), key);
    }

    void nobodyWaitsForWhatIsGone() {
        for (int i = 0; i < 20; ++i) {
            auto model = std::make_unique<Items>();
            auto rows = std::make_unique<ArrangedRows>();
            rows->setSourceModel(model.get());
            model->setRows(items(kLong));
            rows->sort(1);
            model->setRows(items(kLong - i));
            if (i % 2 == 0)
                rows.reset();
            model.reset();
            QCoreApplication::processEvents();
        }
        tableWorker().waitForDone();
        QCoreApplication::processEvents();
    }

    void whatWasNotMeasuredComesFirst() {
        struct Values : RowFacts {
            QVariantList all;
            int count() const override { return static_cast<int>(all.size()); }
            QVariant at(int row, int, int) const override { return all[row]; }
        };
        auto values = std::make_shared<Values>();
        values->all = {5.5, qint64(9'007'199'254'740'993), qQNaN(), QVariant(), -3, qint64(9'007'199'254'740'992), QStringLiteral("b"), QStringLiteral("A")};
        const auto made = arrange({values, 0, Qt::AscendingOrder, {}, {}, {}, {}, false});
        QCOMPARE(made->order, (QList<int>{2, 4, 0, 5, 1, 7, 6, 3}));
    }
};

SAMSA_TEST(ArrangedRowsTest)
#include "arranged_rows_test.moc"
