// troupe/node.h, overload.h, log.h: a node's configuration at the ends of its range, and what a host gives it to call.
#include <atomic>
#include <cstdint>
#include <limits>
#include <stdexcept>

#include "contract/extremes/subject.h"

using namespace troupe;
using namespace troupe::extremes;

namespace {

using Change = std::function<void(NodeConfig&)>;

// How it ends to make a node so configured; it does not start.
std::string made_with(const Change& change) {
  NodeConfig config{.name = "n"};
  change(config);
  return outcome_of([&] { return Node(std::move(config)), 0; });
}

}  // namespace

TEST_CASE("a field of a node's configuration past its limit is refused, and the message says the limit") {
  struct Row {
    Change change;
    const char* says;
  };
  const Row rows[] = {
      {[](NodeConfig& c) { c.name = letters(257); }, "name has 257 bytes; at most 256"},
      {[](NodeConfig& c) { c.name = std::string("a\0b", 3); }, "control character"},
      {[](NodeConfig& c) { c.cluster = letters(257); }, "cluster has 257 bytes; at most 256"},
      {[](NodeConfig& c) { c.cluster = "a\n"; }, "control character"},
      {[](NodeConfig& c) { c.members = {{.name = "n", .host = ""}}; }, "members.host is empty"},
      {[](NodeConfig& c) {
         c.members = {{.name = "n"}, {.name = letters(257)}};
       },
       "members.name has 257 bytes"},
      {[](NodeConfig& c) {
         c.members = {{.name = "n"}, {.name = ""}};
       },
       "members.name is empty"},
      {[](NodeConfig& c) { c.threads = 1025; }, "threads is 1025; at most 1024"},
      {[](NodeConfig& c) { c.threads = 30'000; }, "at most 1024"},
      {[](NodeConfig& c) { c.threads = ~0u; }, "at most 1024"},
      {[](NodeConfig& c) { c.default_timeout = 0ms; }, "default_timeout must be positive"},
      {[](NodeConfig& c) { c.default_timeout = kLeastMs; }, "default_timeout must be positive"},
      {[](NodeConfig& c) { c.idle_after = -1ms; }, "idle_after must not be negative"},
      {[](NodeConfig& c) { c.idle_after = kLeastMs; }, "idle_after must not be negative"},
      {[](NodeConfig& c) { c.max_mailbox = 0; }, "max_mailbox must be positive"},
      {[](NodeConfig& c) { c.max_store_bytes = 0; }, "max_store_bytes"},
      {[](NodeConfig& c) { c.max_store_bytes = ~std::size_t{0}; }, "max_store_bytes"},
      {[](NodeConfig& c) { c.overload.max_queued_calls = 0; }, "max_queued_calls"},
      {[](NodeConfig& c) { c.overload.max_queued_bytes = 0; }, "max_queued_bytes"},
      {[](NodeConfig& c) { c.overload.max_link_calls = 0; }, "max_link_calls"},
      {[](NodeConfig& c) { c.overload.max_link_bytes = 0; }, "max_link_bytes must be at least 67108864"},
      {[](NodeConfig& c) { c.overload.target = -1ms; }, "overload.target must be zero"},
      {[](NodeConfig& c) { c.overload.target = 9ms; }, "at least 10 ms"},
      {[](NodeConfig& c) { c.overload.interval = 0ms; }, "no less than overload.target"},
      {[](NodeConfig& c) { c.overload.target = c.overload.interval = kMostMs; }, "at most 24 hours"},
      {[](NodeConfig& c) { c.restart.window = -1ms; }, "must not be negative"},
      {[](NodeConfig& c) { c.restart.sustained_window = kLeastMs; }, "must not be negative"},
      {[](NodeConfig& c) { c.restart.backoff = -1ms; }, "backoff must not be negative"},
      {[](NodeConfig& c) { c.restart.max_backoff = 1ms; }, "max_backoff no less"},
      {[](NodeConfig& c) { c.restart.cooldown = -1ms; }, "cooldown must not be negative"},
      {[](NodeConfig& c) { c.restart.jitter = -0.1; }, "jitter must be from 0 to 1"},
      {[](NodeConfig& c) { c.restart.jitter = std::numeric_limits<double>::quiet_NaN(); }, "jitter"},
      {[](NodeConfig& c) { c.restart.jitter = std::numeric_limits<double>::infinity(); }, "jitter"},
      {[](NodeConfig& c) { c.delivery.tries = 0; }, "delivery.tries must be positive"},
      {[](NodeConfig& c) { c.delivery.backoff = 0ms; }, "delivery.backoff must be positive"},
      {[](NodeConfig& c) { c.delivery.max_backoff = 0ms; }, "max_backoff no less"},
      {[](NodeConfig& c) { c.logging.level = static_cast<LogLevel>(9); }, "logging.level is no level"},
      {[](NodeConfig& c) { c.logging.levels[""] = LogLevel::info; }, "logging.levels has a room"},
      {[](NodeConfig& c) { c.logging.levels[std::string(65, 'x')] = LogLevel::info; }, "logging.levels has a room"},
      {[](NodeConfig& c) { c.logging.repeat_window = 0ms; }, "logging.repeat_window must be 1 ms to an hour"},
      {[](NodeConfig& c) { c.logging.repeat_window = kMostMs; }, "logging.repeat_window must be 1 ms to an hour"},
      {[](NodeConfig& c) { c.logging.kept_lines = 100'001; }, "logging.kept_lines is 100001"},
      {[](NodeConfig& c) { c.watch.slow_turn = -1ms; }, "watch.slow_turn must not be negative"},
      {[](NodeConfig& c) { c.watch.blocked_thread = kLeastMs; }, "watch.blocked_thread"},
      {[](NodeConfig& c) { c.watch.stalled_workers = -1ms; }, "watch.stalled_workers"},
      {[](NodeConfig& c) { c.watch.stuck_commits = -1ms; }, "watch.stuck_commits"},
  };

  for (const Row& row : rows) {
    CAPTURE(std::string(row.says));
    CHECK_INVALID(made_with(row.change), row.says);
  }
  CHECK(made_with([](NodeConfig& c) { c.name = c.cluster = letters(256), c.threads = 1024; }) == "works");
}

TEST_CASE("a node whose every limit is as large as it can be works as ever") {
  Stage stage([](NodeConfig& config) {
    config.default_timeout = config.idle_after = kMostMs;
    config.max_mailbox = ~std::uint32_t{0};
    config.max_store_bytes = std::size_t{1} << 46;
    config.overload = {.max_queued_calls = ~std::uint32_t{0},
                       .max_queued_bytes = ~std::size_t{0},
                       .target = 24h,
                       .interval = 24h,
                       .min_queue = ~std::uint32_t{0},
                       .max_link_calls = ~std::uint32_t{0},
                       .max_link_bytes = ~std::size_t{0}};
    config.restart = {.restarts = ~std::uint32_t{0},
                      .window = kMostMs,
                      .sustained = ~std::uint32_t{0},
                      .sustained_window = kMostMs,
                      .backoff = 1ms,
                      .max_backoff = kMostMs,
                      .jitter = 1,
                      .cooldown = kMostMs};
    config.delivery = {.tries = ~std::uint32_t{0}, .backoff = 1ms, .max_backoff = kMostMs};
    config.watch = {kMostMs, kMostMs, kMostMs, kMostMs};
  });
  const auto crash = [](SubjectRole&) -> Task<> { throw std::runtime_error("ordered by the test"); };

  CHECK(stage.at_once([](SubjectRole& self) {
    const auto to = self.other<Helper>("h");
    to.send_help();
  }) == "works");
  for (int i = 0; i < 5; ++i) CHECK(contains(stage.turn(crash), "failed: "));
  CHECK(stage.at_once([](SubjectRole&) {}) == "works");
  CHECK(stage.node().node().health().good());
}

TEST_CASE("two nodes whose links may hold as much as they can reach each other") {
  testing::TestCluster cluster({.nodes = {"a"},
                                .clients = {"c"},
                                .host = [](Node& node) { node.host<HelperRole>(); },
                                .configure =
                                    [](NodeConfig& config) {
                                      config.overload.max_link_bytes = ~std::size_t{0};
                                      config.overload.max_link_calls = ~std::uint32_t{0};
                                    }});

  CHECK(outcome_of([&] { return cluster.finish(cluster.node("c").ref<Helper>("h").help()); }) == "works");
}

TEST_CASE("a factory that gives nothing or throws is a crash of its actor, and an empty one is refused") {
  auto gives = std::make_shared<std::atomic<int>>(0);
  TestNode node([gives](Node& on) {
    on.host<HelperRole>(std::function([gives]() -> std::unique_ptr<HelperRole> {
      if (*gives == 1) throw std::runtime_error("no helper today");
      return *gives == 2 ? std::make_unique<HelperRole>() : nullptr;
    }));
    CHECK_INVALID(outcome_of([&] { return &on.host<SubjectRole>(std::function<std::unique_ptr<SubjectRole>()>()); }),
                  "host<Subject>() with an empty function");
  });
  const auto help = [&] { return outcome_of([&] { return node.finish(node.ref<Helper>("h").help()); }); };

  CHECK(contains(help(), "made no actor"));
  *gives = 1;
  CHECK(contains(help(), "no helper today"));
  *gives = 2;
  CHECK(help() == "works");
}

TEST_CASE("a log sink that throws takes nothing with it") {
  auto lines = std::make_shared<std::atomic<int>>(0);
  Stage stage([lines](NodeConfig& config) {
    config.log = [lines](const LogLine&) {
      ++*lines;
      throw std::runtime_error("the log is full");
    };
  });

  CHECK(
      contains(stage.turn([](SubjectRole&) -> Task<> { throw std::logic_error("ordered by the test"); }), "failed: "));
  CHECK(*lines > 0);
  CHECK(stage.at_once([](SubjectRole&) {}) == "works");
}

TEST_CASE("a node is waited for and stopped within any time there is") {
  for (const auto time : {0h, -1h, kShortest, kLongest}) {
    Node node({.name = "n", .threads = 1});
    node.host<HelperRole>();
    CHECK_FALSE(node.wait_connected(time < 0h ? time : 0h));
    node.start();
    CHECK(node.wait_connected(time));
    CHECK(node.stop(time).complete);
  }
}
