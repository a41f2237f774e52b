#include "supervise/tree_driver.h"

#include <utility>

#include "actor/activation.h"
#include "base/log_fields.h"
#include "engine/function_mail.h"

namespace troupe::supervise {
namespace {

// What an activation is told, between two of its turns.
class Told final : public actor::Control {
 public:
  Told(wire::AddressPtr address, std::function<void(actor::Activation&)> what)
      : address_(std::move(address)), what_(std::move(what)) {}
  void act(actor::Activation& activation) noexcept override {
    what_(activation);
    delete this;
  }
  void discard() noexcept override { delete this; }

 private:
  wire::AddressPtr address_;  // keeps the address until the activation is done with it
  std::function<void(actor::Activation&)> what_;
};

void tell_one(const wire::AddressPtr& address, actor::Activation& activation,
              std::function<void(actor::Activation&)> what) {
  auto* mail = new Told(address, std::move(what));
  if (!activation.post(mail)) mail->discard();
}

// Shared by the actors of a child that are asked to stop; the last one that releases it has stopped.
class SupervisedStop final : public Counted {
 public:
  SupervisedStop(TreeDriver& driver, ChildId child) : driver_(Ptr<TreeDriver>::share(&driver)), child_(child) {}
  ~SupervisedStop() override { driver_->stopped(child_); }

