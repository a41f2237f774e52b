// A scheduled actor with more mail than it can ever receive does not starve the others: how long they wait is counted
// in mails, not in time. One worker, so that nobody else could help.
#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "unit/engine/engine_fixture.h"

using namespace troupe;
using namespace troupe::engine;
using namespace troupe::testing;
using namespace std::chrono_literals;

namespace {

constexpr int kHotMails = 100'000;
constexpr int kPerRun = 64;

// Counts; at the first mail it does what the test wants, while all its other mail waits.
struct Hot {
  explicit Hot(Engine& engine, int mails = kHotMails) : scheduled(make_counted<Runner>(engine)) {
    scheduled->run_there([this] {
      while (!begin) std::this_thread::yield();
      then();
    });
    for (int i = 1; i < mails; ++i) scheduled->run_there([this] { received.fetch_add(1, std::memory_order_relaxed); });
  }
  ~Hot() {
    std::atomic<bool> ended{false};
    scheduled->run_there([&] { ended = true; });
    CHECK(within(60s, [&] { return ended.load(); }));
  }

  std::atomic<bool> begin{false};
  std::function<void()> then = [] {};
  std::atomic<int> received{0};
  Ptr<Runner> scheduled;
};

// The worst wait of `others` scheduled actors, in mails of the hot one, when `post` posts one mail to each.
template <class Post>
int worst_wait(Engine& engine, int others, Post&& post) {
  std::vector<Ptr<Runner>> all_scheduled;
  for (int i = 0; i < others; ++i) all_scheduled.push_back(make_counted<Runner>(engine));
  Hot hot(engine);
  std::atomic<int> done{0}, worst{0};
  hot.then = [&] {
    post([&] {
      for (auto& scheduled : all_scheduled) {
        scheduled->run_there([&] {
          worst = std::max<int>(worst, hot.received);
          ++done;
        });
      }
    });
  };
  hot.begin = true;
  REQUIRE(within(60s, [&] { return done == others; }));
  return worst;
}

class Numbered final : public Mail {
 public:
  Numbered(Kind kind, std::string name_in) : Mail(kind), name(std::move(name_in)) {}
  void discard() noexcept override { delete this; }
  const std::string name;
};

class Listener final : public ScheduledActor {
 public:
  explicit Listener(Engine& engine) : ScheduledActor(engine, Order::by_urgency) {}
  void receive(Mail* mail) noexcept override {
    std::unique_ptr<Numbered> numbered(static_cast<Numbered*>(mail));
    if (numbered->name == "gate") {
      at_gate = true;
      while (!open) std::this_thread::yield();
    } else {
      heard.push_back(numbered->name);
    }
    ++count;
  }
  std::atomic<bool> at_gate{false}, open{false};
  std::vector<std::string> heard;
  std::atomic<int> count{0};
};

}  // namespace

TEST_CASE("a hot actor with 100,000 mails lets one that another thread posts to in after one run") {
  Engine engine({.threads = 1});

  const int waited = worst_wait(engine, 1, [](auto work) { std::thread(work).join(); });

  CHECK(waited <= kPerRun);
}

TEST_CASE("a hot scheduled actor lets a scheduled actor that it posts to itself in after one run") {
  Engine engine({.threads = 1});

  const int waited = worst_wait(engine, 1, [](auto work) { work(); });

  CHECK(waited <= kPerRun);
}

