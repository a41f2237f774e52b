// Waits for oneself are refused at once: a node's threads that would wait for the node, an actor's for the actor.
#include <doctest/doctest.h>
#include <troupe/testing.h>

#include <atomic>
#include <functional>
#include <future>

#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

// An actor that does in its handler what the test says.
class Obedient final : public ForgetfulActor {
 public:
  using Work = std::function<Task<>(Obedient&)>;
  explicit Obedient(Work work) : work_(std::move(work)) {}
  using Actor::blocking;

 private:
  Task<> add(AddParams::Reader, AddResults::Builder) override { return work_(*this); }
  Work work_;
};

void host_obedient(Node& node, Obedient::Work work) {
  node.host<Obedient>(std::function<std::unique_ptr<Obedient>()>(
      [work = std::move(work)] { return std::make_unique<Obedient>(work); }));
}

Error refusal_in_a_handler(Node& node, std::function<void()> asks) {
  host_obedient(node, [asks = std::move(asks)](Obedient&) -> Task<> {
    asks();
    co_return;
  });
  node.start();
  return error_of([&] { return node.ref<Forgetful>("a").add([](auto) {}).get(); });
}

bool tells_to_ask_elsewhere(const Error& error) {
  CAPTURE(error.what());
  return error.kind() == ErrorKind::invalid && error.message().find("let a host thread ask") != std::string::npos;
}

}  // namespace

TEST_CASE("stop() in the node's log sink is refused, whichever thread writes the line") {
  testing::ScratchDirectory directory;
  const std::vector<Member> members{{.name = "a", .port = testing::free_port()},
                                    {.name = "b", .port = testing::free_port()}};
  std::atomic<Node*> sunk{nullptr};
  std::atomic<int> refused{0}, stopped{0};
  const auto sink = [&](const LogLine& line) {
    Node* node = sunk;
    if (!node || line.room != "net") return;
    try {
      (void)node->stop(50ms);
      ++stopped;
    } catch (const Error& error) {
      refused += error.kind() == ErrorKind::invalid;
    }
  };
  Node a({.name = "a", .data_dir = directory / "a", .members = members, .threads = 1, .log = sink});
  a.start();
  sunk = &a;

  Node b({.name = "b", .data_dir = directory / "b", .members = members, .threads = 1});
  b.start();

  CHECK(eventually([&] { return refused + stopped > 0; }));
  CHECK(stopped == 0);
  sunk = nullptr;
  CHECK(a.stop().complete);
}

TEST_CASE("what the debug tool may ask is not asked in a handler") {
  testing::ScratchDirectory directory;
  Node node({.name = "solo", .data_dir = directory / "solo", .threads = 2});

  CHECK(tells_to_ask_elsewhere(refusal_in_a_handler(node, [&] { (void)node.admin("GET", "/actors", ""); })));
}

TEST_CASE("a supervision tree is not changed in a handler") {
  testing::ScratchDirectory directory;
  Node node({.name = "solo", .data_dir = directory / "solo", .threads = 2});
  node.supervise({.children = {{.id = "a", .start = actor_start<Forgetful>("a")}}});

  CHECK(tells_to_ask_elsewhere(refusal_in_a_handler(node, [&] { node.supervision().terminate_child("", "a"); })));
}

TEST_CASE("blocking() work that waits for its own actor is refused at once") {
  testing::ScratchDirectory directory;
  Node node({.name = "solo", .data_dir = directory / "solo", .threads = 2});
  const std::function<void()> call_oneself = [&] { (void)node.ref<Forgetful>("a").add([](auto) {}).get(60s); };
  host_obedient(node, [&](Obedient& actor) -> Task<> { co_await actor.blocking(call_oneself); });
  node.start();

  const Error error = error_of([&] { return node.ref<Forgetful>("a").add([](auto) {}).get(5s); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("waits for its own actor") != std::string::npos);
}
