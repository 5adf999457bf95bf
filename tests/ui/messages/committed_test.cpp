// What a transaction has not committed is shown or left out as one chooses: in the list, by the search, and again the next time.
#include "models/messages/message_window.h"
#include "models/search/search.h"
#include "models/session/cluster_session.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/process_cluster.h"
#include "tests/support/test_registry.h"
#include "ui/messages/message_view.h"
#include "ui/messages/messages_page.h"
#include "ui/messages/search_panel.h"
#include "ui/theme/style.h"
#include "ui/widgets/dialog.h"
#include "ui/widgets/table_view.h"

#include <QComboBox>
#include <QLineEdit>
#include <QTest>
#include <librdkafka/rdkafka.h>

using namespace models;
using namespace Qt::StringLiterals;
using ui::messages::MessagesPage;

namespace {

constexpr int kWaitMs = 60'000;

/// A producer of the test's own, in transactions.
class Writer {
public:
    Writer(const std::string& servers, const char* id) {
        char reason[256];
        auto* conf = rd_kafka_conf_new();
        rd_kafka_conf_set(conf, "bootstrap.servers", servers.c_str(), reason, sizeof reason);
        rd_kafka_conf_set(conf, "transactional.id", id, reason, sizeof reason);
        m_handle = rd_kafka_new(RD_KAFKA_PRODUCER, conf, reason, sizeof reason);
        good(rd_kafka_init_transactions(m_handle, kWaitMs));
    }
    ~Writer() { rd_kafka_destroy(m_handle); }
    enum End { Commit, Abort, LeaveOpen };
    void write(const char* topic, const char* word, int count, End end) {
        good(rd_kafka_begin_transaction(m_handle));
        for (int i = 0; i < count; ++i) {
            const QByteArray value = QByteArray(word) + ' ' + QByteArray::number(i);
            QCOMPARE(rd_kafka_producev(m_handle, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
                         RD_KAFKA_V_VALUE(const_cast<char*>(value.constData()), static_cast<size_t>(value.size())), RD_KAFKA_V_END), RD_KAFKA_RESP_ERR_NO_ERROR);
        }
        QCOMPARE(rd_kafka_flush(m_handle, kWaitMs), RD_KAFKA_RESP_ERR_NO_ERROR);
        if (end == Commit)
            good(rd_kafka_commit_transaction(m_handle, kWaitMs));
        else if (end == Abort)
            good(rd_kafka_abort_transaction(m_handle, kWaitMs));
    }

private:
    static void good(rd_kafka_error_t* error) {
        QVERIFY2(error == nullptr, error == nullptr ? "" : rd_kafka_error_string(error));
    }
    rd_kafka_t* m_handle = nullptr;
};

} // namespace

class CommittedTest : public QObject {
    Q_OBJECT
    std::unique_ptr<tests::ProcessCluster> m_cluster;
    std::unique_ptr<session::ClusterSession> m_session;
    std::unique_ptr<Writer> m_open; ///< its transaction stays open
    tests::FakePageContext m_context;

    struct Opened {
        std::unique_ptr<MessagesPage> page;
        messages::MessageWindow* rows = nullptr;
        search::Search* search = nullptr;
        QComboBox* choice = nullptr;
        QMap<QByteArray, int> words() const { return wordsOf(*rows); }
        static QMap<QByteArray, int> wordsOf(const messages::MessageWindow& window) {
            QMap<QByteArray, int> found;
            for (int i = 0; i < window.rowCount(); ++i)
                ++found[window.row(i).value->split(' ').first()];
            return found;
        }
        void choose(int index) const {
            choice->setCurrentIndex(index);
            emit choice->activated(index);
        }
    };
    Opened open() {
        Opened opened;
        opened.page = std::make_unique<MessagesPage>(m_context, m_session.get());
        opened.page->resize(1000, 700);
        opened.page->show();
        opened.page->open({u"here"_s, u"messages"_s, u"letters"_s, {}});
        opened.search = opened.page->findChild<ui::messages::SearchPanel*>()->search();
        for (auto* window : opened.page->findChildren<messages::MessageWindow*>(Qt::FindDirectChildrenOnly))
            opened.rows = window;
        for (auto* box : opened.page->findChildren<QComboBox*>())
            if (box->accessibleName() == u"Transactions")
                opened.choice = box;
        return opened;
    }
    static void look(const Opened& at, const QString& text) {
        auto* field = at.page->findChild<ui::messages::SearchPanel*>()->findChild<QLineEdit*>();
        field->setText(text);
        emit field->returnPressed();
    }

private slots:
    void initTestCase() {
        ui::theme::install(ui::theme::make(ui::theme::Scheme::Light));
        m_cluster = std::make_unique<tests::ProcessCluster>(1, 1);
        QVERIFY2(m_cluster->start(), m_cluster->logs().c_str());
        Writer first(m_cluster->bootstrap(), "first");
        first.write("letters", "kept", 20, Writer::Commit);
        first.write("letters", "torn", 7, Writer::Abort);
        first.write("letters", "kept", 10, Writer::Commit);
        m_open = std::make_unique<Writer>(m_cluster->bootstrap(), "second");
        m_open->write("letters", "unsent", 5, Writer::LeaveOpen);
        session::SessionConfig settings;
        settings.key = settings.name = u"here"_s;
        settings.client = {QString::fromStdString(m_cluster->bootstrap()), {}, {}};
        m_session = std::make_unique<session::ClusterSession>(settings);
        m_session->connectToCluster();
        QTRY_COMPARE_WITH_TIMEOUT(m_session->state(), session::SessionState::Connected, kWaitMs);
        QTRY_VERIFY_WITH_TIMEOUT(m_session->topics() && m_session->topics()->find(u"letters"_s), kWaitMs);
    }

