// What a testbed is made of: slots for nodes, one clock, one set of rules for their messages and one of crashes; and
// how it is known that nothing moves any more.
#pragma once

#include <functional>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "host/node_parts.h"
#include "host/test_hooks.h"
#include "net/link_gate.h"
#include "testing/node_slot_clock.h"
#include "testing/node_slot_disk.h"
#include "testing/traffic_rules.h"
#include "testing/turn_crashes.h"
#include "testing/virtual_clock.h"
#include "troupe/testing.h"

namespace troupe::testing {

// A node's place: what stays when the node stops.
struct NodeSlot final : net::LinkGate {
  NodeSlot(TestbedCore& lab_in, Member member_in, std::filesystem::path directory);
  [[nodiscard]] bool open(const std::string& peer) const noexcept override;

  TestbedCore& core;
  const Member member;
  const std::filesystem::path data_dir;
  NodeSlotDisk disk;
  NodeSlotClock clock;
  host::TestHooks test_hooks;
  std::unique_ptr<Node> node;          // null: it does not run
  host::NodeParts* running = nullptr;  // under the core's mutex: what runs, null before and after
};

class TestbedCore : public std::enable_shared_from_this<TestbedCore> {
 public:
  TestbedCore(std::vector<std::string> nodes, std::vector<std::string> clients, TestOptions options);

  [[nodiscard]] VirtualClock& clock() noexcept { return clock_; }
  [[nodiscard]] TrafficRules& traffic() noexcept { return traffic_; }
  [[nodiscard]] TurnCrashes& crashes() noexcept { return crashes_; }
  [[nodiscard]] const std::vector<std::unique_ptr<NodeSlot>>& slots() const noexcept { return slots_; }
  // Throws Failure.
  [[nodiscard]] NodeSlot& slot(std::string_view name) const;

  void start(NodeSlot& slot);
  StopReport stop(NodeSlot& slot, std::chrono::milliseconds deadline);
  void crash(NodeSlot& slot);
  // Every node, callers first, and what they had on disk.
  void end() noexcept;

  void settle();
  void advance(std::chrono::nanoseconds by);
  [[nodiscard]] bool eventually(const std::function<bool()>& condition, std::chrono::nanoseconds within);

  void part(const std::string& one, const std::string& other);
  void join_all();
  // Any thread.
  [[nodiscard]] bool parted(const std::string& one, const std::string& other) const noexcept;

  // Runs `work` with what runs at the slot; the parts stay until it returns. Throws Error `unavailable`: nothing does.
  void with(NodeSlot& slot, const std::function<void(host::NodeParts&)>& work) const;
  // Who owns the actor. Throws Error `unavailable`, `not_found`, as the placement is asked of a node that runs.
  [[nodiscard]] NodeSlot& owner_of(const ActorName& actor) const;
  // On every node that has it active; see Testbed::evict().
  [[nodiscard]] bool evict(const ActorName& actor);

 private:
  friend struct NodeSlot;
  [[nodiscard]] NodeConfig config_of(NodeSlot& slot);
  // What moves, in words; empty: nothing. Under the mutex.
  [[nodiscard]] std::string what_moves() const;
  [[nodiscard]] std::string what_moves_on_links(const NodeSlot& one, const NodeSlot& other) const;
  // Grows with everything that is done.
  [[nodiscard]] std::uint64_t work_done() const;
  void wait_until_parted(const std::string& one, const std::string& other);

  const TestOptions options_;
  std::unique_ptr<const ScratchDirectory> directory_ = std::make_unique<const ScratchDirectory>();
  VirtualClock clock_;
  TrafficRules traffic_;
  TurnCrashes crashes_;
  std::vector<std::unique_ptr<NodeSlot>> slots_;
  mutable std::mutex gates_;                              // guards what follows
  std::set<std::pair<std::string, std::string>> parted_;  // the name that sorts first, first
  std::set<std::string> cut_off_;                         // nodes that are being killed
  mutable std::mutex mutex_;                              // of NodeSlot::running
};

}  // namespace troupe::testing
