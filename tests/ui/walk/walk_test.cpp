// Every page in every state, both themes, two sizes, three languages (the scale is the process's: see CMakeLists.txt). README.md says how
// a page or a dialog joins.
#include "tests/support/test_registry.h"
#include "tests/ui/walk/faults.h"
#include "tests/ui/walk/connection_states.h"
#include "tests/ui/walk/stage.h"
#include "ui/changes/settings_editor.h"
#include "ui/charts/time_chart.h"
#include "ui/messages/message_view.h"
#include "ui/theme/style.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/table_view.h"

#include <QApplication>
#include <QComboBox>
#include <QDir>
#include <QElapsedTimer>
#include <QRegularExpression>
#include <QTest>
#include <QTranslator>
#include <cstdio>

using namespace tests;
using namespace Qt::StringLiterals;

namespace {

/// English 40 % longer, as German or Finnish would be. Keys stay keys.
class LongEnglish : public QTranslator {
public:
    explicit LongEnglish(const QTranslator* english) : m_english(english) {}
    bool isEmpty() const override { return false; }
    QString translate(const char* context, const char* source, const char* note, int n) const override {
        QString text = m_english->translate(context, source, note, n);
        if (text.isEmpty())
            text = QString::fromUtf8(source);
        static const QRegularExpression key(u"^((Ctrl|Shift|Alt|Meta)[+ ].*|F\\d+|Esc|Enter|Tab|Menu|Del|[\\d,]+|.{0,1})$"_s);
        if (key.match(text).hasMatch())
            return text;
        static const QString more = u" Wörter Żółć more text and yet more of it"_s.repeated(20);
        return text + more.left(std::max<qsizetype>(2, text.size() * 2 / 5));
    }

private:
    const QTranslator* m_english;
};

/// Something that stands over a page: how it is opened once its page is shown.
struct Over {
    const char* name;
    const char* kind;
    bool onTopic; ///< on the page of one topic
    std::function<void(Stage&)> open;
    bool local = false; ///< on the local cluster
};

std::function<void(Stage&)> press(const char* action) {
    return [action](Stage& stage) {
        ui::shell::Action* found = nullptr; // pages of several clusters bring their own: the shown one's
        for (auto* one : stage.actions().actionsIn(stage.main().place().kind))
            if (one->id() == QLatin1String(action))
                found = one;
        QVERIFY2(found, action);
        QVERIFY2(found->isEnabled(), action);
        found->trigger();
    };
}

const QList<Over>& overs() {
    static const QList<Over> all{
        {"create topic", "topics", false, press("topics.create")},
        {"add partitions", "topics", true, press("topics.partitions")},
        {"edit a setting", "topics", true,
            [](Stage& stage) {
                for (auto* table : stage.main().page()->findChildren<ui::widgets::TableView*>())
                    if (table->isVisible() && table->selectKey(Stage::longTopic() + u"/retention.ms"_s))
                        QTest::keyClick(table, Qt::Key_Return);
                auto* dialog = stage.main().findChild<ui::widgets::Dialog*>(QString(), Qt::FindDirectChildrenOnly);
                QVERIFY(dialog);
                QCOMPARE(dialog->accessibleName(), u"retention.ms"_s); // the setting's name goes to the cluster, not the row's key
            }},
        {"compare messages", "messages", false,
            [](Stage& stage) {
                ui::messages::MessageView* view = nullptr; // the list, not what a search found
                for (auto* one : stage.main().page()->findChildren<ui::messages::MessageView*>())
                    view = one->isVisible() ? one : view;
                QVERIFY(view);
                QTest::keyClick(view, Qt::Key_Up);
                QTest::keyClick(view, Qt::Key_Up, Qt::ShiftModifier);
                QCOMPARE(view->selectedCount(), 2);
                press("messages.compare")(stage);
                QTRY_VERIFY(stage.main().findChild<ui::widgets::Dialog*>(QString(), Qt::FindDirectChildrenOnly));
            }},
        {"reset offsets", "groups", false,
            [](Stage& stage) {
                for (auto* table : stage.main().page()->findChildren<ui::widgets::TableView*>())
                    if (table->isVisible())
                        table->selectKey(Stage::hostileGroup());
                press("groups.reset")(stage);
            }},
        {"lag alert", "groups", false,
            [](Stage& stage) {
                for (auto* table : stage.main().page()->findChildren<ui::widgets::TableView*>())
                    if (table->isVisible())
                        table->selectKey(Stage::hostileGroup());
                press("groups.alert")(stage);
             }},
        {"edit a wish", "settings", false,
            [](Stage& stage) {
                auto* table = stage.main().page()->findChild<ui::widgets::TableView*>();
                QVERIFY(table->selectKey(u"log.cleaner.min.cleanable.ratio"_s));
                QTest::keyClick(table, Qt::Key_Return);
            }},
        {"edit a secret", "settings", false,
            [](Stage& stage) {
                auto* table = stage.main().page()->findChild<ui::widgets::TableView*>();
                QVERIFY(table->selectKey(u"ssl.keystore.password"_s));
                QTest::keyClick(table, Qt::Key_Return);
            }},
        {"a setting that is read-only", "settings", false,
            [](Stage& stage) {
                auto* table = stage.main().page()->findChild<ui::widgets::TableView*>();
                QVERIFY(table->selectKey(u"a.broker.setting.with.a.rather.long.name.2"_s));
                QTest::keyClick(table, Qt::Key_Return);
            }},
        {"add a rule", "access", false, press("access.add")},
        {"add a user", "access", false, press("access.addUser")},
        {"add a connection", "welcome", false, press("file.addConnection")},
        {"connection with everything", "welcome", false, showConnection},
        {"connection test running", "welcome", false, showTestRunning},
        {"connection test failed", "welcome", false, showTestFailed},
        {"connection test warned", "welcome", false, showTestWarned},
        {"connection test good", "welcome", false, showTestGood},
        {"certificate", "welcome", false, showCertificate},
        {"remove a connection", "welcome", false, showRemove},
        {"make a vault", "welcome", false, showNewVault},
        {"change the master password", "welcome", false, showChangeVault},
        {"unlock the vault", "welcome", false, showLockedVault},
        {"unlock production", "welcome", false, showUnlock},
        {"start a cluster", "welcome", false, press("file.startCluster")},
        {"every key", "topics", false, press("help.keys")},
        {"what runs", "topics", false, press("view.jobs")},
        {"log of a broker", "overview", false, press("overview.log"), true},
        {"palette", "topics", false, press("go.palette")},
        {"plan", "gallery", false, press("gallery.plan")},
        {"chart as a table", "overview", false,
            [](Stage& stage) {
                for (auto* chart : stage.main().page()->findChildren<ui::charts::TimeChart*>())
                    return chart->showAsTable();
            }},
    };
    return all;
}

QWidget* overIn(QWidget& main) {
    QWidget* top = nullptr; // a dialog may have opened another
    for (auto* dialog : main.findChildren<ui::widgets::Dialog*>(Qt::FindDirectChildrenOnly))
        if (dialog->isVisible())
            top = dialog;
    if (top)
        return top;
    auto& palette = static_cast<ui::shell::MainWindow&>(main).palette();
    return palette.isVisible() ? &palette : nullptr;
}

} // namespace

