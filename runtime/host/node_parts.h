// A node between start() and stop(): everything that has threads, files or sockets.
#pragma once

#include <atomic>
#include <chrono>
#include <memory>

#include "actor/context.h"
#include "actor/courier.h"
#include "actor/reminder_clock.h"
#include "actor/slow_turns.h"
#include "host/housekeeping.h"
#include "host/node_orders.h"
#include "host/node_routing.h"
#include "host/partition_schemas.h"
#include "host/service_checks.h"
#include "host/stop_progress.h"
#include "host/test_hooks.h"
#include "host/turn_files.h"
#include "host/watchdog.h"
#include "membership/membership.h"
#include "net/links.h"
#include "partition/partitions.h"
#include "store/store.h"
#include "supervise/supervisor.h"
#include "supervise/tree_driver.h"
#include "telemetry/exporter.h"
#include "telemetry/flight_recorder.h"
#include "transfer/transfers.h"
#include "troupe/node.h"

namespace troupe::host {

using membership::NodeCondition;

class NodeParts {
 public:
  // Throws what start() throws. `orders` is never null.
  NodeParts(const NodeConfig& config, NodeRouting& routing, std::shared_ptr<const NodeOrders> orders);
  ~NodeParts() { stop(std::chrono::milliseconds(0)); }

  // Both of what follows, however long it takes. Once; then nothing.
  void stop(std::chrono::milliseconds deadline);
  // Refuses what is new, lets turns end, ends the rest, commits, says goodbye: then no call waits any more.
  void end_work(StopProgress& progress);
  // Waits for every thread to come back, and ends them.
  void end_threads(StopProgress& progress);
  [[nodiscard]] Incarnation incarnation() const noexcept { return incarnation_; }
  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] bool connected() const;
  [[nodiscard]] engine::Engine& engine() noexcept { return *engine_; }
  [[nodiscard]] store::Store* store() noexcept { return store_.get(); }
  [[nodiscard]] net::Links* links() noexcept { return links_.get(); }
  [[nodiscard]] actor::Context& context() noexcept { return *context_; }
  [[nodiscard]] actor::Courier* courier() noexcept { return courier_.get(); }            // null without a store
  [[nodiscard]] actor::ReminderClock* reminders() noexcept { return reminders_.get(); }  // the same
  [[nodiscard]] partition::Partitions& partitions() noexcept { return *partitions_; }
  [[nodiscard]] NodeRouting& routing() noexcept { return routing_; }
  // Null: a list in the configuration says who the members are.
  [[nodiscard]] membership::Membership* membership() noexcept { return membership_.get(); }
  [[nodiscard]] Housekeeping& housekeeping() noexcept { return *housekeeping_; }
  [[nodiscard]] Watchdog& watchdog() noexcept { return *watchdog_; }
  // Null: spans stay in the node.
  [[nodiscard]] const telemetry::Exporter* exporter() const noexcept { return exporter_.get(); }
  // Null without a data directory.
  [[nodiscard]] TurnFiles* turn_files() noexcept { return turn_files_.get(); }
  // Null: it keeps none.
  [[nodiscard]] const telemetry::FlightRecorder* recorder() const noexcept { return recorder_.get(); }
  [[nodiscard]] actor::SlowTurns& slow_turns() noexcept { return slow_turns_; }
  // Whether it takes part, and which of its services are not well. Any thread, until end_threads().
  [[nodiscard]] NodeCondition condition() const;
  // Null without a tree, and when the node has stopped.
  [[nodiscard]] supervise::TreeDriver* tree() noexcept { return tree_.get(); }

 private:
  [[nodiscard]] std::uint64_t open_store(const NodeConfig& config);
  void open_partitions();
  void open_links(const NodeConfig& config);
  void find_cluster(const NodeConfig& config);
  void join(const NodeConfig& config);
  void check_services(const NodeConfig& config);
  [[nodiscard]] net::LinkOptions link_options(const NodeConfig& config);
  [[nodiscard]] std::vector<std::string> what_runs() const;
  [[nodiscard]] std::vector<std::string> checks_that_run() const;
  void plant(const Supervised& supervised);
  void rest();
  void export_spans(const NodeConfig& config);
  void end_exports() noexcept;

  NodeRouting& routing_;
  const std::shared_ptr<const NodeOrders> orders_;
  const std::shared_ptr<const TestHooks> test_hooks_;  // null outside tests
  supervise::Supervisor supervisor_;
  actor::SlowTurns slow_turns_;
  std::unique_ptr<telemetry::FlightRecorder> recorder_;  // null: it keeps none
  std::unique_ptr<TurnFiles> turn_files_;                // null without a data directory
  Observers observers_;                                  // fixed before anything of the node runs
  const bool checks_services_;
  std::atomic<bool> keeps_run_{false};  // what the tree keeps alive has started
  std::unique_ptr<store::Store> store_;
  bool store_knows_later_ = false;  // schemas than this program has
  Incarnation incarnation_ = 0;
  std::unique_ptr<engine::Engine> engine_;
  std::unique_ptr<actor::Context> context_;
  std::unique_ptr<actor::Courier> courier_;
  std::unique_ptr<actor::ReminderClock> reminders_;
  std::unique_ptr<partition::Partitions> partitions_;
  std::unique_ptr<coordinator::Coordinator> coordinator_;  // null: members are listed; so are the next two
  std::unique_ptr<membership::Membership> membership_;
  std::unique_ptr<PartitionSchemas> partition_schemas_;  // the same
  std::unique_ptr<transfer::Transfers> transfers_;       // null without a store, too
  std::unique_ptr<net::Links> links_;
  Ptr<supervise::TreeDriver> tree_;
  std::unique_ptr<Housekeeping> housekeeping_;
  std::unique_ptr<Watchdog> watchdog_;
  std::unique_ptr<telemetry::Exporter> exporter_;
  std::unique_ptr<ServiceChecks> checks_;         // null: no service has a check of its own
  std::atomic<ServiceChecks*> checked_{nullptr};  // the same, for other threads
  std::uint16_t port_ = 0;
  bool stopped_ = false;
};

}  // namespace troupe::host