    void cleanupTestCase() {
        m_session.reset();
        m_open.reset();
        m_cluster.reset();
    }

    void theListShowsWhatIsChosen() {
        const QMap<QByteArray, int> everything{{"kept", 30}, {"torn", 7}, {"unsent", 5}}, committed{{"kept", 30}};
        {
            const auto at = open();
            QTRY_COMPARE_WITH_TIMEOUT(at.words(), everything, kWaitMs);
            QVERIFY(at.page->status().contains(u"read uncommitted"_s));
            at.choose(1);
            QTRY_COMPARE_WITH_TIMEOUT(at.words(), committed, kWaitMs);
            QVERIFY2(at.rows->atEnd() && at.rows->newCount() == 0, "nothing more is promised than is shown");
            QVERIFY(at.page->status().contains(u"read committed"_s));
        }
        // The next time it is as it was left.
        const auto again = open();
        QCOMPARE(again.choice->currentIndex(), 1);
        QTRY_COMPARE_WITH_TIMEOUT(again.words(), committed, kWaitMs);
        again.choose(0);
        QTRY_COMPARE_WITH_TIMEOUT(again.words(), everything, kWaitMs);
    }

    /// The first one waits for the second, which may be of another page.
    void aMessageIsComparedWithTheNextChosen() {
        const auto at = open();
        at.choose(1);
        QTRY_COMPARE_WITH_TIMEOUT(at.rows->rowCount(), 30, kWaitMs);
        ui::messages::MessageView* view = nullptr; // the list, not what a search found
        for (auto* one : at.page->findChildren<ui::messages::MessageView*>())
            view = one->window() == at.rows ? one : view;
        QVERIFY(view);
        auto* compare = m_context.registry.find(u"messages.compare"_s);
        QCOMPARE(compare->text(), u"Compare"_s);
        QTest::keyClick(view, Qt::Key_Home);
        QVERIFY2(compare->isEnabled(), qPrintable(compare->refusal()));
        compare->trigger();
        QTest::keyClick(view, Qt::Key_Down);
        QCOMPARE(compare->text(), u"Compare with 0 · 0"_s);
        compare->trigger();
        QTRY_VERIFY(at.page->findChild<ui::widgets::Dialog*>());
        QVERIFY(at.page->findChild<ui::widgets::Dialog*>()->findChild<ui::widgets::TableView*>()->shownCount() > 0);
        QCOMPARE(compare->text(), u"Compare"_s); // the next one waits for the one after it
        at.choose(0);
    }

    void aSearchLooksAtTheSame() {
        const auto at = open();
        QCOMPARE(at.choice->currentIndex(), 0);
        look(at, u"n"_s); // torn and unsent
        QTRY_VERIFY_WITH_TIMEOUT(at.search->state() == search::Search::State::Over, kWaitMs);
        QCOMPARE(at.search->progress().matched, 12);
        at.choose(1);
        QVERIFY2(at.page->status().contains(u"read uncommitted"_s), "what was found was read as it was");
        look(at, u"n"_s);
        QTRY_VERIFY_WITH_TIMEOUT(at.search->state() == search::Search::State::Over, kWaitMs);
        QCOMPARE(at.search->progress().matched, 0);
        QVERIFY(at.page->status().contains(u"read committed"_s));
        look(at, u"kept"_s);
        QTRY_VERIFY_WITH_TIMEOUT(at.search->state() == search::Search::State::Over, kWaitMs);
        QCOMPARE(at.search->progress().matched, 30);
        // Written otherwise it is not found; the way to find it is one action.
        look(at, u"KEPT"_s);
        QTRY_VERIFY_WITH_TIMEOUT(at.search->state() == search::Search::State::Over, kWaitMs);
        QCOMPARE(at.search->progress().matched, 0);
        auto* anyCase = m_context.registry.find(u"messages.searchAnyCase"_s);
        QVERIFY2(anyCase->isEnabled(), qPrintable(anyCase->refusal()));
        anyCase->trigger();
        QTRY_VERIFY_WITH_TIMEOUT(at.search->state() == search::Search::State::Over, kWaitMs);
        QCOMPARE(at.search->progress().matched, 30);
        QVERIFY2(!anyCase->isEnabled(), "it was ignored already");
        at.choose(0);
    }
};

SAMSA_TEST(CommittedTest)
#include "committed_test.moc"
