#pragma once
// Handlers of the family of users, offered together by addScramUserHandlers.

namespace broker::handlers {

class HandlerTable;

void addDescribeClientQuotas(HandlerTable& table);

} // namespace broker::handlers
