#include "app/demo/shop.h"

#include <ctime>
#include <fmt/format.h>
#include <iterator>

namespace app::demo {

namespace {

struct Article {
    const char* sku;
    const char* name;
    int cents;
};

constexpr Article kArticles[] = {
    {"LAMP-0211", "Desk lamp, brass", 8900},         {"CHR-4410", "Oak chair", 24900},       {"MUG-0007", "Stoneware mug", 1450},
    {"RUG-1180", "Wool rug 160 x 230", 39900},       {"SHLF-332", "Wall shelf, walnut", 11900}, {"CLK-0090", "Kitchen clock", 4590},
    {"BLNK-501", "Linen blanket", 7990},             {"POT-0613", "Cast iron pot", 13900},   {"VASE-218", "Blue vase", 3290},
    {"TBL-9001", "Folding table", 17900},            {"KNF-0405", "Bread knife", 5490},      {"TOWL-077", "Bath towel", 2490},
};
constexpr const char* kCountries[] = {"DE", "DE", "DE", "FR", "FR", "NL", "PL", "IT", "ES", "SE", "AT", "DK"};
constexpr const char* kChannels[] = {"web", "web", "web", "app", "app", "phone"};
constexpr const char* kMethods[] = {"card", "card", "card", "paypal", "invoice", "sepa"};
constexpr const char* kDeclines[] = {"insufficient_funds", "card_expired", "suspected_fraud"};
constexpr const char* kCarriers[] = {"DHL", "GLS", "DPD", "UPS"};
constexpr const char* kWarehouses[] = {"HAM-1", "LYS-2", "WRO-1"};

std::string isoTime(std::int64_t ms) {
    const std::time_t whole = static_cast<std::time_t>(ms / 1000);
    std::tm parts{};
    ::gmtime_r(&whole, &parts);
    char text[32];
    std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%S", &parts);
    return fmt::format("{}.{:03}Z", text, ms % 1000);
}

std::string money(std::int64_t cents) { return fmt::format("{}.{:02}", cents / 100, cents % 100); }

std::vector<std::pair<const char*, std::string>> headers(const char* type, const char* source, const std::string& traceId) {
    return {{"event-type", type}, {"source", source}, {"trace-id", traceId}, {"content-type", "application/json"}};
}

} // namespace

Shop::Shop(std::uint64_t seed)
    : m_random(seed) {}

std::uint64_t Shop::pick(std::uint64_t count) { return m_random() % count; }

std::string Shop::traceId() { return fmt::format("{:016x}{:016x}", m_random(), m_random()); }

void Shop::plan(std::int64_t atMs, bool shipment, Order order) { m_due.push({atMs, m_planned++, shipment, std::move(order)}); }

Message Shop::next(std::int64_t nowMs) {
    if (m_due.empty() || m_due.top().atMs > nowMs)
        return newOrder(nowMs);
    const Due due = m_due.top();
    m_due.pop();
    return due.shipment ? shipment(due.order, nowMs) : payment(due.order, nowMs);
}

Message Shop::newOrder(std::int64_t nowMs) {
    Order order;
    order.number = ++m_orders;
    // Few customers buy often, many seldom: keys are as uneven as in life.
    const std::uint64_t frequent = pick(4);
    order.customer = fmt::format("C-{:05}", frequent == 0 ? pick(40) : pick(8000));
    order.country = kCountries[pick(std::size(kCountries))];
    order.traceId = traceId();
    std::string lines;
    for (std::uint64_t i = 0, count = 1 + pick(4); i < count; ++i) {
        const Article& article = kArticles[pick(std::size(kArticles))];
        const auto quantity = static_cast<std::int64_t>(1 + pick(3));
        order.cents += article.cents * quantity;
        lines += fmt::format(R"({}{{"sku":"{}","name":"{}","quantity":{},"price":{}}})", i == 0 ? "" : ",", article.sku, article.name, quantity,
                             money(article.cents));
    }
    Message message{kOrders, order.customer,
                    fmt::format(R"({{"orderId":"O-{}","customerId":"{}","country":"{}","channel":"{}","placedAt":"{}","items":[{}],"total":{},"currency":"EUR"}})",
                                order.number, order.customer, order.country, kChannels[pick(std::size(kChannels))], isoTime(nowMs), lines,
                                money(order.cents)),
                    headers("order.placed", "shop", order.traceId)};
    plan(nowMs + 200 + static_cast<std::int64_t>(pick(2500)), false, std::move(order));
    return message;
}

Message Shop::payment(const Order& order, std::int64_t nowMs) {
    const bool declined = pick(100) < 7;
    const std::string reason = declined ? fmt::format(R"(,"reason":"{}")", kDeclines[pick(std::size(kDeclines))]) : std::string();
    Message message{kPayments, fmt::format("O-{}", order.number),
                    fmt::format(R"({{"paymentId":"P-{:08x}","orderId":"O-{}","customerId":"{}","amount":{},"currency":"EUR","method":"{}","status":"{}"{},"at":"{}"}})",
                                static_cast<std::uint32_t>(m_random()), order.number, order.customer, money(order.cents),
                                kMethods[pick(std::size(kMethods))], declined ? "declined" : "authorized", reason, isoTime(nowMs)),
                    headers(declined ? "payment.declined" : "payment.authorized", "payments", order.traceId)};
    if (!declined)
        plan(nowMs + 500 + static_cast<std::int64_t>(pick(6000)), true, order);
    return message;
}

Message Shop::shipment(const Order& order, std::int64_t nowMs) {
    return {kShipments, fmt::format("O-{}", order.number),
            fmt::format(R"({{"shipmentId":"S-{:08x}","orderId":"O-{}","country":"{}","warehouse":"{}","carrier":"{}","weightGrams":{},"shippedAt":"{}"}})",
                        static_cast<std::uint32_t>(m_random()), order.number, order.country, kWarehouses[pick(std::size(kWarehouses))],
                        kCarriers[pick(std::size(kCarriers))], 200 + pick(24000), isoTime(nowMs)),
            headers("shipment.sent", "warehouse", order.traceId)};
}

} // namespace app::demo
