// Sending many messages from the window, on a real cluster: a file is refused by its lines and then imported once, chosen messages arrive and others do not, and a replay that runs is
// paused, slowed, stopped and gone on with.
#include "models/audit/audit_log.h"
#include "models/base/format.h"
#include "models/changes/change_service.h"
#include "models/client/record_reader.h"
#include "models/session/cluster_session.h"
#include "models/store/database.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"
#include "ui/replay/replay_panel.h"
#include "ui/theme/style.h"
#include "ui/widgets/label.h"
#include "ui/widgets/plan_dialog.h"

#include <QCheckBox>
#include <QComboBox>
#include <QFile>
#include <QLineEdit>
#include <QProgressBar>
#include <QSpinBox>
#include <QTemporaryDir>
#include <QTest>
#include <QTimer>
#include <QVBoxLayout>

using namespace models;
using namespace std::chrono_literals;
using ui::replay::ReplayPanel;

namespace {

constexpr int kWaitMs = 60'000;

class TickingContext : public tests::FakePageContext {
public:
    void onTick(QWidget* receiver, std::function<void()> f) override {
        auto* timer = new QTimer(receiver);
        QObject::connect(timer, &QTimer::timeout, receiver, f);
        timer->start(50);
    }
};

} // namespace

class ReplayPanelTest : public QObject {
    Q_OBJECT
    QTemporaryDir m_home;
    std::unique_ptr<tests::ProcessCluster> m_cluster;
    std::shared_ptr<store::Database> m_database;
    std::unique_ptr<audit::AuditLog> m_audit;
    std::unique_ptr<session::ClusterSession> m_session;
    std::unique_ptr<changes::ChangeService> m_changes;

    [[nodiscard]] client::ClientConfig config() const { return {QString::fromStdString(m_cluster->bootstrap()), {}, {}}; }

    void createTopic(const QString& name, int partitions = 2) {
        std::optional<Result<changes::Applied>> outcome;
        m_changes->plan(changes::CreateTopic{{name, partitions, 1, {}}}, this, [&](const Result<changes::Plan>& plan) {
            if (!plan)
                outcome = std::unexpected(plan.error());
            else
                m_changes->apply(*plan, this, [&](const Result<changes::Applied>& applied) { outcome = applied; });
        });
        QTRY_VERIFY_WITH_TIMEOUT(outcome.has_value(), kWaitMs);
        QVERIFY2(*outcome, *outcome ? "" : qPrintable(outcome->error().toString()));
    }

    /// What a consumer that reads committed messages sees.
    QList<client::Record> contentOf(const QString& topic, int partitions = 2) {
        QList<client::Record> all;
        auto reader = client::RecordReader::open(config(), topic, true, true);
        QList<client::RecordReader::Start> starts;
        for (int p = 0; p < partitions; ++p)
            starts.append({p, 0});
        if (!reader || !(*reader)->assign(starts))
            return all;
        QSet<int> ended;
        const QDeadlineTimer deadline(kWaitMs);
        while (ended.size() < partitions && !deadline.hasExpired()) {
            const auto batch = (*reader)->poll(1000, 4 << 20, 200ms);
            if (!batch)
                break;
            all += batch->records;
            for (const int partition : batch->endReached)
                ended.insert(partition);
        }
        return all;
    }

    QString writeFile(const char* name, const QByteArray& text) {
        const QString path = m_home.filePath(QString::fromLatin1(name));
        QFile file(path);
        if (!file.open(QIODevice::WriteOnly) || file.write(text) != text.size())
            qFatal("the file was not written");
        return path;
    }

