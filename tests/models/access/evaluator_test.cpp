// Allowed or denied, and by which rule: by hand for what people ask, and side by side with the embedded broker's authorizer for everything else.
#include "embedded-broker/base/random.h"
#include "embedded-broker/security/authorizer.h"
#include "models/access/evaluator.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace models;
using namespace models::access;
using namespace Qt::StringLiterals;
using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;
namespace security = broker::security;

namespace {

AclRule allow(const QString& user, AclOperation operation, const QString& name, AclPattern pattern = AclPattern::Literal) {
    return {AclResource::Topic, name, pattern, u"User:"_s + user, u"*"_s, operation, AclPermission::Allow};
}
AclRule deny(const QString& user, AclOperation operation, const QString& name, AclPattern pattern = AclPattern::Literal) {
    auto rule = allow(user, operation, name, pattern);
    rule.permission = AclPermission::Deny;
    return rule;
}
AclRule from(AclRule rule, const QString& host) {
    rule.host = host;
    return rule;
}

security::Acl native(const AclRule& rule) {
    return {static_cast<security::ResourceType>(rule.resource), rule.name.toStdString(), static_cast<security::PatternType>(rule.pattern), rule.principal.toStdString(), rule.host.toStdString(),
        static_cast<security::Operation>(rule.operation), static_cast<security::Permission>(rule.permission)};
}

broker::Uuid uuid(int n) {
    broker::Uuid id;
    id.bytes[14] = static_cast<std::uint8_t>(n >> 8);
    id.bytes[15] = static_cast<std::uint8_t>(n);
    return id;
}

} // namespace

class EvaluatorTest : public QObject {
    Q_OBJECT
private slots:
    void decides_data() {
        QTest::addColumn<QList<AclRule>>("rules");
        QTest::addColumn<AclOperation>("operation");
        QTest::addColumn<Verdict>("verdict");
        QTest::addColumn<int>("rule");
        using O = AclOperation;
        const auto row = [](const char* name, QList<AclRule> rules, O operation, Verdict verdict, int rule) { QTest::newRow(name) << rules << operation << verdict << rule; };
        row("nothing", {}, O::Read, Verdict::NoRule, -1);
        row("literal", {allow(u"a"_s, O::Read, u"orders"_s)}, O::Read, Verdict::Allowed, 0);
        row("another operation", {allow(u"a"_s, O::Read, u"orders"_s)}, O::Write, Verdict::NoRule, -1);
        row("another name", {allow(u"a"_s, O::Read, u"order"_s)}, O::Read, Verdict::NoRule, -1);
        row("another user", {allow(u"b"_s, O::Read, u"orders"_s)}, O::Read, Verdict::NoRule, -1);
        row("prefix", {allow(u"a"_s, O::Read, u"ord"_s, AclPattern::Prefixed)}, O::Read, Verdict::Allowed, 0);
        row("prefix of the whole name", {allow(u"a"_s, O::Read, u"orders"_s, AclPattern::Prefixed)}, O::Read, Verdict::Allowed, 0);
        row("prefix that is longer", {allow(u"a"_s, O::Read, u"orders."_s, AclPattern::Prefixed)}, O::Read, Verdict::NoRule, -1);
        row("everything", {allow(u"a"_s, O::Read, u"*"_s)}, O::Read, Verdict::Allowed, 0);
        row("a prefix of one star is no wildcard", {allow(u"a"_s, O::Read, u"*"_s, AclPattern::Prefixed)}, O::Read, Verdict::NoRule, -1);
        row("everybody", {allow(u"*"_s, O::Read, u"orders"_s)}, O::Read, Verdict::Allowed, 0);
        row("all operations", {allow(u"a"_s, O::All, u"orders"_s)}, O::AlterConfigs, Verdict::Allowed, 0);
        row("deny wins", {allow(u"a"_s, O::Read, u"orders"_s), deny(u"a"_s, O::Read, u"*"_s)}, O::Read, Verdict::Denied, 1);
        row("deny for everybody wins", {deny(u"*"_s, O::All, u"ord"_s, AclPattern::Prefixed), allow(u"a"_s, O::Read, u"orders"_s)}, O::Read, Verdict::Denied, 0);
        row("read includes describe", {allow(u"a"_s, O::Read, u"orders"_s)}, O::Describe, Verdict::Allowed, 0);
        row("write includes describe", {allow(u"a"_s, O::Write, u"orders"_s)}, O::Describe, Verdict::Allowed, 0);
        row("delete includes describe", {allow(u"a"_s, O::Delete, u"orders"_s)}, O::Describe, Verdict::Allowed, 0);
        row("alter includes describe", {allow(u"a"_s, O::Alter, u"orders"_s)}, O::Describe, Verdict::Allowed, 0);
        row("create does not", {allow(u"a"_s, O::Create, u"orders"_s)}, O::Describe, Verdict::NoRule, -1);
        row("describing settings is another thing", {allow(u"a"_s, O::Alter, u"orders"_s)}, O::DescribeConfigs, Verdict::NoRule, -1);
        row("altering settings includes describing them", {allow(u"a"_s, O::AlterConfigs, u"orders"_s)}, O::DescribeConfigs, Verdict::Allowed, 0);
        row("a denial includes nothing", {allow(u"a"_s, O::Describe, u"orders"_s), deny(u"a"_s, O::Read, u"orders"_s)}, O::Describe, Verdict::Allowed, 0);
        row("elsewhere", {from(allow(u"a"_s, O::Read, u"orders"_s), u"10.0.0.1"_s)}, O::Read, Verdict::NoRule, -1);
        row("the nearest of several", {allow(u"a"_s, O::Read, u"*"_s), allow(u"a"_s, O::Read, u"o"_s, AclPattern::Prefixed), allow(u"a"_s, O::Read, u"ord"_s, AclPattern::Prefixed)}, O::Read, Verdict::Allowed, 2);
        row("the name before a prefix", {allow(u"a"_s, O::Read, u"orders"_s, AclPattern::Prefixed), allow(u"a"_s, O::Read, u"orders"_s)}, O::Read, Verdict::Allowed, 1);
        row("the same operation before another that includes it", {allow(u"a"_s, O::Read, u"orders"_s), allow(u"a"_s, O::Describe, u"orders"_s)}, O::Describe, Verdict::Allowed, 1);
    }
    void decides() {
        QFETCH(QList<AclRule>, rules);
        QFETCH(AclOperation, operation);
        QFETCH(Verdict, verdict);
        QFETCH(int, rule);
        const auto decision = Evaluator(rules).decide({u"User:a"_s, {}, AclResource::Topic, u"orders"_s}, operation);
        QCOMPARE(static_cast<int>(decision.verdict), static_cast<int>(verdict));
        QCOMPARE(decision.rule, rule);
    }

