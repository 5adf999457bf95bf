// Rows of messages: what is selected, which columns are shown, and what a screen reader is told of both.
#include "models/search/found_records.h"
#include "tests/support/test_registry.h"
#include "ui/messages/message_view.h"
#include "ui/theme/style.h"

#include <QAccessible>
#include <QClipboard>
#include <QGuiApplication>
#include <QJsonArray>
#include <QMenu>
#include <QSignalSpy>
#include <QTest>
#include <QTimer>

using ui::messages::MessageView;

namespace {

QList<models::client::Record> records(int count) {
    QList<models::client::Record> all;
    for (int i = 0; i < count; ++i) {
        models::client::Record record;
        record.partition = i % 2;
        record.offset = 100 + i;
        record.timestampMs = 1'764'165'600'000 + i;
        record.key = "k" + QByteArray::number(i);
        record.value = i == 3 ? QByteArray("<b>x</b>\x1b[31m") : "v" + QByteArray::number(i);
        record.headers = {{"h<i>", QByteArray("1")}, {"none", std::nullopt}};
        all.append(record);
    }
    return all;
}

QPoint middle(const MessageView& view, int row) { return view.cellRect(row, MessageView::ValueColumn).center(); }

} // namespace

class MessageViewTest : public QObject {
    Q_OBJECT
    models::search::FoundRecords m_window;
    std::unique_ptr<MessageView> m_view;

    QList<int> selected() {
        QList<int> rows;
        for (int row = 0; row < m_window.rowCount(); ++row)
            if (m_view->isSelected(row))
                rows.append(row);
        return rows;
    }

private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void init() {
        m_window.clear();
        m_view = std::make_unique<MessageView>(&m_window);
        m_view->resize(1000, 500);
        m_view->show();
        m_window.append(records(10));
    }

