// The router: the only place where distance matters. A call whose partition this node owns goes into a
// mailbox here; any other goes to its owner's link, and again when a lost link is back and that is safe.
#pragma once

#include <atomic>
#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actor/registry.h"
#include "cluster/current_view.h"
#include "cluster/member_places.h"
#include "cluster/message_faults.h"
#include "cluster/pools.h"
#include "net/links.h"
#include "troupe/node.h"
#include "wire/envelope.h"

namespace troupe::cluster {

// One of two nodes connects; the other one waits this long for it. Longer than the first tries to connect anew take.
inline constexpr std::chrono::milliseconds kSuspectAfter{500};

class Router final : public wire::CallSink, public net::LinkEvents {
 public:
  Router(wire::CallOrigin& call_origin, ClusterView first, const std::string& self);

  // --- assembly, before the first call ---
  // `watch` keeps a host call's deadline; false: too many are pending.
  void attach(actor::Registry& registry, std::function<bool(wire::Envelope&)> watch);
  // Member i is peer i of the links; null: it has none. Each may have made `most_activations` that are in memory.
  void attach(net::Links* links, std::size_t most_activations);

  // Before the first call; may be null.
  void interfere(MessageFaults* message_faults) noexcept { message_faults_ = message_faults; }

  // --- any thread ---
  void deliver(wire::EnvelopePtr call) noexcept override;
  void deliver_watched(wire::EnvelopePtr call) noexcept override;
  // Takes in a call of a host thread, whose deadline is watched from then on. False: it has been answered.
  [[nodiscard]] bool watch(wire::EnvelopePtr& call) noexcept;
  [[nodiscard]] bool redirect(wire::EnvelopePtr& call) noexcept override;
  void cancel(const wire::EnvelopePtr& call) noexcept override;
  // The way on of a call that nobody interferes with, or no longer.
  void carry(wire::EnvelopePtr call) noexcept;
  // What becomes of a call that a link took along when it went down. False: it has been answered, as one that may have
  // run. True: it is still the caller's, counted as tried, and may be carried again.
  [[nodiscard]] bool lose(wire::EnvelopePtr& call, const std::string& node, const Error& why) const noexcept;
  // Who owns what.
  [[nodiscard]] CurrentView& view() noexcept { return view_; }
  [[nodiscard]] const CurrentView& view() const noexcept { return view_; }
  // From now on the node goes by this view: members that are new get links, those that have left lose theirs, and calls
  // that wait for a link which another member's has become the right one for go there. One thread at a time. `invalid`:
  // as CurrentView::show(); or a member that no link can be made to, then it is as good as not there.
  [[nodiscard]] Result<void> show(ClusterView next);
  // The member where the actor of an address lives; nothing: a pool's, on any, or a name that nobody has.
  [[nodiscard]] std::optional<MemberIndex> member_of(const wire::Address& address) const noexcept;
  // Its name; empty: a pool's, on any.
  [[nodiscard]] std::string node_of(const wire::Address& address) const;
  // The pools that calls of this node are spread over.
  [[nodiscard]] Pools& pools() noexcept { return pools_; }
  [[nodiscard]] const std::string& self() const noexcept { return places_.at(view_.self()).name; }
  // Since when its link is lost, if that looks like more than a connection that broke: a new one failed, or none has
  // come for kSuspectAfter. Nothing: it is up, or never was. A hint whom to prefer, and no more: who owns what is the
  // coordinator's to say. Of an index of the view.
  [[nodiscard]] std::optional<TimePoint> suspects(MemberIndex member) const noexcept;
  // Whether its link is up, as far as this thread knows. Of an index of the view.
  [[nodiscard]] bool linked(MemberIndex member) const noexcept;
  // To be called often: lets go of waiting calls that ended or are past their deadline, and sends those again that met
  // a node which was not as far as this one, or further.
  void sweep(TimePoint now);
  [[nodiscard]] std::size_t parked() const;

