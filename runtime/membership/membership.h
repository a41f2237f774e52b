// A node as a member of a cluster whose members come and go: it joins, keeps its session, goes by what the records say,
// and gives partitions to others when they say so.
//
//   records (coordinator)  ->  Directory  ->  view (Router)                     who is where, who owns what
//                                         ->  Partition::open / close           what this node leads
//                                         ->  plan (planner.h)  ->  records     if this node is the one that plans
//                                         ->  HandOver          ->  records     of what this node gives away
//
// The agent, a thread, takes in changes and does what they ask for; the movers, MembershipOptions::moves more, give a
// partition each at a time.
// The coordinator is asked when something changes, and never on a call's way. While it cannot be reached everything
// stays as it is: whoever owns a partition goes on with it, for nobody can have become its owner.
#pragma once

#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <deque>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "actor/context.h"
#include "cluster/router.h"
#include "coordinator/coordinator.h"
#include "membership/cluster_access.h"
#include "membership/directory.h"
#include "membership/membership_options.h"
#include "partition/partitions.h"
#include "store/ownership.h"
#include "transfer/transfers.h"

namespace troupe::membership {

class Membership final : public coordinator::Watcher, public coordinator::SessionEvents, public transfer::TakingRules {
 public:
  // What it works on; all of it outlives the membership.
  struct Parts {
    coordinator::Coordinator& coordinator;
    cluster::Router& router;
    partition::Partitions& partitions;
    actor::Context& context;
    std::string store;               // which one (store_id.h); empty: the node has none
    std::filesystem::path data_dir;  // where it is
  };
  Membership(Parts parts, MembershipOptions options);
  // leave()s.
  ~Membership();

  // Before anything else: the partitions that come from others are taken by what this says, and given through it.
  void attach(transfer::Transfers* transfers) noexcept { transfers_ = transfers; }

  // Whose coordinator it is; the first to come says so. Before join(). `invalid`: it is of another cluster.
  // `unavailable`: it cannot be reached.
  [[nodiscard]] Result<void> find_cluster();
  // Of the cluster that was found: two clusters of one name have two.
  [[nodiscard]] std::uint64_t cluster_hash() const;
  // Becomes a member: takes its name, claims partitions that nobody owns, shows the first view and opens what it leads.
  // `invalid`: a live node has this name, or another owns what the store holds. `unavailable`: it cannot be reached, or
  // a client found nobody who owns anything, until that moment.
  // After an `unavailable` it may be called again.
  [[nodiscard]] Result<void> join(const MemberRecord& self, TimePoint until);
  // From now on it acts on changes. After join().
  void start();
  // Nothing is given, taken or planned any more; partitions that this node leads it goes on to lead. Not from its own
  // threads.
  void stop_acting();
  // The session ends, so that others know. stop_acting()s.
  void leave();

  // --- any thread ---
  [[nodiscard]] ClusterAccess& access() noexcept { return access_; }
  [[nodiscard]] std::uint64_t incarnation() const noexcept { return incarnation_; }
  // What is on its way from here.
  struct Moving {
    PartitionId partition = 0;
    std::string to;
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    std::string stage;  // "copies" | "hands over"
  };
  [[nodiscard]] std::vector<Moving> moving() const;
  // How the hand-overs of this node went: how long calls waited for each of the last ones, the newest last.
  struct HandOvers {
    std::uint64_t done = 0;
    std::uint64_t failed = 0;
    std::vector<std::chrono::microseconds> pauses;
    std::string last_error;
  };
  [[nodiscard]] HandOvers hand_overs() const;

  // --- from the coordinator's threads ---
  void on_changes(std::span<const coordinator::Change> changes) noexcept override;
  void on_lost(const Error& why) noexcept override;
  void on_session_lost(coordinator::SessionId session, const Error& why) noexcept override;
  // --- from the taker's ---
  std::optional<std::string> why_not(net::PeerId from, PartitionId partition, Epoch epoch) override;
  void leads(net::PeerId from, PartitionId partition, Epoch epoch) override;
  bool is_over(PartitionId partition, Epoch epoch) override;
  void reached(net::PeerId) noexcept override { wake(); }