 private:
  const Ptr<TreeDriver> driver_;
  const ChildId child_;
};

}  // namespace

TreeDriver::TreeDriver(actor::Context& context, const Supervision& tree, SupervisionEvents events, OwnerOf owner_of)
    : ScheduledActor(context.engine),
      context_(context),
      events_(std::move(events)),
      owner_of_(std::move(owner_of)),
      tree_(tree) {
  for (const Tree::Leaf& leaf : tree_.leaves_of(kTop)) place(leaf).value();
}

Error TreeDriver::misplaced(const Tree::Leaf& leaf, const std::string& what) const {
  return Error(ErrorKind::invalid, "Supervision: " + leaf.name + ": " + what);
}

// Finds what the child names, and sees that it has no other place in the tree.
Result<void> TreeDriver::place(const Tree::Leaf& leaf) {
  auto& registry = context_.registry;
  if (leaf.process)
    return misplaced(leaf,
                     "it is a process, which no node runs; give the tree to ProcessTree, or its file to `troupe up`");
  const std::string& service = leaf.actor ? leaf.actor->service : leaf.service->service;
  Place place;
  place.service = registry.find(std::string_view(service));
  if (!place.service) {
    std::string known;
    for (const auto& hosted : registry.services())
      known += (known.empty() ? "" : ", ") + std::string(hosted->service.name);
    return misplaced(
        leaf, "no service named " + service + " is hosted on this node; it hosts: " + (known.empty() ? "none" : known));
  }
  if (leaf.actor) {
    auto address = registry.intern(place.service->service, leaf.actor->key);
    if (!address.ok()) return misplaced(leaf, address.error().message());
    if ((*address)->route == wire::Route::by_pool)
      return misplaced(leaf, service + " is a pool, whose actors come with their calls; supervise the service");
    place.actor = std::move(*address);
  }
  for (const auto& [id, other] : places_) {
    if (other.service != place.service || tree_.is_deleted(id)) continue;
    if (other.actor && place.actor && other.actor.get() != place.actor.get()) continue;
    return misplaced(leaf, (place.actor ? place.actor->text() : "service " + service) + " is supervised already, as " +
                               tree_.leaf(id).name + (other.actor ? "" : ", which is its whole service"));
  }
  if (place.actor) {
    if (std::string owner = owner_of_(*place.actor); !owner.empty()) {
      tree_.live_elsewhere(leaf.id, std::move(owner));
      place.actor = nullptr;
      place.service = nullptr;
    }
  }
  places_[leaf.id] = std::move(place);
  return {};
}

void TreeDriver::hold_all() {
  for (const auto& [id, place] : places_) hold(id);
}

void TreeDriver::hold(ChildId child) {
  const Place& place = places_.at(child);
  if (place.actor) {
    auto activation = context_.registry.activate(*place.actor);
    tell_one(place.actor, *activation, [child](actor::Activation& told) { told.keep(child); });
  } else if (place.service) {
    place.service->child.store(child, std::memory_order_release);
    place.service->admission.store(actor::Admission::held, std::memory_order_seq_cst);
  }
}

// --- the node's own thread ---

void TreeDriver::start() {
  auto done = std::make_shared<std::promise<std::string>>();
  auto started = done->get_future();
  ask([this, done = std::move(done)]() mutable {
    starting_ = std::move(done);
    change([this](TimePoint now) { tree_.start(now); });
  });
  wait_until_ready(started, engine().steps());
  const std::string why = started.get();
  if (!why.empty()) throw Error(ErrorKind::failed, "what this node supervises could not be started: " + why);
}

bool TreeDriver::stop(TimePoint until) {
  auto done = std::make_shared<std::promise<std::string>>();
  auto stopped = done->get_future();
  ask([this, done = std::move(done)]() mutable {
    stopping_ = std::move(done);
    change([this](TimePoint now) { tree_.stop(now); });
  });
  Steps* const steps = engine().steps();
  const auto is_ready = [&stopped] { return stopped.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
  while (steps && !is_ready() && context_.clock.exact_now() < until) steps->wait();
  const bool all = steps ? is_ready() : stopped.wait_until(until) == std::future_status::ready;
  auto closing = std::make_shared<std::promise<void>>();
  auto closed = closing->get_future();
  ask([this, closing = std::move(closing)] {
    places_.clear();
    waiting_.clear();  // their promises break
    close();
    closing->set_value();
  });
  wait_until_ready(closed, engine().steps());  // let go of unrun when the scheduled actor is closed already
  return all;
}

// --- ChildEvents ---

void TreeDriver::started(ChildId child) noexcept {
  ask([this, child] { change([&](TimePoint now) { tree_.started(child, now); }); });
}

void TreeDriver::not_started(ChildId child, const std::string& why) noexcept {
  ask([this, child, why] { change([&](TimePoint now) { tree_.start_failed(child, why, now); }); });
}

void TreeDriver::ended(ChildId child, bool abnormal, const std::string& why) noexcept {
  ask([this, child, abnormal, why] { change([&](TimePoint now) { tree_.ended(child, abnormal, why, now); }); });
}

void TreeDriver::crashed_within(ChildId service, const std::string& why) noexcept {
  ask([this, service, why] { change([&](TimePoint now) { tree_.crashed_within(service, why, now); }); });
}

void TreeDriver::stopped(ChildId child) noexcept {
  ask([this, child] {
    if (const auto place = places_.find(child); place != places_.end()) place->second.stopping = false;
    change([&](TimePoint now) { tree_.stopped(child, now); });
  });
}

// --- the scheduled actor ---

void TreeDriver::ask(std::function<void()> work) noexcept { (void)engine::FunctionMail::post(*this, std::move(work)); }

void TreeDriver::receive(Mail* mail) noexcept {
  if (mail->kind() == Mail::Kind::timer) {
    const auto token = static_cast<engine::TimerMail*>(mail)->token;
    mail->discard();
    wake_ups_.erase(TimePoint(TimePoint::duration(token)));
    return change([this](TimePoint now) { tree_.tick(now); });
  }
  engine::FunctionMail::run(mail);
}

void TreeDriver::change(const std::function<void(TimePoint)>& change) {
  std::unique_lock lock(mutex_);
  change(context_.clock.exact_now());
  const std::vector<Step> steps = tree_.take_steps();
  const auto next = tree_.next_wake();
  lock.unlock();
  for (const Step& step : steps) carry_out(step);
  if (!next || (!wake_ups_.empty() && *wake_ups_.begin() <= *next)) return;
  wake_ups_.insert(*next);
  context_.engine.wake_at(*next, *this, static_cast<std::uint64_t>(next->time_since_epoch().count()));
}

void TreeDriver::carry_out(const Step& step) {
  switch (step.what) {
    case Step::What::start: return start_child_actors(step.child, step.again);
    case Step::What::stop: return stop_supervised(step.child, false);
    case Step::What::kill: return stop_supervised(step.child, true);
    case Step::What::disable:
      if (const auto place = places_.find(step.child);
          place != places_.end() && !place->second.actor && place->second.service)
        place->second.service->admission.store(actor::Admission::down, std::memory_order_seq_cst);
      return tell(step.child, [why = step.why](actor::Activation& told) { told.disable(why); });
    case Step::What::unsupervise: return unsupervise(step.child);
    case Step::What::tree_started: return started_or_not({});
    case Step::What::tree_failed: return started_or_not(step.why);
    case Step::What::tree_given_up:
      started_or_not(step.why);
      if (events_.on_given_up) events_.on_given_up(step.why);
      return;
    case Step::What::tree_shut_down:
      started_or_not({});
      if (events_.on_shut_down) events_.on_shut_down(step.why);
      return;
    case Step::What::tree_stopped:
      started_or_not("the node stops");
      if (const auto done = std::exchange(stopping_, nullptr)) done->set_value({});
      return;
    case Step::What::answer: {
      const auto [first, last] = waiting_.equal_range(step.child);
      for (auto one = first; one != last; ++one) one->second->set_value(step.why);
      waiting_.erase(first, last);
      return;
    }
    case Step::What::log: return say(step);
  }
}

void TreeDriver::say(const Step& step) const {
  if (!context_.log) return;
  LogFields fields{{"child", step.child_id}, {"error", step.error}};
  if (const auto place = places_.find(step.child); place != places_.end()) {
    if (place->second.service) fields.add({"service", place->second.service->service.name});
    if (place->second.actor) fields.add({"key", place->second.actor->key});
  }
  context_.log({step.level, "supervise", step.why, fields});
}

void TreeDriver::started_or_not(const std::string& why) {
  if (const auto done = std::exchange(starting_, nullptr)) done->set_value(why);
}

// The child's one actor, or every activation of its service.
void TreeDriver::tell(ChildId child, const std::function<void(actor::Activation&)>& what) {
  const auto found = places_.find(child);
  if (found == places_.end()) return;
  const Place& place = found->second;
  if (place.actor) return tell_one(place.actor, *context_.registry.activate(*place.actor), what);
  if (!place.service) return;
  context_.registry.for_each([&](const wire::AddressPtr& address, actor::Activation& activation) {
    if (&activation.hosted() == place.service) tell_one(address, activation, what);
  });
}

void TreeDriver::start_child_actors(ChildId child, bool again) {
  const auto found = places_.find(child);
  if (found == places_.end()) return;
  if (found->second.actor) {
    return tell(child, [child, again](actor::Activation& told) {
      told.keep(child);
      told.start_supervised(again);
    });
  }
  actor::Hosted& service = *found->second.service;
  service.child.store(child, std::memory_order_release);
  service.admission.store(actor::Admission::open, std::memory_order_seq_cst);
  tell(child, [](actor::Activation& told) { told.start_supervised(false); });
  started(child);
}

void TreeDriver::stop_supervised(ChildId child, bool at_once) {
  const auto found = places_.find(child);
  if (found == places_.end()) return;
  if (!found->second.actor) found->second.service->admission.store(actor::Admission::held, std::memory_order_seq_cst);
  if (at_once && found->second.stopping)
    return tell(child, [](actor::Activation& told) { told.stop_supervised_now(); });
  found->second.stopping = true;
  const Ptr<Counted> done = make_counted<SupervisedStop>(*this, child);
  tell(child, [done, at_once](actor::Activation& told) { told.stop_supervised(at_once, done); });
}

void TreeDriver::unsupervise(ChildId child) {
  const auto found = places_.find(child);
  if (found == places_.end()) return;
  if (found->second.service && !found->second.actor) {
    found->second.service->child.store(0, std::memory_order_release);
    found->second.service->admission.store(actor::Admission::open, std::memory_order_seq_cst);
  }
  tell(child, [](actor::Activation& told) { told.unsupervise(); });
  if (!tree_.has(child)) places_.erase(found);
}

}  // namespace troupe::supervise
