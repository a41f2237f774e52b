#include "cluster/router.h"

#include <algorithm>
#include <utility>

#include "actor/outbox.h"
#include "base/limits.h"
#include "troupe/service.h"
#include "wire/monitor_request.h"

namespace troupe::cluster {
namespace {

// A watch is of the link it went over, and waits for no other.
void lose_watch(wire::EnvelopePtr call, const std::string& node, const Error& why) {
  const bool lost = why.kind() == ErrorKind::unavailable;
  wire::answer(std::move(call), wire::down_error(lost ? DownReason::node_lost : DownReason::unwatched,
                                                 "node " + node + " cannot be reached: " + why.message()));
}

}  // namespace

bool safe_to_repeat(const wire::Envelope& call) noexcept {
  const MethodInfo& method = call.target->service.methods[call.method];
  return call.target->service.durable() || method.read_only || method.retry;
}

Router::Router(wire::CallOrigin& call_origin, ClusterView first, const std::string& self)
    : wire::CallSink(call_origin), view_(std::move(first), self), pools_(call_origin.id_seed) {
  for (const KnownMember& known : view_.get()->members()) places_.add(known.member.name);
}

void Router::attach(actor::Registry& registry, std::function<bool(wire::Envelope&)> watch) {
  registry_ = &registry;
  watch_ = std::move(watch);
}

void Router::attach(net::Links* links, std::size_t most_activations) {
  links_ = links;
  most_activations_ = most_activations;
  link_members(*view_.get()).value();
  add_hosted_pools();
  newcomers_.store(true, std::memory_order_release);
  open_.store(true, std::memory_order_release);
}

Error Router::closed_error(const wire::Envelope& call) const {
  return Error(ErrorKind::unavailable,
               "node " + self() + " is not running; the call to " + call.target->text() + " did not run");
}

// --- members come and go ---

Result<void> Router::link_members(const ClusterView& view) {
  Result<void> all;
  const auto& members = view.members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    const Member& member = members[i].member;
    const bool present = members[i].present;
    if (i == places_.count()) {
      if (i == MemberPlaces::kMost)
        return Error(ErrorKind::invalid, "node " + self() + " has heard of " + std::to_string(i) +
                                             " members in this run, and can have links to no more: " + member.name);
      places_.add(member.name);
    }
    MemberPlace& place = places_.at(i);
    place.present.store(present, std::memory_order_release);
    if (i == view_.self()) continue;
    if (!place.visitors) place.visitors = make_counted<actor::Visitors>(most_activations_);
    if (!links_) continue;
    const auto id = static_cast<net::PeerId>(i);
    std::string address = present ? member.host + ":" + std::to_string(member.port) : std::string();
    if (address == place.address) continue;
    place.address = std::move(address);
    if (!present) {
      links_->drop_peer(id);
    } else if (auto set = links_->set_peer(id, {member.name, member.host, member.port}); !set.ok()) {
      all = set;
    }
  }
  return all;
}

Result<void> Router::show(ClusterView next) {
  const auto linked = link_members(next);
  if (next.members().size() > places_.count()) return linked;
  if (auto shown = view_.show(std::move(next)); !shown.ok()) return shown;
  refill_pools();
  send_after_owners();
  send_unsure();
  return linked;
}

// A call that may have run at the former owner is here because that is no reason not to send it again; see lose().
void Router::send_after_owners() {
  std::vector<wire::EnvelopePtr> calls;
  {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < places_.count(); ++i)
      std::erase_if(places_.at(i).parked, [&](wire::EnvelopePtr& call) {
        if (belongs_to(*call, static_cast<MemberIndex>(i))) return false;
        calls.push_back(std::move(call));
        return true;
      });
  }
  for (auto& call : calls)
    if (!call->settled()) carry(std::move(call));
}

// --- 3: local or remote? ---

void Router::deliver(wire::EnvelopePtr call) noexcept {
  if (!open_.load(std::memory_order_acquire)) {
    Error error = closed_error(*call);
    return wire::answer(std::move(call), std::move(error));
  }
  if (const std::size_t bytes = call->params.too_long(); bytes != 0) {
    Error error = wire::too_long(*call, bytes);
    return wire::answer(std::move(call), std::move(error));
  }
  if (message_faults_ && message_faults_->take(*this, call)) return;
  carry(std::move(call));
}

void Router::carry(wire::EnvelopePtr call) noexcept {
  if (call->target->route != wire::Route::by_partition) return carry_freely(std::move(call));
  const MemberIndex owner = view_.owner(call->target->partition);
  if (owner != view_.self()) return send(owner, std::move(call));
  give_here(std::move(call));
}

void Router::deliver_watched(wire::EnvelopePtr call) noexcept {
  if (watch(call)) deliver(std::move(call));
}