  // Something may have changed that it looks at: say, the condition of this node. Any thread.
  void look_soon() noexcept { wake(); }

 private:
  // join.cpp
  [[nodiscard]] Result<bool> take_name(MemberRecord self);
  [[nodiscard]] Result<void> wait_for_name(const MemberRecord& self, TimePoint until);
  [[nodiscard]] Result<void> fit_store();
  [[nodiscard]] Result<void> claim();
  [[nodiscard]] Result<bool> was_listed() const;
  // Partitions with rows that this node may begin when nobody was ever said to own them.
  [[nodiscard]] Result<store::PartitionSet> claimable() const;
  [[nodiscard]] Result<void> open_session();
  [[nodiscard]] Result<void> rejoin();

  // the agent
  void run();
  void look();
  void take_changes();
  void refresh();
  void show_view();
  void close_lost();
  void open_owned();
  [[nodiscard]] Result<void> open(PartitionId partition, Epoch epoch);
  void tell_condition();
  [[nodiscard]] Result<void> empty_out(PartitionId partition, Epoch epoch);
  void act_on_plan();
  void queue_moves();
  [[nodiscard]] bool reaches(const std::string& member, PartitionId partition) const;

  // hand_over.cpp: the movers
  void run_mover();
  [[nodiscard]] Result<void> give(PartitionId partition);
  [[nodiscard]] Result<void> give_rows(partition::Partition& partition, const Known<PartitionRecord>& known,
                                       net::PeerId to);
  void note_refusal(PartitionId partition, const Known<PartitionRecord>& known, const std::string& why);
  [[nodiscard]] Result<void> give_at_once(partition::Partition& partition, const Known<PartitionRecord>& known);
  [[nodiscard]] Result<bool> swap(PartitionId partition, const Known<PartitionRecord>& known);
  void take_back(partition::Partition& partition);
  void stage(PartitionId partition, const char* what);

  [[nodiscard]] store::Store* store() const noexcept { return parts_.context.store; }
  [[nodiscard]] const std::string& self() const noexcept { return options_.node; }
  [[nodiscard]] bool stops() const noexcept { return stops_.load(std::memory_order_acquire); }
  // Until somebody wakes it, or so long.
  void rest(std::chrono::milliseconds time);
  void wake();
  void log(LogLevel level, const std::string& message) const;
  // What is met again at every look is said once, until something else is. Under refreshing_ or on the agent's thread.
  void complain(const std::string& message);

  const Parts parts_;
  const MembershipOptions options_;
  ClusterAccess access_;
  transfer::Transfers* transfers_ = nullptr;  // null: no store
  std::atomic<std::uint64_t> incarnation_{0};
  std::atomic<bool> stops_{false};

  mutable std::mutex mutex_;  // guards what follows
  std::condition_variable woken_;
  bool awake_ = false;
  std::vector<coordinator::Change> changes_;
  bool watch_lost_ = false;
  bool session_lost_ = false;
  std::deque<PartitionId> to_give_;
  std::set<PartitionId> giving_;    // queued, or on its way
  std::set<PartitionId> clearing_;  // given, and its rows are being erased here
  struct OnTheWay {
    Moving moving;
    std::shared_ptr<transfer::Giving> giving{};  // null: not yet, or it has no rows
  };
  std::map<PartitionId, OnTheWay> on_the_way_;
  HandOvers hand_overs_;
  std::condition_variable to_move_;

  // A mover that closes its partition does so alone: of two that close at once, turns of each may await actors of the
  // other, and would be ended for it. Before refreshing_.
  std::mutex closing_;
  std::mutex refreshing_;      // one at a time acts on the directory: the agent, or who heard that this node leads
  std::uint64_t version_ = 0;  // of the last view
  std::string complained_of_;
  TimePoint told_condition_{};  // the agent's

  std::unique_ptr<coordinator::Session> session_;
  std::unique_ptr<coordinator::Watch> watch_;
  std::thread agent_;
  std::vector<std::thread> movers_;
};

}  // namespace troupe::membership