    /// The panel as the page Send has it.
    struct Place {
        TickingContext context;
        QWidget window;
        ReplayPanel* panel = nullptr;
        template <class T>
        T* named(const char* name) {
            for (auto* widget : panel->findChildren<T*>())
                if (widget->accessibleName() == QLatin1String(name))
                    return widget;
            return nullptr;
        }
        ui::shell::Action* action(const char* id) { return context.registry.find(QString::fromLatin1(id)); }
        [[nodiscard]] QString said() const {
            QStringList texts;
            for (auto* label : panel->findChildren<ui::widgets::PlainLabel*>())
                texts << label->text();
            return texts.join(u'\n');
        }
        ui::widgets::PlanDialog* dialog() { return window.findChild<ui::widgets::PlanDialog*>(); }
        void choose(const char* what) {
            auto* combo = named<QComboBox>("What is sent");
            combo->setCurrentIndex(combo->findText(QLatin1String(what)));
            emit combo->activated(combo->currentIndex());
        }
    };
    std::unique_ptr<Place> place(const QString& topic) {
        auto made = std::make_unique<Place>();
        made->window.resize(900, 900);
        auto* layout = new QVBoxLayout(&made->window);
        made->panel = new ReplayPanel(made->context, {m_database, [this] { return QList<ui::replay::Endpoint>{{QStringLiteral("here"), QStringLiteral("here"), config(), m_changes.get()}}; }}, &made->window);
        layout->addWidget(made->panel);
        made->panel->makeActions(made->panel);
        made->panel->setSource(config(), QStringLiteral("here"), topic);
        made->window.show();
        return made;
    }
    /// Presses the primary button of the plan.
    static void approve(Place& at) {
        QTRY_VERIFY2_WITH_TIMEOUT(at.dialog() != nullptr || at.action("send.plan")->isEnabled(), qPrintable(at.said()), kWaitMs);
        QVERIFY2(at.dialog() != nullptr, qPrintable(at.said()));
        emit at.dialog()->approved();
    }

private slots:
    void initTestCase() {
        ui::theme::install(ui::theme::make(ui::theme::Scheme::Light));
        m_cluster = std::make_unique<tests::ProcessCluster>(1, 1);
        QVERIFY2(m_cluster->start(), m_cluster->logs().c_str());
        auto database = store::Database::open(m_home.filePath(QStringLiteral("samsa.db")));
        QVERIFY(database);
        m_database = *database;
        m_audit = std::make_unique<audit::AuditLog>(m_database);
        session::SessionConfig settings;
        settings.key = settings.name = QStringLiteral("here");
        settings.client = config();
        m_session = std::make_unique<session::ClusterSession>(settings);
        m_changes = std::make_unique<changes::ChangeService>(changes::targetOf(m_session.get()), m_audit.get());
        m_session->connectToCluster();
        QTRY_COMPARE_WITH_TIMEOUT(m_session->state(), session::SessionState::Connected, kWaitMs);
    }

    void cleanupTestCase() {
        m_changes.reset();
        m_session.reset();
        m_audit.reset();
        m_database.reset();
        m_cluster.reset();
    }

    void aFileIsLookedThroughBeforeAnythingIsSent() {
        createTopic(QStringLiteral("bad"));
        auto at = place(QStringLiteral("bad"));
        at->choose("the messages of a file");
        at->named<QLineEdit>("File")->setText(writeFile("bad.ndjson", "{\"value\": 1}\n{\"valeu\": 2}\n{\"key\": \"<b>x</b>\", \"value\": 3}\nno json\n"));
        at->named<QLineEdit>("To topic")->setText(QStringLiteral("bad"));
        QVERIFY2(at->action("send.plan")->isEnabled(), qPrintable(at->action("send.plan")->refusal()));
        at->action("send.plan")->trigger();
        QTRY_VERIFY2_WITH_TIMEOUT(at->said().contains(QStringLiteral("Line 2:")), qPrintable(at->said()), kWaitMs);
        QVERIFY2(at->said().contains(QStringLiteral("“valeu”")), qPrintable(at->said()));
        QVERIFY2(at->said().contains(QStringLiteral("Line 4:")), qPrintable(at->said()));
        QVERIFY(at->dialog() == nullptr);
        QVERIFY(contentOf(QStringLiteral("bad")).isEmpty());
        // A partition that is not there is known before, too.
        at->named<QLineEdit>("File")->setText(writeFile("place.ndjson", "{\"value\": 1, \"partition\": 7}\n"));
        at->panel->findChild<QCheckBox*>()->setChecked(true);
        at->action("send.plan")->trigger();
        QTRY_VERIFY2_WITH_TIMEOUT(at->said().contains(QStringLiteral("needs 8; it has 2")), qPrintable(at->said()), kWaitMs);
    }

