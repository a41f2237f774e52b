// The owner of a node's supervision tree: it tells the state machine what happens to activations, and activations what
// the machine wants. All of that runs on a scheduled actor of its own, off every call's way.
#pragma once

#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>

#include "actor/context.h"
#include "actor/registry.h"
#include "engine/scheduled_actor.h"
#include "supervise/tree.h"
#include "troupe/supervision.h"

namespace troupe::supervise {

class TreeDriver final : public engine::ScheduledActor, public actor::ChildEvents, public SupervisionTree {
 public:
  // The name of the node where the actor lives; empty: this one.
  using OwnerOf = std::function<std::string(const wire::Address&)>;

  // `tree` has passed check(). Throws `invalid` for a service that is not hosted, an actor with two places in the tree,
  // or a key that cannot be.
  TreeDriver(actor::Context& context, const Supervision& tree, SupervisionEvents events, OwnerOf owner_of);

  // --- the node's own thread ---
  // Before the first call is delivered: from here on calls to what is declared wait for its start.
  void hold_all();
  // Starts the tree, in order. Throws `failed` when a child did not start.
  void start();
  // Stops it, in reverse; false: not all of it by `until`. Nothing is restarted any more.
  bool stop(TimePoint until);

  // --- any thread: SupervisionTree ---
  [[nodiscard]] ChildView view() const override;
  [[nodiscard]] std::vector<ChildView> which_children(std::string_view supervisor) const override;
  [[nodiscard]] ChildCounts count_children(std::string_view supervisor) const override;
  void start_child(std::string_view supervisor, ChildSpec child) override;
  void terminate_child(std::string_view supervisor, std::string_view id) override;
  void restart_child(std::string_view supervisor, std::string_view id) override;
  void delete_child(std::string_view supervisor, std::string_view id) override;
  // As Tree::restart() names it.
  void restart(std::string_view path);

  // --- any worker: ChildEvents ---
  void started(ChildId child) noexcept override;
  void not_started(ChildId child, const std::string& why) noexcept override;
  void ended(ChildId child, bool abnormal, const std::string& why) noexcept override;
  void crashed_within(ChildId service, const std::string& why) noexcept override;
  // Every actor of a child that was asked to stop has stopped.
  void stopped(ChildId child) noexcept;

 private:
  // What a child's steps are done to.
  struct Place {
    wire::AddressPtr actor;            // null: a whole service
    actor::Hosted* service = nullptr;  // null: it lives elsewhere
    bool stopping = false;
  };

  void receive(Mail* mail) noexcept override;
  void ask(std::function<void()> work) noexcept;
  // Changes the tree, then does what follows from it. On the scheduled actor.
  void change(const std::function<void(TimePoint)>& change);
  void carry_out(const Step& step);
  void tell(ChildId child, const std::function<void(actor::Activation&)>& what);
  void start_child_actors(ChildId child, bool again);
  void stop_supervised(ChildId child, bool at_once);
  void unsupervise(ChildId child);
  void say(const Step& step) const;
  void started_or_not(const std::string& why);
  [[nodiscard]] Result<void> place(const Tree::Leaf& leaf);
  [[nodiscard]] Error misplaced(const Tree::Leaf& leaf, const std::string& what) const;
  void hold(ChildId child);
  // Asks for something that an `answer` step answers, and waits for that. Not on the scheduled actor.
  void command(std::function<Result<ChildId>(TimePoint)> command);

  actor::Context& context_;
  const SupervisionEvents events_;
  const OwnerOf owner_of_;
  mutable std::mutex mutex_;  // of the tree: views are asked for by any thread
  Tree tree_;
  std::map<ChildId, Place> places_;
  std::multimap<ChildId, std::shared_ptr<std::promise<std::string>>> waiting_;  // for answers
  std::shared_ptr<std::promise<std::string>> starting_;                         // start() waits for it
  std::shared_ptr<std::promise<std::string>> stopping_;
  std::set<TimePoint> wake_ups_;  // that will come
};

}  // namespace troupe::supervise
