#include "embedded-broker/base/random.h"
#include "embedded-broker/security/authorizer.h"
#include "tests/support/test_registry.h"

#include <QTest>
#include <algorithm>
#include <vector>

using namespace broker;
using namespace broker::security;

namespace {

Uuid uuid(std::uint64_t n) {
    Uuid id;
    for (std::size_t i = 0; i < 8; ++i)
        id.bytes[15 - i] = static_cast<std::uint8_t>(n >> (8 * i));
    return id;
}

Acl allow(std::string user, Operation operation, std::string name, PatternType pattern = PatternType::Literal, ResourceType type = ResourceType::Topic,
          std::string host = "*") {
    return {type, std::move(name), pattern, "User:" + user, std::move(host), operation, Permission::Allow};
}
Acl deny(std::string user, Operation operation, std::string name, PatternType pattern = PatternType::Literal) {
    Acl acl = allow(std::move(user), operation, std::move(name), pattern);
    acl.permission = Permission::Deny;
    return acl;
}

struct Rules {
    AclSet acls;
    Authorizer authorizer{{.superUsers = {"User:admin"}, .allowEveryoneIfNoAclFound = false}};
    explicit Rules(std::vector<Acl> all = {}) {
        std::uint64_t n = 0;
        for (auto& acl : all)
            acls.add(uuid(++n), std::move(acl));
    }
    bool may(const std::string& user, Operation operation, const std::string& name, const std::string& host = "127.0.0.1") const {
        return authorizer.authorize(acls, "User:" + user, host, operation, ResourceType::Topic, name);
    }
};

/// What StandardAuthorizer says, without any index.
bool byHand(const std::vector<Acl>& acls, const std::string& principal, const std::string& host, Operation operation, ResourceType type, const std::string& name) {
    bool allowed = false;
    for (const Acl& acl : acls) {
        if (acl.resourceType != type || !covers(acl, name) || (acl.principal != principal && acl.principal != "User:*") ||
            (acl.host != host && acl.host != "*"))
            continue;
        const bool implied = acl.permission == Permission::Allow &&
                             ((operation == Operation::Describe && (acl.operation == Operation::Read || acl.operation == Operation::Write ||
                                                                    acl.operation == Operation::Delete || acl.operation == Operation::Alter)) ||
                              (operation == Operation::DescribeConfigs && acl.operation == Operation::AlterConfigs));
        if (acl.operation != Operation::All && acl.operation != operation && !implied)
            continue;
        if (acl.permission == Permission::Deny)
            return false;
        allowed = true;
    }
    return allowed;
}

} // namespace

