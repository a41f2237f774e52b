#include <fmt/format.h>
#include <troupe/node.h>

#include <atomic>
#include <chrono>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "actors.h"
#include "audit/report.h"
#include "catalogue.capnp.troupe.h"
#include "commands/commands.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "insist.h"
#include "lists.h"
#include "load/load.h"
#include "nodes/exit_codes.h"
#include "stock.capnp.troupe.h"

namespace demo {

namespace {

constexpr const char* kDefaultUrl = "http://127.0.0.1:8080";
constexpr std::uint32_t kLoadStock = 1'000'000;

double ms(std::chrono::microseconds time) { return static_cast<double>(time.count()) / 1'000; }

void print_second(const LoadTotals& so_far, const Latencies& second) {
  fmt::print(
      "{:5.0f} s  {:6} requests/s  p50 {:7.2f} ms  p99 {:7.2f} ms  {} orders  {} asked again  {} failed  {} wrong\n",
      so_far.seconds, second.count(), ms(second.quantile(0.5)), ms(second.quantile(0.99)), so_far.orders,
      so_far.asked_again, so_far.failed, so_far.wrong);
  std::fflush(stdout);
}

// A seat among the nodes, for what only those who look after the shop may.
class BackOffice {
 public:
  explicit BackOffice(const ShopConfig& config) : node_(client_config(config, {})) {
    host_shop(node_, order_log(config.orders_topic), web_urls(config.web));
    node_.start();
    if (!node_.wait_connected(std::chrono::seconds(30)))
      throw troupe::Error(troupe::ErrorKind::unavailable,
                          fmt::format("not all nodes of {} answer; is the shop up?", config.file.string()));
  }
  // So that nothing runs out in the middle.
  void restock() {
    const auto run = fmt::format("load-{}", std::chrono::system_clock::now().time_since_epoch().count());
    std::string after;
    for (bool more = true; more;) {
      auto page = insist([&] {
        return node_.ref<shop::Catalogue>("main").search([&](auto p) {
          p.setAfter(after);
          p.setLimit(500);
        });
      });
      for (auto entry : page->getEntries()) {
        after = to_string(entry.getSku());
        insist([&] {
          return node_.ref<shop::Stock>(after).restock([&](auto p) {
            p.setDelivery(run);
            p.setQuantity(kLoadStock);
          });
        });
      }
      more = page->getMore();
    }
  }
  // What does not agree, among the books and with what the shoppers were told.
  [[nodiscard]] std::vector<std::string> audit(const Acknowledged& acknowledged) {
    const auto books = collect(node_);
    auto found = mismatches(books);
    auto told = acknowledged;
    for (const auto& order : books.orders)  // what was being placed when its shopper left
      if (const auto it = told.find(order.id); it != told.end() && it->second == shop::OrderStatus::PLACING)
        it->second = order.status;
    for (auto& lost : mismatches(books, told)) found.push_back(std::move(lost));
    return found;
  }

 private:
  troupe::Node node_;
};

nlohmann::json as_json(const LoadTotals& totals, bool audited, const std::vector<std::string>& found) {
  const auto quantile = [&](double share) { return ms(totals.latencies.quantile(share)); };
  return {{"seconds", totals.seconds},
          {"requests", totals.requests},
          {"requestsPerSecond", totals.seconds > 0 ? static_cast<double>(totals.requests) / totals.seconds : 0},
          {"p50Ms", quantile(0.5)},
          {"p90Ms", quantile(0.9)},
          {"p99Ms", quantile(0.99)},
          {"longestMs", quantile(1)},
          {"askedAgain", totals.asked_again},
          {"failed", totals.failed},
          {"wrong", totals.wrong},
          {"complaints", totals.complaints},
          {"shoppers", totals.shoppers},
          {"orders", totals.orders},
          {"confirmed", totals.confirmed},
          {"refused", totals.refused},
          {"cancelled", totals.cancelled},
          {"audited", audited},
          {"mismatches", found}};
}

void print_totals(const LoadTotals& totals, bool audited, const std::vector<std::string>& found) {
  for (const auto& complaint : totals.complaints) fmt::print("WRONG  {}\n", complaint);
  for (const auto& mismatch : found) fmt::print("MISMATCH  {}\n", mismatch);
  const auto quantile = [&](double share) { return ms(totals.latencies.quantile(share)); };
  fmt::print("{} requests in {:.1f} s ({:.0f} a second): p50 {:.2f}, p90 {:.2f}, p99 {:.2f}, longest {:.1f} ms\n",
             totals.requests, totals.seconds,
             totals.seconds > 0 ? static_cast<double>(totals.requests) / totals.seconds : 0, quantile(0.5),
             quantile(0.9), quantile(0.99), quantile(1));
  fmt::print("{} shoppers made {} orders: {} confirmed, of which {} cancelled, and {} refused\n", totals.shoppers,
             totals.orders, totals.confirmed, totals.cancelled, totals.refused);
  const bool good = totals.good() && found.empty();
  fmt::print("{} asked again, {} without an answer, {} wrong answers; {}\n", totals.asked_again, totals.failed,
             totals.wrong,
             !good     ? fmt::format("{} mismatches", found.size())
             : audited ? "the books agree"
                       : "what the shoppers see agrees (the whole books with --config)");
}

}  // namespace

int load_command_line(const LoadOptions& options) {
  LoadPlan plan{.clients = options.clients,
                .seconds = options.seconds,
                .rate = options.rate,
                .seed = options.seed,
                .patience = std::chrono::seconds(options.patience)};
  std::optional<ShopConfig> config;
  if (!options.config.empty()) config = load_config(options.config);
  auto urls = options.urls;
  if (urls.empty()) urls.push_back(config && config->web ? config->web->address_of(config->web->port) : kDefaultUrl);
  try {
    for (const auto& url : urls) plan.servers.push_back(read_url(url));
  } catch (const troupe::Error& e) {
    throw ConfigError(e.message());
  }
  if (const auto why = unreachable(plan); !why.empty()) throw troupe::Error(troupe::ErrorKind::unavailable, why);

  std::optional<BackOffice> office;
  if (config) {
    office.emplace(*config);
    office->restock();
  }
  std::atomic<bool> told{false};
  const StopWatch stopped([&](int) { told = true; });
  const auto totals = drive(plan, options.json ? OnSecond() : OnSecond(print_second), [&] { return told.load(); });
  const auto found = office ? office->audit(totals.acknowledged) : std::vector<std::string>();
  if (options.json) {
    fmt::print("{}\n", as_json(totals, office.has_value(), found).dump(2));
  } else {
    print_totals(totals, office.has_value(), found);
  }
  return totals.good() && found.empty() ? exit_code::kGood : exit_code::kNotGood;
}

}  // namespace demo
