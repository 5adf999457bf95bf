#pragma once
// A small shop, invented: orders come in, most are paid, the paid ones are shipped. Pure and seeded: the same seed and the
// same moments give the same messages.

#include <cstdint>
#include <queue>
#include <random>
#include <string>
#include <utility>
#include <vector>

namespace app::demo {

inline constexpr const char* kOrders = "orders";
inline constexpr const char* kPayments = "payments";
inline constexpr const char* kShipments = "shipments";

struct Message {
    const char* topic = kOrders;
    std::string key;   ///< orders: the customer; payments and shipments: the order
    std::string value; ///< JSON
    std::vector<std::pair<const char*, std::string>> headers;
};

class Shop {
public:
    explicit Shop(std::uint64_t seed);

    /// The message that happens at `nowMs` (wall clock, never going back): a payment or a shipment that is due, else a new
    /// order.
    Message next(std::int64_t nowMs);

private:
    struct Order {
        std::uint64_t number = 0;
        std::string customer;
        std::string country;
        std::int64_t cents = 0;
        std::string traceId;
    };
    struct Due {
        std::int64_t atMs = 0;
        std::uint64_t sequence = 0; ///< of equal moments the earlier planned comes first
        bool shipment = false;
        Order order;
        bool operator<(const Due& other) const { return std::pair(atMs, sequence) > std::pair(other.atMs, other.sequence); }
    };

    Message newOrder(std::int64_t nowMs);
    Message payment(const Order& order, std::int64_t nowMs);
    Message shipment(const Order& order, std::int64_t nowMs);
    void plan(std::int64_t atMs, bool shipment, Order order);
    std::uint64_t pick(std::uint64_t count);
    std::string traceId();

    std::mt19937_64 m_random;
    std::uint64_t m_orders = 100'000;
    std::uint64_t m_planned = 0;
    std::priority_queue<Due> m_due;
};

} // namespace app::demo
