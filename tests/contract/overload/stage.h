// A node whose workers a test can stop, and actors that are as slow as it wants.
#pragma once

#include <doctest/doctest.h>
#include <troupe/actor.h>
#include <troupe/node.h>
#include <troupe/ref.h>
#include <troupe/testing.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <future>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "mill.capnp.troupe.h"
#include "support/scratch_directory.h"

namespace troupe::overload {

using namespace std::chrono_literals;

// What the actors of a stage share with its test.
struct Gate {
  std::atomic<bool> open{true};  // closed: turns hold their threads
  std::atomic<std::uint32_t> held{0};
  std::atomic<std::int64_t> work_us{0};  // processor time of a turn
  std::atomic<std::uint64_t> turns{0};

  void pass();
};

// Before start().
void host_actors(Node& node, Gate& gate);

class Stage {
 public:
  explicit Stage(const std::function<void(NodeConfig&)>& change = {});
  ~Stage();

  [[nodiscard]] Ref<Mill> mill(const std::string& key) { return node->ref<Mill>(key); }
  [[nodiscard]] Ref<Silo> silo(const std::string& key) { return node->ref<Silo>(key); }
  [[nodiscard]] Ref<Cart> cart(const std::string& key) { return node->ref<Cart>(key); }

  // Every worker is in a turn, until the gate opens. `keys` of mills that nobody else calls.
  void hold_workers(const std::vector<std::string>& keys);

  // What became of calls.
  struct Ends {
    std::atomic<std::uint64_t> sent{0}, done{0}, overloaded{0}, other{0}, no_hint{0};
    [[nodiscard]] std::uint64_t ended() const { return done + overloaded + other; }
  };
  void grind(const std::string& key, std::size_t bytes = 0);
  Ends ends;

  // A number of the node's view, by its name in the JSON; of what it refused, `refused(name)`.
  [[nodiscard]] std::uint64_t level(const std::string& name);
  [[nodiscard]] std::uint64_t refused(const std::string& name) { return level(name); }

  testing::ScratchDirectory directory;
  Gate gate;
  std::unique_ptr<Node> node;
};

// False: `condition` did not hold within a minute.
[[nodiscard]] inline bool eventually(const std::function<bool()>& condition) {
  return testing::eventually(condition, std::chrono::minutes(1));
}

template <class F>
[[nodiscard]] Error error_of(F&& call) {
  try {
    (void)call();
  } catch (const Error& e) {
    return e;
  }
  FAIL("no error came");
  return Error(ErrorKind::failed, "no error came");
}

}  // namespace troupe::overload
