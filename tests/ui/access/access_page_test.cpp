// The page on rules that are made up: questions and answers, forms and plans, and what it says where nothing can be shown.
#include "models/access/effects.h"
#include "models/audit/audit_log.h"
#include "tests/support/ruled_cluster.h"
#include "tests/support/session_filler.h"
#include "tests/support/test_registry.h"
#include "tests/ui/access/access_rig.h"
#include "ui/access/question_panel.h"
#include "ui/access/user_dialog.h"
#include "ui/theme/style.h"
#include "ui/widgets/label.h"
#include "ui/widgets/state_view.h"
#include "ui/widgets/table_view.h"

#include <QCheckBox>
#include <QComboBox>
#include <QLineEdit>

using namespace models;
using namespace Qt::StringLiterals;
using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;
using models::access::AccessService;
using session::SessionFiller;
using tests::AccessContext;
using tests::dialogOver;
using tests::fieldNamed;
using tests::press;
using tests::trigger;

namespace {

const QString kHostile = u"User:<img src=file:///etc/passwd><b>x</b> \u202E%1"_s;

AclRule topicRule(const QString& principal, AclOperation operation, const QString& name, AclPattern pattern = AclPattern::Literal, AclPermission permission = AclPermission::Allow) {
    return {AclResource::Topic, name, pattern, principal, u"*"_s, operation, permission};
}

/// A connected session without a cluster, the rules of a made-up one, and the page.
struct Rig {
    QTemporaryDir directory;
    audit::AuditLog audit{store::Database::open(directory.filePath(u"t.db"_s)).value()};
    std::shared_ptr<tests::RuledCluster> cluster = std::make_shared<tests::RuledCluster>();
    bool readOnly = false;
    std::unique_ptr<session::ClusterSession> session;
    std::unique_ptr<changes::ChangeService> service;
    AccessContext context;
    QWidget window;
    ui::access::AccessPage* page = nullptr;

    Rig() {
        session::SessionConfig config;
        config.key = u"7"_s;
        config.name = u"payments"_s;
        config.client.bootstrapServers = u"127.0.0.1:1"_s;
        session = std::make_unique<session::ClusterSession>(config);
        changes::Target target = changes::targetOf(session.get());
        target.readOnly = [this] { return readOnly; };
        target.operations = [this] { return cluster; };
        service = std::make_unique<changes::ChangeService>(target, &audit);
        page = new ui::access::AccessPage(context, session.get(), service.get(), &window);
        access()->setSource([this](const client::ClientConfig&, const std::function<void(models::access::AccessAnswers)>& answer) { answer({cluster->acls(), cluster->scramUsers()}); });
        auto* layout = new QVBoxLayout(&window);
        layout->addWidget(page);
        window.resize(1200, 800);
    }
    ~Rig() { delete page; }
    [[nodiscard]] AccessService* access() const { return page->findChild<AccessService*>(); }
    void connectNow() {
        session::TopicsSnapshot topics;
        for (const auto& name : {u"orders"_s, u"payments"_s}) {
            session::Topic topic;
            topic.name = name;
            topics.rowOfName.insert(name, static_cast<int>(topics.topics.size()));
            topics.topics.append(topic);
        }
        SessionFiller::show(*session, {}, topics, {}, 1);
        SessionFiller::setState(*session, session::SessionState::Connected);
    }
    bool show() {
        page->open({u"7"_s, u"access"_s, {}, {}});
        window.show();
        connectNow();
        return QTest::qWaitFor([this] { return access()->rulesState() != models::access::PartState::Unknown; }, 5000);
    }
    [[nodiscard]] ui::widgets::TableView* table(const QString& name) const { return fieldNamed<ui::widgets::TableView>(*page, name); }
    [[nodiscard]] QString stateTitle() const {
        for (auto* state : page->findChildren<ui::widgets::StateView*>())
            if (state->isVisible())
                return state->findChild<ui::widgets::PlainLabel*>()->text();
        return {};
    }
};

} // namespace

class AccessPageTest : public QObject {
    Q_OBJECT
private slots:
    void initTestCase() { ui::theme::install(ui::theme::make(ui::theme::Scheme::Light)); }

