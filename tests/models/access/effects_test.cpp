// What a change of rules does to people; presets; what the cluster answers and what is shown of it.
#include "models/access/access_service.h"
#include "models/access/effects.h"
#include "models/access/presets.h"
#include "models/access/rule_rows.h"
#include "tests/support/session_filler.h"
#include "tests/support/test_registry.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace models;
using namespace models::access;
using namespace Qt::StringLiterals;
using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;

namespace {

AclRule allow(const QString& principal, AclOperation operation, const QString& name, AclPattern pattern = AclPattern::Literal) {
    return {AclResource::Topic, name, pattern, principal, u"*"_s, operation, AclPermission::Allow};
}
AclRule denied(AclRule rule) {
    rule.permission = AclPermission::Deny;
    return rule;
}

const KnownNames kKnown{{u"orders"_s, u"payments"_s, u"payments.eu"_s}, {u"billing"_s}, {u"User:carol"_s}};

} // namespace

class EffectsTest : public QObject {
    Q_OBJECT
private slots:
    void aPrefixIsToldByTheTopicsThatItMeets() {
        const auto effects = effectsOf({}, {allow(u"User:a"_s, AclOperation::Write, u"pay"_s, AclPattern::Prefixed)}, kKnown);
        QCOMPARE(effects.size(), 1); // Describe comes along with Write
        QCOMPARE(effects[0].names, QStringList({u"payments"_s, u"payments.eu"_s}));
        QVERIFY(effects[0].gained && effects[0].operation == AclOperation::Write);
    }
    void whatAnotherRuleStillAllowsIsNoLoss() {
        const auto all = allow(u"User:a"_s, AclOperation::Read, u"*"_s), one = allow(u"User:a"_s, AclOperation::Read, u"orders"_s);
        QVERIFY(effectsOf({all, one}, {all}, kKnown).isEmpty());
        const auto lost = effectsOf({all, one}, {one}, kKnown);
        QCOMPARE(lost.size(), 1);
        QVERIFY(!lost[0].gained);
        QCOMPARE(lost[0].names, QStringList({u"payments"_s, u"payments.eu"_s}));
    }
    void aDenialThatGoesGivesBack() {
        const auto write = allow(u"User:a"_s, AclOperation::Write, u"pay"_s, AclPattern::Prefixed);
        const auto no = denied(allow(u"User:a"_s, AclOperation::Write, u"payments.eu"_s));
        const auto effects = effectsOf({write, no}, {write}, kKnown);
        QCOMPARE(effects.size(), 1);
        QVERIFY(effects[0].gained);
        QCOMPARE(effects[0].names, QStringList{u"payments.eu"_s});
        QCOMPARE(sentencesOf(effects, 3), QStringList{u"User:a gets Write on Topic payments.eu."_s});
    }
    void everybodyIsEachWhoIsKnown() {
        const auto one = allow(u"User:a"_s, AclOperation::Read, u"orders"_s);
        const auto effects = effectsOf({one}, {one, denied(allow(u"User:*"_s, AclOperation::Read, u"orders"_s))}, kKnown);
        QCOMPARE(effects.size(), 1); // carol could not read it before
        QCOMPARE(effects[0].principal, u"User:a"_s);
        QVERIFY(!effects[0].gained);
        const auto open = effectsOf({}, {allow(u"User:*"_s, AclOperation::Read, u"orders"_s)}, kKnown);
        QCOMPARE(open.size(), 2); // everybody, and carol
    }
    void namesThatNobodyKnowsCountToo() {
        const auto effects = effectsOf({}, {allow(u"User:a"_s, AclOperation::Read, u"not.yet"_s)}, kKnown);
        QCOMPARE(effects.size(), 1);
        QCOMPARE(effects[0].names, QStringList{u"not.yet"_s});
    }
    void sentencesAreFewAndPlain() {
        QList<AclRule> rules;
        for (const auto operation : {AclOperation::Read, AclOperation::Delete})
            rules.append(allow(u"User:<b>x</b> %1"_s, operation, u"orders"_s));
        QCOMPARE(sentencesOf(effectsOf({}, rules, kKnown), 3), QStringList{u"User:<b>x</b> %1 gets Read, Delete on Topic orders."_s});
        QList<AclRule> many;
        for (int i = 0; i < 9; ++i)
            many.append(allow(u"User:%1"_s.arg(i), AclOperation::Read, u"orders"_s));
        QCOMPARE(sentencesOf(effectsOf({}, many, kKnown), 3).size(), 4);
    }

