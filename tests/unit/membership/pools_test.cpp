// Pools and pinned actors of members that come and go.
#include <doctest/doctest.h>

#include <atomic>
#include <map>
#include <thread>

#include "joined_nodes.h"
#include "scribes.capnp.troupe.h"

using namespace troupe;
using namespace troupe::testing;
using membership::MemberState;
using scribes::Scribe;
using scribes::Warden;

namespace {

class ScribeRole final : public scribes::ScribeActor {
 public:
  explicit ScribeRole(std::string node) : node_(std::move(node)) {}

 private:
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    out.setNode(node_);
    co_return;
  }
  const std::string node_;
};

class WardenRole final : public scribes::WardenActor {
 public:
  explicit WardenRole(std::string node) : node_(std::move(node)) {}

 private:
  Task<> where(WhereParams::Reader, WhereResults::Builder out) override {
    out.setNode(node_);
    co_return;
  }
  const std::string node_;
};

void host_scribes(Node& node) {
  node.host<ScribeRole>([name = node.name()] { return std::make_unique<ScribeRole>(name); });
  node.host<WardenRole>([name = node.name()] { return std::make_unique<WardenRole>(name); });
}

JoinOptions scribing() { return {.prepare = host_scribes}; }

// Who answers so many calls, and how often.
std::map<std::string, int> answers(Node& from, int calls) {
  std::map<std::string, int> out;
  for (int i = 0; i < calls; ++i) {
    const auto answer = from.ref<Scribe>().where().get();
    ++out[std::string(answer->getNode())];
  }
  return out;
}

bool become(Node& from, const std::map<std::string, int>& wanted) {
  return eventually([&] { return answers(from, 12) == wanted; }, 30s);
}

}  // namespace

TEST_CASE("a pool has the members that come, and not those that drain or stop, and no call fails by that") {
  JoinedNodes nodes;
  Node& one = nodes.start("one", scribing());
  Node& client = nodes.start("client", {.client = true, .store = false});
  std::atomic<bool> stop{false};
  std::atomic<int> failed{0};
  std::thread load([&] {
    while (!stop) try {
        (void)client.ref<Scribe>().where().get();
      } catch (const Error& error) {
        ++failed;
        MESSAGE(std::string(error.what()));
      }
  });

  CHECK(become(one, {{"one", 12}}));
  nodes.start("two", scribing());
  nodes.start("three", {});  // which has none of them
  CHECK(become(client, {{"one", 6}, {"two", 6}}));
  nodes.set_state("one", "two", MemberState::draining);
  CHECK(become(client, {{"one", 12}}));
  nodes.set_state("one", "two", MemberState::serving);
  CHECK(become(one, {{"one", 6}, {"two", 6}}));
  nodes.set_state("one", "two", MemberState::draining);
  CHECK(become(client, {{"one", 12}}));
  nodes.stop("two");
  CHECK(become(client, {{"one", 12}}));

  stop = true;
  load.join();
  CHECK(failed == 0);
}

TEST_CASE("a pinned actor is there while its member is, and is said to have left with it") {
  JoinedNodes nodes;
  Node& one = nodes.start("one", scribing());
  nodes.start("two", scribing());
  const auto warden = one.ref<Warden>("two");
  const auto answer = warden.where().get();
  CHECK(answer->getNode() == "two");
  nodes.stop("two");
  const auto error_of = [&] {
    try {
      auto ref = one.ref<Warden>("two");
      ref.timeout(200ms);
      (void)ref.where().get();
      return std::string();
    } catch (const Error& error) {
      return std::string(error.what());
    }
  };
  CHECK(error_of() != "");
  nodes.start("two", scribing());
  CHECK(eventually([&] { return error_of().empty(); }, 30s));
}
