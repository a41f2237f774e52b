// Monitors and links, on both sides. A watch is a call that runs nothing and is answered when its actor goes down; so
// it is told of once, across nodes as within one, and ends with the link it came over.
//
// It is on what is live when it arrives. An actor that is passivated does not go down: the watch stays on its address,
// and holds for the activation that comes next.
#include "actor/activation.h"
#include "actor/life.h"
#include "actor/registry.h"
#include "base/limits.h"
#include "wire/monitor_request.h"

namespace troupe::actor {
namespace {

// A link that the other side took back; nobody is told.
constexpr const char* kUnlinked = "unlinked";

// An ordered end of one side leaves a link's other side alone.
bool is_failure(DownReason reason) noexcept { return reason != DownReason::stopped && reason != DownReason::erased; }

}  // namespace

// --- the watcher's side ---

std::uint64_t Activation::watch(wire::Address* target, bool linked) {
  const char* what = linked ? "link()" : "monitor()";
  if (!target) throw Error(ErrorKind::invalid, std::string(what) + " of an empty Ref");
  if (target == address_) throw Error(ErrorKind::invalid, address_->text() + " cannot " + what + " itself");
  auto& r = rare();
  if (r.monitors.size() >= limits::kMaxMonitors) {
    throw Error(ErrorKind::overloaded,
                address_->text() + " has " + std::to_string(limits::kMaxMonitors) +
                    " monitors and links, which is all that one actor may have; end some before " + what + " of " +
                    target->text());
  }
  auto call = make_counted<wire::Envelope>();
  call->target = wire::AddressPtr::share(target);
  call->method = wire::kNoMethod;
  call->id = context_.origin.new_id();
  const std::uint64_t token = call->id.lo;
  call->sent = context_.clock.now();
  call->in_actor = true;
  call->reply_to = Ptr<Recipient>(Ptr<Activation>::share(this));
  call->delivery = std::make_unique<wire::Delivery>();
  call->delivery->kind = wire::Delivery::Kind::watch;
  call->delivery->watch = std::make_shared<const wire::MonitorRequest>(
      wire::MonitorRequest{.linked = linked, .watcher = address_->text(), .token = token, .why = {}});
  r.monitors.emplace(token, call);
  target->sink.deliver(std::move(call));
  return token;
}

void Activation::unwatch(std::uint64_t monitor) noexcept {
  if (!rare_) return;
  const auto at = rare_->monitors.find(monitor);
  if (at == rare_->monitors.end()) return;
  auto call = std::move(at->second);
  rare_->monitors.erase(at);
  end_watch(*call, {}, {});
}

// From here on nothing is heard of it; the other side is told to let go.
void Activation::end_watch(wire::Envelope& call, DownReason reason, const std::string& why) noexcept {
  if (!call.settle()) return;  // it has gone down, and holds nothing any more
  call.target->sink.deliver(wire::end_of_watch(call.target, call.id,
                                               {.linked = wire::watch_of(call)->linked,
                                                .watcher = address_->text(),
                                                .watcher_down = reason,
                                                .why = why.substr(0, limits::kMaxCrashText)}));
}

void Activation::link_to(wire::Address* target) {
  if (rare_ && target) {
    for (const auto& [token, call] : rare_->monitors)
      if (wire::watch_of(*call)->linked && call->target.get() == target) return;
    const std::string name = target->text();
    for (const auto& [id, call] : rare_->watchers)
      if (wire::watch_of(*call)->linked && wire::watch_of(*call)->watcher == name && !call->settled()) return;
  }
  (void)watch(target, true);
}

void Activation::unlink_from(wire::Address* target) noexcept {
  if (!rare_ || !target) return;
  for (auto at = rare_->monitors.begin(); at != rare_->monitors.end();) {
    auto call = at->second;
    const bool meant = wire::watch_of(*call)->linked && call->target.get() == target;
    at = meant ? rare_->monitors.erase(at) : std::next(at);
    if (meant) end_watch(*call, {}, {});
  }
  const std::string name = target->text();
  for (auto at = rare_->watchers.begin(); at != rare_->watchers.end();) {
    auto call = at->second;
    const bool meant = wire::watch_of(*call)->linked && wire::watch_of(*call)->watcher == name;
    at = meant ? rare_->watchers.erase(at) : std::next(at);
    if (meant) wire::answer(std::move(call), Error(ErrorKind::unavailable, kUnlinked, address_->text() + " unlinked"));
  }
}

void Activation::trap_links(bool on) { rare().trap_links = on; }

// The answer to a watch of this actor's.
void Activation::went_down(const wire::Envelope& call) {
  if (!rare_) return;
  const wire::MonitorRequest& watch = *wire::watch_of(call);
  if (rare_->monitors.erase(watch.token) == 0) return;  // of an activation that is gone
  const Error error = call.error ? *call.error : Error(ErrorKind::corrupt, "the node answered a watch with results");
  if (error.code() == kUnlinked) return;
  Down down{.monitor = watch.linked ? 0 : watch.token,
            .actor = call.target->text(),
            .reason = wire::down_reason(error),
            .message = error.message()};
  watch.linked ? linked_down(std::move(down)) : tell(std::move(down));
}

void Activation::linked_down(Down down) {
  if (!life_ || !life_->actor) return;
  if (rare().trap_links) return tell(std::move(down));
  if (!is_failure(down.reason)) return;
  crash(nullptr,
        "it is linked to " + down.actor + ", which went down (" + std::string(to_string(down.reason)) +
            "): " + down.message,
        CrashCause::link);
}

// on_down() as a turn of its own, as soon as the actor is free.
void Activation::tell(Down down) {
  (void)set_timer({}, {}, [this, down = std::move(down)] { return life_->actor->on_down(down); });
}

// --- the side that is watched ---

void Activation::watched(wire::EnvelopePtr call) {
  const wire::MonitorRequest& watch = *wire::watch_of(*call);
  if (!watch.begins) return watcher_left(std::move(call));
  const auto refuse = [&](DownReason reason, std::string why) {
    wire::answer(std::move(call), wire::down_error(reason, std::move(why)));
  };
  if (phase_.is(Phase::quarantined)) return refuse(DownReason::quarantined, rare().quarantined);
  if (!life_) return refuse(DownReason::not_running, address_->text() + " is not running: nobody has called it lately");
  if (rare().watchers.size() >= limits::kMaxWatchers) {
    return refuse(DownReason::unwatched, address_->text() + " is watched by " + std::to_string(limits::kMaxWatchers) +
                                             " others, which is all that one actor may be");
  }
  const RequestId id = call->id;
  rare_->watchers.emplace(id, std::move(call));
}

void Activation::watcher_left(wire::EnvelopePtr call) {
  const auto end = wire::EnvelopePtr::share(call.get());
  wire::answer(std::move(call));
  if (!rare_) return;
  const auto at = rare_->watchers.find(end->id);
  if (at == rare_->watchers.end()) return;
  const auto held = std::move(at->second);
  rare_->watchers.erase(at);
  const wire::MonitorRequest& watch = *wire::watch_of(*held);
  const wire::MonitorRequest& how = *wire::watch_of(*end);
  if (watch.linked && how.watcher_down != DownReason{})
    linked_down({.actor = watch.watcher, .reason = how.watcher_down, .message = how.why});
}

// The activation is going, and says so to both sides of every watch.
void Activation::go_down(DownReason reason, const std::string& why) noexcept {
  if (!rare_) return;
  rare_->trap_links = false;
  for (auto& [token, call] : std::exchange(rare_->monitors, {})) end_watch(*call, reason, why);
  for (auto& [id, call] : std::exchange(rare_->watchers, {}))
    wire::answer(std::move(call), wire::down_error(reason, why.substr(0, limits::kMaxCrashText)));
}

}  // namespace troupe::actor