bool Router::watch(wire::EnvelopePtr& call) noexcept {
  if (!newcomers_.load(std::memory_order_acquire)) {
    Error error = closed_error(*call);
    wire::answer(std::move(call), std::move(error));
    return false;
  }
  if (watch_(*call)) return true;
  Error error(ErrorKind::overloaded, std::to_string(limits::kMaxPendingCalls) + " calls are pending on node " + self());
  origin.queued.refused(Bound::host_calls);
  error.retry_after(kRetryAfter);
  wire::answer(std::move(call), std::move(error));
  return false;
}

// It goes after the call, to wherever that went. One that never left is passed over where it waits.
void Router::cancel(const wire::EnvelopePtr& call) noexcept {
  const MemberIndex where = call->went_to.load(std::memory_order_seq_cst);
  if (where == wire::kNowhere) return;
  if (where == view_.self()) return registry_->cancel_here(call);
  std::lock_guard lock(mutex_);
  if (links_) links_->cancel(where, call);
}

void Router::detach_links() {
  std::lock_guard lock(mutex_);
  links_ = nullptr;
}

void Router::send(MemberIndex owner, wire::EnvelopePtr call) noexcept {
  if (call->depth > limits::kMaxCallDepth) {  // a link takes it for garbage, and cuts the connection
    Error error(ErrorKind::invalid, "a chain of more than " + std::to_string(limits::kMaxCallDepth) +
                                        " nested calls was to reach " + call->target->text());
    return wire::answer(std::move(call), std::move(error));
  }
  for (;;) {
    const bool pooled = call->target->route == wire::Route::by_pool;
    if (!pooled && !belongs_to(*call, owner)) return carry(std::move(call));
    const auto ups = places_.at(owner).ups.load(std::memory_order_acquire);
    call->went_to.store(owner, std::memory_order_seq_cst);
    if (call->settled()) return;  // given up meanwhile, perhaps as one that did not run
    auto sent = links_->send(owner, std::move(call));
    if (sent.ok()) return;
    if (wire::watch_of(*call)) return lose_watch(std::move(call), name_of(owner), sent.error());
    if (call->attempt == 1) call->went_to.store(wire::kNowhere, std::memory_order_release);
    if (sent.error().kind() != ErrorKind::unavailable) return wire::answer(std::move(call), sent.error());
    if (pooled) return carry_elsewhere(std::move(call));
    if (park(owner, call, ups)) return;
  }
}

// --- calls that wait for a link: each until its deadline ---

bool Router::park(MemberIndex owner, const wire::EnvelopePtr& call, std::uint64_t ups) noexcept {
  std::unique_lock lock(mutex_);
  if (places_.at(owner).ups.load(std::memory_order_relaxed) != ups) return false;
  if (!belongs_to(*call, owner)) return false;  // send_after_owners() may not see it here
  if (places_.at(owner).parked.size() >= limits::kMaxPendingCalls) {
    Error error(ErrorKind::unavailable, "no link to node " + name_of(owner) + ", and too many calls wait for it");
    error.may_have_run(call->attempt > 1);
    lock.unlock();
    wire::answer(call, std::move(error));
    return true;
  }
  places_.at(owner).parked.push_back(call);
  return true;
}

void Router::on_link_up(net::PeerId peer, Incarnation) noexcept {
  const MemberIndex owner = static_cast<MemberIndex>(peer);
  std::vector<wire::EnvelopePtr> calls;
  {
    std::lock_guard lock(mutex_);
    calls.swap(places_.at(owner).parked);
    places_.at(owner).ups.fetch_add(1, std::memory_order_release);
    places_.at(owner).lost_at.store(TimePoint{}, std::memory_order_relaxed);
    places_.at(owner).redial_failed.store(false, std::memory_order_relaxed);
  }
  refill_pools();
  for (auto& call : calls) {
    if (!call->settled()) send(owner, std::move(call));
  }
  send_to_pools();
}

void Router::on_link_down(net::PeerId peer, std::vector<net::LostCall> lost, const Error& why) noexcept {
  const MemberIndex owner = static_cast<MemberIndex>(peer);
  places_.at(owner).lost_at.store(origin.clock.exact_now(), std::memory_order_relaxed);
  refill_pools();
  for (auto& [call, may_have_left] : lost) {
    if (call->settled()) continue;
    if (wire::watch_of(*call)) {
      lose_watch(std::move(call), name_of(owner), Error(ErrorKind::unavailable, why.message()));
      continue;
    }
    if (may_have_left) {
      if (!lose(call, name_of(owner), why)) continue;
    } else if (call->attempt == 1) {
      call->went_to.store(wire::kNowhere, std::memory_order_release);
    }
    if (open_.load(std::memory_order_acquire)) {
      if (!park(owner, call, places_.at(owner).ups.load(std::memory_order_relaxed))) carry(std::move(call));
    } else {
      Error error = closed_error(*call);
      error.may_have_run(may_have_left);
      wire::answer(std::move(call), std::move(error));
    }
  }
}

