// Where one writes what to find, and messages over time, as widgets without a cluster.
#include "models/search/found_records.h"
#include "models/session/cluster_session.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/test_registry.h"
#include "ui/messages/message_view.h"
#include "ui/messages/record_panes.h"
#include "ui/messages/search_field.h"
#include "ui/messages/search_histogram.h"
#include "ui/messages/search_panel.h"
#include "ui/theme/style.h"

#include <QAbstractItemView>
#include <QCompleter>
#include <QSignalSpy>
#include <QTest>
#include <QTreeWidget>

using namespace ui::messages;
using models::search::PatternKind;
using models::search::TimeHistogram;

namespace {

class FakePage : public ui::shell::Page {
public:
    using Page::Page;
    void open(const ui::shell::Location&) override {}
    [[nodiscard]] ui::shell::PageHeader header() const override { return {}; }
    [[nodiscard]] ui::shell::Location location() const override { return {}; }
};

models::client::Record recordOf(int partition, qint64 offset, const QByteArray& value) {
    models::client::Record record;
    record.partition = partition;
    record.offset = offset;
    record.value = value;
    record.headers = {{"source", QByteArray("web")}, {"bad name", QByteArray("x")}};
    return record;
}

} // namespace

class SearchWidgetsTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void fieldsTakeTheColoursOfAnotherTheme() {
        RecordPanes panes;
        panes.resize(900, 400);
        static_cast<QWidget&>(panes).show();
        auto record = recordOf(0, 7, R"({"a":1,"b":"two"})");
        record.key = QByteArray("customer-7");
        panes.show(&record);
        auto* tree = panes.findChild<QTreeWidget*>();
        tree->setCurrentItem(tree->topLevelItem(2)->child(1));
        ui::theme::apply(ui::theme::make(ui::theme::Scheme::Dark));
        QCoreApplication::processEvents();
        QCOMPARE(tree->topLevelItem(0)->foreground(1).color(), ui::theme::make(ui::theme::Scheme::Dark).ink);
        QVERIFY(tree->currentItem() != nullptr);
        QCOMPARE(tree->currentItem()->text(0), QStringLiteral("b")); // where one was
        ui::theme::apply(ui::theme::make(ui::theme::Scheme::Light));
    }

    void theFieldJudgesWhileOneWrites() {
        SearchField field;
        QVERIFY(!field.property("samsaValid").toBool() && !field.property("samsaInvalid").toBool());
        QTest::keyClicks(&field, QStringLiteral("(a"));
        QVERIFY(field.pattern() && !field.property("samsaValid").toBool() && !field.property("samsaInvalid").toBool()); // any text can be looked for: no verdict
        field.setKind(PatternKind::Regex);
        QVERIFY(field.property("samsaInvalid").toBool());
        QVERIFY(!field.accessibleDescription().isEmpty());
        QTest::keyClicks(&field, QStringLiteral(")"));
        QVERIFY(field.property("samsaValid").toBool());
        field.setKind(PatternKind::Condition);
        QVERIFY(!field.pattern().has_value());
        field.setText(QStringLiteral("value.amount > 990"));
        QVERIFY(field.pattern().has_value());
        QTest::keyClick(&field, Qt::Key_Escape);
        QVERIFY(field.text().isEmpty());
        QVERIFY(!field.property("samsaInvalid").toBool());
    }

    void namesAreCompleted() {
        QWidget window;
        SearchField field(&window);
        field.resize(600, 30);
        field.setKind(PatternKind::Condition);
        field.setNames({QStringLiteral("value.amount"), QStringLiteral("value.currency"), QStringLiteral("headers.source")});
        window.show();
        field.setFocus();
        QTest::keyClicks(&field, QStringLiteral("key == \"x\" && value.c"));
        auto* completer = field.findChild<QCompleter*>();
        QVERIFY(completer->popup()->isVisible());
        QCOMPARE(completer->popup()->model()->rowCount(), 1);
        QTest::keyClick(completer->popup(), Qt::Key_Down);
        QTest::keyClick(completer->popup(), Qt::Key_Return);
        QCOMPARE(field.text(), QStringLiteral("key == \"x\" && value.currency"));
        field.clear();
        field.setRecent({QStringLiteral("value.amount > 1")});
        QTest::keyClick(&field, Qt::Key_Down);
        QVERIFY(completer->popup()->isVisible());
        QTest::keyClick(completer->popup(), Qt::Key_Down);
        QTest::keyClick(completer->popup(), Qt::Key_Return);
        QCOMPARE(field.text(), QStringLiteral("value.amount > 1"));
    }

    void aStretchOfTimeIsChosenByMouseAndKeys() {
        SearchHistogram histogram;
        histogram.resize(800, histogram.sizeHint().height());
        TimeHistogram counts;
        counts.addSpan(TimeHistogram::Scanned, 1'000'000, 2'000'000, 100'000);
        counts.add(TimeHistogram::Matched, 1'500'000, 20);
        histogram.setCounts(counts);
        QVERIFY(histogram.accessibleDescription().contains(QStringLiteral("20")));
        QSignalSpy chosen(&histogram, &SearchHistogram::chosen);
        QTest::mousePress(&histogram, Qt::LeftButton, {}, QPoint(200, 30));
        QTest::mouseMove(&histogram, QPoint(400, 30));
        QTest::mouseRelease(&histogram, Qt::LeftButton, {}, QPoint(400, 30));
        QCOMPARE(chosen.size(), 1);
        const qint64 from = chosen[0][0].toLongLong();
        const qint64 until = chosen[0][1].toLongLong();
        QVERIFY(from >= 1'000'000 && until <= 2'100'000 && until - from > 100'000);
        QTest::keyClick(&histogram, Qt::Key_Right);
        QTest::keyClick(&histogram, Qt::Key_Right, Qt::ShiftModifier);
        QTest::keyClick(&histogram, Qt::Key_Return);
        QCOMPARE(chosen.size(), 2);
        QVERIFY(chosen[1][1].toLongLong() > chosen[1][0].toLongLong());
        histogram.grab(); // paints with a choice, and with nothing
        histogram.setCounts({});
        histogram.grab();
        QTest::keyClick(&histogram, Qt::Key_Return);
        QCOMPARE(chosen.size(), 2);
    }

    void thePanelOffersOnlyWhatCanBeDone() {
        tests::FakePageContext context;
        models::session::SessionConfig config;
        config.key = QStringLiteral("nowhere");
        config.client.bootstrapServers = QStringLiteral("127.0.0.1:1");
        models::session::ClusterSession session(config);
        FakePage page(context);
        SearchPanel panel(context, &session, &page);
        auto* run = context.registry.find(QStringLiteral("messages.search"));
        QVERIFY(!run->isEnabled());
        panel.setPlace({QStringLiteral("nowhere"), QStringLiteral("messages"), QStringLiteral("orders"), {}});
        QVERIFY(!run->isEnabled()); // nothing is written yet
        auto* field = panel.findChild<SearchField*>();
        field->setText(QStringLiteral("needle"));
        QVERIFY2(run->isEnabled(), qPrintable(run->refusal()));
        QVERIFY(!context.registry.find(QStringLiteral("messages.searchStop"))->isEnabled());
        QVERIFY(!context.registry.find(QStringLiteral("messages.searchContinue"))->isEnabled());
        QVERIFY(!context.registry.find(QStringLiteral("messages.searchClose"))->isEnabled());
        QVERIFY(context.registry.problems().isEmpty());

        // Names of what is on screen, quoted where they must be.
        const auto record = recordOf(0, 0, R"({"amount":1,"with space":2,"lines":[{"sku":"a"}]})");
        panel.learnNames({&record});
        QMap<QString, QString> view;
        panel.describe(view);
        QVERIFY(view.isEmpty());

        QSignalSpy shown(&panel, &SearchPanel::shownChanged);
        run->trigger();
        QCOMPARE(shown.size(), 1);
        QVERIFY(panel.isShown());
        panel.describe(view);
        QCOMPARE(view, (QMap<QString, QString>{{QStringLiteral("text"), QStringLiteral("needle")}}));
        QCOMPARE(context.kept.size(), 1);
        QCOMPARE(context.kept.firstKey().second, QStringLiteral("search.recent.text"));
        QCOMPARE(context.kept.first().toStringList(), QStringList{QStringLiteral("needle")});
        QTRY_VERIFY_WITH_TIMEOUT(!panel.search()->isRunning(), 20'000);
        QVERIFY(!panel.reason().isEmpty()); // nobody is there
        QVERIFY(context.registry.find(QStringLiteral("messages.searchContinue"))->isEnabled());
        context.registry.find(QStringLiteral("messages.searchClose"))->trigger();
        QVERIFY(!panel.isShown());
        QCOMPARE(shown.size(), 2);

        // A link holds a search: it begins, in its kind.
        panel.takeUp({{QStringLiteral("where"), QStringLiteral("value.amount > 1")}, {QStringLiteral("since"), QStringLiteral("2026-01-31 14:05")}});
        QVERIFY(panel.isShown());
        QVERIFY(panel.search()->pattern().kind() == PatternKind::Condition);
        // And a bad one does not.
        panel.search()->clear();
        panel.takeUp({{QStringLiteral("where"), QStringLiteral("value.amount >")}});
        QVERIFY(!panel.isShown());
    }

    void foundRowsStayWhereTheyAre() {
        models::search::FoundRecords found;
        MessageView view(&found);
        view.resize(800, 300);
        QSignalSpy current(&view, &MessageView::currentChanged);
        QList<models::client::Record> records;
        for (int i = 0; i < 100; ++i)
            records.append(recordOf(i % 3, i, "v" + QByteArray::number(i)));
        found.append(records);
        QVERIFY(view.current() != nullptr);
        QCOMPARE(view.current()->offset, 0);
        view.choose(1, 40);
        const int top = view.topRow();
        found.append({recordOf(2, 500, "later")});
        QCOMPARE(view.topRow(), top);
        QCOMPARE(view.current()->offset, 40);
        QCOMPARE(found.rowCount(), 101);
        QCOMPARE(found.indexOf(2, 500), 100);
        view.grab();
        found.clear();
        QVERIFY(view.current() == nullptr);
        view.grab();
    }
};

SAMSA_TEST(SearchWidgetsTest)
#include "search_widgets_test.moc"