    void aFileArrivesOnce() {
        createTopic(QStringLiteral("imported"));
        QByteArray text;
        for (int i = 0; i < 3000; ++i)
            text += "{\"key\": \"k" + QByteArray::number(i % 50) + "\", \"value\": {\"n\": " + QByteArray::number(i) + "}, \"partition\": " + QByteArray::number(i % 2) + ", \"timestamp\": "
                + QByteArray::number(1'764'165'600'000 + i) + ", \"headers\": {\"i\": \"" + QByteArray::number(i) + "\"}}\n";
        auto at = place(QStringLiteral("imported"));
        at->choose("the messages of a file");
        at->named<QLineEdit>("File")->setText(writeFile("good.ndjson", text));
        at->named<QLineEdit>("To topic")->setText(QStringLiteral("imported"));
        at->panel->findChild<QCheckBox*>()->setChecked(true); // keep partitions
        at->named<QSpinBox>("Messages a second")->setValue(1000);
        at->action("send.plan")->trigger();
        approve(*at);
        // Stopped in the middle and gone on with: what arrived is not sent again.
        QTRY_VERIFY2_WITH_TIMEOUT(at->named<QProgressBar>("Progress of the replay")->value() > 0, qPrintable(at->said()), kWaitMs);
        at->action("send.stop")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!at->panel->running(), kWaitMs);
        QVERIFY2(at->said().contains(QStringLiteral("Stopped after")), qPrintable(at->said()));
        const auto half = contentOf(QStringLiteral("imported")).size();
        QVERIFY2(half > 0 && half < 3000, qPrintable(QString::number(half)));
        at->named<QSpinBox>("Messages a second")->setValue(0);
        at->action("send.plan")->trigger();
        approve(*at);
        QTRY_VERIFY_WITH_TIMEOUT(!at->panel->running(), kWaitMs);
        QVERIFY2(at->said().contains(format::count(3000) + QStringLiteral(" messages arrived")), qPrintable(at->said()));
        const auto all = contentOf(QStringLiteral("imported"));
        QCOMPARE(all.size(), 3000);
        QSet<QByteArray> values;
        for (const auto& record : all) {
            values.insert(*record.value);
            QCOMPARE(record.headers.size(), 1);
            const int i = record.headers[0].value->toInt();
            QCOMPARE(record.partition, i % 2);
            QCOMPARE(*record.value, "{\"n\": " + QByteArray::number(i) + "}");
            QCOMPARE(record.timestampMs, 1'764'165'600'000 + i);
        }
        QCOMPARE(values.size(), 3000);
    }

    void chosenMessagesArriveAndNoOthers() {
        // Needs what was imported before.
        createTopic(QStringLiteral("chosen"));
        auto at = place(QStringLiteral("imported"));
        const QList<replay::Range> wanted{{0, 3, 5}, {0, 700, 701}, {1, 0, 1}};
        at->panel->setSelection(replay::Selection{QStringLiteral("imported"), QStringLiteral("4 selected messages"), wanted, 4});
        QVERIFY(!at->named<QLineEdit>("From")->isVisible());
        // All that is asked for can be seen and written in, whatever is sent.
        for (const char* what : {"the messages of a file", "a range of this topic", "the chosen messages"}) {
            at->choose(what);
            QCoreApplication::processEvents();
            for (const char* name : {"To topic", "From", "Until", "File"})
                if (auto* field = at->named<QLineEdit>(name); field->isVisible())
                    QVERIFY2(field->height() > 15 && field->width() > 100, name);
            QVERIFY2(at->named<QLineEdit>("To topic")->isVisible(), what);
        }
        QVERIFY2(at->said().contains(QStringLiteral("4 selected messages, of partition 0, 1")), qPrintable(at->said()));
        at->named<QLineEdit>("To topic")->setText(QStringLiteral("chosen"));
        at->action("send.plan")->trigger();
        approve(*at);
        QTRY_VERIFY_WITH_TIMEOUT(!at->panel->running(), kWaitMs);
        QVERIFY2(at->said().contains(QStringLiteral("4 messages arrived")), qPrintable(at->said()));
        QSet<QByteArray> sent, should;
        for (const auto& record : contentOf(QStringLiteral("chosen")))
            sent.insert(*record.value);
        for (const auto& record : contentOf(QStringLiteral("imported")))
            for (const auto& range : wanted)
                if (record.partition == range.partition && record.offset >= range.first && record.offset < range.until)
                    should.insert(*record.value);
        QCOMPARE(should.size(), 4);
        QCOMPARE(sent, should);
    }

    void aReplayIsPausedSlowedAndStopped() {
        createTopic(QStringLiteral("again"));
        auto at = place(QStringLiteral("imported"));
        at->named<QLineEdit>("To topic")->setText(QStringLiteral("again"));
        at->named<QSpinBox>("Messages a second")->setValue(400);
        at->action("send.plan")->trigger();
        approve(*at);
        QVERIFY(!at->action("send.plan")->isEnabled());
        QTRY_VERIFY2_WITH_TIMEOUT(at->named<QProgressBar>("Progress of the replay")->value() > 0, qPrintable(at->said()), kWaitMs);
        at->action("send.pause")->trigger();
        QTRY_VERIFY2_WITH_TIMEOUT(at->said().contains(QStringLiteral("Paused after")), qPrintable(at->said()), kWaitMs);
        const auto paused = contentOf(QStringLiteral("again")).size();
        QVERIFY(paused > 0 && paused < 3000);
        // While it is paused nothing arrives: as much as before, read a second time.
        QCOMPARE(contentOf(QStringLiteral("again")).size(), paused);
        at->action("send.pause")->trigger();
        QTRY_VERIFY2_WITH_TIMEOUT(at->said().contains(QStringLiteral("messages arrived")) && !at->said().contains(QStringLiteral("Paused")), qPrintable(at->said()), kWaitMs);
        at->action("send.stop")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!at->panel->running(), kWaitMs);
        QVERIFY2(at->said().contains(QStringLiteral("the same plan goes on")), qPrintable(at->said()));
        at->named<QSpinBox>("Messages a second")->setValue(0);
        at->action("send.plan")->trigger();
        approve(*at);
        QTRY_VERIFY_WITH_TIMEOUT(!at->panel->running(), kWaitMs);
        QVERIFY2(at->said().contains(format::count(3000) + QStringLiteral(" messages arrived")), qPrintable(at->said()));
        QSet<QByteArray> values;
        const auto all = contentOf(QStringLiteral("again"));
        for (const auto& record : all)
            values.insert(*record.value);
        QCOMPARE(values.size(), 3000); // none is missing
        QCOMPARE(all.size(), 3000);    // each once: it was stopped, not killed
    }

    /// What is sent slowly is committed all the same, long before the coordinator gives the transaction up.
    void aSlowReplayIsSeenPortionByPortion() {
        createTopic(QStringLiteral("slow"));
        auto at = place(QStringLiteral("imported"));
        at->named<QLineEdit>("To topic")->setText(QStringLiteral("slow"));
        at->named<QSpinBox>("Messages a second")->setValue(5);
        at->action("send.plan")->trigger();
        approve(*at);
        QTRY_VERIFY2_WITH_TIMEOUT(at->named<QProgressBar>("Progress of the replay")->value() > 0, qPrintable(at->said()), 40'000);
        QVERIFY(at->panel->running());
        const auto first = contentOf(QStringLiteral("slow")).size();
        QVERIFY2(first > 0 && first < 200, qPrintable(QString::number(first)));
        at->action("send.stop")->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(!at->panel->running(), kWaitMs);
    }

    /// One broker whose transactions are to have three replicas: they never begin. The same messages go without, after a plan that says what that means.
    void whereNoTransactionBeginsTheSameIsSentWithout() {
        tests::ProcessCluster lonely(1, 1, "transaction.state.log.replication.factor=3\n");
        QVERIFY2(lonely.start(), lonely.logs().c_str());
        session::SessionConfig settings;
        settings.key = settings.name = QStringLiteral("lonely");
        settings.client = {QString::fromStdString(lonely.bootstrap()), {}, {}};
        session::ClusterSession session(settings);
        changes::ChangeService changes(changes::targetOf(&session), m_audit.get());
        session.connectToCluster();
        QTRY_COMPARE_WITH_TIMEOUT(session.state(), session::SessionState::Connected, kWaitMs);
        std::optional<Result<changes::Applied>> made;
        changes.plan(changes::CreateTopic{{QStringLiteral("copy"), 2, 1, {}}}, this, [&](const Result<changes::Plan>& plan) {
            QVERIFY(plan);
            changes.apply(*plan, this, [&](const Result<changes::Applied>& applied) { made = applied; });
        });
        QTRY_VERIFY_WITH_TIMEOUT(made && *made, kWaitMs);

        // Needs what was imported before.
        const replay::Selection five{QStringLiteral("imported"), QStringLiteral("5 selected messages"), {{0, 3, 8}}, 5};
        Place at;
        at.window.resize(900, 900);
        auto* layout = new QVBoxLayout(&at.window);
        at.panel = new ReplayPanel(at.context, {m_database, [&] { return QList<ui::replay::Endpoint>{{QStringLiteral("lonely"), QStringLiteral("lonely"), settings.client, &changes}}; }}, &at.window);
        layout->addWidget(at.panel);
        at.panel->makeActions(at.panel);
        at.panel->setSource(config(), QStringLiteral("lonely"), QStringLiteral("imported"));
        at.window.show();
        at.panel->setSelection(five);
        at.named<QLineEdit>("To topic")->setText(QStringLiteral("copy"));
        QVERIFY(!at.action("send.plain")->isVisible());
        at.action("send.plan")->trigger();
        QTRY_VERIFY2_WITH_TIMEOUT(at.dialog() != nullptr, qPrintable(at.said()), kWaitMs);
        QString warned;
        for (auto* label : at.dialog()->findChildren<ui::widgets::PlainLabel*>())
            warned += label->text();
        QVERIFY2(warned.contains(QStringLiteral("needs 3 replicas")), qPrintable(warned));
        QVERIFY2(at.action("send.plain")->isEnabled(), "what the plan foresees has its way out at once");
        approve(at);
        // Whoever lets it wait is told why, and offered the same.
        QTRY_VERIFY2_WITH_TIMEOUT(at.said().contains(QStringLiteral("begins no transaction")), qPrintable(at.said()), kWaitMs);
        QVERIFY(at.panel->running());
        QVERIFY2(at.action("send.plain")->isVisible() && at.action("send.plain")->isEnabled(), qPrintable(at.action("send.plain")->refusal()));
        at.action("send.plain")->trigger();
        QTRY_VERIFY2_WITH_TIMEOUT(!at.panel->running() && at.dialog() != nullptr, qPrintable(at.said()), kWaitMs);
        warned.clear();
        for (auto* label : at.dialog()->findChildren<ui::widgets::PlainLabel*>())
            warned += label->text();
        QVERIFY2(warned.contains(QStringLiteral("Without transactions, as wished: after a crash up to")), qPrintable(warned));
        approve(at);
        QTRY_VERIFY2_WITH_TIMEOUT(at.said().contains(QStringLiteral("none was sent twice")), qPrintable(at.said()), kWaitMs); // what is under way says how many arrived, too
        QVERIFY2(at.said().contains(QStringLiteral("5 messages arrived")), qPrintable(at.said()));
        QVERIFY(!at.action("send.plain")->isVisible());
    }

    void whatIsNotKnownAnyMoreIsSaid() {
        auto at = place(QStringLiteral("imported"));
        at->panel->setSelection({}, true);
        QVERIFY2(at->said().contains(QStringLiteral("not known any more")), qPrintable(at->said()));
    }
};

SAMSA_TEST(ReplayPanelTest)
#include "replay_panel_test.moc"
