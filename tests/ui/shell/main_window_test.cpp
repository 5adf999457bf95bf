// The window with pages of its own making: places, history, header, keys, palette.
#include "models/base/job.h"
#include "tests/support/test_registry.h"
#include "ui/shell/error_text.h"
#include "ui/shell/gallery_page.h"
#include "ui/shell/main_window.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/notice_bar.h"

#include <QAbstractButton>
#include <QAccessible>
#include <QLineEdit>
#include <QListView>
#include <QTemporaryDir>
#include <QMenuBar>
#include <QTest>

using namespace ui::shell;

namespace {

class TestPage : public Page {
public:
    TestPage(PageContext& context, QString cluster, QString kind, QWidget* parent) : Page(context, parent), m_place{std::move(cluster), std::move(kind), {}, {}} {
        context.actions().add({.id = m_place.kind + QStringLiteral(".do"), .text = QStringLiteral("Do with ") + m_place.kind, .key = QKeySequence(QStringLiteral("Ctrl+D")),
                               .context = m_place.kind, .run = [this] { ++runs; }}, this);
    }
    void open(const Location& place) override { m_place = place; }
    PageHeader header() const override { return {.title = m_place.name.isEmpty() ? m_place.kind : m_place.name}; }
    Location location() const override { return m_place; }
    void filter(const QString& words) {
        m_place.view.insert(QStringLiteral("filter"), words);
        emit locationChanged();
    }
    int runs = 0;

private:
    Location m_place;
};

Location at(const char* kind, const char* name = "") { return {QStringLiteral("local:dev"), QLatin1String(kind), QLatin1String(name), {}}; }

/// An alert of this name can be found from the window, child by child, as a screen reader does.
bool isTold(const QAccessibleInterface* face, const QString& name) {
    if (!face || face->state().invisible)
        return false;
    if (face->role() == QAccessible::AlertMessage && face->text(QAccessible::Name) == name)
        return true;
    for (int i = 0; i < face->childCount(); ++i)
        if (isTold(face->child(i), name))
            return true;
    return false;
}

} // namespace

class MainWindowTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void init() {
        m_actions = std::make_unique<ActionRegistry>();
        m_pages = std::make_unique<PageRegistry>();
        for (const char* kind : {"topics", "groups"})
            m_pages->add({QLatin1String(kind), QLatin1String(kind),
                          [kind](PageContext& c, const QString& cluster, QWidget* p) -> Page* { return new TestPage(c, cluster, QLatin1String(kind), p); }});
        m_pages->add({QStringLiteral("gallery"), {}, [](PageContext& c, const QString&, QWidget* p) -> Page* { return new GalleryPage(c, p); }});
        m_pages->add({QStringLiteral("nowhere"), {}, [](PageContext&, const QString&, QWidget*) -> Page* { return nullptr; }});
        m_state = std::make_unique<WindowState>(m_dir.filePath(QStringLiteral("window.json")));
        m_window = std::make_unique<MainWindow>(*m_actions, *m_pages, *m_state, nullptr, WindowCommands{[] {}, [] {}, [](bool) {}});
        m_window->show();
        m_window->activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(m_window.get()));
    }
    void cleanup() {
        m_window.reset();
        m_state.reset();
        m_pages.reset();
        m_actions.reset();
    }

    void fromATopicToItsMessages() {
        const auto make = [](const char* kind) {
            return [kind](PageContext& c, const QString& cluster, QWidget* p) -> Page* { return new TestPage(c, cluster, QLatin1String(kind), p); };
        };
        PageRegistry pages;
        const QString topic = QStringLiteral("topic");
        pages.add({QStringLiteral("topics"), QStringLiteral("Topics"), make("topics"), topic});
        pages.add({QStringLiteral("messages"), QStringLiteral("Messages"), make("messages"), topic, true});
        pages.add({QStringLiteral("groups"), QStringLiteral("Groups"), make("groups")});
        ActionRegistry actions;
        MainWindow window(actions, pages, *m_state, nullptr, WindowCommands{[] {}, [] {}, [](bool) {}});
        window.show();
        const auto press = [&](const char* action) { actions.find(QLatin1String(action))->trigger(); };
        window.go(at("messages", "payments"));
        window.go(at("topics", "orders"));
        press("go.place.messages");
        QCOMPARE(window.place(), at("messages", "orders"));
        press("go.place.topics"); // there is a list of them
        QCOMPARE(window.place(), at("topics"));
        window.go(at("groups", "billing"));
        press("go.place.messages"); // a group is no topic: whichever was read last
        QCOMPARE(window.place(), at("messages"));
        Location other = at("topics", "orders");
        other.cluster = QStringLiteral("local:other");
        window.go(other);
        window.go(at("messages"));
        QCOMPARE(window.place(), at("messages")); // of another cluster
    }

    void goesBackAndForthWithItsView() {
        m_window->go(at("topics"));
        static_cast<TestPage*>(m_window->page())->filter(QStringLiteral("orders"));
        m_window->go(at("groups"));
        m_window->go(at("groups", "billing"));
        QCOMPARE(m_window->place().name, QStringLiteral("billing"));
        QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
        QTest::keyClick(m_window.get(), Qt::Key_Left, Qt::AltModifier);
        QCOMPARE(m_window->place().kind, QStringLiteral("topics"));
        QCOMPARE(m_window->place().view.value(QStringLiteral("filter")), QStringLiteral("orders"));
        QVERIFY(!m_actions->find(QStringLiteral("go.back"))->isEnabled());
        QTest::keyClick(m_window.get(), Qt::Key_Right, Qt::AltModifier);
        QCOMPARE(m_window->place().kind, QStringLiteral("groups"));
        QVERIFY(m_window->lastPlace());
    }

    void aClickInTheSidebarOutlivesTheRowsItMakesAnew() {
        // Going to another cluster folds the places of the first one: the row that was clicked is gone before the place is reached.
        const auto cluster = [](const QString& name) {
            SidebarCluster c;
            c.key = QStringLiteral("local:") + name;
            c.name = name;
            for (const char* kind : {"topics", "groups"})
                c.places.append({{c.key, QLatin1String(kind), {}, {}}, QLatin1String(kind), {}});
            return c;
        };
        m_window->setSidebar({{QStringLiteral("On this machine"), {cluster(QStringLiteral("dev")), cluster(QStringLiteral("second-cluster-with-a-long-name"))}}});
        m_window->go(at("topics"));
        auto* list = m_window->findChild<QListView*>();
        QVERIFY(list);
        const QModelIndex second = list->model()->index(list->model()->rowCount() - 1, 0);
        QCOMPARE(second.data().toString(), QStringLiteral("second-cluster-with-a-long-name"));
        QTest::mouseClick(list->viewport(), Qt::LeftButton, {}, list->visualRect(second).center());
        QCOMPARE(m_window->place().cluster, QStringLiteral("local:second-cluster-with-a-long-name"));
        QCOMPARE(m_window->lastPlace().value_or(Location{}).cluster, QStringLiteral("local:second-cluster-with-a-long-name"));
    }

    void aNoticeStandsOnNothingAndUnderNothing() {
        m_window->go(at("topics"));
        m_window->notify({QStringLiteral("Sent"), ui::theme::Tone::Good});
        m_window->go(at("groups")); // a page that comes later does not cover it
        const auto* notice = m_window->findChild<ui::widgets::NoticeBar*>();
        QVERIFY(notice && notice->isVisible());
        const QPoint corner = notice->mapTo(m_window.get(), QPoint(0, 0));
        const QPoint middle = corner + notice->rect().center();
        auto* seen = m_window->childAt(middle);
        QVERIFY(seen == notice || notice->isAncestorOf(seen));
        const QPoint page = m_window->page()->mapTo(m_window.get(), QPoint(0, 0));
        const int contentEnd = page.y() + m_window->page()->height() - ui::theme::kPad;
        QVERIFY2(corner.y() >= contentEnd, qPrintable(QStringLiteral("%1 < %2").arg(corner.y()).arg(contentEnd)));
    }

    void anUndoStandsOnPagesOfItsClusterOnly() {
        m_window->go(at("topics"));
        m_window->notify({QStringLiteral("orders is gone"), ui::theme::Tone::Good, QStringLiteral("Undo"), [] {}, QStringLiteral("local:dev")});
        auto* notice = m_window->findChild<ui::widgets::NoticeBar*>();
        m_window->go(at("groups"));
        QVERIFY(notice->isVisible());
        m_window->go({QStringLiteral("local:other"), QStringLiteral("topics"), {}, {}});
        QVERIFY(!notice->isVisible());
        m_window->notify({QStringLiteral("Copied it"), ui::theme::Tone::Good});
        m_window->go(at("topics"));
        QVERIFY(notice->isVisible()); // of no cluster
    }

    void adviceFitsWhereTheWayEnds() {
        const auto next = [](const char* why) { return nextStep({models::ErrorCode::Unreachable, QStringLiteral("connect"), QString::fromLatin1(why), 0}); };
        QVERIFY(next("kafka-9:9092: Failed to resolve 'kafka-9:9092': Name or service not known").contains(QStringLiteral("spelling")));
        QVERIFY(next("Connect to ipv4#127.0.0.1:1 failed: Connection refused").contains(QStringLiteral("port")));
        QVERIFY(next("Connection setup timed out in state CONNECT").contains(QStringLiteral("VPN")));
        QVERIFY(next("Disconnected while requesting ApiVersion").contains(QStringLiteral("TLS")));
        QVERIFY(next("something else").contains(QStringLiteral("address")));
    }

    void saysWhenThereIsNoSuchPlace() {
        m_window->go(at("topics"));
        m_window->go({QStringLiteral("x"), QStringLiteral("no-such-kind"), {}, {}});
        m_window->go({QStringLiteral("x"), QStringLiteral("nowhere"), {}, {}});
        QCOMPARE(m_window->place().kind, QStringLiteral("topics"));
    }

    void aNoticeIsToldToAScreenReaderToo() {
        m_window->go(at("topics"));
        QVERIFY(!isTold(QAccessible::queryAccessibleInterface(m_window.get()), QStringLiteral("The message is written")));
        m_window->notify({QStringLiteral("The message is written"), ui::theme::Tone::Good});
        QVERIFY(isTold(QAccessible::queryAccessibleInterface(m_window.get()), QStringLiteral("The message is written")));
    }

    void keysOfAPageWorkOnlyWhileItIsShown() {
        m_window->go(at("topics"));
        auto* topics = static_cast<TestPage*>(m_window->page());
        m_window->go(at("groups"));
        auto* groups = static_cast<TestPage*>(m_window->page());
        QTest::keyClick(m_window.get(), Qt::Key_D, Qt::ControlModifier);
        QCOMPARE(topics->runs, 0);
        QCOMPARE(groups->runs, 1);
    }

    void thePaletteReachesEveryAction() {
        m_window->go(at("topics"));
        m_window->go({{}, QStringLiteral("gallery"), {}, {}});
        QVERIFY2(m_actions->problems().isEmpty(), qPrintable(m_actions->problems().join(u'\n')));
        // A menu's letter is a key, too: Alt+P can open the menu Page or lead to the page, not both.
        for (const auto* menu : m_window->menuBar()->actions())
            for (const auto* action : m_actions->actions())
                QVERIFY2(action->spec().key.isEmpty() || action->spec().key != QKeySequence::mnemonic(menu->text()), qPrintable(action->id() + u' ' + menu->text()));
        QStringList unreachable;
        for (const QString& context : {QStringLiteral("gallery")}) {
            for (Action* action : m_actions->actionsIn(context)) {
                bool found = false;
                for (const auto& item : m_window->palette().itemsFor(QStringLiteral(">") + action->text(), context))
                    found |= item.action == action;
                if (!found)
                    unreachable.append(action->id());
            }
        }
        QVERIFY2(unreachable.isEmpty(), qPrintable(unreachable.join(u'\n')));
        m_window->go(at("topics"));
        QTest::keyClick(m_window.get(), Qt::Key_K, Qt::ControlModifier);
        QVERIFY(m_window->palette().isVisible());
        QTest::keyClicks(m_window->palette().findChild<QLineEdit*>(), QStringLiteral(">Do with topics"));
        QTest::keyClick(m_window->palette().findChild<QLineEdit*>(), Qt::Key_Return);
        QVERIFY(!m_window->palette().isVisible());
        QCOMPARE(static_cast<TestPage*>(m_window->page())->runs, 1);
    }

    void thePaletteOffersNothingWhereNothingIs() {
        m_window->go(at("topics"));
        m_window->palette().open(QStringLiteral("topics"), QStringLiteral("zzzq"));
        auto* list = m_window->palette().findChild<QListView*>();
        QVERIFY(!list->currentIndex().isValid()); // words, not a choice
        QTest::keyClick(m_window->palette().findChild<QLineEdit*>(), Qt::Key_Return);
        QVERIFY(m_window->palette().isVisible());
        m_window->palette().dismiss();
    }

    void thePaletteHasTheOwnClusterFirst() {
        QList<SidebarCluster> clusters;
        for (const auto* name : {"another", "dev"}) {
            SidebarCluster c;
            c.key = QStringLiteral("local:") + QLatin1String(name);
            c.name = QLatin1String(name);
            for (const char* kind : {"topics", "groups"})
                c.places.append({{c.key, QLatin1String(kind), {}, {}}, QLatin1String(kind), {}});
            clusters << c;
        }
        m_window->setSidebar({{QStringLiteral("On this machine"), clusters}});
        m_window->go(at("topics"));
        QCOMPARE(m_window->palette().itemsFor(QStringLiteral("groups"), QStringLiteral("topics")).first().location.cluster, QStringLiteral("local:dev"));
        const auto all = m_window->palette().itemsFor({}, QStringLiteral("topics")); // in the sidebar's order
        QCOMPARE(all[0].location, at("topics"));
        QCOMPARE(all[1].location, at("groups"));
    }

    void everyButtonHasAnAction() {
        m_window->go({{}, QStringLiteral("gallery"), {}, {}});
        QStringList bare;
        for (const auto* button : m_window->findChildren<QPushButton*>()) {
            const auto* ours = qobject_cast<const ui::widgets::Button*>(button);
            if (!ours || !ours->action())
                bare.append(button->text());
        }
        QVERIFY2(bare.isEmpty(), qPrintable(bare.join(u'\n')));
    }

    void everyControlHasAName() {
        m_window->go({{}, QStringLiteral("gallery"), {}, {}});
        QStringList nameless;
        for (const auto* button : m_window->findChildren<QAbstractButton*>())
            if (button->isVisible() && button->accessibleName().isEmpty() && button->text().isEmpty() && !button->inherits("QTableCornerButton"))
                nameless.append(QLatin1String(button->metaObject()->className()));
        QVERIFY2(nameless.isEmpty(), qPrintable(nameless.join(u'\n')));
    }

private:
    QTemporaryDir m_dir;
    std::unique_ptr<ActionRegistry> m_actions;
    std::unique_ptr<PageRegistry> m_pages;
    std::unique_ptr<WindowState> m_state;
    std::unique_ptr<MainWindow> m_window;
};

SAMSA_TEST(MainWindowTest)
#include "main_window_test.moc"