TEST_CASE("a thousand scheduled actors posted to from outside are all served before the hot one goes on") {
  Engine engine({.threads = 1});

  const int waited = worst_wait(engine, 1'000, [](auto work) { std::thread(work).join(); });

  CHECK(waited <= kPerRun);
}

TEST_CASE("of two hot scheduled actors on one worker neither gets ahead of the other by more than two runs") {
  Engine engine({.threads = 1});
  Hot one(engine), other(engine);
  std::atomic<int> apart{0};
  // Both are full before either begins: the first one holds the worker until then.
  for (Hot* hot : {&one, &other}) {
    hot->scheduled->run_there([&] { apart = std::max(apart.load(), std::abs(one.received - other.received)); });
  }

  other.begin = true;
  one.begin = true;

  REQUIRE(within(60s, [&] { return one.received + other.received == 2 * (kHotMails - 1); }));
  CHECK(apart <= 2 * kPerRun);
}

TEST_CASE("actors that post to each other for ever leave the worker to those posted to from outside") {
  Engine engine({.threads = 1});
  // A ring that is never at rest: each of its mails posts the next one.
  auto ring = std::array{make_counted<Runner>(engine), make_counted<Runner>(engine)};
  std::atomic<bool> stop{false}, stopped{false};
  std::atomic<int> rounds{0};
  std::function<void(std::size_t)> next = [&](std::size_t at) {
    ++rounds;
    if (!stop) {
      ring[at]->run_there([&, at] { next(1 - at); });
    } else {
      stopped = true;
    }
  };
  std::vector<Ptr<Runner>> others;
  for (int i = 0; i < 200; ++i) others.push_back(make_counted<Runner>(engine));
  std::atomic<int> posted_at{-1}, done{0}, worst{0};
  ring[0]->run_there([&] {
    std::thread([&] {
      posted_at = rounds.load();
      for (auto& scheduled : others) {
        scheduled->run_there([&] {
          worst = rounds - posted_at;
          ++done;
        });
      }
    }).join();
    next(1);
  });

  const bool all = within(60s, [&] { return done == 200; });
  stop = true;

  CHECK(all);
  // One in eight while they are a crowd, one in sixty-four when few are left.
  CHECK(worst <= 200 * 8 + 10 * 64);
  CHECK(within(10s, [&] { return stopped.load(); }));
}

TEST_CASE("control mail is received first, then what ends work, and each kind in its order") {
  Engine engine({.threads = 1});
  auto scheduled = make_counted<Listener>(engine);
  const auto post = [&](Mail::Kind kind, const std::string& name) {
    REQUIRE(scheduled->post(new Numbered(kind, name)));
  };
  post(Mail::Kind::call, "gate");
  REQUIRE(within(10s, [&] { return scheduled->at_gate.load(); }));
  for (int i = 0; i < 1'000; ++i) post(Mail::Kind::call, "call " + std::to_string(i));
  post(Mail::Kind::reply, "reply 0");
  post(Mail::Kind::control, "control 0");
  post(Mail::Kind::timer, "timer 1");
  post(Mail::Kind::control, "control 1");

  scheduled->open = true;

  REQUIRE(within(10s, [&] { return scheduled->count == 1'005; }));
  const std::vector<std::string> first(scheduled->heard.begin(), scheduled->heard.begin() + 5);
  CHECK(first == std::vector<std::string>{"control 0", "control 1", "reply 0", "timer 1", "call 0"});
  for (int i = 0; i < 1'000; ++i)
    CHECK(scheduled->heard[static_cast<std::size_t>(i) + 4] == "call " + std::to_string(i));
}

TEST_CASE("replies that come for ever leave every eighth place to the calls that wait") {
  Engine engine({.threads = 1});
  auto scheduled = make_counted<Listener>(engine);
  REQUIRE(scheduled->post(new Numbered(Mail::Kind::call, "gate")));
  REQUIRE(within(10s, [&] { return scheduled->at_gate.load(); }));
  REQUIRE(scheduled->post(new Numbered(Mail::Kind::call, "call")));
  for (int i = 0; i < 100; ++i) REQUIRE(scheduled->post(new Numbered(Mail::Kind::reply, "reply")));

  scheduled->open = true;

  REQUIRE(within(10s, [&] { return scheduled->count == 102; }));
  const auto at = std::find(scheduled->heard.begin(), scheduled->heard.end(), "call") - scheduled->heard.begin();
  CHECK(at < 8);
}
