// However much there is to do, a node can be looked at and stopped.
#include <troupe/admin_client.h>

#include "stage.h"

using namespace troupe;
using namespace troupe::overload;

namespace {

// Calls mills as fast as it can, far more than they can grind, until it goes.
class Flood {
 public:
  Flood(Stage& stage, int mills)
      : thread_([this, &stage, mills] {
          for (int i = 0; !stop_; ++i) {
            // What has not ended is bounded so that the test's own memory is.
            while (stage.ends.sent - stage.ends.ended() > 300'000 && !stop_) std::this_thread::yield();
            stage.grind("mill-" + std::to_string(i % mills));
          }
        }) {}
  ~Flood() { end(); }
  void end() {
    stop_ = true;
    if (thread_.joinable()) thread_.join();
  }

 private:
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

TEST_CASE("the admin socket answers while a node is offered many times what it can serve, and its actors do") {
  Stage stage([](NodeConfig& config) { config.threads = 2; });
  stage.gate.work_us = 20;
  Flood flood(stage, 8);
  REQUIRE(eventually([&] { return stage.ends.overloaded > 10'000; }));
  AdminClient client(stage.directory / "n");

  for (const char* path : {"/node", "/tree", "/links", "/services", "/metrics", "/actors", "/outbox"}) {
    INFO(path);
    auto reply = client.request("GET", path, {}, 60s);
    REQUIRE(reply.ok());
    CHECK(reply->status == 200);
  }
  for (int i = 0; i < 8; ++i) {
    // An actor that is slow to answer is shown from outside; it answers in the end.
    CHECK(eventually([&] {
      auto reply = client.request("GET", "/actors/Mill/mill-" + std::to_string(i), {}, 60s);
      return reply.ok() && reply->status == 200 && reply->json.find("\"answered\":true") != std::string::npos;
    }));
  }
}

TEST_CASE("an actor is looked at before any of the calls that wait for it") {
  constexpr int kCalls = 20'000;
  Stage stage([](NodeConfig& config) {
    config.max_mailbox = 100'000;
    config.overload.target = 0ms;
  });
  const auto number_in = [](const std::string& json, const std::string& name) -> std::uint64_t {
    const auto at = json.find("\"" + name + "\":");
    return at == std::string::npos ? 0 : std::stoull(json.substr(at + name.size() + 3));
  };
  // Who asks waits for a second at most: on a machine that stood still for so long, once more.
  std::string seen;
  std::uint64_t before = 0;
  for (int round = 0; round < 20 && seen.find("\"answered\":true") == std::string::npos; ++round) {
    REQUIRE(eventually([&] { return stage.ends.ended() == stage.ends.sent; }));
    before = stage.gate.turns;
    stage.hold_workers({"hot"});
    for (int i = 0; i < kCalls; ++i) stage.grind("hot");
    std::thread looking([&] { seen = stage.node->admin("GET", "/actors/Mill/hot", "").second; });
    // The question lies behind all of the calls.
    const bool asked = eventually([&] {
      const auto [status, json] = stage.node->admin("GET", "/actors?service=Mill", "");
      return number_in(json, "mailbox") == kCalls + 1;
    });
    stage.gate.open = true;
    looking.join();
    REQUIRE(asked);
  }

  REQUIRE_MESSAGE(seen.find("\"answered\":true") != std::string::npos, seen);
  CHECK(number_in(seen, "turnsDone") - before <= 64);
  CHECK(eventually([&] { return stage.ends.ended() == stage.ends.sent; }));
}

TEST_CASE("a node that is offered many times what it can serve stops, and every call has an end") {
  Stage stage([](NodeConfig& config) { config.threads = 2; });
  stage.gate.work_us = 50;
  {
    Flood flood(stage, 100);
    REQUIRE(eventually([&] { return stage.ends.overloaded > 10'000; }));

    stage.node->stop(200ms);
  }

  CHECK(eventually([&] { return stage.ends.ended() == stage.ends.sent; }));
  CHECK(stage.ends.no_hint == 0);
}
