// The demo: a cluster of real processes, the scripted shopper, a SIGKILL in the middle, the audit; then the same script
// in a single process, and a comparison.
#include <fmt/format.h>
#include <stdlib.h>
#include <troupe/node.h>

#include <cstdio>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>

#include "actors.h"
#include "audit/report.h"
#include "commands/commands.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "events/order_events.h"
#include "nodes/exit_codes.h"
#include "nodes/shop_tree.h"
#include "story/script.h"

namespace demo {

namespace {

namespace fs = std::filesystem;
using std::chrono::seconds;

// What one performance of the script left behind.
struct Performance {
  Facts facts;
  Books books;
  std::vector<std::string> mismatches;
};

class Demo {
 public:
  explicit Demo(const DemoOptions& options) : options_(options) {
    scene_.seed = options.seed;
    scene_.shoppers = options.shoppers;
    scene_.orders_each = options.orders;
    narrator_.chapter = [this](const std::string& title) { say("\n" + title); };
    narrator_.line = [this](const std::string& line) { say("  " + line); };
  }

  int run() {
    make_directory();
    const auto cluster = on_cluster();
    const auto single = in_one_process();
    const auto differences = compare(cluster, single);
    const bool held = cluster.mismatches.empty() && single.mismatches.empty() && differences.empty() &&
                      (options_.kills == 0 || restarts_ > 0);
    conclude(cluster, differences, held);
    remove_directory();
    return held ? exit_code::kGood : exit_code::kNotGood;
  }

 private:
  void say(const std::string& text) {
    if (options_.json) return;
    std::lock_guard lock(output_);
    fmt::print("{}\n", text);
    std::fflush(stdout);
  }

  void make_directory() {
    if (!options_.data.empty()) {
      dir_ = fs::absolute(options_.data);
      if (fs::exists(dir_) && !fs::is_empty(dir_))
        throw ConfigError(fmt::format("{} is not empty; the demo wants a directory of its own", dir_.string()));
      fs::create_directories(dir_);
      return;
    }
    auto name = (fs::temp_directory_path() / "shop-demo-XXXXXX").string();
    if (!::mkdtemp(name.data())) throw std::system_error(errno, std::generic_category(), "cannot make " + name);
    dir_ = name;
  }

  void remove_directory() const {
    if (!options_.keep && options_.data.empty()) fs::remove_all(dir_);
  }

  Performance on_cluster() {
    auto config = local_config(options_.nodes, dir_);
    config.file = dir_ / "shop.toml";
    write_config(config, config.file);

    auto how = shop_tree(config, dir_);
    how.tree.intensity.restarts = options_.kills + 5;
    how.tree.backoff = {.first = std::chrono::milliseconds(500), .most = std::chrono::milliseconds(500)};
    for (auto& child : how.tree.children) child.shutdown = troupe::Shutdown::within(seconds(5));
    // The rest of what nodes say is in their logs.
    how.on_line = [this](const std::string& node, const std::string& line) {
      if (line.find(ready_line(node)) != std::string::npos) say("    " + node + " | " + line);
    };
    how.log = [this](const troupe::LogLine& line) {
      if (line.level >= troupe::LogLevel::warn) say("    " + std::string(line.message));
    };
    say(fmt::format("A cluster of {} processes, in {}", options_.nodes, dir_.string()));
    troupe::ProcessTree processes(std::move(how));
    // The processes end with this one; the directory has to be removed by hand.
    StopWatch stopped([&](int) {
      processes.stop();
      remove_directory();
      std::_Exit(exit_code::kStopped);
    });
    processes.start();

    troupe::Node node(client_config(config, {}));
    host_shop(node);
    node.start();
    if (!node.wait_connected(seconds(20))) throw std::runtime_error("the nodes of the demo do not answer");
    declare_topics(node, seconds(20));

    Performance out;
    out.facts =
        play(node, scene_, narrator_, [&](unsigned orders_so_far) { kill_when_due(processes, config, orders_so_far); });
    require_ready(processes);
    for (const auto& member : config.nodes) restarts_ += static_cast<unsigned>(processes.restarts(member.name));
    audit(node, out);
    node.stop();
    processes.stop();
    return out;
  }

  // The kills are spread evenly over the crowd's orders and go around the nodes, from the second on.
  void kill_when_due(troupe::ProcessTree& processes, const ShopConfig& config, unsigned orders_so_far) {
    const unsigned orders = scene_.shoppers * scene_.orders_each;
    for (unsigned kill = 1; kill <= options_.kills; ++kill) {
      if (orders_so_far != std::max(1u, orders * kill / (options_.kills + 1))) continue;
      const auto& victim = config.nodes[kill % config.nodes.size()].name;
      say(fmt::format("  after {} orders: SIGKILL to {}, process {}", orders_so_far, victim, processes.pid(victim)));
      processes.kill(victim);
    }
  }

