#include <fmt/format.h>
#include <troupe/node.h>

#include <nlohmann/json.hpp>

#include "actors.h"
#include "audit/report.h"
#include "commands/commands.h"
#include "config/shop_config.h"
#include "nodes/exit_codes.h"

namespace demo {

int verify_command_line(const VerifyOptions& options) {
  const auto config = load_config(options.config);
  troupe::Node node(client_config(config, {}));
  host_shop(node, order_log(config.orders_topic));
  node.start();
  if (!node.wait_connected(std::chrono::seconds(10))) {
    fmt::print(stderr, "shop verify: not all nodes of {} answer; is the shop up?\n", config.file.string());
    return exit_code::kNoStart;
  }
  const auto books = collect(node);
  const auto found = mismatches(books);
  node.stop();

  if (options.json) {
    auto out = as_json(books);
    out["mismatches"] = found;
    fmt::print("{}\n", out.dump(2));
  } else {
    fmt::print("{}\n", as_tables(books));
    for (const auto& mismatch : found) fmt::print("MISMATCH  {}\n", mismatch);
    fmt::print("{} orders of {} users, {} products: {}\n", books.orders.size(), books.accounts.size(),
               books.stock.size(), found.empty() ? "the books agree" : fmt::format("{} mismatches", found.size()));
  }
  return found.empty() ? exit_code::kGood : exit_code::kNotGood;
}

}  // namespace demo
