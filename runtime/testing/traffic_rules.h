// What a test does to calls and durable messages: rules of a testbed, asked by the router of whichever node sends.
#pragma once

#include <atomic>
#include <list>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "cluster/message_faults.h"
#include "cluster/router.h"
#include "testing/virtual_clock.h"
#include "troupe/testing.h"

namespace troupe::testing {

class TrafficRules final : public cluster::MessageFaults {
 public:
  explicit TrafficRules(VirtualClock& clock) : clock_(clock) {}

  // `count`: nothing is without end.
  void lose(std::optional<unsigned> count, Which which, Loss loss);
  void delay(std::chrono::nanoseconds by, Which which);
  void let_through();
  // A node stops: what is held of its calls has been ended.
  void forget(const cluster::Router& router);

  [[nodiscard]] std::uint64_t lost() const noexcept { return lost_.load(); }
  [[nodiscard]] std::uint64_t delayed() const noexcept { return delayed_.load(); }

  [[nodiscard]] bool take(cluster::Router& router, wire::EnvelopePtr& call) noexcept override;

 private:
  class LostAnswer;
  struct Waiting {
    cluster::Router* router;
    wire::EnvelopePtr call;
  };
  struct Rule {
    std::uint64_t number;
    Which which;
    std::optional<unsigned> left{};                // nothing: without end
    std::optional<std::chrono::nanoseconds> by{};  // it delays; nothing: it loses
    Loss loss = Loss::request;
    std::vector<Waiting> waiting{};  // for the rule to end
  };
  // A rule as it was when it was met.
  struct Met {
    std::uint64_t rule;
    bool without_end;
    std::optional<std::chrono::nanoseconds> by;
    Loss loss;
  };

  void add(Rule rule);
  [[nodiscard]] std::optional<Met> meet(const wire::Envelope& call, const cluster::Router& router);
  void lose_request(cluster::Router& router, wire::EnvelopePtr call, const Met& met) noexcept;
  void lose_answer(cluster::Router& router, wire::EnvelopePtr call, const Met& met);

  VirtualClock& clock_;
  std::atomic<std::size_t> rules_in_force_{0};  // so that a testbed without rules takes no lock
  std::atomic<std::uint64_t> lost_{0};
  std::atomic<std::uint64_t> delayed_{0};
  std::mutex mutex_;
  std::list<Rule> rules_;  // oldest first
  std::uint64_t numbered_ = 0;
};

}  // namespace troupe::testing