  void require_ready(const troupe::ProcessTree& processes) const {
    if (processes.wait_up(seconds(60))) return;
    const auto ended = processes.ended();
    throw std::runtime_error(ended ? ended->why : "the nodes are not ready after 60 s; logs are in " + dir_.string());
  }

  Performance in_one_process() {
    say("\nThe same script in a single process");
    troupe::NodeConfig config;
    config.name = "single";
    config.cluster = "shop";
    config.data_dir = dir_ / "single";
    troupe::Node node(std::move(config));
    host_shop(node);
    node.start();
    declare_topics(node, seconds(20));
    Performance out;
    out.facts = play(node, scene_, Narrator{});
    out.books = collect(node);
    out.mismatches = mismatches(out.books);
    node.stop();
    say(fmt::format("  {} facts, {} orders", out.facts.lines.size(), out.facts.orders.size()));
    return out;
  }

  void audit(troupe::Node& node, Performance& out) {
    out.books = collect(node);
    out.mismatches = mismatches(out.books);
    for (auto& lost : mismatches(out.books, out.facts.orders)) out.mismatches.push_back(std::move(lost));
    say(fmt::format("\nThe books, after {} death(s) of a node; {} calls had to be asked again", restarts_,
                    out.facts.asked_again));
    say(as_tables(out.books));
    for (const auto& mismatch : out.mismatches) say("MISMATCH  " + mismatch);
  }

  static std::vector<std::string> compare(const Performance& cluster, const Performance& single) {
    std::vector<std::string> found;
    const auto& a = cluster.facts.lines;
    const auto& b = single.facts.lines;
    for (std::size_t i = 0; i < std::max(a.size(), b.size()); ++i) {
      const std::string there = i < a.size() ? a[i] : "(nothing)";
      const std::string here = i < b.size() ? b[i] : "(nothing)";
      if (there != here) found.push_back(fmt::format("cluster: {} / single process: {}", there, here));
    }
    if (cluster.facts.orders != single.facts.orders) found.push_back("the orders have other ends");
    if (!(cluster.books == single.books)) found.push_back("the books differ");
    return found;
  }

  void conclude(const Performance& cluster, const std::vector<std::string>& differences, bool held) {
    for (const auto& difference : differences) say("DIFFERENT  " + difference);
    say(cluster.mismatches.empty() ? "  nothing lost, nothing charged twice: the books agree"
                                   : "  the books do NOT agree");
    say(differences.empty() ? "  one process and the cluster: the same results"
                            : "  one process and the cluster DIFFER");
    if (options_.kills > 0 && restarts_ == 0)
      say("  the node that was to be killed was never restarted: nothing is proved");
    say(fmt::format("\n{}", held ? "Everything held." : "NOT everything held."));
    if (options_.json) {
      const nlohmann::json out = {{"held", held},
                                  {"seed", options_.seed},
                                  {"nodes", options_.nodes},
                                  {"kills", options_.kills},
                                  {"restarts", restarts_},
                                  {"asked_again", cluster.facts.asked_again},
                                  {"acknowledged_orders", cluster.facts.orders.size()},
                                  {"facts", cluster.facts.lines},
                                  {"mismatches", cluster.mismatches},
                                  {"differences", differences},
                                  {"books", as_json(cluster.books)}};
      fmt::print("{}\n", out.dump(2));
      return;
    }
    say("\nTo look around: shop up --data shop-data, and in another terminal\n"
        "  shop verify --config shop-data/shop.toml\n"
        "  troupe --data shop-data nodes\n"
        "  troupe --data shop-data ls\n"
        "  troupe --data shop-data call Product/tea create '{\"name\": \"Green tea\", \"priceCents\": 450}'\n"
        "  troupe --data shop-data call Stock/tea restock '{\"delivery\": \"first\", \"quantity\": 100}'\n"
        "  troupe --data shop-data inspect Stock/tea\n"
        "  troupe --data shop-data state Stock/tea");
    if (options_.keep || !options_.data.empty()) say("The demo's own data and logs are in " + dir_.string());
  }

  DemoOptions options_;
  Scene scene_;
  Narrator narrator_;
  std::mutex output_;
  fs::path dir_;
  unsigned restarts_ = 0;
};

}  // namespace

int demo_command_line(const DemoOptions& options) { return Demo(options).run(); }

}  // namespace demo
