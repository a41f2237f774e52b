// Calls that no partition's owner takes: those to a pool, to the actor of one member, and to what lives here alone.
#include <utility>

#include "base/limits.h"
#include "cluster/router.h"
#include "troupe/service.h"

namespace troupe::cluster {
namespace {

// Every node gives a member's name the same number.
constexpr std::uint64_t kMemberSeed = 0x706f'6f6c'2d6d'656dULL;

}  // namespace

bool Router::belongs_to(const wire::Envelope& call, MemberIndex member) const noexcept {
  switch (call.target->route) {
    case wire::Route::by_partition: return view_.owner(call.target->partition) == member;
    case wire::Route::by_name: return true;
    case wire::Route::by_pool: return false;  // another may have it as well
    case wire::Route::here: return member == view_.self();
  }
  return false;
}

std::optional<MemberIndex> Router::member_of(const wire::Address& address) const noexcept {
  switch (address.route) {
    case wire::Route::by_partition: return view_.owner(address.partition);
    case wire::Route::by_name: return named(address.key);
    case wire::Route::by_pool: return std::nullopt;
    case wire::Route::here: return view_.self();
  }
  return std::nullopt;
}

std::optional<MemberIndex> Router::named(std::string_view name) const noexcept {
  for (std::size_t i = 0; i < places_.count(); ++i)
    if (places_.at(i).name == name) return static_cast<MemberIndex>(i);
  return std::nullopt;
}

std::string Router::node_of(const wire::Address& address) const {
  switch (address.route) {
    case wire::Route::by_partition: return view_.owner_name(address.partition);
    case wire::Route::by_name: return address.key;
    case wire::Route::by_pool: return {};
    case wire::Route::here: return self();
  }
  return {};
}

void Router::carry_freely(wire::EnvelopePtr call) noexcept {
  switch (call->target->route) {
    case wire::Route::by_pool: return carry_to_pool(std::move(call));
    case wire::Route::by_name: return carry_by_name(std::move(call));
    default: return give_here(std::move(call));
  }
}

void Router::give_here(wire::EnvelopePtr call) noexcept {
  call->went_to.store(view_.self(), std::memory_order_release);
  registry_->deliver_here(std::move(call));
}

void Router::carry_by_name(wire::EnvelopePtr call) noexcept {
  const std::string& wanted = call->target->key;
  if (const auto member = named(wanted)) {
    if (*member == view_.self()) return give_here(std::move(call));
    if (places_.at(*member).present.load(std::memory_order_acquire)) return send(*member, std::move(call));
    Error error(ErrorKind::unavailable, "member " + wanted + " has left, and with it " + call->target->text());
    error.may_have_run(call->attempt > 1);
    return wire::answer(std::move(call), std::move(error));
  }
  Error error(ErrorKind::not_found, "node " + self() + " has heard of no member named " + wanted + ", as " +
                                        call->target->text() + " says; a pinned actor's key is the name of its member");
  wire::answer(std::move(call), std::move(error));
}

void Router::carry_to_pool(wire::EnvelopePtr call) noexcept {
  auto pool = pools_.of(call->target->service, [this](Pool& made) { fill(made, *view_.get()); });
  if (!pool.ok()) return wire::answer(std::move(call), pool.error());
  const auto member = (*pool)->choose(call->target->key, view_.self(), origin.clock.now());
  if (!member) return keep_unsure(std::move(call));
  auto counted = (*pool)->count(call->counted_at, *member, origin.clock);
  if (!counted) return;  // given up meanwhile
  if (!call->counted_at) {
    call->counted_at = counted;
    call->ends.add(std::move(counted));
  }
  if (*member == view_.self()) return give_here(std::move(call));
  send(*member, std::move(call));
}

// The member that was chosen cannot be reached; the next look at the links leaves it out.
void Router::carry_elsewhere(wire::EnvelopePtr call) noexcept {
  if (call->followed++ < limits::kMaxWrongOwners) return carry(std::move(call));
  call->followed = 0;
  keep_unsure(std::move(call));
}

// Those that host the service, are well and serve, and can be reached; where there are none, those that do so badly:
// they drain, or their own check says no. One of the same zone is near; without zones, this node alone.
void Router::fill(Pool& pool, const ClusterView& view) const {
  std::vector<PoolMember> good, poor;
  const auto& members = view.members();
  const std::string& zone = members[view_.self()].zone;
  for (std::size_t i = 0; i < members.size() && i < places_.count(); ++i) {
    const KnownMember& known = members[i];
    const bool here = i == view_.self();
    if (!known.present || known.member.client) continue;
    if (!here && !linked(static_cast<MemberIndex>(i))) continue;
    const bool hosts = here             ? registry_->find(pool.service_id()) != nullptr
                       : known.services ? known.service(pool.service_id()) != nullptr
                                        : true;
    if (!hosts) continue;
    auto& list = known.offers(pool.service_id()) ? good : poor;
    list.push_back({.member = static_cast<MemberIndex>(i),
                    .weight = known.weight,
                    .near = here || (!zone.empty() && known.zone == zone),
                    .name_hash = stable_hash(known.member.name, kMemberSeed)});
  }
  pool.members(good.empty() ? poor : good);
}

void Router::send_to_pools() {
  std::vector<wire::EnvelopePtr> calls;
  {
    const std::lock_guard lock(mutex_);
    std::erase_if(unsure_, [&](wire::EnvelopePtr& call) {
      if (call->target->route != wire::Route::by_pool) return false;
      calls.push_back(std::move(call));
      return true;
    });
  }
  for (auto& call : calls)
    if (!call->settled()) carry(std::move(call));
}

void Router::refill_pools() {
  const std::lock_guard lock(filling_);
  const auto view = view_.get();
  for (Pool* pool : pools_.all()) fill(*pool, *view);
}

void Router::add_hosted_pools() {
  if (!registry_) return;
  for (const auto& hosted : registry_->services())
    if (hosted->service.placement == Placement::pool)
      pools_.of(hosted->service, [this](Pool& made) { fill(made, *view_.get()); }).value();
}

}  // namespace troupe::cluster
