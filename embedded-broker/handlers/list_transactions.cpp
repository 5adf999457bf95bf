// ListTransactions (66): the transactional ids that this broker coordinates.
#include "embedded-broker/handlers/access.h"
#include "embedded-broker/handlers/broker_context.h"
#include "embedded-broker/handlers/id_pattern.h"
#include "embedded-broker/handlers/transaction_error_codes.h"
#include "embedded-broker/handlers/transaction_handlers.h"
#include "embedded-broker/protocol/messages/list_transactions_request.h"
#include "embedded-broker/protocol/messages/list_transactions_response.h"
#include "embedded-broker/transactions/transaction_coordinator.h"

#include <algorithm>
#include <array>

namespace broker::handlers {
namespace {

/// As Kafka names them; the last two are never seen, but may be asked for.
constexpr std::array<std::string_view, 8> kStates{"Empty",          "Ongoing",       "PrepareCommit", "PrepareAbort",
                                                  "CompleteCommit", "CompleteAbort", "Dead",          "PrepareEpochFence"};

void handle(BrokerContext& broker, Request<protocol::ListTransactionsRequest> request) {
    protocol::ListTransactionsResponse response;
    const auto listing = broker.transactions->list();
    response.errorCode = protocol::code(kafkaError(listing.error));
    for (const auto& state : request->stateFilters)
        if (std::ranges::find(kStates, state) == kStates.end())
            response.unknownStateFilters.push_back(state);
    if (listing.error != transactions::TransactionError::None)
        return request.reply(response);
    std::optional<IdPattern> pattern;
    if (request->transactionalIdPattern && !request->transactionalIdPattern->empty()) {
        pattern = IdPattern::parse(*request->transactionalIdPattern);
        if (!pattern) {
            response.errorCode = protocol::code(protocol::KafkaError::InvalidRegularExpression);
            return request.reply(response);
        }
    }
    const Access access(broker, request.origin());
    const WallMs now = broker.scheduler.wallNow();
    const auto asked = [](const auto& filters, const auto& value) { return filters.empty() || std::ranges::find(filters, value) != filters.end(); };
    for (const auto& [id, transaction] : listing.transactions) {
        const std::string state(transactions::toString(transaction.state));
        if (!asked(request->producerIdFilters, transaction.producer.id) || !asked(request->stateFilters, state))
            continue;
        if (pattern && !pattern->matches(id))
            continue;
        if (request->durationFilter >= 0 && now - transaction.startedAt <= request->durationFilter)
            continue;
        if (!access.may(Operation::Describe, security::ResourceType::TransactionalId, id))
            continue;
        auto& each = response.transactionStates.emplace_back();
        each.transactionalId = id;
        each.producerId = transaction.producer.id;
        each.transactionState = state;
    }
    request.reply(response);
}

} // namespace

void addListTransactions(HandlerTable& table) { table.add<protocol::ListTransactionsRequest>(handle); }

} // namespace broker::handlers
