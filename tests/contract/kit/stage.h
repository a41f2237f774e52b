// A testbed with the cast of the contract tests, and calls by name.
#pragma once

#include <doctest/doctest.h>
#include <troupe/testing.h>

#include <future>
#include <optional>
#include <string>

#include "contract/cast.h"
#include "contract/sleeper.h"

namespace troupe::contract {

using namespace std::chrono_literals;
using testing::CommitFault;
using testing::CrashAt;
using testing::Failure;
using testing::Loss;
using testing::TestCluster;
using testing::TestNode;
using testing::Time;

inline TestNode cast_node(std::function<void(NodeConfig&)> configure = {}, Time time = Time::stands) {
  return TestNode({.host = host_cast, .configure = std::move(configure), .time = time});
}

inline void add(Node& node, const std::string& key, std::int64_t amount) {
  (void)node.ref<Account>(key).add([&](auto p) { p.setAmount(amount); }).get();
}
inline std::int64_t balance(Node& node, const std::string& key) {
  return node.ref<Account>(key).balance().get()->getBalance();
}
inline std::uint64_t count(Node& node, const std::string& key) {
  return node.ref<Desk>(key).count([](auto) {}).get()->getCalls();
}
inline std::uint64_t calls(Node& node, const std::string& key) { return node.ref<Desk>(key).calls().get()->getCalls(); }
inline std::uint64_t rings(Node& node, const std::string& key) {
  return at_once(node.ref<Sleeper>(key).rings().get())->getCount();
}

// A call that was made and may not have ended.
template <class Results>
class Asked {
 public:
  explicit Asked(Call<Results>&& call) : answer_(std::move(call).future()) {}
  [[nodiscard]] bool ended() const { return answer_.wait_for(0s) == std::future_status::ready; }
  // How it ended: nothing with a reply. Fails the test if it has not.
  [[nodiscard]] std::optional<Error> error() {
    REQUIRE(ended());
    try {
      (void)answer_.get();
      return {};
    } catch (const Error& e) {
      return e;
    }
  }

 private:
  std::future<Reply<Results>> answer_;
};
template <class Results>
Asked(Call<Results>&&) -> Asked<Results>;

template <class F>
std::optional<Error> error_from(F&& call) {
  try {
    (void)call();
  } catch (const Error& e) {
    return e;
  }
  return {};
}

}  // namespace troupe::contract
