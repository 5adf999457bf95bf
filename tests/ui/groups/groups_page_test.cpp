// What a group's page says before anybody has said which groups there are.
#include "models/changes/change_service.h"
#include "models/groups/alert_service.h"
#include "models/session/cluster_session.h"
#include "tests/support/fake_page_context.h"
#include "tests/support/session_filler.h"
#include "tests/support/test_registry.h"
#include "ui/groups/groups_page.h"
#include "ui/theme/style.h"
#include "ui/widgets/label.h"

#include <QTest>

using namespace models;
using namespace Qt::StringLiterals;
using session::SessionFiller;
using session::SessionState;

class GroupsPageTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void saysNothingOfAGroupThatNobodyWasAskedFor() {
        tests::FakePageContext context;
        session::SessionConfig config;
        config.key = config.name = u"here"_s;
        config.client.bootstrapServers = u"127.0.0.1:1"_s;
        session::ClusterSession session(config);
        changes::ChangeService changes(changes::targetOf(&session), nullptr);
        groups::AlertService alerts(&session, nullptr);
        ui::groups::GroupsPage page(context, &session, &changes, &alerts);
        const auto said = [&page] {
            QStringList texts;
            for (const auto* label : page.findChildren<ui::widgets::PlainLabel*>())
                if (label->isVisible())
                    texts << label->text();
            return texts.join(u'|');
        };
        SessionFiller::setState(session, SessionState::Connecting);
        page.resize(1200, 800);
        page.open({u"here"_s, u"groups"_s, u"billing"_s, {}});
        page.show();
        QVERIFY2(said().contains(u"Asking here for this group"_s), qPrintable(said()));
        QVERIFY2(!said().contains(u"There is no group"_s) && !said().contains(u"Nobody is in"_s), qPrintable(said()));
        SessionFiller::setState(session, SessionState::Failed, {ErrorCode::Unreachable, u"connect"_s, u"Connection refused"_s, 0});
        QVERIFY2(said().contains(u"here does not answer"_s), qPrintable(said()));
        QVERIFY2(!said().contains(u"There is no group"_s), qPrintable(said()));
        QVERIFY(context.registry.find(u"groups.again"_s)->isEnabled());
        SessionFiller::setState(session, SessionState::Connected);
        SessionFiller::show(session, {}, {}, {}, 1);
        QVERIFY2(said().contains(u"There is no group billing"_s), qPrintable(said())); // now it is known

        context.registry.find(u"groups.access"_s)->trigger();
        QCOMPARE(context.went.kind, u"access"_s);
        QCOMPARE(context.went.view.value(u"resource"_s), u"Group"_s);
        QCOMPARE(context.went.view.value(u"of"_s), u"billing"_s);
    }
};

SAMSA_TEST(GroupsPageTest)
#include "groups_page_test.moc"
