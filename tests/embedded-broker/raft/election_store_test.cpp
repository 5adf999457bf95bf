#include "embedded-broker/raft/election_store.h"
#include "tests/support/test_registry.h"

#include <QTest>

using namespace broker::raft;

class ElectionStoreTest : public QObject {
    Q_OBJECT
private slots:
    void writesAsKafkaDoes() {
        QCOMPARE(printElectionState({3, 1, -1}, {1, 2}),
                 std::string(R"({"clusterId":"","leaderId":1,"leaderEpoch":3,"votedId":-1,"appliedOffset":0,)"
                             R"("currentVoters":[{"voterId":1},{"voterId":2}],"data_version":0})"));
    }
    void readsItBack() {
        const ElectionState state{7, -1, 2};
        QVERIFY(parseElectionState(printElectionState(state, {1, 2, 3})) == state);
    }
    void refusesWhatIsNotOne() {
        QVERIFY(!parseElectionState(""));
        QVERIFY(!parseElectionState(R"({"leaderEpoch":1})"));
        QVERIFY(!parseElectionState(R"({"leaderEpoch":-4,"data_version":0})"));
        QVERIFY(!parseElectionState(R"({"leaderEpoch":1,"data_version":9})"));
    }
};

SAMSA_TEST(ElectionStoreTest)
#include "election_store_test.moc"