    void aQuestionIsAnsweredAndTheRuleNamed() {
        Rig rig;
        rig.cluster->rules = {topicRule(u"User:billing"_s, AclOperation::Write, u"pay"_s, AclPattern::Prefixed),
            topicRule(u"User:billing"_s, AclOperation::Write, u"payments"_s, AclPattern::Literal, AclPermission::Deny), topicRule(u"User:other"_s, AclOperation::Read, u"gone"_s)};
        QVERIFY(rig.show());
        QVERIFY2(rig.context.registry.problems().isEmpty(), qPrintable(rig.context.registry.problems().join(u'\n')));
        auto* panel = rig.page->findChild<ui::access::QuestionPanel*>();
        fieldNamed<QLineEdit>(*panel, u"As which principal"_s)->setText(u"billing"_s);
        fieldNamed<QLineEdit>(*panel, u"Name of the resource"_s)->setText(u"payments"_s);
        QCOMPARE(panel->decisions().size(), 8);
        panel->setOperation(AclOperation::Write);
        QVERIFY2(panel->answer().startsWith(u"Write is denied by the rule: Deny User:billing Write on Topic payments."_s), qPrintable(panel->answer()));
        QVERIFY(panel->answer().contains(u"1 rule"_s));
        auto* table = rig.table(u"Rules"_s);
        QCOMPARE(table->shownCount(), 3);
        QVERIFY(table->currentKey().contains(u"payments"_s)); // looking at an operation marks its rule
        QVERIFY(trigger(rig.context, "access.about"));
        QCOMPARE(table->shownCount(), 2);
        // Where the reader is can be shared.
        const auto place = rig.page->location();
        QCOMPARE(place.name, u"User:billing"_s);
        QCOMPARE(place.view.value(u"operation"_s), u"Write"_s);
        QCOMPARE(place.view.value(u"about"_s), u"1"_s);
        Rig other;
        other.cluster->rules = rig.cluster->rules;
        QVERIFY(other.show());
        other.page->open(place);
        QCOMPARE(other.page->findChild<ui::access::QuestionPanel*>()->answer(), panel->answer());
        QCOMPARE(other.table(u"Rules"_s)->shownCount(), 2);
        // One rule stands for nothing.
        QStringList pills;
        for (const auto& pill : rig.page->header().pills)
            pills.append(pill.text);
        QVERIFY2(pills.contains(u"1 rule(s) matching nothing"_s) || pills.contains(u"1 rule matching nothing"_s), qPrintable(pills.join(u'|')));
    }

