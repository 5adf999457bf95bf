// Rules and users through the one way to change anything: what the plan says, what is done, what is left in the audit trail, and how it is undone.
#include "models/changes/change_service.h"
#include "models/store/database.h"
#include "tests/support/ruled_cluster.h"
#include "tests/support/test_registry.h"

#include <QDir>
#include <QFile>
#include <QTemporaryDir>
#include <QTest>
#include <mutex>

using namespace models;
using namespace models::changes;
using tests::RuledCluster;
using namespace Qt::StringLiterals;
using client::AclOperation;
using client::AclPattern;
using client::AclPermission;
using client::AclResource;
using client::AclRule;

namespace {

AclRule rule(const QString& principal, AclOperation operation, const QString& topic, AclPattern pattern = AclPattern::Literal, AclPermission permission = AclPermission::Allow) {
    return {AclResource::Topic, topic, pattern, principal, u"*"_s, operation, permission};
}

} // namespace

class AccessChangesTest : public QObject {
    Q_OBJECT
private slots:
    void init() {
        m_dir = std::make_unique<QTemporaryDir>();
        m_audit = std::make_unique<audit::AuditLog>(store::Database::open(m_dir->filePath(u"t.db"_s)).value());
        m_cluster = std::make_shared<RuledCluster>();
        m_readOnly = false;
        makeService(false);
    }
    void cleanup() {
        m_service.reset();
        m_audit.reset();
    }

