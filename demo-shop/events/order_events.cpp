#include "events/order_events.h"

#include <utility>

namespace demo {

const troupe::topic::TopicConfig kOrderEvents{.name = "orders", .partitions = 4};

const troupe::topic::TopicConfig kAdminActs{.name = "audit", .retention_age = std::chrono::hours(365 * 24)};

namespace {

troupe::topic::Topics topics(troupe::topic::LogFactory log = {}) {
  troupe::topic::Topics topics(std::move(log));
  topics.add(kOrderEvents, {{.name = "sales", .service = "ProductSales", .method = "onOrders", .key = "main"},
                            {.name = "history", .service = "OrderHistory", .method = "onOrders"},
                            {.name = "desk", .service = "OrderDesk", .method = "onOrders", .key = "main"}});
  topics.add(kAdminActs, {{.name = "log", .service = "AdminLog", .method = "onActs", .key = "main"}});
  return topics;
}

}  // namespace

void host_topics(troupe::Node& node, troupe::topic::LogFactory log) { topics(std::move(log)).host(node); }

void declare_topics(troupe::Node& node, std::chrono::nanoseconds timeout) { topics().declare(node, timeout); }

}  // namespace demo