bool Router::lose(wire::EnvelopePtr& call, const std::string& node, const Error& why) const noexcept {
  if (safe_to_repeat(*call)) {
    ++call->attempt;
    return true;
  }
  Error error(ErrorKind::unknown_outcome,
              "the link to node " + node + " was lost while " + call->target->text() + " was called: " + why.message());
  wire::answer(std::move(call), std::move(error));
  return false;
}

void Router::sweep(TimePoint now) {
  const auto ended = [now](const wire::EnvelopePtr& call) {
    return call->settled() || (call->deadline != TimePoint{} && call->deadline <= now);
  };
  {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < places_.count(); ++i) std::erase_if(places_.at(i).parked, ended);
    std::erase_if(unsure_, ended);
    if (unsure_.empty() || !open_.load(std::memory_order_relaxed)) return;
  }
  send_unsure();
}

std::size_t Router::parked() const {
  std::lock_guard lock(mutex_);
  std::size_t sum = unsure_.size();
  for (std::size_t i = 0; i < places_.count(); ++i) sum += places_.at(i).parked.size();
  return sum;
}

void Router::close() {
  newcomers_.store(false, std::memory_order_release);
  open_.store(false, std::memory_order_release);
  std::vector<wire::EnvelopePtr> calls;
  {
    std::lock_guard lock(mutex_);
    for (std::size_t i = 0; i < places_.count(); ++i)
      for (auto& call : std::exchange(places_.at(i).parked, {})) calls.push_back(std::move(call));
    for (auto& call : std::exchange(unsure_, {})) calls.push_back(std::move(call));
  }
  for (auto& call : calls) {
    Error error = closed_error(*call);
    error.may_have_run(call->left());
    wire::answer(std::move(call), std::move(error));
  }
}

// --- a call that was sent to a node that does not own its actor: it did not run there ---

// Its partition left this node while it was on its way to the actor. What this node's own outbox and reminders give to
// actors is met again where the partition is opened.
bool Router::redirect(wire::EnvelopePtr& call) noexcept {
  if (call->target->route != wire::Route::by_partition || view_.owned_here(call->target->partition)) return false;
  const bool may_travel = !call->delivery || wire::message_of(*call);
  if (call->from_link || !may_travel) {
    auto error = wrong_owner(*call);
    wire::answer(std::move(call), std::move(error));
    return true;
  }
  if (call->attempt == 1) call->went_to.store(wire::kNowhere, std::memory_order_release);
  deliver(std::move(call));
  return true;
}

// It goes on to whoever this node's view names by now, under the same id and as the same attempt. Where that is no
// news, one of the two nodes does not know yet what the other one does: the call waits until they agree.
void Router::on_wrong_owner(net::PeerId from, wire::EnvelopePtr call, const wire::WrongOwner& said) noexcept {
  if (!open_.load(std::memory_order_acquire)) {
    Error error = closed_error(*call);
    return wire::answer(std::move(call), std::move(error));
  }
  const PartitionId partition = call->target->partition;
  if (const auto named = view_.get()->find(said.owner())) view_.hear(partition, {*named, said.epoch()});
  if (said.may_have_run() && call->attempt == 1) ++call->attempt;  // its partition left in the middle of its turn
  if (call->attempt == 1) call->went_to.store(wire::kNowhere, std::memory_order_release);
  if (view_.owner(partition) == static_cast<MemberIndex>(from)) return keep_unsure(std::move(call));
  if (call->followed == limits::kMaxWrongOwners) {
    Error error(ErrorKind::unavailable,
                "the call was sent on " + std::to_string(limits::kMaxWrongOwners) +
                    " times, each time to a node that did not own the actor any more: " + said.message());
    return wire::answer(std::move(call), std::move(error));
  }
  ++call->followed;
  carry(std::move(call));
}

void Router::keep_unsure(wire::EnvelopePtr call) noexcept {
  std::unique_lock lock(mutex_);
  if (unsure_.size() < limits::kMaxPendingCalls) return unsure_.push_back(std::move(call));
  lock.unlock();
  Error error(ErrorKind::unavailable, "nobody is known to own " + call->target->text() + ", and too many calls wait");
  error.may_have_run(call->attempt > 1);
  wire::answer(std::move(call), std::move(error));
}

void Router::send_unsure() {
  std::vector<wire::EnvelopePtr> calls;
  {
    std::lock_guard lock(mutex_);
    calls.swap(unsure_);
  }
  for (auto& call : calls)
    if (!call->settled()) carry(std::move(call));
}

}  // namespace troupe::cluster
