// What a dashboard answers: what nodes say, and why one says nothing.
#include <nlohmann/json.hpp>
#include <stdexcept>

#include "dashboard/asking.h"
#include "dashboard/limits.h"
#include "stage.h"
#include "support/scratch_directory.h"
#include "troupe/testing.h"

using namespace troupe;
using namespace troupe::dashboard;
using nlohmann::json;

namespace {

json each(BoardStage& stage, const std::string& path) {
  const auto answer = stage.ask("GET /api/each?path=" + AdminClient::encode(path));
  REQUIRE(answer.status == 200);
  const json said = json::parse(answer.body);
  json by_node;
  for (const auto& one : said["answers"]) by_node[one["node"].get<std::string>()] = one;
  return by_node;
}

}  // namespace

TEST_CASE("every node's answer is told beside the reasons of those that gave none") {
  BoardStage stage(
      {telling("well", "{\"up\": 1}\n"), telling("odd", "no JSON"),
       node_that("gone",
                 [](const std::string&) -> Result<AdminReply> {
                   return Error(ErrorKind::unavailable, "killed", "nobody listens");
                 }),
       node_that("throws", [](const std::string&) -> Result<AdminReply> { throw std::runtime_error("a bug"); }),
       node_that("refuses",
                 [](const std::string&) {
                   return AdminReply{404, R"({"error": {"kind": "not_found", "message": "no such path"}})"};
                 }),
       ShownNode{.name = "empty"}});

  const json all = each(stage, "/node");

  CHECK(all.size() == 5);
  CHECK(all["well"]["status"] == 200);
  CHECK(all["well"]["body"] == json{{"up", 1}});
  CHECK(all["odd"]["error"]["kind"] == "corrupt");
  CHECK(all["gone"]["status"] == 0);
  CHECK(all["gone"]["error"]["code"] == "killed");
  CHECK(all["throws"]["error"]["message"].get<std::string>().find("a bug") != std::string::npos);
  CHECK(all["refuses"]["status"] == 404);
  CHECK(all["refuses"]["error"]["message"] == "no such path");
}

TEST_CASE("a node that was silent is not asked for the rest of a round") {
  int asked = 0;
  const std::vector<ShownNode> nodes = {node_that("gone", [&](const std::string&) -> Result<AdminReply> {
    ++asked;
    return Error(ErrorKind::deadline, "no_answer", "it hangs");
  })};
  std::vector<std::string> told;

  ask_all(nodes, {"/a", "/b", "/c"}, std::chrono::seconds(1), [&](const std::string& path, const std::string& answer) {
    CHECK(answer.find("it hangs") != std::string::npos);
    told.push_back(path);
  });

  CHECK(asked == 1);
  CHECK(told == std::vector<std::string>{"/a", "/b", "/c"});
}

TEST_CASE("questions that cannot be asked are refused with the reason") {
  BoardStage stage({telling("one", "{}")});

  CHECK(stage.status("GET /api/one?node=one&path=/node") == 200);
  CHECK(stage.status("GET /api/one?node=two&path=/node") == 404);
  CHECK(stage.status("GET /api/one?node=one") == 400);
  CHECK(stage.status("GET /api/one?node=one&path=node") == 400);
  CHECK(stage.status("GET /api/one?node=one&path=/a%20b") == 400);
  CHECK(stage.status("GET /api/one?node=one&path=/" + std::string(kMaxPathBytes, 'x')) == 400);
  CHECK(stage.status("GET /api/live") == 400);
  std::string many = "path=/0";
  for (std::size_t i = 1; i <= kMaxLivePaths; ++i) many += "&path=/" + std::to_string(i);
  CHECK(stage.status("GET /api/live?" + many) == 400);
  CHECK(stage.status("GET /api/nothing") == 404);
  CHECK(stage.status("POST /api/about") == 403);
  CHECK(stage.status("GET /nothing.html") == 404);
  CHECK(stage.status("GET /../etc/passwd") >= 400);
}

TEST_CASE("a dashboard beside its node asks it without a socket") {
  const testing::ScratchDirectory scratch;
  Node node({.name = "beside", .data_dir = scratch.path() / "beside"});
  node.start();
  BoardStage stage({node_here(node)});

  const json here = each(stage, "/node");
  CHECK(here["beside"]["body"]["name"] == "beside");
  CHECK(each(stage, "/nothing")["beside"]["status"] == 404);

  const auto below = nodes_below(scratch.path());
  REQUIRE(below.size() == 1);
  CHECK(below[0].name == "beside");
  CHECK(below[0].ask("GET", "/health", std::chrono::seconds(5)).ok());
  CHECK(nodes_below(scratch.path() / "nothing").empty());
  node.stop();
  CHECK(!below[0].ask("GET", "/health", std::chrono::seconds(5)).ok());
}

TEST_CASE("questions past those that may be under way are refused, and the others are answered") {
  std::mutex mutex;
  std::condition_variable changed;
  bool open = false;
  std::size_t waiting = 0;
  BoardStage stage({node_that("slow", [&](const std::string&) {
    std::unique_lock lock(mutex);
    ++waiting;
    changed.notify_all();
    changed.wait(lock, [&] { return open; });
    return AdminReply{200, "{}"};
  })});
  std::vector<std::unique_ptr<http::RawClient>> clients;
  for (std::size_t i = 0; i < kMaxQuestions; ++i) {
    clients.push_back(std::make_unique<http::RawClient>(stage.board().port()));
    REQUIRE(clients.back()->send("GET /api/each?path=/node HTTP/1.1\r\nHost: localhost\r\n\r\n"));
  }
  {
    std::unique_lock lock(mutex);
    changed.wait(lock, [&] { return waiting == kMaxQuestions; });
  }

  CHECK(stage.status("GET /api/each?path=/node") == 503);

  {
    const std::lock_guard lock(mutex);
    open = true;
  }
  changed.notify_all();
  for (auto& client : clients) CHECK(client->answer().status == 200);
}