class WalkTest : public QObject {
    Q_OBJECT
    QTranslator m_english;
    QStringList m_faults;
    int m_views = 0;

    void look(Stage& stage, QWidget* root, const QString& where, bool focusToo) {
        ++m_views;
        QStringList faults = layoutFaults(root, stage.data()) + nameFaults(root);
        if (focusToo)
            faults += focusFaults(root);
        for (const auto& fault : faults)
            m_faults.append(where + u": "_s + fault);
        if (const QString folder = qEnvironmentVariable("SAMSA_TEST_PICTURES"); !folder.isEmpty())
            stage.main().grab().save(folder + u'/' + QString(where).replace(u' ', u'-').replace(u'/', u'_') + u".png"_s);
    }

    void walk(State state, const QString& language, const QString& stateName) {
        Stage stage(state);
        struct Place {
            QString kind, name;
            bool local = false;
        };
        QList<Place> places{{u"overview"_s, {}}, {u"topics"_s, {}}, {u"messages"_s, u"orders"_s}, {u"groups"_s, {}}, {u"topics"_s, Stage::longTopic()}, {u"compaction"_s, u"orders"_s}, {u"compaction"_s, Stage::longTopic()}, {u"groups"_s, Stage::hostileGroup()},
            {u"access"_s, {}}, {u"access"_s, u"User:"_s + Stage::hostileGroup()}, {u"access"_s, u"users"_s}};
        // Every listed page joins by being registered; these two are not of a cluster.
        for (const auto& kind : kinds)
            if (std::none_of(places.begin(), places.end(), [&](const Place& place) { return place.kind == kind; }))
                places.append({kind, {}});
        if (state == State::Full)
            places.append({u"overview"_s, {}, true});
        if (state == State::Empty)
            places += {{u"welcome"_s, {}}, {u"gallery"_s, {}}};
        for (const bool dark : {false, true}) {
            ui::theme::apply(ui::theme::make(dark ? ui::theme::Scheme::Dark : ui::theme::Scheme::Light));
            for (const QSize size : {QSize(1024, 640), QSize(1440, 900)}) {
                stage.resize(size);
                const QString how = u"%1 %2 %3x%4 %5"_s.arg(language, dark ? u"dark"_s : u"light"_s).arg(size.width()).arg(size.height()).arg(stateName);
                for (const auto& place : places) {
                    if (place.local)
                        stage.goLocal(place.kind);
                    else
                        stage.go(place.kind, place.name);
                    // Focus looks the same in every language; it is looked at once a theme.
                    const QString which = place.local ? u" local"_s : place.name.isEmpty() ? QString() : place.name == u"users" ? u" users"_s : u" one"_s;
                    look(stage, &stage.main(), u"%1 %2%3"_s.arg(how, place.kind, which), language == u"English" && size.width() == 1440);
                }
                if (state != State::Full)
                    continue;
                lookAtForms(stage, how, language == u"English" && size.width() == 1440);
                for (const auto& over : overs()) {
                    if (over.local)
                        stage.goLocal(QLatin1String(over.kind));
                    else
                        stage.go(QLatin1String(over.kind), over.onTopic ? Stage::longTopic() : QString());
                    over.open(stage);
                    Stage::settle();
                    auto* shown = overIn(stage.main());
                    if (!shown) {
                        m_faults.append(u"%1 %2 did not open"_s.arg(how, QLatin1String(over.name)));
                        continue;
                    }
                    look(stage, shown, u"%1 %2"_s.arg(how, QLatin1String(over.name)), language == u"English" && size.width() == 1440);
                    for (auto* any = shown; any; any = overIn(stage.main())) {
                        if (auto* dialog = qobject_cast<ui::widgets::Dialog*>(any))
                            dialog->dismiss();
                        else
                            stage.main().palette().dismiss();
                        Stage::settle();
                    }
                }
                for (const bool unlocked : {false, true}) {
                    stage.goProduction(unlocked);
                    look(stage, &stage.main(), u"%1 production %2"_s.arg(how, unlocked ? u"unlocked"_s : u"locked"_s), language == u"English" && size.width() == 1440);
                }
            }
        }
        const auto problems = stage.actions().problems();
        m_faults += problems;
    }

