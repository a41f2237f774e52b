// Live pages: what they are told, what they cost, and what becomes of those that are too many or too slow.
#include "stage.h"

using namespace troupe;
using namespace troupe::dashboard;
using troupe::http::soon;

namespace {

DashboardOptions quick() { return {.refresh = std::chrono::milliseconds(200)}; }

}  // namespace

TEST_CASE("a viewer is told what it follows in every round, and nothing else") {
  BoardStage stage({node_that("one",
                              [](const std::string& path) {
                                return AdminReply{200, "{\"of\":\"" + path + "\"}"};
                              })},
                   quick());
  LiveClient nodes(stage.board().port(), "path=/node");
  LiveClient both(stage.board().port(), "path=/node&path=/health");

  const std::string first = nodes.until("event: round") + nodes.until("event: round");
  CHECK(first.find("{\"of\":\"/node\"}") != std::string::npos);
  CHECK(first.find("/health") == std::string::npos);
  CHECK(both.until("\"of\":\"/health\"") != "");
}

TEST_CASE("without viewers no thread asks any node, and the last one that leaves ends it") {
  std::atomic<int> asked{0};
  BoardStage stage({node_that("one",
                              [&](const std::string&) {
                                ++asked;
                                return AdminReply{200, "{}"};
                              })},
                   quick());
  CHECK(!stage.board().counts().asking);
  CHECK(asked == 0);

  LiveClient viewer(stage.board().port(), "path=/node");
  (void)viewer.until("event: round");
  CHECK(stage.board().counts().asking);
  CHECK(stage.board().counts().viewers == 1);
  viewer.leave();

  CHECK(soon([&] { return !stage.board().counts().asking; }));
  CHECK(stage.board().counts().viewers == 0);
  const auto rounds = stage.board().counts().rounds;
  LiveClient again(stage.board().port(), "path=/node");
  (void)again.until("event: round");
  CHECK(stage.board().counts().rounds == rounds + 1);
}

TEST_CASE("one viewer too many is told how many there may be, and a place that is left is taken") {
  auto options = quick();
  options.viewers = 1;
  BoardStage stage({telling("one", "{}")}, options);
  LiveClient first(stage.board().port(), "path=/node");
  (void)first.until("event: round");

  LiveClient second(stage.board().port(), "path=/node");
  CHECK(second.until("\"most\": 1").find("event: refused") != std::string::npos);
  CHECK(stage.board().counts().refused == 1);
  first.leave();
  CHECK(soon([&] { return stage.board().counts().viewers == 0; }));
  LiveClient third(stage.board().port(), "path=/node");
  CHECK(third.until("event: round") != "");
}

TEST_CASE("a viewer that takes nothing is dropped with a word, and others are told on") {
  const std::string large = "{\"x\":\"" + std::string(3u << 20, 'x') + "\"}";
  BoardStage stage({node_that("one",
                              [&](const std::string& path) {
                                return AdminReply{200, path == "/large" ? large : "{}"};
                              })},
                   quick());
  LiveClient slow(stage.board().port(), "path=/large", 4096);
  LiveClient other(stage.board().port(), "path=/node");

  CHECK(soon([&] { return stage.board().counts().dropped == 1; }));
  CHECK(other.until("event: round") != "");
  CHECK(slow.until("event: dropped") != "");
  CHECK(soon([&] { return stage.board().counts().viewers == 1; }));
}

TEST_CASE("a dashboard that stops ends its viewers, twice is once, and its port is free again") {
  auto stage = std::make_unique<BoardStage>(std::vector{telling("one", "{}")}, quick());
  const auto port = stage->board().port();
  LiveClient viewer(port, "path=/node");
  (void)viewer.until("event: round");

  stage->board().stop();
  stage->board().stop();

  CHECK(viewer.ends());
  CHECK(!stage->board().counts().asking);
  stage.reset();
  auto options = quick();
  options.port = port;
  BoardStage next({telling("one", "{}")}, options);
  CHECK(next.status("GET /api/about") == 200);
}