    void rowsAreSelectedAsInATable() {
        QSignalSpy told(m_view.get(), &MessageView::selectionChanged);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, middle(*m_view, 2));
        QCOMPARE(selected(), QList<int>{2});
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ShiftModifier, middle(*m_view, 5));
        QCOMPARE(selected(), (QList<int>{2, 3, 4, 5}));
        QCOMPARE(m_view->currentRow(), 5);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ControlModifier, middle(*m_view, 3));
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ControlModifier, middle(*m_view, 8));
        QCOMPARE(selected(), (QList<int>{2, 4, 5, 8}));
        QCOMPARE(m_view->selectedIds(), (QList<MessageView::Id>{{0, 102}, {0, 104}, {0, 108}, {1, 105}}));
        QCOMPARE(m_view->selectedRecords().size(), 4);
        QVERIFY(told.size() >= 4);
    }

    void theRowThatIsLookedAtStaysInSight() {
        m_window.append(records(200).mid(10));
        m_view->goToEnd();
        QVERIFY(m_view->cellRect(199, MessageView::ValueColumn).bottom() <= m_view->viewport()->height());
        m_view->resize(1000, 300); // as when the panes below come
        QVERIFY(m_view->cellRect(199, MessageView::ValueColumn).bottom() <= m_view->viewport()->height());
        m_view->resize(1000, 500);
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, middle(*m_view, 195));
        m_view->resize(1000, 200);
        const QRect current = m_view->cellRect(195, MessageView::ValueColumn);
        QVERIFY(current.top() > 0 && current.bottom() <= m_view->viewport()->height());
    }

    void byKeyboardAlone() {
        QTest::keyClick(m_view.get(), Qt::Key_Home);
        QCOMPARE(selected(), QList<int>{0});
        QTest::keyClick(m_view.get(), Qt::Key_Down, Qt::ShiftModifier);
        QTest::keyClick(m_view.get(), Qt::Key_Down, Qt::ShiftModifier);
        QCOMPARE(selected(), (QList<int>{0, 1, 2}));
        QTest::keyClick(m_view.get(), Qt::Key_Up, Qt::ShiftModifier);
        QCOMPARE(selected(), (QList<int>{0, 1}));
        QTest::keyClick(m_view.get(), Qt::Key_Down);
        QCOMPARE(selected(), QList<int>{2});
        QTest::keyClick(m_view.get(), Qt::Key_A, Qt::ControlModifier);
        QCOMPARE(selected().size(), 10);
        QTest::keyClick(m_view.get(), Qt::Key_C, Qt::ControlModifier);
        const QString copied = QGuiApplication::clipboard()->text();
        QCOMPARE(copied.count(u'\n'), 10);
        QVERIFY(copied.startsWith(QStringLiteral("k0\tv0\n")));
        QVERIFY(!copied.contains(QChar(0x1b)));
    }

    void whatComesDoesNotChangeWhatIsSelected() {
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, middle(*m_view, 2));
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ControlModifier, middle(*m_view, 4));
        auto more = records(20);
        m_window.append(more.mid(10));
        QCOMPARE(selected(), (QList<int>{2, 4}));
        m_window.clear(); // not loaded any more: still chosen, to be sent by their offsets
        QCOMPARE(m_view->selectedCount(), 2);
        QVERIFY(m_view->selectedRecords().isEmpty());
        m_view->clearSelection();
        QCOMPARE(m_view->selectedCount(), 0);
    }

    void columnsComeAndGoAndAreRemembered() {
        QVERIFY(!m_view->isColumnShown(MessageView::HeadersColumn));
        QCOMPARE(m_view->cellRect(0, MessageView::HeadersColumn), QRect());
        QSignalSpy told(m_view.get(), &MessageView::stateChanged);
        m_view->setColumnShown(MessageView::HeadersColumn, true);
        m_view->setColumnShown(MessageView::OffsetColumn, false);
        QCOMPARE(told.size(), 2);
        QVERIFY(m_view->cellRect(0, MessageView::HeadersColumn).width() > 50);
        QVERIFY(m_view->cellText(0, MessageView::HeadersColumn).contains(QStringLiteral("h<i>=1")));
        const auto state = m_view->saveState();
        MessageView other(&m_window);
        other.restoreState(state);
        QVERIFY(other.isColumnShown(MessageView::HeadersColumn) && !other.isColumnShown(MessageView::OffsetColumn));
        // What it does not know is passed over, and it is never without columns.
        other.restoreState({{QStringLiteral("version"), 99}});
        QJsonArray none;
        for (const char* id : {"offset", "partition", "time", "key", "value", "size", "date", "headers", "nonsense"})
            none.append(QJsonObject{{QStringLiteral("id"), QString::fromLatin1(id)}, {QStringLiteral("hidden"), true}});
        other.restoreState({{QStringLiteral("version"), 1}, {QStringLiteral("columns"), none}});
        QVERIFY(other.isColumnShown(MessageView::HeadersColumn));
        for (int column = 0; column < MessageView::ColumnCount; ++column)
            other.setColumnShown(column, false);
        int shown = 0;
        for (int column = 0; column < MessageView::ColumnCount; ++column)
            shown += other.isColumnShown(column) ? 1 : 0;
        QCOMPARE(shown, 1);
        other.resize(600, 300);
        other.show();
        other.grab(); // paints with one column
    }

    void theChooserOffersEveryColumn() {
        QTimer::singleShot(0, m_view.get(), [this] {
            auto* menu = m_view->findChild<QMenu*>();
            QVERIFY(menu);
            QCOMPARE(menu->actions().size(), MessageView::ColumnCount + 2); // a line, and as at first
            for (auto* action : menu->actions())
                if (action->text() == QStringLiteral("Headers"))
                    action->trigger();
            menu->close();
        });
        m_view->showColumnChooser(m_view->mapToGlobal(QPoint(5, 5)));
        QVERIFY(m_view->isColumnShown(MessageView::HeadersColumn));
    }

    void aScreenReaderIsToldWhatIsSelected() {
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, {}, middle(*m_view, 1));
        QTest::mouseClick(m_view->viewport(), Qt::LeftButton, Qt::ShiftModifier, middle(*m_view, 3));
        auto* face = QAccessible::queryAccessibleInterface(m_view.get());
        QVERIFY(face && face->tableInterface());
        QCOMPARE(face->tableInterface()->selectedRowCount(), 3);
        QCOMPARE(face->tableInterface()->selectedRows(), (QList<int>{1, 2, 3}));
        QVERIFY(face->tableInterface()->cellAt(2, 0)->state().selected);
        QVERIFY(!face->tableInterface()->cellAt(4, 0)->state().selected);
        QVERIFY(face->tableInterface()->selectRow(6));
        QCOMPARE(selected(), QList<int>{6});
    }
};

SAMSA_TEST(MessageViewTest)
#include "message_view_test.moc"
