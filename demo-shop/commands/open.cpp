#include <fmt/format.h>
#include <troupe/node.h>

#include <cstdio>

#include "actors.h"
#include "commands/commands.h"
#include "config/shop_config.h"
#include "nodes/exit_codes.h"
#include "opening/opening.h"

namespace demo {

void open_shop(const OpenOptions& options, const char* who) {
  const auto config = load_config(options.config);
  troupe::Node node(client_config(config, {}));
  host_shop(node, order_log(config.orders_topic), web_urls(config.web));
  node.start();
  if (!node.wait_connected(std::chrono::seconds(30)))
    throw troupe::Error(troupe::ErrorKind::unavailable,
                        fmt::format("not all nodes of {} answer; is the shop up?", config.file.string()));
  prepare_shop(node, std::chrono::seconds(60));
  const auto file = std::filesystem::absolute(config.data_dir) / "admin.password";
  const bool made = make_admin(node, file);
  const unsigned goods = options.empty ? 0 : fill_shelves(node);
  node.stop();
  if (goods > 0) fmt::print("{}: {} products are on the shelves\n", who, goods);
  std::error_code unknown;
  if (made || std::filesystem::exists(file, unknown))
    fmt::print("{}: log in as '{}' with the password in {}\n", who, kAdminName, file.string());
  std::fflush(stdout);
}

int open_command_line(const OpenOptions& options) {
  open_shop(options, "shop open");
  return exit_code::kGood;
}

}  // namespace demo