class AuthorizerTest : public QObject {
    Q_OBJECT
private slots:
    void patternsCoverWhatTheySay() {
        const Rules rules({allow("a", Operation::Read, "orders"), allow("b", Operation::Read, "ord", PatternType::Prefixed), allow("c", Operation::Read, "*"),
            allow("d", Operation::Read, "*", PatternType::Prefixed)});
        QVERIFY(rules.may("a", Operation::Read, "orders"));
        QVERIFY(!rules.may("a", Operation::Read, "orders2"));
        QVERIFY(!rules.may("a", Operation::Read, "order"));
        QVERIFY(rules.may("b", Operation::Read, "orders") && rules.may("b", Operation::Read, "ord"));
        QVERIFY(!rules.may("b", Operation::Read, "or") && !rules.may("b", Operation::Read, "xord"));
        QVERIFY(rules.may("c", Operation::Read, "anything"));
        QVERIFY(!rules.may("d", Operation::Read, "anything")); // a prefix of one star is no wildcard
        QVERIFY(!rules.may("nobody", Operation::Read, "orders"));
        QVERIFY(rules.may("admin", Operation::Read, "orders"));
    }
    void denyWins() {
        const Rules rules({allow("a", Operation::All, "*"), deny("a", Operation::Write, "secret", PatternType::Prefixed), deny("*", Operation::All, "closed")});
        QVERIFY(rules.may("a", Operation::Read, "secrets") && !rules.may("a", Operation::Write, "secrets"));
        QVERIFY(!rules.may("a", Operation::Read, "closed"));
        QVERIFY(rules.may("admin", Operation::Read, "closed"));
    }
    void allowIncludesDescribeAndDenyDoesNot() {
        for (const auto operation : {Operation::Read, Operation::Write, Operation::Delete, Operation::Alter, Operation::All})
            QVERIFY(Rules({allow("a", operation, "t")}).may("a", Operation::Describe, "t"));
        for (const auto operation : {Operation::Create, Operation::DescribeConfigs, Operation::AlterConfigs})
            QVERIFY(!Rules({allow("a", operation, "t")}).may("a", Operation::Describe, "t"));
        QVERIFY(Rules({allow("a", Operation::AlterConfigs, "t")}).may("a", Operation::DescribeConfigs, "t"));
        QVERIFY(!Rules({allow("a", Operation::Describe, "t")}).may("a", Operation::DescribeConfigs, "t"));
        const Rules rules({allow("a", Operation::Describe, "t"), deny("a", Operation::Read, "t")});
        QVERIFY(rules.may("a", Operation::Describe, "t") && !rules.may("a", Operation::Read, "t"));
    }
    void hostsCount() {
        const Rules rules({allow("a", Operation::Read, "t", PatternType::Literal, ResourceType::Topic, "10.0.0.1")});
        QVERIFY(rules.may("a", Operation::Read, "t", "10.0.0.1") && !rules.may("a", Operation::Read, "t", "10.0.0.2"));
    }
    void whatNothingIsWrittenAbout() {
        Rules rules({allow("a", Operation::Read, "t")});
        rules.authorizer = Authorizer({.superUsers = {}, .allowEveryoneIfNoAclFound = true});
        QVERIFY(rules.may("b", Operation::Write, "other"));
        QVERIFY(!rules.may("b", Operation::Write, "t")); // something is written about it, for somebody else
        QVERIFY(!rules.may("a", Operation::Write, "t"));
    }
    void anyResourceOfAType() {
        const auto any = [](std::vector<Acl> acls) {
            const Rules rules(std::move(acls));
            return rules.authorizer.authorizeByResourceType(rules.acls, "User:a", "127.0.0.1", Operation::Write, ResourceType::Topic);
        };
        QVERIFY(!any({}));
        QVERIFY(any({allow("a", Operation::Write, "t")}));
        QVERIFY(!any({allow("a", Operation::Read, "t")}));
        QVERIFY(any({allow("a", Operation::All, "p", PatternType::Prefixed)}));
        QVERIFY(!any({allow("a", Operation::Write, "t"), deny("a", Operation::Write, "t")}));
        QVERIFY(!any({allow("a", Operation::Write, "tee"), deny("a", Operation::All, "t", PatternType::Prefixed)}));
        QVERIFY(any({allow("a", Operation::Write, "*"), deny("a", Operation::All, "t", PatternType::Prefixed)}));
        QVERIFY(!any({allow("a", Operation::Write, "*"), deny("a", Operation::Write, "*")}));
        const Rules rules;
        QVERIFY(rules.authorizer.authorizeByResourceType(rules.acls, "User:admin", "h", Operation::Write, ResourceType::Topic));
    }
    void filtersMatchAsTheyAreAsked() {
        const Acl literal = allow("a", Operation::Read, "orders");
        const Acl prefixed = allow("a", Operation::Read, "ord", PatternType::Prefixed);
        const Acl wildcard = allow("a", Operation::Read, "*");
        const auto count = [&](const AclFilter& filter) { return int(filter.matches(literal)) + int(filter.matches(prefixed)) + int(filter.matches(wildcard)); };
        QCOMPARE(count({}), 3);
        QCOMPARE(count({.resourceName = "orders", .patternType = PatternType::Match}), 3);
        QCOMPARE(count({.resourceName = "orders", .patternType = PatternType::Any}), 1);
        QCOMPARE(count({.resourceName = "ord", .patternType = PatternType::Prefixed}), 1);
        QCOMPARE(count({.resourceName = "ord", .patternType = PatternType::Literal}), 0);
        QCOMPARE(count({.resourceName = "other", .patternType = PatternType::Match}), 1);
        QCOMPARE(count({.patternType = PatternType::Literal}), 2);
        QCOMPARE(count({.resourceType = ResourceType::Group}), 0);
        QCOMPARE(count({.principal = "User:b"}), 0);
        QCOMPARE(count({.host = "*", .operation = Operation::Read, .permission = Permission::Allow}), 3);
        QCOMPARE(count({.operation = Operation::Write}), 0);
    }
    void superUsersAreRead() {
        const auto users = Authorizer::parseSuperUsers("User:admin; User:CN=broker,O=us;");
        QVERIFY(users);
        QCOMPARE(users->size(), 2U);
        QVERIFY(users->contains("User:CN=broker,O=us"));
        QVERIFY(!Authorizer::parseSuperUsers("admin"));
        QVERIFY(!Authorizer::parseSuperUsers("User:"));
    }
    /// CVE-2024-27309: removing an ACL must not touch the others of its resource; and the index answers as a search by hand does.
    void addingAndRemovingInAnyOrderKeepsTheRest() {
        const auto random = makeSeededRandom(27'309);
        const std::vector<std::string> names{"a", "ab", "abc", "b", "*", "abcd"};
        const std::vector<Operation> operations{Operation::All, Operation::Read, Operation::Write, Operation::Describe, Operation::AlterConfigs, Operation::DescribeConfigs};
        AclSet set;
        std::map<Uuid, Acl> model;
        const Authorizer authorizer({.superUsers = {}, .allowEveryoneIfNoAclFound = false});
        for (int step = 0; step < 3000; ++step) {
            if (!model.empty() && random->below(100) < 45) {
                auto victim = std::next(model.begin(), static_cast<std::ptrdiff_t>(random->below(model.size())));
                QVERIFY(set.remove(victim->first));
                QVERIFY(!set.remove(victim->first));
                model.erase(victim);
            } else {
                const Acl acl{random->below(2) == 0 ? ResourceType::Topic : ResourceType::Group, names[random->below(names.size())],
                              random->below(2) == 0 ? PatternType::Literal : PatternType::Prefixed, random->below(4) == 0 ? "User:*" : "User:u" + std::to_string(random->below(2)),
                              random->below(3) == 0 ? "10.0.0.1" : "*", operations[random->below(operations.size())],
                              random->below(4) == 0 ? Permission::Deny : Permission::Allow};
                const Uuid id = uuid(static_cast<std::uint64_t>(step) + 100);
                set.add(id, acl);
                model.emplace(id, acl);
            }
            QCOMPARE(set.all(), model);
            std::vector<Acl> all;
            for (const auto& [id, acl] : model)
                all.push_back(acl);
            for (int question = 0; question < 8; ++question) {
                const std::string user = "User:u" + std::to_string(random->below(3));
                const std::string host = random->below(2) == 0 ? "10.0.0.1" : "10.0.0.2";
                const auto operation = operations[1 + random->below(operations.size() - 1)];
                const auto type = random->below(2) == 0 ? ResourceType::Topic : ResourceType::Group;
                const std::string name = random->below(3) == 0 ? "abx" : names[random->below(names.size())];
                QCOMPARE(authorizer.authorize(set, user, host, operation, type, name), byHand(all, user, host, operation, type, name));
            }
        }
    }
};

SAMSA_TEST(AuthorizerTest)
#include "authorizer_test.moc"