    void saysWhatADenialOverrules() {
        const Evaluator evaluator({allow(u"a"_s, AclOperation::Write, u"pay"_s, AclPattern::Prefixed), allow(u"a"_s, AclOperation::All, u"*"_s), deny(u"a"_s, AclOperation::Write, u"payments"_s)});
        const auto decision = evaluator.decide({u"User:a"_s, {}, AclResource::Topic, u"payments"_s}, AclOperation::Write);
        QCOMPARE(decision.rule, 2);
        QCOMPARE(decision.overruled, QList<int>({0, 1}));
        QVERIFY(evaluator.decide({u"User:a"_s, {}, AclResource::Topic, u"payments"_s}, AclOperation::Read).overruled.isEmpty());
    }
    void saysFromWhereTheAnswerIsAnother() {
        const Evaluator evaluator({allow(u"a"_s, AclOperation::Read, u"t"_s), from(deny(u"a"_s, AclOperation::Read, u"t"_s), u"10.0.0.1"_s), from(allow(u"a"_s, AclOperation::Write, u"t"_s), u"10.0.0.2"_s)});
        QCOMPARE(evaluator.decide({u"User:a"_s, {}, AclResource::Topic, u"t"_s}, AclOperation::Read).hostsThatDiffer, QStringList{u"10.0.0.1"_s});
        const auto write = evaluator.decide({u"User:a"_s, {}, AclResource::Topic, u"t"_s}, AclOperation::Write);
        QVERIFY(write.verdict == Verdict::NoRule);
        QCOMPARE(write.hostsThatDiffer, QStringList{u"10.0.0.2"_s});
        const auto there = evaluator.decide({u"User:a"_s, u"10.0.0.1"_s, AclResource::Topic, u"t"_s}, AclOperation::Read);
        QVERIFY(there.verdict == Verdict::Denied && there.hostsThatDiffer.isEmpty());
    }
    void knowsWhereNothingIsWritten() {
        const Evaluator evaluator({allow(u"a"_s, AclOperation::Read, u"pay"_s, AclPattern::Prefixed)});
        QVERIFY(!evaluator.nothingWritten(AclResource::Topic, u"payments"_s));
        QVERIFY(evaluator.nothingWritten(AclResource::Topic, u"orders"_s));
        QVERIFY(evaluator.nothingWritten(AclResource::Group, u"payments"_s));
    }
    void aQuestionAskedInPartFindsTheRulesAboutThat() {
        const Evaluator evaluator({allow(u"a"_s, AclOperation::Read, u"orders"_s), allow(u"b"_s, AclOperation::Read, u"ord"_s, AclPattern::Prefixed), allow(u"*"_s, AclOperation::Read, u"payments"_s)});
        QCOMPARE(evaluator.concerning({{}, {}, AclResource::Topic, u"orders"_s}), QList<int>({0, 1}));
        QCOMPARE(evaluator.concerning({u"User:a"_s, {}, AclResource::Topic, {}}), QList<int>({0, 2}));
        QCOMPARE(evaluator.concerning({u"User:a"_s, {}, AclResource::Topic, u"orders"_s}), evaluator.about({u"User:a"_s, {}, AclResource::Topic, u"orders"_s}));
    }
    void principalsGetTheTypeThatKafkaNeeds() {
        QCOMPARE(principalOf(u" alice "_s), u"User:alice"_s);
        QCOMPARE(principalOf(u"User:alice"_s), u"User:alice"_s);
        QCOMPARE(principalOf(u"Group:ops"_s), u"Group:ops"_s);
        QCOMPARE(principalOf(u"CN=a,OU=b"_s), u"User:CN=a,OU=b"_s);
        QCOMPARE(principalOf(u"CN=a:b"_s), u"User:CN=a:b"_s);
        QCOMPARE(principalOf(u":"_s), u"User::"_s);
        QCOMPARE(principalOf({}), QString());
    }
    /// Whatever the rules are: what the window says is what a broker does.
    void agreesWithTheBroker() {
        const auto random = broker::makeSeededRandom(4711);
        const QStringList names{u"a"_s, u"ab"_s, u"abc"_s, u"b"_s, u"*"_s, u"kafka-cluster"_s};
        const QStringList hosts{u"*"_s, u"10.0.0.1"_s, u"10.0.0.2"_s};
        const auto pick = [&](const auto& list) { return list[static_cast<qsizetype>(random->below(static_cast<std::uint64_t>(list.size())))]; };
        const security::Authorizer authorizer({.superUsers = {}, .allowEveryoneIfNoAclFound = false});
        int allowed = 0, denied = 0;
        for (int round = 0; round < 600; ++round) {
            QList<AclRule> rules;
            security::AclSet acls;
            const int count = static_cast<int>(random->below(14));
            for (int i = 0; i < count; ++i) {
                const auto resource = pick(resourceTypes());
                QList<AclOperation> operations = operationsOf(resource);
                operations.append(AclOperation::All);
                const AclRule rule{resource, pick(names), random->below(3) == 0 ? AclPattern::Prefixed : AclPattern::Literal, random->below(4) == 0 ? u"User:*"_s : u"User:u%1"_s.arg(random->below(2)),
                    pick(hosts), pick(operations), random->below(4) == 0 ? AclPermission::Deny : AclPermission::Allow};
                rules.append(rule);
                acls.add(uuid(i + 1), native(rule));
            }
            const Evaluator evaluator(rules);
            for (int i = 0; i < 40; ++i) {
                const auto resource = pick(resourceTypes());
                const Question question{u"User:u%1"_s.arg(random->below(3)), random->below(2) == 0 ? u"10.0.0.1"_s : u"10.9.9.9"_s, resource, pick(names)};
                for (const auto& decision : evaluator.decideAll(question)) {
                    const bool may = authorizer.authorize(acls, question.principal.toStdString(), question.host.toStdString(), static_cast<security::Operation>(decision.operation),
                        static_cast<security::ResourceType>(resource), question.name.toStdString());
                    QCOMPARE(decision.verdict == Verdict::Allowed, may);
                    allowed += may ? 1 : 0;
                    denied += decision.verdict == Verdict::Denied ? 1 : 0;
                    // The rule that is named says so itself.
                    QCOMPARE(decision.rule >= 0, decision.verdict != Verdict::NoRule);
                    if (decision.rule >= 0)
                        QVERIFY((rules[decision.rule].permission == AclPermission::Allow) == (decision.verdict == Verdict::Allowed) && includes(rules[decision.rule], decision.operation)
                            && covers(rules[decision.rule], resource, question.name));
                }
            }
        }
        QVERIFY2(allowed > 300 && denied > 300, qPrintable(u"%1 allowed, %2 denied"_s.arg(allowed).arg(denied)));
    }
    void hasTheBrokersOperations() {
        for (const auto resource : resourceTypes()) {
            QList<int> ours, theirs;
            for (const auto operation : operationsOf(resource))
                ours.append(static_cast<int>(operation));
            for (const auto operation : security::operationsOf(static_cast<security::ResourceType>(resource)))
                theirs.append(static_cast<int>(operation));
            std::sort(ours.begin(), ours.end());
            std::sort(theirs.begin(), theirs.end());
            QCOMPARE(ours, theirs);
        }
    }
};

SAMSA_TEST(EvaluatorTest)
#include "evaluator_test.moc"
