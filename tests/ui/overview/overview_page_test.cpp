// The page and its cards as widgets, without a cluster.
#include "models/changes/change_service.h"
#include "models/session/cluster_session.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/test_registry.h"
#include "ui/overview/broker_card.h"
#include "ui/overview/overview_page.h"
#include "ui/theme/style.h"
#include "ui/widgets/button.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"

#include <QSignalSpy>
#include <QTest>

using namespace ui::overview;

class OverviewPageTest : public QObject {
    Q_OBJECT

    static ui::widgets::Button* button(QWidget& card, const QString& text) {
        for (auto* one : card.findChildren<ui::widgets::Button*>())
            if (one->text() == text && !one->isHidden())
                return one;
        return nullptr;
    }

private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void theCardHasTheKeyboardWhenTheButtonThatWasPressedGoes() {
        QWidget window;
        BrokerCard card(2, &window);
        card.resize(380, 150);
        BrokerFacts facts;
        facts.id = 2;
        facts.local = true;
        facts.state = BrokerFacts::State::Up;
        card.show(facts, 1000);
        window.show();
        window.activateWindow();
        QVERIFY(QTest::qWaitForWindowActive(&window));
        button(card, QStringLiteral("Kill"))->setFocus();
        facts.state = BrokerFacts::State::Killed;
        card.show(facts, 2000);
        QVERIFY(card.hasFocus()); // not "Last lines of its log", which stands next
    }

    void figuresFitTheirPlaceWhenItNarrows() {
        QWidget window;
        window.resize(1200, 400);
        BrokerCard card(2, &window);
        card.resize(380, 150);
        window.show();
        BrokerFacts facts;
        facts.id = 2;
        facts.state = BrokerFacts::State::Up;
        facts.address = QStringLiteral("kafka-2.example.org:9092");
        facts.leaders = 1234;
        facts.replicas = 3702;
        facts.notInSync = 17;
        facts.bytes = 21'300'000'000;
        card.show(facts, 1000);
        for (const int width : {380, 366, 352, 340, 330, 318, 306, 280}) {
            card.resize(width, 150);
            QCoreApplication::processEvents();
            for (const auto* label : card.findChildren<ui::widgets::PlainLabel*>())
                if (label->mayBeCut() && !label->text().contains(u':'))
                    QVERIFY2(!label->shownIn(label->width()).contains(QChar(0x2026)), qPrintable(QStringLiteral("%1 at %2").arg(label->text()).arg(width)));
        }
    }

    void aCardOffersWhatCanBeDone() {
        QWidget window;
        BrokerCard card(2, &window);
        card.resize(380, 150);
        QList<BrokerCard::Wish> wishes;
        connect(&card, &BrokerCard::wished, this, [&wishes](BrokerCard::Wish wish) { wishes.append(wish); });
        BrokerFacts facts;
        facts.id = 2;
        facts.local = true;
        facts.state = BrokerFacts::State::Up;
        facts.address = QStringLiteral("localhost:19092");
        card.show(facts, 1000);
        QVERIFY(button(card, QStringLiteral("Kill")) && button(card, QStringLiteral("Pause")) && button(card, QStringLiteral("Restart")));
        QVERIFY(!button(card, QStringLiteral("Start again")));
        QCOMPARE(button(card, QStringLiteral("Kill"))->accessibleName(), QStringLiteral("Kill broker 2"));
        button(card, QStringLiteral("Kill"))->click();
        QVERIFY(wishes == QList<BrokerCard::Wish>{BrokerCard::Wish::Kill});

        facts.state = BrokerFacts::State::Killed;
        card.show(facts, 1000);
        QVERIFY(!button(card, QStringLiteral("Kill")));
        QVERIFY(button(card, QStringLiteral("Start again")) && button(card, QStringLiteral("Last lines of its log")));

        facts.state = BrokerFacts::State::Paused;
        card.show(facts, 1000);
        QVERIFY(button(card, QStringLiteral("Resume")) && !button(card, QStringLiteral("Pause")));

        facts.local = false; // of a remote cluster: nothing to press
        facts.state = BrokerFacts::State::Down;
        card.show(facts, 1000);
        for (auto* one : card.findChildren<ui::widgets::Button*>())
            QVERIFY(!one->isVisibleTo(&card));
    }

    void saysWhyItCannot() {
        BrokerCard card(1);
        card.setRefusal(QStringLiteral("The cluster is read-only"));
        BrokerFacts facts;
        facts.id = 1;
        facts.local = true;
        facts.state = BrokerFacts::State::Up;
        card.show(facts, 1000);
        QVERIFY(!button(card, QStringLiteral("Kill"))->isEnabled());
        QCOMPARE(button(card, QStringLiteral("Kill"))->toolTip(), QStringLiteral("The cluster is read-only"));
        QVERIFY(button(card, QStringLiteral("Log"))->isEnabled());
    }

    void aRemoteClusterThatIsNotConnectedSaysSo() {
        tests::FakePageContext context;
        models::session::SessionConfig config;
        config.key = QStringLiteral("7");
        config.name = QStringLiteral("payments");
        config.client.bootstrapServers = QStringLiteral("kafka-1:9092,kafka-1:9093,kafka-2:9092");
        models::session::ClusterSession session(config);
        models::changes::ChangeService changes(models::changes::targetOf(&session), nullptr);
        OverviewPage page(context, &session, &changes, nullptr, {});
        page.resize(1140, 760);
        page.open({QStringLiteral("7"), QStringLiteral("overview"), {}, {{QStringLiteral("events"), QStringLiteral("quorum")}}});
        QVERIFY2(context.registry.problems().isEmpty(), qPrintable(context.registry.problems().join(u'\n')));
        QVERIFY(!page.findChild<ui::widgets::StateStack*>()->showsContent());
        QCOMPARE(page.header().title, QStringLiteral("payments"));
        QCOMPARE(page.header().pills.value(0).text, QStringLiteral("not connected"));
        QCOMPARE(page.status().value(0), QStringLiteral("kafka-1:9092, 9093, kafka-2:9092"));
        QVERIFY(context.registry.find(QStringLiteral("overview.kill")) == nullptr);
        context.registry.find(QStringLiteral("overview.copyAddress"))->trigger();
        QCOMPARE(context.copied, config.client.bootstrapServers);
        QCOMPARE(page.location().view.value(QStringLiteral("events")), QStringLiteral("quorum"));
        context.registry.find(QStringLiteral("overview.chart.broker"))->trigger();
        QCOMPARE(page.location().view.value(QStringLiteral("by")), QStringLiteral("1"));
    }
};

SAMSA_TEST(OverviewPageTest)
#include "overview_page_test.moc"