    void presetsAreThoseOfKafkasTool() {
        PresetWish wish;
        wish.principal = u"User:a"_s;
        wish.topic = {u"orders"_s, AclPattern::Prefixed};
        wish.group = {u"billing"_s, AclPattern::Literal};
        wish.preset = Preset::Producer;
        const auto producer = rulesOf(wish);
        QCOMPARE(producer.size(), 3);
        for (const auto operation : {AclOperation::Write, AclOperation::Describe, AclOperation::Create})
            QVERIFY(producer.contains(allow(u"User:a"_s, operation, u"orders"_s, AclPattern::Prefixed)));
        wish.preset = Preset::Consumer;
        const auto consumer = rulesOf(wish);
        QCOMPARE(consumer.size(), 3);
        QVERIFY(consumer.contains({AclResource::Group, u"billing"_s, AclPattern::Literal, u"User:a"_s, u"*"_s, AclOperation::Read, AclPermission::Allow}));
        wish.preset = Preset::TransactionalProducer;
        wish.transactionalId = {u"tx"_s, AclPattern::Literal};
        QCOMPARE(rulesOf(wish).size(), 5);
        wish.idempotentCluster = true;
        QVERIFY(rulesOf(wish).contains({AclResource::Cluster, kClusterName, AclPattern::Literal, u"User:a"_s, u"*"_s, AclOperation::IdempotentWrite, AclPermission::Allow}));
        wish.preset = Preset::Admin;
        const Evaluator admin(rulesOf(wish));
        for (const auto resource : {AclResource::Topic, AclResource::Group, AclResource::TransactionalId})
            for (const auto& decision : admin.decideAll({u"User:a"_s, {}, resource, u"anything"_s}))
                QVERIFY(decision.verdict == Verdict::Allowed);
        for (const auto& decision : admin.decideAll({u"User:a"_s, {}, AclResource::Cluster, kClusterName}))
            QVERIFY(decision.verdict == Verdict::Allowed);
    }

    void rowsStayWhereTheyAre() {
        RuleTableModel model;
        const QAbstractItemModelTester tester(&model, QAbstractItemModelTester::FailureReportingMode::QtTest);
        const auto one = allow(u"User:a"_s, AclOperation::Read, u"orders"_s), two = denied(one);
        model.setRows({{one, {}, false, false, {}}, {two, {}, false, false, {}}});
        QCOMPARE(model.rowCount(), 2);
        QSignalSpy removed(&model, &QAbstractItemModel::rowsRemoved), reset(&model, &QAbstractItemModel::modelReset);
        model.setRows({{two, u"decides Read"_s, true, false, {}}});
        QCOMPARE(removed.size(), 1);
        QVERIFY(reset.isEmpty());
        QCOMPARE(model.index(0, RuleTableModel::SaysColumn).data().toString(), u"deny"_s);
        QVERIFY(model.rowOfKey(keyOf(two)) == 0);
        // What a newer Kafka may have is shown by its number.
        AclRule strange = one;
        strange.operation = static_cast<AclOperation>(42);
        strange.resource = static_cast<AclResource>(9);
        model.setRows({{strange, {}, false, false, {}}});
        QCOMPARE(model.index(0, RuleTableModel::OperationColumn).data().toString(), u"operation 42"_s);
    }

