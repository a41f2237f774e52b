// The demo: a cluster of real processes, the scripted shopper, a SIGKILL in the middle, nodes that come and go, the
// audit; then the same script in a single process, and a comparison.
#include <fmt/format.h>
#include <stdlib.h>
#include <troupe/admin_client.h>
#include <troupe/node.h>

#include <algorithm>
#include <atomic>
#include <cstdio>
#include <fstream>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <system_error>

#include "actors.h"
#include "audit/report.h"
#include "commands/commands.h"
#include "commands/demo_breaker.h"
#include "commands/demo_changes.h"
#include "commands/signals.h"
#include "config/shop_config.h"
#include "nodes/exit_codes.h"
#include "nodes/shop_tree.h"
#include "story/script.h"

namespace demo {

namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

milliseconds since(Clock::time_point start) { return std::chrono::duration_cast<milliseconds>(Clock::now() - start); }

// A program beside this one, as it is called from where the user is.
std::string program(const std::string& name) {
  std::error_code unknown;
  const auto beside = fs::read_symlink("/proc/self/exe").parent_path() / name;
  if (!fs::exists(beside, unknown)) return name;
  const auto path = fs::proximate(beside, unknown);
  const bool below = !unknown && *path.begin() != "..";
  if (!below) return beside.string();
  return path.has_parent_path() ? path.string() : "./" + path.string();
}

// What a node is at just now: what a SIGKILL hits.
std::string at_work(const ShopNode& node) {
  auto reply = troupe::AdminClient(node.data_dir).request("GET", "/node", {}, seconds(2));
  if (!reply.ok() || reply->status != 200) return "busy";
  const auto json = nlohmann::json::parse(reply->json, nullptr, false);
  if (!json.is_object()) return "busy";
  return fmt::format("with {} active actors and {} calls that wait for it or that it waits for",
                     json.value("activations", 0), json.value("pendingCalls", 0));
}

// What one performance of the script left behind.
struct Performance {
  Facts facts;
  Books books;
  std::vector<std::string> mismatches;
};

constexpr unsigned kVisitors = 4;

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
    say(fmt::format(
        "A shop's day, twice: on {} processes, of which {} is killed in the middle, and which then come and "
        "go; and in one process. It takes some seconds.",
        options_.nodes, options_.kills == 1 ? "one" : fmt::format("one ({} times)", options_.kills)));
    const auto cluster = on_cluster();
    const auto single = in_one_process();
    const auto differences = compare(cluster, single);
    const bool held = cluster.mismatches.empty() && single.mismatches.empty() && differences.empty() &&
                      (options_.kills == 0 || restarts_ > 0) && failed_visits_ == 0;
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
    // The story has what matters; the rest is in the logs.
    how.on_line = [this](const std::string& node, const std::string& line) {
      if (line.find(ready_line(node)) != std::string::npos) node_is_up(node);
    };
    how.log = [log = std::make_shared<std::ofstream>(dir_ / "supervisor.log")](const troupe::LogLine& line) {
      *log << line.message << std::endl;
    };
    say(fmt::format("\nA cluster of {} processes, in {}", options_.nodes, dir_.string()));
    troupe::ProcessTree processes(std::move(how));
    // The processes end with this one; the directory has to be removed by hand.
    StopWatch stopped([&](int) {
      processes.stop();
      remove_directory();
      std::_Exit(exit_code::kStopped);
    });
    processes.start();

    auto client = client_config(config, {});
    client.calls = {breaker_of_demo()};
    troupe::Node node(std::move(client));
    host_shop(node);
    node.start();
    if (!node.wait_connected(seconds(20))) throw std::runtime_error("the nodes of the demo do not answer");
    prepare_shop(node, seconds(20));

