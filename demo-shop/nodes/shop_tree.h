// The nodes of a shop as processes of this machine, supervised: what `shop up` and `shop demo` give to a ProcessTree.
#pragma once

#include <troupe/processes.h>

#include <filesystem>
#include <string>

#include "config/shop_config.h"

namespace demo {

// What `shop run` prints when its node takes calls.
[[nodiscard]] std::string ready_line(const std::string& node);
// What it prints before, if it serves the shop over HTTP; and the address in such a line, or nothing.
[[nodiscard]] std::string open_line(const std::string& address);
[[nodiscard]] std::string address_in(const std::string& line);

// `shop run` for one node of `config`, which was read from a file, with the program that is running now.
[[nodiscard]] troupe::ChildSpec shop_process(const ShopConfig& config, const ShopNode& node);

// `shop run` for every node of `config`, which was read from a file, with the program that is running now. A node that
// dies is started again, alone; one that dies more often than five times in a minute is given up, and with it the shop.
// Logs are <log_dir>/<node>.log.
[[nodiscard]] troupe::ProcessTreeOptions shop_tree(const ShopConfig& config, const std::filesystem::path& log_dir);

}  // namespace demo
