#include "nodes/shop_tree.h"

#include <fmt/format.h>

#include <utility>

namespace demo {

namespace {

// A node ends its turns within ShopConfig::stop_deadline and its stages within their own; then it hangs.
constexpr std::chrono::milliseconds kGrace{5'000};

}  // namespace

std::string ready_line(const std::string& node) { return fmt::format("node {} is ready", node); }

namespace {

constexpr std::string_view kOpenAt = "the shop is open at ";

}  // namespace

std::string open_line(const std::string& address) { return std::string(kOpenAt) + address + "/"; }

std::string address_in(const std::string& line) {
  const auto at = line.find(kOpenAt);
  if (at == line.npos) return {};
  const auto begin = at + kOpenAt.size();
  return line.substr(begin, line.find_first_of(" \"", begin) - begin);
}

troupe::ChildSpec shop_process(const ShopConfig& config, const ShopNode& node) {
  const auto program = std::filesystem::read_symlink("/proc/self/exe").string();
  troupe::ProcessStart start;
  start.command = {program, "run", "--config", config.file.string(), "--node", node.name};
  start.ready = ready_line(node.name);
  troupe::ChildSpec child;
  child.id = node.name;
  child.start = std::move(start);
  child.shutdown = troupe::Shutdown::within(config.stop_deadline + kGrace);
  return child;
}

troupe::ProcessTreeOptions shop_tree(const ShopConfig& config, const std::filesystem::path& log_dir) {
  using std::chrono::milliseconds;
  troupe::ProcessTreeOptions out;
  out.name = config.cluster;
  out.log_dir = log_dir;
  out.tree.intensity = {.restarts = 5, .within = milliseconds(60'000)};
  out.tree.backoff = {.first = milliseconds(250), .most = milliseconds(5'000)};
  for (const auto& node : config.nodes) out.tree.children.push_back(shop_process(config, node));
  return out;
}

}  // namespace demo
