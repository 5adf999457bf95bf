#include "models/base/snapshot_table_model.h"
#include "tests/support/test_registry.h"
#include "ui/theme/style.h"
#include "ui/widgets/table_view.h"

#include <QApplication>
#include <QClipboard>
#include <QContextMenuEvent>
#include <QHeaderView>
#include <QJsonArray>
#include <QJsonDocument>
#include <QMenu>
#include <QScrollBar>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>
#include <QWindow>

using namespace ui::widgets;

namespace {

struct Fruit {
    QString name;
    qint64 count = 0;
    bool operator==(const Fruit&) const = default;
};

class Fruits : public models::SnapshotTableModel<Fruit> {
public:
    Fruits()
        : SnapshotTableModel<Fruit>({{QStringLiteral("name"), QStringLiteral("Name")}, {QStringLiteral("count"), QStringLiteral("Count"), true},
                                     {QStringLiteral("note"), QStringLiteral("Note"), false, {}, false}}) {}

    /// As models of long lists do it: rows go to other threads.
    void handOutRows() { setCellFunction(cellOf); }

protected:
    QString keyOf(const Fruit& row) const override { return row.name; }
    QVariant cell(const Fruit& row, int column, int role) const override { return cellOf(row, column, role); }
    static QVariant cellOf(const Fruit& row, int column, int role) {
        if (role == Qt::DisplayRole)
            return column == 0 ? row.name : (column == 1 ? QLocale::c().toString(row.count) : QStringLiteral("hidden words"));
        if (role == models::SortRole)
            return column == 1 ? QVariant(row.count) : QVariant(row.name);
        if (role == models::NumberRole && column == 1)
            return row.count;
        return {};
    }
};

} // namespace

class TableViewTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void init() {
        m_model = std::make_unique<Fruits>();
        m_model->setRows({{QStringLiteral("pear"), 9}, {QStringLiteral("apple"), 1200}, {QStringLiteral("=sum(a1)"), 70}});
        m_view = std::make_unique<TableView>();
        m_view->setSource(m_model.get());
        m_view->setInitialWidths({{QStringLiteral("name"), 200}}, QStringLiteral("name"));
        m_view->resize(600, 300);
        m_view->show();
    }
    void cleanup() {
        m_view.reset();
        m_model.reset();
    }

    void sortsByRawValues() {
        m_view->sortByColumn(1, Qt::AscendingOrder);
        QStringList names;
        for (int row = 0; row < m_view->shownCount(); ++row)
            names.append(m_view->model()->index(row, 0).data().toString());
        QCOMPARE(names, QStringList({QStringLiteral("pear"), QStringLiteral("=sum(a1)"), QStringLiteral("apple")})); // 9, 70, 1200: not as text
    }

    void filtersByEveryWordOfShownColumns() {
        m_view->setFilterText(QStringLiteral("APP 12"));
        QCOMPARE(m_view->shownCount(), 1);
        m_view->setFilterText(QStringLiteral("hidden"));
        QCOMPARE(m_view->shownCount(), 0);
        m_view->setFilterText({});
        m_view->setRowFilter([this](int row) { return m_model->keyAt(row) != QStringLiteral("pear"); });
        QCOMPARE(m_view->shownCount(), 2);
    }

    void columnsGoInANarrowWindowAndComeBack() {
        m_view->setColumnHidden(2, false);
        m_view->setInitialWidths({{QStringLiteral("name"), 200}, {QStringLiteral("count"), 100}, {QStringLiteral("note"), 100}}, QStringLiteral("name"));
        m_view->setNarrow({{QStringLiteral("name"), 150}}, {QStringLiteral("note"), QStringLiteral("count")});
        QVERIFY(!m_view->isColumnHidden(2));
        m_view->resize(260, 300);
        QVERIFY(m_view->isColumnHidden(2)); // and no name is cut to nothing
        QVERIFY(!m_view->isColumnHidden(1));
        QVERIFY(m_view->columnWidth(0) >= 150);
        m_view->setFilterText(QStringLiteral("hidden")); // what there is no room for is still found and copied
        QCOMPARE(m_view->shownCount(), 3);
        m_view->setFilterText({});
        QVERIFY(m_view->textOf(TableView::Format::Csv, false).startsWith(QStringLiteral("Name,Count,Note")));
        for (const auto& column : m_view->saveState().value(QStringLiteral("columns")).toArray())
            QVERIFY(!column.toObject().value(QStringLiteral("hidden")).toBool());
        m_view->resize(170, 300);
        QVERIFY(m_view->isColumnHidden(1));
        m_view->resize(600, 300);
        QVERIFY(!m_view->isColumnHidden(1) && !m_view->isColumnHidden(2));
    }

    void aColumnThatGoesLeavesNoRoomBehind() {
        m_view->setColumnHidden(2, false);
        m_view->setInitialWidths({{QStringLiteral("name"), 300}, {QStringLiteral("count"), 120}, {QStringLiteral("note"), 300}}, QStringLiteral("name"));
        m_view->setColumnHidden(2, true);
        m_view->setInitialWidths({{QStringLiteral("name"), 300}, {QStringLiteral("count"), 120}}, QStringLiteral("name"));
        QCoreApplication::processEvents();
        QCOMPARE(m_view->horizontalHeader()->length(), m_view->viewport()->width());
        QVERIFY(!m_view->horizontalScrollBar()->isVisible());
    }

    void keepsTheSelectionWhenRowsCome() {
        QVERIFY(m_view->selectKey(QStringLiteral("pear")));
        m_model->setRows({{QStringLiteral("aaa"), 1}, {QStringLiteral("pear"), 10}, {QStringLiteral("apple"), 1200}});
        QCOMPARE(m_view->currentKey(), QStringLiteral("pear"));
        QVERIFY(!m_view->selectKey(QStringLiteral("no such fruit")));
    }

    void choosesARowAloneWhateverKeyIsDown() {
        m_view->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_view.get()));
        QVERIFY(m_view->selectKey(QStringLiteral("pear")));
        QTest::keyPress(m_view->window()->windowHandle(), Qt::Key_Control, Qt::ControlModifier); // it sent a form
        QVERIFY(m_view->selectKey(QStringLiteral("apple")));
        QTest::keyRelease(m_view->window()->windowHandle(), Qt::Key_Control, Qt::ControlModifier);
        QCOMPARE(m_view->selectedKeys(), QStringList{QStringLiteral("apple")});
    }

    void choosesARowThatIsStillToCome() {
        QVERIFY(!m_view->selectKey(QStringLiteral("quince")));
        m_model->setRows({{QStringLiteral("apple"), 1200}, {QStringLiteral("quince"), 3}});
        QCOMPARE(m_view->currentKey(), QStringLiteral("quince"));
    }

    void rowsThatComeElsewhereDoNotMoveWhatIsLookedAt_data() {
        QTest::addColumn<int>("count");
        QTest::newRow("short") << 300;
        QTest::newRow("long") << 3000;
    }
    void rowsThatComeElsewhereDoNotMoveWhatIsLookedAt() {
        QFETCH(int, count);
        const auto rows = [count](int from, int step) {
            QList<Fruit> all;
            for (int i = from; i < count; i += step)
                all.append({QStringLiteral("fruit-%1").arg(i, 5, 10, QChar(u'0')), i});
            return all;
        };
        m_model->setRows(rows(0, 2));
        m_view->setFocus();
        QTRY_COMPARE(m_view->shownCount(), count / 2);
        const QString key = QStringLiteral("fruit-%1").arg(count / 2, 5, 10, QChar(u'0'));
        QVERIFY(m_view->selectKey(key));
        const int y = m_view->rowViewportPosition(m_view->currentIndex().row());
        m_model->setRows(rows(0, 1)); // as many come between them
        QTRY_COMPARE(m_view->shownCount(), count);
        QCOMPARE(m_view->currentKey(), key);
        QCOMPARE(m_view->selectedKeys(), QStringList{key});
        QCOMPARE(m_view->rowViewportPosition(m_view->currentIndex().row()), y);
        // It goes, and many others with it: the one after it is next.
        m_model->setRows(rows(1, 2));
        QTRY_COMPARE(m_view->shownCount(), count / 2);
        QCOMPARE(m_view->currentKey(), QStringLiteral("fruit-%1").arg(count / 2 + 1, 5, 10, QChar(u'0')));
    }

    void doesNotSortUnderTheFocus() {
        m_view->sortByColumn(1, Qt::AscendingOrder);
        m_view->activateWindow();
        m_view->setFocus();
        QTRY_VERIFY(m_view->hasFocus());
        const auto first = m_view->model()->index(0, 0).data().toString();
        m_model->setRows({{QStringLiteral("pear"), 99999}, {QStringLiteral("apple"), 1200}, {QStringLiteral("=sum(a1)"), 70}});
        QCOMPARE(m_view->model()->index(0, 0).data().toString(), first);
        m_view->clearFocus();
        QTRY_COMPARE(m_view->model()->index(0, 0).data().toString(), QStringLiteral("=sum(a1)"));
    }

    void whoComesByKeyboardFindsARowChosen() {
        m_view->activateWindow();
        m_view->setFilterText(QStringLiteral("pear"));
        QCOMPARE(m_view->shownCount(), 1);
        QVERIFY(m_view->selectedKeys().isEmpty());
        m_view->setFocus(Qt::OtherFocusReason);
        QTRY_VERIFY(m_view->hasFocus());
        QCOMPARE(m_view->selectedKeys(), QStringList{QStringLiteral("pear")});
    }

    void copies() {
        m_view->selectKey(QStringLiteral("apple"));
        m_view->copy();
        QCOMPARE(QApplication::clipboard()->text(), QStringLiteral("apple\t1200"));
        m_view->selectAll();
        const QString csv = m_view->textOf(TableView::Format::Csv, true);
        QVERIFY(csv.startsWith(QStringLiteral("Name,Count\n")));
        QVERIFY2(csv.contains(QStringLiteral("'=sum(a1)")), "a spreadsheet would run it");
        QVERIFY(m_view->textOf(TableView::Format::Markdown, true).contains(QStringLiteral("|---|---:|")));
        const auto json = QJsonDocument::fromJson(m_view->textOf(TableView::Format::Json, false).toUtf8()).array();
        QCOMPARE(json.size(), 3);
        QVERIFY(json[0].toObject().value(QStringLiteral("count")).isDouble());
    }

    void manyRowsAreCopiedByAnotherThread() {
        constexpr int kMany = 2000;
        for (const bool handedOut : {false, true}) {
            auto model = std::make_unique<Fruits>();
            if (handedOut)
                model->handOutRows();
            QList<Fruit> rows;
            for (int i = 0; i < kMany; ++i)
                rows.append({QStringLiteral("fruit-%1").arg(i, 4, 10, QLatin1Char('0')), i});
            model->setRows(rows);
            m_view->setSource(model.get());
            m_view->sortByColumn(1, Qt::DescendingOrder);
            QTRY_COMPARE(m_view->model()->index(0, 0).data().toString(), QStringLiteral("fruit-1999"));
            m_view->selectAll();
            QApplication::clipboard()->clear();
            m_view->copy();
            QTRY_COMPARE(QApplication::clipboard()->text().count(u'\n'), kMany + 1);
            const QStringList lines = QApplication::clipboard()->text().split(u'\n');
            QCOMPARE(lines[0], QStringLiteral("Name\tCount"));
            QCOMPARE(lines[1], QStringLiteral("fruit-1999\t1999")); // as shown: sorted
            QCOMPARE(lines[kMany], QStringLiteral("fruit-0000\t0"));
            m_view->setSource(m_model.get());
        }
    }

    void remembersItsColumns() {
        m_view->setColumnHidden(2, false);
        m_view->horizontalHeader()->moveSection(1, 0);
        m_view->sortByColumn(1, Qt::DescendingOrder);
        const auto state = m_view->saveState();
        TableView other;
        other.setSource(m_model.get());
        other.restoreState(state);
        QCOMPARE(other.horizontalHeader()->logicalIndex(0), 1);
        QVERIFY(!other.isColumnHidden(2));
        QCOMPARE(other.horizontalHeader()->sortIndicatorOrder(), Qt::DescendingOrder);
        // Of another version, or nonsense: nothing happens.
        auto wrong = state;
        wrong.insert(QStringLiteral("version"), 99);
        TableView third;
        third.setSource(m_model.get());
        third.restoreState(wrong);
        QVERIFY(third.isColumnHidden(2));
        third.restoreState({{QStringLiteral("version"), 1}, {QStringLiteral("columns"), QJsonArray{QStringLiteral("x"), 7, QJsonObject{{QStringLiteral("id"), QStringLiteral("gone")}}}}});
    }

    void answersTheKeyboard() {
        m_view->setFocus();
        QSignalSpy activated(m_view.get(), &TableView::rowActivated);
        QTest::keyClick(m_view.get(), Qt::Key_Down);
        QVERIFY(!m_view->currentKey().isEmpty());
        QTest::keyClick(m_view.get(), Qt::Key_Return);
        QCOMPARE(activated.size(), 1);
        QCOMPARE(activated[0][0].toString(), m_view->currentKey());
    }

    void sortsWithoutAMouse() {
        m_view->activateWindow();
        m_view->setFocus();
        QTRY_VERIFY(m_view->hasFocus());
        const auto sortByCount = [this] {
            // The menu has a loop of its own; it is answered from there.
            QTimer::singleShot(0, m_view.get(), [] {
                auto* menu = qobject_cast<QMenu*>(QApplication::activePopupWidget());
                QVERIFY(menu);
                for (auto* action : menu->actions())
                    if (action->text() == QStringLiteral("Sort by"))
                        for (auto* column : action->menu()->actions())
                            if (column->text() == QStringLiteral("Count"))
                                column->trigger();
                menu->close();
            });
            QContextMenuEvent asked(QContextMenuEvent::Keyboard, QPoint(5, 5), m_view->mapToGlobal(QPoint(5, 5)));
            QApplication::sendEvent(m_view.get(), &asked);
        };
        sortByCount();
        QCOMPARE(m_view->model()->index(0, 0).data().toString(), QStringLiteral("pear"));
        sortByCount();
        QCOMPARE(m_view->model()->index(0, 0).data().toString(), QStringLiteral("apple"));
    }

private:
    std::unique_ptr<Fruits> m_model;
    std::unique_ptr<TableView> m_view;
};

SAMSA_TEST(TableViewTest)
#include "table_view_test.moc"