    void whatWouldHappenIsForetold() {
        Rig rig;
        rig.cluster->rules = {topicRule(u"User:a"_s, AclOperation::Read, u"*"_s), topicRule(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        QVERIFY(rig.show());
        auto* table = rig.table(u"Rules"_s);
        QVERIFY(table->selectKey(models::access::keyOf(rig.cluster->rules[0])));
        const auto said = [&rig](const QString& text) {
            for (auto* label : rig.page->findChildren<ui::widgets::PlainLabel*>())
                if (label->isVisible() && label->text().contains(text))
                    return true;
            return false;
        };
        QTRY_VERIFY(said(u"User:a loses Read on Topic payments."_s));
        QVERIFY(table->selectKey(models::access::keyOf(rig.cluster->rules[1])));
        QTRY_VERIFY(said(u"nobody's rights would change"_s));
    }

    void aRuleIsAddedChangedAndDeletedByTheForms() {
        Rig rig;
        QVERIFY(rig.show());
        QVERIFY(trigger(rig.context, "access.add"));
        auto* form = dialogOver(rig.window);
        QVERIFY(form);
        QVERIFY(!press(*form, u"Show the plan"_s)); // nobody is named yet
        fieldNamed<QLineEdit>(*form, u"Principal"_s)->setText(u"alice"_s);
        fieldNamed<QLineEdit>(*form, u"Name of the resource"_s)->setText(u"orders"_s);
        QVERIFY(press(*form, u"Show the plan"_s));
        QTRY_VERIFY(dialogOver(rig.window) && dialogOver(rig.window)->accessibleName() == u"Add rule for User:alice"_s);
        QVERIFY(press(*dialogOver(rig.window), u"Add rule"_s));
        QTRY_COMPARE(rig.cluster->rules.size(), 1);
        QCOMPARE(rig.cluster->rules[0], topicRule(u"User:alice"_s, AclOperation::Read, u"orders"_s));
        auto* table = rig.table(u"Rules"_s);
        QTRY_COMPARE(table->shownCount(), 1); // asked again by itself
        QTRY_VERIFY(!dialogOver(rig.window));

        QVERIFY(table->selectKey(models::access::keyOf(rig.cluster->rules[0])));
        QVERIFY(trigger(rig.context, "access.edit"));
        form = dialogOver(rig.window);
        for (auto* box : form->findChildren<QCheckBox*>())
            box->setChecked(box->text() == u"Write"_s);
        QVERIFY(press(*form, u"Show the plan"_s));
        QTRY_VERIFY(dialogOver(rig.window) && dialogOver(rig.window)->accessibleName() == u"Change rule of User:alice"_s);
        QVERIFY(press(*dialogOver(rig.window), u"Change rule"_s));
        QTRY_COMPARE(rig.cluster->acls().value(), QList<AclRule>{topicRule(u"User:alice"_s, AclOperation::Write, u"orders"_s)});
        QTRY_VERIFY(!dialogOver(rig.window));
        QTRY_VERIFY(table->selectKey(models::access::keyOf(topicRule(u"User:alice"_s, AclOperation::Write, u"orders"_s))));

        QVERIFY(trigger(rig.context, "access.delete"));
        QTRY_VERIFY(dialogOver(rig.window));
        auto* plan = dialogOver(rig.window);
        QVERIFY(!press(*plan, u"Delete rule"_s)); // asks for the name
        QVERIFY(plan->findChild<QLineEdit*>()->hasFocus());
        plan->findChild<QLineEdit*>()->setText(u"User:alice"_s);
        rig.context.notices.clear();
        QVERIFY(press(*plan, u"Delete rule"_s));
        QTRY_VERIFY(rig.cluster->acls()->isEmpty());
        QTRY_VERIFY(!rig.context.notices.isEmpty());
        QCOMPARE(rig.context.notices.last().actionText, u"Undo"_s);
        rig.context.notices.last().action();
        QTRY_VERIFY(dialogOver(rig.window));
        QVERIFY(press(*dialogOver(rig.window), u"Add rule"_s));
        QTRY_COMPARE(rig.cluster->acls()->size(), 1);
    }

    void presetsFillTheForm() {
        Rig rig;
        QVERIFY(rig.show());
        QVERIFY(trigger(rig.context, "access.add"));
        auto* form = dialogOver(rig.window);
        auto* kind = fieldNamed<QComboBox>(*form, u"What for"_s);
        kind->setCurrentIndex(3); // a consumer
        fieldNamed<QLineEdit>(*form, u"Principal"_s)->setText(u"User:billing"_s);
        fieldNamed<QLineEdit>(*form, u"Name of the resource"_s)->setText(u"orders"_s);
        QVERIFY(!press(*form, u"Show the plan"_s)); // its group is missing
        fieldNamed<QLineEdit>(*form, u"Group"_s)->setText(u"billing"_s);
        QVERIFY(press(*form, u"Show the plan"_s));
        QTRY_VERIFY(dialogOver(rig.window) && dialogOver(rig.window)->accessibleName() == u"Add rules for User:billing"_s);
        QVERIFY(press(*dialogOver(rig.window), u"Add rules"_s));
        QTRY_COMPARE(rig.cluster->acls()->size(), 3);
    }

    void aUserIsAddedAndThePasswordForgotten() {
        Rig rig;
        QVERIFY(rig.show());
        QVERIFY(trigger(rig.context, "access.addUser"));
        auto* form = dialogOver(rig.window);
        fieldNamed<QLineEdit>(*form, u"User"_s)->setText(u"bob"_s);
        const QPointer<QLineEdit> password = fieldNamed<QLineEdit>(*form, u"Password"_s);
        QVERIFY(password->echoMode() == QLineEdit::Password);
        password->setText(u"canary"_s);
        QVERIFY(!press(*form, u"Show the plan"_s)); // once more, to be sure
        fieldNamed<QLineEdit>(*form, u"Password again"_s)->setText(u"canaryy"_s);
        QVERIFY(!press(*form, u"Show the plan"_s));
        fieldNamed<QLineEdit>(*form, u"Password again"_s)->setText(u"canary"_s);
        QVERIFY(press(*form, u"Show the plan"_s));
        QVERIFY(!password || password->text().isEmpty());
        QTRY_VERIFY(dialogOver(rig.window) && dialogOver(rig.window)->accessibleName() == u"Add user bob"_s);
        for (auto* label : rig.window.findChildren<ui::widgets::PlainLabel*>())
            QVERIFY(!label->text().contains(u"canary"_s));
        QVERIFY(press(*dialogOver(rig.window), u"Add user"_s));
        QTRY_COMPARE(rig.cluster->scramUsers()->size(), 1);
        QCOMPARE(rig.cluster->password, QByteArray("canary"));
    }

    void aLockedConnectionSaysSo() {
        Rig rig;
        rig.readOnly = true;
        rig.cluster->rules = {topicRule(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        QVERIFY(rig.show());
        for (const char* id : {"access.add", "access.edit", "access.delete", "access.addUser", "access.deleteUser"}) {
            QVERIFY2(!trigger(rig.context, id), id);
            QVERIFY(rig.context.registry.find(QLatin1String(id))->refusal().contains(u"read-only"_s));
        }
        QVERIFY(rig.context.registry.find(u"access.export"_s)->isEnabled());
    }

    void statesAreToldAsTheyAre() {
        Rig rig;
        QVERIFY(rig.show());
        QCOMPARE(rig.stateTitle(), u"No rules yet"_s);
        rig.access()->take({fail(ErrorCode::Unsupported, u"ACLs"_s, u"No Authorizer is configured."_s, 54), QList<client::ScramUser>()});
        QCOMPARE(rig.stateTitle(), u"payments has no authorizer"_s);
        QVERIFY(!trigger(rig.context, "access.add"));
        QVERIFY(rig.context.registry.find(u"access.addUser"_s)->isEnabled()); // users do not need one
        rig.access()->take({fail(ErrorCode::NotAuthorized, u"ACLs"_s, u"Cluster authorization failed."_s, 31), fail(ErrorCode::NotAuthorized, u"users"_s, u"Cluster authorization failed."_s, 31)});
        QCOMPARE(rig.stateTitle(), u"This login may not see the rules"_s);
        rig.access()->take({fail(ErrorCode::TimedOut, u"ACLs"_s, u"timed out"_s), fail(ErrorCode::TimedOut, u"users"_s, u"timed out"_s)});
        QCOMPARE(rig.stateTitle(), u"The rules cannot be shown"_s);
        // Once known they stay, marked with their age.
        rig.access()->take({QList<AclRule>{topicRule(u"User:a"_s, AclOperation::Read, u"orders"_s)}, QList<client::ScramUser>()});
        rig.access()->take({fail(ErrorCode::TimedOut, u"ACLs"_s, u"timed out"_s), fail(ErrorCode::TimedOut, u"users"_s, u"timed out"_s)});
        QVERIFY(rig.table(u"Rules"_s)->isVisible());
        bool aged = false;
        for (auto* label : rig.page->findChildren<ui::widgets::PlainLabel*>())
            aged = aged || (label->isVisible() && label->text().startsWith(u"As of "_s));
        QVERIFY(aged);
        SessionFiller::setState(*rig.session, session::SessionState::Connecting);
        SessionFiller::setState(*rig.session, session::SessionState::Failed, {ErrorCode::Unreachable, {}, u"Connection refused"_s, 0});
        QCOMPARE(rig.stateTitle(), u"payments does not answer"_s);
    }

    void hostileNamesAreText() {
        Rig rig;
        rig.cluster->rules = {topicRule(kHostile, AclOperation::Read, u"<b>t</b>"_s)};
        rig.cluster->users = {{u"<b>bob</b>"_s, {{client::ScramMechanism::Sha512, 8192}}}};
        QVERIFY(rig.show());
        QVERIFY(rig.table(u"Rules"_s)->selectKey(models::access::keyOf(rig.cluster->rules[0])));
        QVERIFY(trigger(rig.context, "access.ask"));
        QVERIFY(rig.page->findChild<ui::access::QuestionPanel*>()->answer().contains(models::access::shown(kHostile)));
        for (auto* label : rig.page->findChildren<QLabel*>())
            QVERIFY(!label->text().contains(QChar(0x202E)));
        QVERIFY(trigger(rig.context, "access.edit"));
        for (auto* label : rig.window.findChildren<QLabel*>())
            QVERIFY2(label->textFormat() == Qt::PlainText || !Qt::mightBeRichText(label->text()), qPrintable(label->text()));
        dialogOver(rig.window)->dismiss();
    }
};

SAMSA_TEST(AccessPageTest)
#include "access_page_test.moc"
