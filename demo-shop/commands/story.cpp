#include <fmt/format.h>
#include <troupe/duration.h>
#include <troupe/node.h>

#include <algorithm>
#include <chrono>
#include <mutex>
#include <nlohmann/json.hpp>

#include "actors.h"
#include "audit/report.h"
#include "commands/commands.h"
#include "config/shop_config.h"
#include "nodes/exit_codes.h"
#include "story/script.h"

namespace demo {
namespace {

using Clock = std::chrono::steady_clock;
constexpr std::chrono::seconds kTellsEvery{5};

// Says how far the crowd is, now and then; orders come from several threads.
class Progress {
 public:
  Progress(unsigned of, bool silent) : of_(of), silent_(silent) {}
  void operator()(unsigned orders) {
    const std::lock_guard lock(mutex_);
    const auto now = Clock::now();
    longest_ = std::max(longest_, now - last_);
    last_ = now;
    if (silent_ || now < next_) return;
    next_ = troupe::later(now, kTellsEvery);
    fmt::print("  {} of {} orders\n", orders, of_);
    std::fflush(stdout);
  }
  // Between two orders, whoever's.
  [[nodiscard]] std::chrono::milliseconds longest_wait() const {
    return std::chrono::duration_cast<std::chrono::milliseconds>(longest_);
  }

 private:
  const unsigned of_;
  const bool silent_;
  std::mutex mutex_;
  Clock::time_point last_ = Clock::now(), next_ = troupe::later(last_, kTellsEvery);
  Clock::duration longest_{0};
};

}  // namespace

int story_command_line(const StoryOptions& options) {
  const auto config = load_config(options.config);
  troupe::Node node(client_config(config, {}));
  host_shop(node, order_log(config.orders_topic));
  node.start();
  if (!node.wait_connected(std::chrono::seconds(30))) {
    fmt::print(stderr, "shop story: not all nodes of {} answer; is the shop up?\n", config.file.string());
    return exit_code::kNoStart;
  }
  prepare_shop(node, std::chrono::seconds(60));
  const Scene scene{.seed = options.seed, .shoppers = options.shoppers, .orders_each = options.orders};
  Progress progress(scene.shoppers * scene.orders_each, options.json);
  Narrator narrator;
  if (!options.json) {
    narrator.chapter = [](const std::string& text) { fmt::print("{}\n", text); };
    narrator.asked_again = [](const troupe::Error& why) {
      fmt::print("  asked again: {}: {}\n", troupe::to_string(why.kind()), why.what());
    };
  }
  const auto begun = Clock::now();
  const auto facts = play(node, scene, narrator, std::ref(progress));
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begun);
  const auto books = collect(node);
  auto found = mismatches(books);
  for (auto& lost : mismatches(books, facts.orders)) found.push_back(std::move(lost));
  node.stop();

  if (options.json) {
    const nlohmann::json out = {{"orders", facts.orders.size()},
                                {"askedAgain", facts.asked_again},
                                {"tookMs", took.count()},
                                {"longestWaitMs", progress.longest_wait().count()},
                                {"mismatches", found}};
    fmt::print("{}\n", out.dump(2));
  } else {
    for (const auto& mismatch : found) fmt::print("MISMATCH  {}\n", mismatch);
    fmt::print(
        "{} orders in {} ms; {} calls had to be asked again, and the longest time without an order was {} ms: {}\n",
        facts.orders.size(), took.count(), facts.asked_again, progress.longest_wait().count(),
        found.empty() ? "the books agree" : fmt::format("{} mismatches", found.size()));
  }
  return found.empty() ? exit_code::kGood : exit_code::kNotGood;
}

}  // namespace demo