    /// Pages that look otherwise once something was chosen on them.
    void lookAtForms(Stage& stage, const QString& how, bool focusToo) {
        stage.go(u"send"_s, u"orders"_s);
        for (auto* choice : stage.main().page()->findChildren<QComboBox*>()) {
            if (choice->findData(2) < 0 || choice->count() > 3 || !choice->itemData(0).isValid() || choice->itemData(0).typeId() != QMetaType::Int)
                continue; // what is sent: a range, a file
            choice->setCurrentIndex(choice->findData(2));
            emit choice->activated(choice->currentIndex());
            Stage::settle();
            look(stage, &stage.main(), how + u" send a file"_s, focusToo);
            choice->setCurrentIndex(0);
            emit choice->activated(0);
        }
        // A replay whose target begins no transaction.
        for (auto* action : stage.actions().actionsIn(u"send"_s))
            if (action->id() == u"send.plain" || action->id() == u"send.pause" || action->id() == u"send.stop") {
                action->setRefusal({});
                action->setVisible(true);
            }
        Stage::settle();
        look(stage, &stage.main(), how + u" send without transactions"_s, focusToo);
        stage.go(u"compaction"_s, u"orders"_s);
        if (auto* editor = stage.main().page()->findChild<ui::changes::SettingsEditor*>()) {
            editor->model()->wish(u"min.cleanable.dirty.ratio"_s, u"0.3"_s);
            Stage::settle();
            look(stage, &stage.main(), how + u" compaction with a wish"_s, focusToo);
            editor->discard();
            Stage::settle();
        }
    }

