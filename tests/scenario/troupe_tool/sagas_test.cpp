// `troupe saga`: which sagas there are, live and in files, and what becomes of them.
#include <saga/saga.h>

#include "errand.capnp.troupe.h"
#include "stage.h"

using namespace troupe_tool;
using troupe::testing::eventually;

namespace {

// Waits for a signal, or is stuck.
class Errand final : public troupe::saga::Saga<errands::ErrandActor> {
  troupe::saga::Flow<> run() override {
    if (state().getFaulty()) throw std::logic_error("a hole in the road");
    co_await signal("arrived");
  }
  troupe::Task<> begin(BeginParams::Reader in, BeginResults::Builder) override {
    edit().setFaulty(in.getFaulty());
    start();
    co_return;
  }
  troupe::Task<> arrived(ArrivedParams::Reader, ArrivedResults::Builder) override {
    raise("arrived");
    co_return;
  }
};

// One saga that waits, one that is stuck and one that is done, beside an actor that has none.
struct Errands {
  Errands() {
    node = std::make_unique<troupe::Node>(troupe::NodeConfig{.name = "one", .data_dir = folder / "one"});
    node->host<Errand>();
    node->host<Jar>();
    node->start();
    node->ref<jars::Jar>("a").put([](auto p) { p.setCoins(1); }).get(10s);
    for (const char* key : {"waits", "stuck", "done"})
      node->ref<errands::Errand>(key).begin([&](auto p) { p.setFaulty(std::string_view(key) == "stuck"); }).get(10s);
    node->ref<errands::Errand>("done").arrived().get(10s);
  }
  [[nodiscard]] json list(const std::string& options = {}) const {
    return tool("--json --node " + (folder / "one").string() + " saga ls " + options).parsed();
  }
  troupe::testing::ScratchDirectory folder;
  std::unique_ptr<troupe::Node> node;
};

std::vector<std::string> names_of(const json& sagas) {
  std::vector<std::string> names;
  for (const auto& saga : sagas) names.push_back(saga["actor"].get<std::string>());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace

TEST_CASE("saga ls has those that are not done, and says why one is stuck; other states are asked for") {
  using Names = std::vector<std::string>;
  Errands errands;
  REQUIRE(eventually([&] { return names_of(errands.list("--state done")) == Names{"Errand/done"}; }));
  REQUIRE(eventually([&] { return names_of(errands.list("--stuck")) == Names{"Errand/stuck"}; }));
  const std::string at = "--node " + (errands.folder / "one").string() + " ";

  const auto shown = tool(at + "saga ls");

  INFO(shown.out);
  CHECK(shown.code == 0);
  CHECK(shown.says("Errand/waits"));
  CHECK(shown.says("a hole in the road"));
  CHECK_FALSE(shown.says("Errand/done"));
  CHECK(names_of(errands.list()) == Names{"Errand/stuck", "Errand/waits"});
  CHECK(names_of(errands.list("--all")) == Names{"Errand/done", "Errand/stuck", "Errand/waits"});
  CHECK(names_of(errands.list("--state running,done")) == Names{"Errand/done", "Errand/waits"});
  CHECK(names_of(errands.list("--all --limit 2")).size() == 2);
  CHECK(tool(at + "saga ls --service Jar").says("no such sagas"));
  CHECK(tool(at + "saga ls --service Jug").code == 4);
  CHECK(tool(at + "saga ls --state lost").code == 2);
}

TEST_CASE("sagas of a stopped node are found in its files") {
  Errands errands;
  REQUIRE(eventually([&] { return errands.list("--stuck").size() == 1; }));
  (void)errands.node->stop();

  const auto shown = tool("db sagas " + (errands.folder / "one").string() + " --stuck");

  INFO(shown.out);
  CHECK(shown.code == 0);
  CHECK(shown.says("Errand/stuck"));
  CHECK(shown.says("a hole in the road"));
  CHECK_FALSE(shown.says("Errand/waits"));
}
