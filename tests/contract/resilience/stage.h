// Nodes whose calls are covered, and actors that fail and slow down on command.
#pragma once

#include <doctest/doctest.h>
#include <troupe/actor.h>
#include <troupe/testing.h>

#include <atomic>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "patient.capnp.troupe.h"

namespace troupe::resilience_cast {

using namespace std::chrono_literals;
using testing::Loss;
using testing::TestCluster;
using testing::TestNode;

// What the actors of a stage share with its test.
struct Orders {
  // The next so many turns throw this; then they answer.
  void fail_next(unsigned count, Error error);
  // So long a turn waits before it answers, the next so many of them.
  void sleep_next(unsigned count, std::chrono::milliseconds time);
  [[nodiscard]] std::optional<Error> take_error();
  [[nodiscard]] std::chrono::milliseconds take_sleep();

  std::atomic<std::uint64_t> runs{0};
  std::atomic<std::uint64_t> cancelled{0};  // turns that ended where they slept

 private:
  std::mutex mutex_;
  unsigned errors_ = 0;
  std::optional<Error> error_;
  unsigned sleeps_ = 0;
  std::chrono::milliseconds sleep_{0};
};

void host_patients(Node& node, Orders& orders);

// Two nodes that own actors, and a client that calls them; every node under the same policies.
struct Ward {
  explicit Ward(std::vector<CoveredCalls> calls, std::function<void(NodeConfig&)> change = {});

  [[nodiscard]] Node& desk() const { return cluster.node("desk"); }
  // A patient, or a purse, that lives on that node.
  [[nodiscard]] std::string patient_on(const std::string& node) const { return key_on("Patient", node); }
  [[nodiscard]] std::string purse_on(const std::string& node) const { return key_on("Purse", node); }
  [[nodiscard]] std::string key_on(const std::string& service, const std::string& node) const;
  [[nodiscard]] std::string admin(std::string_view method, std::string_view path) const {
    return desk().admin(method, path, "").second;
  }

  Orders orders;
  std::shared_ptr<std::vector<std::string>> lines = std::make_shared<std::vector<std::string>>();
  std::shared_ptr<std::mutex> lines_mutex = std::make_shared<std::mutex>();
  [[nodiscard]] bool logged(const std::string& part) const;
  TestCluster cluster;
};

// How a call ends, for which the stage's clock is moved as far as it takes.
template <class Results>
std::optional<Error> ends(const testing::Testbed& bed, Call<Results>&& call) {
  try {
    (void)bed.finish(std::move(call));
    return {};
  } catch (const Error& e) {
    return e;
  }
}

}  // namespace troupe::resilience_cast