    Performance out;
    out.facts =
        play(node, scene_, narrator_, [&](unsigned orders_so_far) { kill_when_due(processes, config, orders_so_far); });
    require_ready(processes);
    for (const auto& member : config.nodes) restarts_ += static_cast<unsigned>(processes.restarts(member.name));
    change(processes, config, node);
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
      const auto& victim = config.nodes[kill % config.nodes.size()];
      say(fmt::format("  after {} of {} orders: SIGKILL to {}, process {}, {}", orders_so_far, orders, victim.name,
                      processes.pid(victim.name), at_work(victim)));
      {
        const std::lock_guard lock(output_);
        killed_[victim.name] = Clock::now();
      }
      processes.kill(victim.name);
    }
  }

  void change(troupe::ProcessTree& processes, ShopConfig& config, troupe::Node& node) {
    say(fmt::format("\nThe cluster changes while {} visitors look around", kVisitors));
    changing_ = true;
    Visitors visitors(node, kVisitors);
    steps_ = ClusterChanges(processes, config, visitors, [this](const std::string& line) { say("  " + line); }).play();
    visitors.stop();
    visits_ = visitors.calls();
    failed_visits_ = visitors.failed();
    say(fmt::format("  the visitors made {} calls meanwhile, of which {} failed", visits_, failed_visits_));
    say("\nA node hangs, and a breaker keeps callers from it");
    breaker_ = stand_still(processes, config, node, [this](const std::string& line) { say("  " + line); });
  }

  void node_is_up(const std::string& node) {
    if (changing_) return;  // it is part of a step, which says so
    std::string text = node + " is up";
    {
      const std::lock_guard lock(output_);
      if (const auto killed = killed_.extract(node)) {
        recoveries_.push_back(since(killed.mapped()));
        text = fmt::format("{} is back, {} ms after it was killed: restarted, recovered, and taking calls", node,
                           recoveries_.back().count());
      }
    }
    say("  " + text);
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
    prepare_shop(node, seconds(20));
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
    say(fmt::format("\nThe books, after {} death(s) of a node; {} calls had to be asked again{}", restarts_,
                    out.facts.asked_again, slowest_recovery()));
    say(as_tables(out.books));
    for (const auto& mismatch : out.mismatches) say("MISMATCH  " + mismatch);
  }

  [[nodiscard]] std::string slowest_recovery() {
    const std::lock_guard lock(output_);
    if (recoveries_.empty()) return "";
    return fmt::format("; recovery took {} ms", std::max_element(recoveries_.begin(), recoveries_.end())->count());
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
    say(failed_visits_ == 0 ? "  a node joined, one left, the others were started anew: no call failed"
                            : "  calls FAILED while nodes came and went");
    if (options_.kills > 0 && restarts_ == 0)
      say("  the node that was to be killed was never restarted: nothing is proved");
    say(fmt::format("\n{} It took {} s.", held ? "Everything held." : "NOT everything held.",
                    std::chrono::duration_cast<seconds>(since(begun_)).count()));
    if (options_.json) {
      const nlohmann::json out = {{"held", held},
                                  {"seed", options_.seed},
                                  {"nodes", options_.nodes},
                                  {"kills", options_.kills},
                                  {"restarts", restarts_},
                                  {"recovery_ms", recovery_ms()},
                                  {"cluster_steps", demo::as_json(steps_)},
                                  {"visitors_calls", visits_},
                                  {"visitors_failed", failed_visits_},
                                  {"breaker", {{"opened_ms", breaker_.opened_ms}, {"closed_ms", breaker_.closed_ms}}},
                                  {"asked_again", cluster.facts.asked_again},
                                  {"acknowledged_orders", cluster.facts.orders.size()},
                                  {"facts", cluster.facts.lines},
                                  {"mismatches", cluster.mismatches},
                                  {"differences", differences},
                                  {"books", as_json(cluster.books)}};
      fmt::print("{}\n", out.dump(2));
      return;
    }
    if (options_.keep || !options_.data.empty()) {
      const auto shown = fs::proximate(dir_).string();
      say(fmt::format("What the nodes said is in {0}/shop-*.log, what their supervisor saw in {0}/supervisor.log.",
                      shown));
    } else {
      say("Its data and logs are removed; --keep keeps them.");
    }
    invite();
  }

  // Commands that work where the user is.
  void invite() {
    const auto shop = program("shop");
    const auto troupe = program("troupe") + " --data shop-data";
    say(
        fmt::format("\nTo look around, start a shop here, and go on in another terminal:\n"
                    "  {} up --data shop-data\n\n"
                    "  {} verify --config shop-data/shop.toml\n"
                    "  {} nodes",
                    shop, shop, troupe));
    for (const char* command : {"call Product/tea create '{\"name\": \"Green tea\", \"priceCents\": 450}'",
                                "call Stock/tea restock '{\"delivery\": \"first\", \"quantity\": 100}'", "ls",
                                "inspect Stock/tea", "state Stock/tea"})
      say(fmt::format("  {} {}", troupe, command));
  }

  [[nodiscard]] std::vector<std::int64_t> recovery_ms() {
    const std::lock_guard lock(output_);
    std::vector<std::int64_t> out;
    for (const auto time : recoveries_) out.push_back(time.count());
    return out;
  }

  DemoOptions options_;
  Scene scene_;
  Narrator narrator_;
  const Clock::time_point begun_ = Clock::now();
  std::mutex output_;
  std::map<std::string, Clock::time_point> killed_;  // and not back yet; under output_, as the next
  std::vector<milliseconds> recoveries_;
  fs::path dir_;
  unsigned restarts_ = 0;
  std::atomic<bool> changing_{false};
  std::vector<ClusterStep> steps_;
  BreakerStory breaker_;
  std::uint64_t visits_ = 0, failed_visits_ = 0;
};

}  // namespace

int demo_command_line(const DemoOptions& options) { return Demo(options).run(); }

}  // namespace demo