  // From here on calls of host threads and of other nodes are refused; turns that run may still call.
  void refuse_newcomers() noexcept { newcomers_.store(false, std::memory_order_release); }
  // From here on every call is refused, and parked ones end.
  void close();
  // The links go: nobody is told of cancelled calls any more. After close().
  void detach_links();

  // --- from the links' thread ---
  void on_call(net::PeerId from, wire::EnvelopePtr call) noexcept override;
  void on_wrong_owner(net::PeerId from, wire::EnvelopePtr call, const wire::WrongOwner& said) noexcept override;
  Result<wire::AddressPtr> resolve(net::PeerId from, std::uint64_t service_id, std::string_view key) override;
  void on_link_up(net::PeerId peer, Incarnation incarnation) noexcept override;
  void on_link_down(net::PeerId peer, std::vector<net::LostCall> lost, const Error& why) noexcept override;
  void on_dial_failed(net::PeerId peer) noexcept override;

 private:
  void send(MemberIndex owner, wire::EnvelopePtr call) noexcept;
  // Keeps a call until the link to its owner comes up. False: it came up since `ups` was read, or the owner is another
  // by now; send again.
  [[nodiscard]] bool park(MemberIndex owner, const wire::EnvelopePtr& call, std::uint64_t ups) noexcept;
  // router_pools.cpp: calls that no partition's owner takes
  // Whether a call may wait for the link of this member.
  [[nodiscard]] bool belongs_to(const wire::Envelope& call, MemberIndex member) const noexcept;
  void carry_freely(wire::EnvelopePtr call) noexcept;
  void carry_by_name(wire::EnvelopePtr call) noexcept;
  [[nodiscard]] std::optional<MemberIndex> named(std::string_view name) const noexcept;
  void carry_to_pool(wire::EnvelopePtr call) noexcept;
  void carry_elsewhere(wire::EnvelopePtr call) noexcept;
  void give_here(wire::EnvelopePtr call) noexcept;
  void fill(Pool& pool, const ClusterView& view) const;
  void refill_pools();
  void add_hosted_pools();
  // Whether this node takes a call that came over a link.
  [[nodiscard]] bool takes(const wire::Address& target) const noexcept {
    if (target.route == wire::Route::by_partition) return view_.owned_here(target.partition);
    return target.route != wire::Route::by_name || target.key == self();
  }
  [[nodiscard]] std::unique_ptr<Error> wrong_owner(const wire::Envelope& call) const;
  [[nodiscard]] Error closed_error(const wire::Envelope& call) const;
  // Why the peer may not say what a message says of its sender; null: it may, or the call is no message.
  [[nodiscard]] std::unique_ptr<Error> sender_trouble(net::PeerId from, const wire::Envelope& call) const;

  [[nodiscard]] const std::string& name_of(MemberIndex member) const noexcept { return places_.at(member).name; }
  // Members of the view that are not known yet, and where they are reached.
  [[nodiscard]] Result<void> link_members(const ClusterView& view);
  // Calls that wait for the link of a member that does not own their partition any more.
  void send_after_owners();
  // Keeps a call that no node known here takes for its own, until one does: two nodes hear of a new owner at different
  // moments.
  void keep_unsure(wire::EnvelopePtr call) noexcept;
  void send_unsure();
  // Of those, calls to pools: one may have waited for its first member.
  void send_to_pools();

  CurrentView view_;
  MemberPlaces places_;
  Pools pools_;
  std::mutex filling_;  // of the pools, one at a time
  actor::Registry* registry_ = nullptr;
  std::function<bool(wire::Envelope&)> watch_;
  net::Links* links_ = nullptr;
  MessageFaults* message_faults_ = nullptr;  // null outside tests
  std::size_t most_activations_ = 0;         // of each peer
  std::atomic<bool> open_{false};
  std::atomic<bool> newcomers_{false};

  mutable std::mutex mutex_;  // guards links_ where they go, and calls that wait
  std::vector<wire::EnvelopePtr> unsure_;
};

// Whether sending a call again under its id repeats nothing: its actor remembers, or it changes nothing.
[[nodiscard]] bool safe_to_repeat(const wire::Envelope& call) noexcept;

}  // namespace troupe::cluster
