#include "embedded-broker/handlers/transaction_check.h"

#include "embedded-broker/replication/replica_manager.h"

#include <fmt/format.h>
#include <memory>

namespace broker::handlers {
namespace {

using protocol::KafkaError;

TransactionVerdict verdictOf(KafkaError error, TransactionDialect dialect) {
    switch (error) {
    case KafkaError::None: return {};
    case KafkaError::ProducerFenced: return {KafkaError::InvalidProducerEpoch, {}};
    case KafkaError::TransactionAbortable:
        if (dialect == TransactionDialect::Oldest)
            return {KafkaError::InvalidTxnState, "Partition was not added to the transaction"};
        return {error, {}};
    case KafkaError::ConcurrentTransactions:
        if (dialect == TransactionDialect::Adding)
            return {error, {}};
        [[fallthrough]];
    case KafkaError::NetworkException:
    case KafkaError::CoordinatorLoadInProgress:
    case KafkaError::CoordinatorNotAvailable:
    case KafkaError::NotCoordinator:
        // Older clients may not come again after these; this one they repeat without asking for metadata.
        return {KafkaError::NotEnoughReplicas,
                fmt::format("Unable to verify the partition has been added to the transaction. Underlying error: {}", protocol::name(error))};
    default: return {error, {}};
    }
}

/// One partition that the coordinator is asked about.
struct Asked {
    std::size_t index = 0;
    std::shared_ptr<replication::Partition> partition;
    LeaderEpoch leaderEpoch = kNoEpoch;
    std::shared_ptr<const bool> goesOn; ///< false once the producer's transaction has ended here
};

} // namespace

void checkTransaction(BrokerContext& broker, const std::string& transactionalId, ProducerId producer, ProducerEpoch epoch,
                      const std::vector<TopicPartition>& partitions, TransactionDialect dialect,
                      std::move_only_function<void(std::vector<TransactionVerdict>)> done) {
    std::vector<TransactionVerdict> verdicts(partitions.size());
    const bool adding = dialect == TransactionDialect::Adding;
    std::vector<Asked> asked;
    TransactionGate::Question question{transactionalId, producer, epoch, {}, adding};
    if (adding || broker.settings.transactionVerification) {
        for (std::size_t i = 0; i < partitions.size(); ++i) {
            auto partition = broker.replicas->find(partitions[i]);
            if (!partition || !partition->isLeader() || partition->log().hasOpenTransaction(producer, epoch))
                continue;
            const LeaderEpoch leaderEpoch = partition->leaderEpoch();
            auto goesOn = partition->log().watchTransaction(producer);
            asked.push_back({i, std::move(partition), leaderEpoch, std::move(goesOn)});
            question.partitions.push_back(partitions[i]);
        }
    }
    if (asked.empty())
        return done(std::move(verdicts));
    broker.transactionGate->ask(question, [asked = std::move(asked), verdicts = std::move(verdicts), dialect, adding,
                                           done = std::move(done)](const std::vector<KafkaError>& codes) mutable {
        for (std::size_t n = 0; n < asked.size(); ++n) {
            auto& verdict = verdicts[asked[n].index];
            verdict = verdictOf(codes.at(n), dialect);
            // The answer may be older than the transaction's end. Where every end bumps the epoch the log sees that itself; elsewhere a marker
            // that came meanwhile says so, and another leader's marker the epoch.
            if (verdict.error == KafkaError::None && !adding && (!*asked[n].goesOn || asked[n].partition->leaderEpoch() != asked[n].leaderEpoch))
                verdict = {KafkaError::InvalidTxnState, "Record was not part of an ongoing transaction"};
        }
        done(std::move(verdicts));
    });
}

} // namespace broker::handlers