    void notesSayWhatIsWorthKnowing() {
        auto elsewhere = allow(u"User:a"_s, AclOperation::Write, u"orders"_s);
        elsewhere.host = u"10.0.0.1"_s;
        const AclRule group{AclResource::Group, u"nobody"_s, AclPattern::Literal, u"User:a"_s, u"*"_s, AclOperation::Read, AclPermission::Allow};
        const QList<AclRule> rules{allow(u"User:a"_s, AclOperation::Write, u"pay"_s, AclPattern::Prefixed), denied(allow(u"User:a"_s, AclOperation::Write, u"payments"_s)),
            allow(u"User:*"_s, AclOperation::Describe, u"*"_s), allow(u"User:b"_s, AclOperation::Read, u"gone."_s, AclPattern::Prefixed), elsewhere, group};
        const auto book = RuleBook::of(rules, &kKnown);
        const Question question{u"User:a"_s, {}, AclResource::Topic, u"payments"_s};
        const auto rows = rowsOf(book, book.evaluator.decideAll(question), AclOperation::Write);
        QStringList notes;
        for (const auto& row : rows)
            notes.append(row.note);
        QCOMPARE(notes, QStringList({u"decides Describe; overruled"_s, u"decides Write"_s, u"everyone"_s, u"matches no topic now"_s, u"only from 10.0.0.1"_s, u"matches no group now"_s}));
        QVERIFY(rows[1].decides && !rows[0].decides);
        QCOMPARE(book.idle, QSet<int>({3, 5}));
        QCOMPARE(book.rulesOfPrincipal.value(u"User:a"_s), 4);
        QVERIFY(RuleBook::of(rules, nullptr).idle.isEmpty());
    }

    void statesAreHonest() {
        session::SessionConfig config;
        config.client.bootstrapServers = u"a:1"_s;
        session::ClusterSession session(config);
        AccessService service(&session);
        QSignalSpy changed(&service, &AccessService::changed);
        QVERIFY(service.rulesState() == PartState::Unknown && !service.snapshot());
        const QList<AclRule> rules{allow(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        const QList<client::ScramUser> users{{u"alice"_s, {{client::ScramMechanism::Sha512, 8192}}}};
        service.take({rules, users});
        QVERIFY(service.rulesState() == PartState::Known && service.usersState() == PartState::Known);
        QCOMPARE(service.snapshot()->rules, rules);
        // A round that fails leaves what was known, with the reason.
        service.take({fail(ErrorCode::TimedOut, u"ACLs"_s, u"timed out"_s), users});
        QVERIFY(service.rulesState() == PartState::Failed);
        QCOMPARE(service.snapshot()->rules, rules);
        QCOMPARE(service.snapshot().errors.size(), 1);
        // Who may no longer see them does not see what he saw before.
        service.take({fail(ErrorCode::NotAuthorized, u"ACLs"_s, u"Cluster authorization failed."_s, 31), fail(ErrorCode::NotAuthorized, u"users"_s, {}, 31)});
        QVERIFY(service.rulesState() == PartState::NotAllowed && service.usersState() == PartState::NotAllowed);
        QVERIFY(service.snapshot()->rules.isEmpty() && service.snapshot()->users.isEmpty());
        service.take({fail(ErrorCode::Unsupported, u"ACLs"_s, u"No Authorizer is configured."_s, 54), users});
        QVERIFY(service.rulesState() == PartState::Off && service.usersState() == PartState::Known);
        QCOMPARE(changed.size(), 4);
    }
    void asksWhileSomebodyLooks() {
        session::SessionConfig config;
        config.client.bootstrapServers = u"a:1"_s;
        session::ClusterSession session(config);
        AccessService service(&session);
        QList<std::function<void(AccessAnswers)>> asked;
        service.setSource([&asked](const client::ClientConfig&, std::function<void(AccessAnswers)> answer) { asked.append(std::move(answer)); });
        service.setWatched(true);
        QVERIFY(asked.isEmpty()); // not connected
        session::SessionFiller::setState(session, session::SessionState::Connected);
        QCOMPARE(asked.size(), 1);
        service.refresh(); // one is under way: once more after it
        QCOMPARE(asked.size(), 1);
        QSignalSpy changed(&service, &AccessService::changed);
        asked[0]({QList<AclRule>(), QList<client::ScramUser>()});
        QTRY_COMPARE(changed.size(), 1);
        QCOMPARE(asked.size(), 2);
        // An answer over a connection that is gone is nobody's.
        session::SessionFiller::setState(session, session::SessionState::Connecting);
        QVERIFY(!service.snapshot());
        asked[1]({QList<AclRule>{allow(u"User:a"_s, AclOperation::Read, u"x"_s)}, QList<client::ScramUser>()});
        QCoreApplication::processEvents();
        QVERIFY(!service.snapshot());
    }
};

SAMSA_TEST(EffectsTest)
#include "effects_test.moc"
