// Nodes of one process that find each other by a coordinator in a directory.
#pragma once

#include <doctest/doctest.h>

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "contract/cast.h"
#include "host/node_parts.h"
#include "host/test_hooks.h"
#include "net/link_gate.h"
#include "support/scratch_directory.h"
#include "troupe/testing.h"

namespace troupe::testing {

using namespace std::chrono_literals;

struct JoinOptions {
  bool client = false;
  bool store = true;
  std::string cluster = "c";
  std::uint32_t weight = 100;
  std::chrono::milliseconds timeout = 15s;
  std::filesystem::path data{};  // empty: its own, the same in each run
  HostOptions account{};
  std::function<void(NodeConfig&)> change{};
  std::function<void(Node&)> prepare{};  // before it starts
};

// Which peers a node reaches: all, until it is parted from one.
class Parted final : public net::LinkGate {
 public:
  [[nodiscard]] bool open(const std::string& peer) const noexcept override {
    const std::lock_guard lock(mutex_);
    return peer != shut_;
  }
  void shut(const std::string& peer) {
    const std::lock_guard lock(mutex_);
    shut_ = peer;
  }

 private:
  mutable std::mutex mutex_;
  std::string shut_;
};

class JoinedNodes {
 public:
  NodeConfig config(const std::string& name, const JoinOptions& options = {}) {
    NodeConfig config{.name = name, .cluster = options.cluster, .threads = 2, .default_timeout = 30s, .admin = false};
    if (options.store) config.data_dir = options.data.empty() ? data_of(name) : options.data;
    config.join.coordinator = {.kind = CoordinatorKind::file, .directory = directory_.path() / "coordinator"};
    config.join.client = options.client;
    config.join.weight = options.weight;
    config.join.timeout = options.timeout;
    config.join.session_ttl = 1s;
    return config;
  }
  [[nodiscard]] std::filesystem::path data_of(const std::string& name) const { return directory_.path() / name; }

  // Throws what start() throws.
  Node& start(const std::string& name, const JoinOptions& options = {}) {
    auto one = std::make_unique<One>();
    auto hooks = std::make_shared<host::TestHooks>();
    hooks->begun = [one = one.get()](host::NodeParts& parts) { one->parts = &parts; };
    hooks->gate = &one->gate;
    NodeConfig config = this->config(name, options);
    config.test_hooks = std::move(hooks);
    if (options.change) options.change(config);
    one->node = std::make_unique<Node>(std::move(config));
    contract::host_cast_with(*one->node, options.account);
    if (options.prepare) options.prepare(*one->node);
    one->node->start();
    return *(nodes_[name] = std::move(one))->node;
  }
  void stop(const std::string& name) {
    (void)nodes_.at(name)->node->stop(5s);
    nodes_.erase(name);
  }
  [[nodiscard]] Node& node(const std::string& name) { return *nodes_.at(name)->node; }
  [[nodiscard]] host::NodeParts& parts(const std::string& name) { return *nodes_.at(name)->parts; }
  // No link between the two, until `part(a, "")` and `part(b, "")`.
  void part(const std::string& from, const std::string& to) { nodes_.at(from)->gate.shut(to); }
  [[nodiscard]] membership::Membership& member(const std::string& name) { return *parts(name).membership(); }

  // As one node knows it.
  [[nodiscard]] std::size_t owned(const std::string& by, const std::string& member) {
    return this->member(by).access().look([&](const auto& known) { return known.owned_by(member).size(); });
  }
  // What it leads.
  [[nodiscard]] std::size_t led(const std::string& name) {
    std::size_t count = 0;
    for (PartitionId id = 0; id < kAllPartitions; ++id)
      count += parts(name).partitions().at(id).value()->state() == partition::State::leading;
    return count;
  }
  // Until every node leads its share, in partitions of all.
  void await_led(const std::map<std::string, std::size_t>& wanted, std::chrono::seconds time = 60s) {
    const bool all = eventually(
        [&] {
          for (const auto& [name, count] : wanted)
            if (led(name) != count) return false;
          return true;
        },
        time);
    for (const auto& [name, count] : wanted) CHECK_MESSAGE(led(name) == count, name);
    REQUIRE(all);
  }
  void set_state(const std::string& by, const std::string& member, membership::MemberState state) {
    auto& access = this->member(by).access();
    for (bool done = false; !done;) {
      const auto known = *access.directory().member(member);
      auto record = known.record;
      record.state = state;
      coordinator::Transaction change;
      membership::replace(change, membership::member_key(member), known.version, record);
      done = access.commit(change).value();
    }
  }

 private:
  struct One {
    host::NodeParts* parts = nullptr;
    Parted gate;
    std::unique_ptr<Node> node;
  };
  ScratchDirectory directory_;
  std::map<std::string, std::unique_ptr<One>> nodes_;
};

// What start() throws; its message is empty when it throws nothing.
inline Error refusal(JoinedNodes& nodes, const std::string& name, const JoinOptions& options = {}) {
  try {
    nodes.start(name, options);
  } catch (const Error& error) {
    return error;
  }
  return Error(ErrorKind::failed, "");
}

}  // namespace troupe::testing