    QStringList kinds;

private slots:
    void initTestCase() {
        ui::theme::install(ui::theme::make(ui::theme::Scheme::Light));
        Q_INIT_RESOURCE(samsa_translations);
        QVERIFY(m_english.load(u":/samsa/translations/samsa_en.qm"_s));
        QCoreApplication::installTranslator(&m_english);
        Stage stage(State::Loading);
        ui::shell::PageRegistry pages;
        QTemporaryDir home;
        app::desktop::Services services;
        app::desktop::registerPages(pages, services);
        for (const auto& entry : pages.entries())
            if (!entry.title.isEmpty())
                kinds.append(entry.kind);
        QVERIFY(kinds.size() >= 4);
    }

    void everywhere_data() {
        QTest::addColumn<QString>("language");
        for (const char* language : {"English", "long", "mirrored"})
            QTest::newRow(language) << QString::fromLatin1(language);
    }

    void everywhere() {
        QFETCH(QString, language);
        LongEnglish longer(&m_english);
        if (language == u"long")
            QCoreApplication::installTranslator(&longer);
        QGuiApplication::setLayoutDirection(language == u"mirrored" ? Qt::RightToLeft : Qt::LeftToRight);
        QElapsedTimer timer;
        timer.start();
        m_views = 0;
        m_faults.clear();
        walk(State::Empty, language, u"empty"_s);
        walk(State::Loading, language, u"loading"_s);
        walk(State::Failed, language, u"failed"_s);
        walk(State::Full, language, u"full"_s);
        QCoreApplication::removeTranslator(&longer);
        QGuiApplication::setLayoutDirection(Qt::LeftToRight);
        qInfo("%d views in %lld ms", m_views, static_cast<long long>(timer.elapsed()));
        // The same fault in many views is told once, with the first view.
        static const QRegularExpression number(u"\\d+"_s);
        QMap<QString, std::pair<QString, int>> told;
        for (const auto& fault : m_faults) {
            auto& one = told[fault.section(u": "_s, 1).remove(number)];
            if (one.second++ == 0)
                one.first = fault;
        }
        for (const auto& [first, count] : told)
            std::fprintf(stderr, "%4d x  %s\n", count, qPrintable(first));
        QVERIFY2(m_faults.isEmpty(), qPrintable(QString::number(m_faults.size()) + u" faults, "_s + QString::number(told.size()) + u" different ones: they stand above"_s));
    }
};

SAMSA_TEST(WalkTest)
#include "walk_test.moc"