    void aRuleIsPlannedAddedAndTakenBack() {
        m_cluster->rules = {rule(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        const auto plan = planned(AlterAcls{{rule(u"User:a"_s, AclOperation::Write, u"orders"_s), rule(u"User:a"_s, AclOperation::Read, u"orders"_s)}, {}});
        QVERIFY2(plan.has_value(), plan ? "" : qPrintable(plan.error().toString()));
        QCOMPARE(plan->lines.size(), 1);
        QCOMPARE(plan->lines[0].before, u"Allow Read"_s);
        QCOMPARE(plan->lines[0].after, u"Allow Read, Write"_s);
        QCOMPARE(plan->consequences, QStringList{u"User:a gets Write on Topic orders."_s});
        QVERIFY(plan->safety == Safety::Safe);
        QCOMPARE(plan->command, u"kafka-acls.sh --bootstrap-server a:1 --add --allow-principal User:a --operation Write --topic orders"_s); // what is there already is not said again
        const auto done = applied(*plan);
        QVERIFY2(done.has_value() && done->seen, done ? qPrintable(done->verified) : qPrintable(done.error().toString()));
        QCOMPARE(m_cluster->rules.size(), 2);
        const auto rows = m_audit->newest({}, 10).result().value();
        QCOMPARE(rows.size(), 1);
        QCOMPARE(rows[0].kind, u"AlterAcls"_s);
        QVERIFY(rows[0].outcome == audit::Outcome::Done);
        QVERIFY(rows[0].after.contains(u"User:a on Topic orders: Allow Read, Write"_s));
        // Undone as any other change; what was there before stays.
        const auto undo = planned(*plan->undo);
        QVERIFY(undo->safety == Safety::Destructive);
        QCOMPARE(undo->typeToConfirm, u"User:a"_s);
        QVERIFY(applied(*undo).has_value());
        QCOMPARE(m_cluster->rules, QList<AclRule>{rule(u"User:a"_s, AclOperation::Read, u"orders"_s)});
    }

    void deletingSaysWhoLosesWhat() {
        m_cluster->rules = {rule(u"User:a"_s, AclOperation::Read, u"*"_s), rule(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        const auto plan = planned(AlterAcls{{}, {m_cluster->rules[0]}});
        QCOMPARE(plan->consequences, QStringList{u"User:a loses Read on Topic payments."_s});
        QCOMPARE(plan->typeToConfirm, u"User:a"_s);
        QCOMPARE(plan->command, u"kafka-acls.sh --bootstrap-server a:1 --remove --allow-principal User:a --operation Read --topic '*' --force"_s);
        QVERIFY(applied(*plan)->seen);
        QVERIFY(applied(*planned(*plan->undo))->seen);
        QCOMPARE(m_cluster->rules.size(), 2);
    }

    void anEditAddsBeforeItRemoves() {
        m_cluster->rules = {rule(u"User:old"_s, AclOperation::Read, u"orders"_s)};
        const auto plan = planned(AlterAcls{{rule(u"User:new"_s, AclOperation::Read, u"ord"_s, AclPattern::Prefixed)}, {m_cluster->rules[0]}});
        QVERIFY(plan->safety == Safety::Disruptive);
        QVERIFY(planned(AlterAcls{{rule(u"User:new"_s, AclOperation::Read, u"later."_s, AclPattern::Prefixed)}, {}})->consequences.join(u' ').contains(u"exists now"_s));
        QVERIFY2(plan->command.contains(u"--add --allow-principal User:new --operation Read --topic ord --resource-pattern-type prefixed\nkafka-acls.sh"_s), qPrintable(plan->command));
        QVERIFY(applied(*plan)->seen);
        QCOMPARE(m_cluster->order, QStringList({u"+User:new"_s, u"-User:old"_s}));
    }

    void warnsOfTheFirstRuleAboutSomething() {
        QVERIFY(planned(AlterAcls{{rule(u"User:a"_s, AclOperation::Read, u"orders"_s)}, {}})->warnings.join(u' ').contains(u"first rule"_s));
        m_cluster->rules = {rule(u"User:b"_s, AclOperation::Read, u"o"_s, AclPattern::Prefixed)};
        QVERIFY(planned(AlterAcls{{rule(u"User:a"_s, AclOperation::Read, u"orders"_s)}, {}})->warnings.isEmpty());
    }

    void refusesWhatCannotBe() {
        const auto good = rule(u"User:a"_s, AclOperation::Read, u"orders"_s);
        auto bad = good;
        bad.principal = u"alice"_s;
        QVERIFY(planned(AlterAcls{{bad}, {}}).error().code == ErrorCode::Invalid);
        bad = good;
        bad.name.clear();
        QVERIFY(planned(AlterAcls{{bad}, {}}).error().code == ErrorCode::Invalid);
        bad = good;
        bad.name = u"*"_s;
        bad.pattern = AclPattern::Prefixed;
        QVERIFY(planned(AlterAcls{{bad}, {}}).error().code == ErrorCode::Invalid);
        QVERIFY(planned(AlterAcls{{}, {good}}).error().code == ErrorCode::NotFound);
        QVERIFY(planned(AlterAcls{}).error().code == ErrorCode::Invalid);
        m_cluster->rules = {good};
        QVERIFY(planned(AlterAcls{{good}, {}}).error().code == ErrorCode::AlreadyExists);
        m_cluster->refused = Error{ErrorCode::NotAuthorized, u"ACLs"_s, u"Cluster authorization failed."_s, 31};
        QVERIFY(planned(AlterAcls{{good}, {}}).error().code == ErrorCode::NotAuthorized);
    }

    void whatSomebodyElseChangedIsNoticed() {
        const auto plan = planned(AlterAcls{{rule(u"User:a"_s, AclOperation::Write, u"orders"_s)}, {}});
        m_cluster->rules = {rule(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        QVERIFY(applied(*plan).error().code == ErrorCode::ChangedMeanwhile);
        QVERIFY(m_cluster->order.isEmpty());
    }

    void aLockedConnectionIsRefused() {
        makeService(true);
        m_cluster->rules = {rule(u"User:a"_s, AclOperation::Read, u"orders"_s)};
        const auto plan = planned(AlterAcls{{rule(u"User:a"_s, AclOperation::Write, u"orders"_s, AclPattern::Literal, AclPermission::Deny)}, {}});
        QVERIFY(!plan->typeToConfirm.isEmpty()); // production asks for the name even where nothing is lost
        m_readOnly = true;
        QVERIFY(applied(*plan).error().code == ErrorCode::ReadOnly);
        QVERIFY(m_cluster->order.isEmpty());
        QVERIFY(m_audit->newest({}, 10).result()->isEmpty());
    }

    void shellsTakeHostileNames() {
        AclRule hostile{AclResource::Group, u"it's $(rm) %1"_s, AclPattern::Literal, u"User:CN=a b,O='x'"_s, u"10.0.0.1"_s, AclOperation::Read, AclPermission::Deny};
        const auto plan = planned(AlterAcls{{hostile}, {}});
        QCOMPARE(plan->command, u"kafka-acls.sh --bootstrap-server a:1 --add --deny-principal 'User:CN=a b,O='\\''x'\\''' --deny-host 10.0.0.1 --operation Read --group 'it'\\''s $(rm) %1'"_s);
        QVERIFY(plan->lines[0].what.contains(u"%1"_s));
        // What cannot be seen is written out, everywhere: no name looks like another.
        const auto hidden = planned(AlterAcls{{rule(u"User:\u202Enimda"_s, AclOperation::Read, u"orders"_s)}, {}});
        QVERIFY2(hidden->command.contains(u"--allow-principal $'User:\\u202enimda'"_s), qPrintable(hidden->command));
        const QString said = hidden->title + hidden->lines[0].what + hidden->consequences.join(u' ');
        QVERIFY2(!said.contains(QChar(0x202E)) && said.contains(u"\\u{202E}nimda"_s), qPrintable(said));
        m_cluster->rules = {rule(u"User:\u202Enimda"_s, AclOperation::Read, u"orders"_s)};
        QCOMPARE(planned(AlterAcls{{}, m_cluster->rules})->typeToConfirm, u"User:\\u{202E}nimda"_s); // can be typed
    }

    void aUserComesAndGoes() {
        const auto plan = planned(AlterScramUser{credential(u"bob"_s, "s3cret-canary")});
        QVERIFY2(plan.has_value(), plan ? "" : qPrintable(plan.error().toString()));
        QCOMPARE(plan->title, u"Add user bob"_s);
        QCOMPARE(plan->command, u"kafka-configs.sh --bootstrap-server a:1 --alter --add-config \"SCRAM-SHA-512=[iterations=8192,password=$PASSWORD]\" --entity-type users --entity-name bob"_s);
        QVERIFY(applied(*plan)->seen);
        QCOMPARE(m_cluster->password, QByteArray("s3cret-canary"));
        const auto undo = planned(*plan->undo);
        QVERIFY(undo->safety == Safety::Destructive);
        QCOMPARE(undo->typeToConfirm, u"bob"_s);
        QCOMPARE(undo->command, u"kafka-configs.sh --bootstrap-server a:1 --alter --delete-config SCRAM-SHA-512 --entity-type users --entity-name bob"_s);
        QVERIFY(applied(*undo)->seen);
        QVERIFY(m_cluster->users.isEmpty());
        QVERIFY(planned(*plan->undo).error().code == ErrorCode::NotFound);
    }

    void anotherPasswordCannotBeTakenBack() {
        m_cluster->users = {{u"bob"_s, {{client::ScramMechanism::Sha256, 4096}, {client::ScramMechanism::Sha512, 4096}}}};
        const auto plan = planned(AlterScramUser{credential(u"bob"_s, "other")});
        QCOMPARE(plan->title, u"Change password of bob"_s);
        QVERIFY(plan->undo == nullptr && plan->safety == Safety::Disruptive);
        QVERIFY(applied(*plan)->seen);
        // Deleted is the user, not one of its passwords.
        auto all = credential(u"bob"_s, "");
        all.password = nullptr;
        all.mechanism = client::ScramMechanism::Unknown;
        const auto gone = planned(AlterScramUser{all});
        QCOMPARE(gone->lines.size(), 2);
        QVERIFY(applied(*gone)->seen);
        QVERIFY(m_cluster->users.isEmpty());
    }

    void whoChangesHimselfIsWarned() {
        m_cluster->login = u"bob"_s;
        m_cluster->users = {{u"bob"_s, {{client::ScramMechanism::Sha512, 4096}}}};
        QVERIFY(planned(AlterScramUser{credential(u"bob"_s, "x")})->warnings.join(u' ').contains(u"yourself"_s));
        QVERIFY(planned(AlterScramUser{credential(u"carol"_s, "x")})->warnings.isEmpty());
        const AclRule alter{AclResource::Cluster, u"kafka-cluster"_s, AclPattern::Literal, u"User:bob"_s, u"*"_s, AclOperation::Alter, AclPermission::Allow};
        auto all = alter;
        all.operation = AclOperation::All;
        m_cluster->rules = {alter};
        QVERIFY(planned(AlterAcls{{}, {alter}})->warnings.join(u' ').contains(u"You are User:bob here"_s));
        m_cluster->rules = {alter, all};
        QVERIFY(planned(AlterAcls{{}, {alter}})->warnings.isEmpty());
    }

    void badCredentialsAreRefusedBefore() {
        auto wrong = credential(u"bob"_s, "x");
        wrong.iterations = 1;
        QVERIFY(planned(AlterScramUser{wrong}).error().code == ErrorCode::Invalid);
        QVERIFY(planned(AlterScramUser{credential({}, "x")}).error().code == ErrorCode::Invalid);
        QVERIFY(planned(AlterScramUser{credential(u"bob"_s, "")}).error().code == ErrorCode::Invalid);
    }

    /// In no plan, no row of the audit trail, and no byte of any file.
    void thePasswordIsNowhere() {
        const QByteArray canary("c4nary-of-the-password");
        const auto plan = planned(AlterScramUser{credential(u"bob"_s, canary)});
        QVERIFY(applied(*plan).has_value());
        QString said = plan->title + plan->target + plan->command + plan->undoText + plan->consequences.join(u' ') + plan->warnings.join(u' ') + plan->expectation;
        for (const auto& line : plan->lines)
            said += line.what + line.before + line.after;
        const auto rows = m_audit->newest({}, 10).result().value();
        QCOMPARE(rows.size(), 1);
        for (const auto& row : rows)
            said += row.before + row.after + row.command + row.target;
        QVERIFY(!said.contains(QString::fromUtf8(canary)));
        m_service.reset();
        m_audit.reset(); // everything is written now
        int files = 0;
        for (const auto& info : QDir(m_dir->path()).entryInfoList(QDir::Files)) {
            QFile file(info.filePath());
            QVERIFY(file.open(QIODevice::ReadOnly));
            QVERIFY(!file.readAll().contains(canary));
            ++files;
        }
        QVERIFY(files > 0);
    }

private:
    static client::ScramUpsert credential(const QString& user, const QByteArray& password) {
        return {user, client::ScramMechanism::Sha512, 8192, std::make_shared<const client::Secret>(password)};
    }
    void makeService(bool production) {
        Target target;
        target.key = u"c-1"_s;
        target.name = u"payments"_s;
        target.production = production;
        target.bootstrapServers = u"a:1"_s;
        target.readOnly = [this] { return m_readOnly; };
        target.operations = [this] { return m_cluster; };
        m_service = std::make_unique<ChangeService>(target, m_audit.get());
    }
    Result<Plan> planned(const Change& change) {
        std::optional<Result<Plan>> got;
        m_service->plan(change, this, [&got](Result<Plan> plan) { got = std::move(plan); });
        const bool came = QTest::qWaitFor([&got] { return got.has_value(); }, 5000);
        return came ? *got : fail(ErrorCode::TimedOut, {}, u"no plan came"_s);
    }
    Result<Applied> applied(const Plan& plan) {
        std::optional<Result<Applied>> got;
        m_service->apply(plan, this, [&got](Result<Applied> outcome) { got = std::move(outcome); });
        const bool came = QTest::qWaitFor([&got] { return got.has_value(); }, 8000);
        return came ? *got : fail(ErrorCode::TimedOut, {}, u"no outcome came"_s);
    }

    std::unique_ptr<QTemporaryDir> m_dir;
    std::unique_ptr<audit::AuditLog> m_audit;
    std::shared_ptr<RuledCluster> m_cluster;
    std::unique_ptr<ChangeService> m_service;
    bool m_readOnly = false;
};

SAMSA_TEST(AccessChangesTest)
#include "access_changes_test.moc"
