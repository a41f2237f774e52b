// troupe/admin_client.h, offline.h, schemas.h, store_files.h, testing.h: nothing, too much, and functions that throw.
#include <troupe/admin_client.h>
#include <troupe/offline.h>
#include <troupe/schemas.h>
#include <troupe/store_files.h>

#include <stdexcept>

#include "contract/extremes/subject.h"

using namespace troupe;
using namespace troupe::extremes;

namespace {

template <class T>
std::string outcome_in(const Result<T>& result) {
  return result.ok() ? "works" : result.error().what();
}

}  // namespace

TEST_CASE("a request to a node waits as long as time goes on, and is one request whatever stands in it") {
  Stage stage([](NodeConfig& config) { config.admin = true; });
  AdminClient client(stage.node().data_dir());
  const auto ask = [&](std::string_view method, std::string_view path, Milliseconds timeout = 10s) {
    return outcome_in(client.request(method, path, {}, timeout));
  };

  for (const auto time : {kCenturies, kLongest}) CHECK(ask("GET", "/node", time) == "works");
  for (const auto time : {0h, -1h, kShortest}) CHECK(contains(ask("GET", "/node", time), "no answer in 0 ms"));
  for (const char* path : {"", "node", "/a b", "/a\r\nX: y", "/a\tb"}) CHECK_INVALID(ask("GET", path), "a path");
  for (const char* method : {"", "G T", "GET\r\nX: y"}) CHECK_INVALID(ask(method, "/node"), "a method");
  CHECK(ask("GET", "/node") == "works");
}

TEST_CASE("an admin client of a place where there is nothing says so") {
  CHECK(contains(outcome_in(AdminClient("").request("GET", "/node")), "unavailable: "));
  CHECK(contains(outcome_in(AdminClient(std::string(10'000, 'x')).request("GET", "/node")), "unavailable: "));
}

TEST_CASE("the files of a node that is not there are refused, and what a visitor throws comes through") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole& self) { self.remind_in("r", 1h); }) == "works");
  stage.node().stop();
  CHECK_INVALID(outcome_in(OfflineStore::open("")), "");
  auto store = OfflineStore::open(stage.node().data_dir());
  REQUIRE(store.ok());

  CHECK_INVALID(outcome_in(store->list("", "", {})), "list() was given an empty function");
  CHECK_THROWS_WITH((void)store->list("", "", [](const OfflineActor&) -> bool { throw std::runtime_error("enough"); }),
                    "enough");
  CHECK(outcome_in(store->verify()) == "works");
  CHECK(contains(outcome_in(store->get("", "")), "not_found: "));
  CHECK_INVALID(outcome_in(store->get("Subject", "")), "");
  for (const char* path : {"", "/", "//", "/actors"}) CHECK(outcome_in(store->look(path)) != "works");
}

TEST_CASE("work on files that is stopped by a throw leaves nothing behind") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole& self) { self.remind_in("r", 1h); }) == "works");
  stage.node().stop();
  const auto& data = stage.node().data_dir();
  testing::ScratchDirectory directory;
  const FileProgress enough = [](auto, auto) { throw std::runtime_error("enough"); };

  CHECK_INVALID(outcome_in(back_up_store("", directory / "b")), "");
  CHECK(outcome_in(back_up_store(data, "")) != "works");
  CHECK_THROWS_WITH((void)back_up_store(data, directory / "b", {}, enough), "enough");
  CHECK_FALSE(std::filesystem::exists(directory / "b"));
  CHECK_THROWS_WITH((void)compact_store(data, {}, enough), "enough");
  CHECK(outcome_in(back_up_store(data, directory / "b")) == "works");
  CHECK_THROWS_WITH((void)restore_store(directory / "b", directory / "r", {}, enough), "enough");
  CHECK(outcome_in(restore_store(directory / "b", directory / "r")) == "works");
  CHECK(outcome_in(compact_store(data)) == "works");
}

TEST_CASE("schemas of nothing are no schemas") {
  CHECK(contains(outcome_in(Schemas::from_compiler({})), "corrupt: "));
  CHECK(contains(outcome_in(Schemas::from_text("")), "corrupt: "));
  CHECK_INVALID(outcome_in(Schemas::from_store("")), "");
}

TEST_CASE("a testbed's clock goes to the end of time, and no further") {
  Stage stage;
  REQUIRE(stage.at_once([](SubjectRole& self) { self.remind_in("r", 1h); }) == "works");

  CHECK_THROWS_AS(stage.node().clock().advance(kShortest), testing::Failure);
  stage.node().clock().advance(0ns);
  CHECK_THROWS_AS((void)stage.node().eventually({}), testing::Failure);
  CHECK_THROWS_AS((void)testing::eventually({}), testing::Failure);
  CHECK_FALSE(stage.node().eventually([] { return false; }, kShortest));
  CHECK(stage.node().eventually([&] { return stage.rung() == "r"; }, kLongest));
}
