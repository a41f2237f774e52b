#include "actor/watches.h"

#include <iterator>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "wire/monitor_request.h"

namespace troupe::actor {
namespace {

// A link that the other side took back; nobody is told.
constexpr const char* kUnlinked = "unlinked";

// An ordered end of one side leaves a link's other side alone.
bool is_failure(DownReason reason) noexcept { return reason != DownReason::stopped && reason != DownReason::erased; }

bool links_to(const wire::Envelope& call, const wire::Address* target) noexcept {
  return wire::watch_of(call)->linked && call.target.get() == target;
}

bool links_from(const wire::Envelope& call, const std::string& watcher) noexcept {
  return wire::watch_of(call)->linked && wire::watch_of(call)->watcher == watcher;
}

}  // namespace

// --- its watches on others ---

std::uint64_t Watches::watch(wire::Address* target, bool linked, Ptr<Recipient> home) {
  const char* what = linked ? "link()" : "monitor()";
  if (!target) throw Error(ErrorKind::invalid, std::string(what) + " of an empty Ref");
  if (target == &self_) throw Error(ErrorKind::invalid, self_.text() + " cannot " + what + " itself");
  if (target->route == wire::Route::by_pool)
    throw Error(ErrorKind::invalid, target->text() + " is a pool, and calls to it go to any of its actors: " + what +
                                        " needs one that is the same every time");
  if (monitors_.size() >= limits::kMaxMonitors) {
    throw Error(ErrorKind::overloaded,
                self_.text() + " has " + std::to_string(limits::kMaxMonitors) +
                    " monitors and links, which is all that one actor may have; end some before " + what + " of " +
                    target->text());
  }
  wire::CallOrigin& origin = self_.sink.origin;
  auto call = make_counted<wire::Envelope>();
  call->target = wire::AddressPtr::share(target);
  call->method = wire::kNoMethod;
  call->id = origin.new_id();
  const std::uint64_t token = call->id.lo;
  call->sent = origin.clock.now();
  call->in_actor = true;
  call->reply_to = std::move(home);
  call->delivery = std::make_unique<wire::Delivery>(
      wire::MonitorRequest{.linked = linked, .watcher = self_.text(), .token = token, .why = {}});
  monitors_.emplace(token, call);
  target->sink.deliver(std::move(call));
  return token;
}

void Watches::unwatch(std::uint64_t monitor) noexcept {
  const auto at = monitors_.find(monitor);
  if (at == monitors_.end()) return;
  const auto call = std::move(at->second);
  monitors_.erase(at);
  end(*call, {}, {});
}

// From here on nothing is heard of it; the other side is told to let go.
void Watches::end(wire::Envelope& call, DownReason reason, const std::string& why) noexcept {
  if (!call.settle()) return;  // it has gone down, and holds nothing any more
  call.target->sink.deliver(wire::end_of_watch(call.target, call.id,
                                               {.linked = wire::watch_of(call)->linked,
                                                .watcher = self_.text(),
                                                .watcher_down = reason,
                                                .why = why.substr(0, limits::kMaxCrashText)}));
}

void Watches::link(wire::Address* target, Ptr<Recipient> home) {
  if (target) {
    for (const auto& [token, call] : monitors_)
      if (links_to(*call, target)) return;
    const std::string name = target->text();
    for (const auto& [id, call] : watchers_)
      if (links_from(*call, name) && !call->settled()) return;
  }
  (void)watch(target, true, std::move(home));
}

void Watches::unlink(const wire::Address* target) noexcept {
  if (!target) return;
  for (auto at = monitors_.begin(); at != monitors_.end();) {
    const auto call = at->second;
    const bool meant = links_to(*call, target);
    at = meant ? monitors_.erase(at) : std::next(at);
    if (meant) end(*call, {}, {});
  }
  const std::string name = target->text();
  for (auto at = watchers_.begin(); at != watchers_.end();) {
    auto call = at->second;
    const bool meant = links_from(*call, name);
    at = meant ? watchers_.erase(at) : std::next(at);
    if (meant) wire::answer(std::move(call), Error(ErrorKind::unavailable, kUnlinked, self_.text() + " unlinked"));
  }
}

std::optional<Watches::News> Watches::answered(const wire::Envelope& call) {
  const wire::MonitorRequest& watch = *wire::watch_of(call);
  if (monitors_.erase(watch.token) == 0) return std::nullopt;  // of an activation that is gone
  const Error error = call.error ? *call.error : Error(ErrorKind::corrupt, "the node answered a watch with results");
  if (error.code() == kUnlinked) return std::nullopt;
  Down down{.monitor = watch.linked ? 0 : watch.token,
            .actor = call.target->text(),
            .reason = wire::down_reason(error),
            .message = error.message()};
  if (watch.linked) return of_link(std::move(down));
  return News{std::move(down), false};
}

std::optional<Watches::News> Watches::of_link(Down down) const {
  if (!traps_links_ && !is_failure(down.reason)) return std::nullopt;
  return News{std::move(down), !traps_links_};
}

// --- the watches of others on it ---

void Watches::add_watcher(wire::EnvelopePtr call) {
  if (watchers_.size() >= limits::kMaxWatchers) {
    return refuse_watch(std::move(call), DownReason::unwatched,
                        self_.text() + " is watched by " + std::to_string(limits::kMaxWatchers) +
                            " others, which is all that one actor may be");
  }
  const RequestId id = call->id;
  watchers_.emplace(id, std::move(call));
}

std::optional<Watches::News> Watches::watcher_left(wire::EnvelopePtr call) {
  const auto end = wire::EnvelopePtr::share(call.get());
  wire::answer(std::move(call));
  const auto at = watchers_.find(end->id);
  if (at == watchers_.end()) return std::nullopt;
  const auto held = std::move(at->second);
  watchers_.erase(at);
  const wire::MonitorRequest& watch = *wire::watch_of(*held);
  const wire::MonitorRequest& how = *wire::watch_of(*end);
  if (!watch.linked || how.watcher_down == DownReason{}) return std::nullopt;
  return of_link({.actor = watch.watcher, .reason = how.watcher_down, .message = how.why});
}

void Watches::go_down(DownReason reason, const std::string& why) noexcept {
  traps_links_ = false;
  for (auto& [token, call] : std::exchange(monitors_, {})) end(*call, reason, why);
  for (auto& [id, call] : std::exchange(watchers_, {}))
    refuse_watch(std::move(call), reason, why.substr(0, limits::kMaxCrashText));
}

void refuse_watch(wire::EnvelopePtr call, DownReason reason, std::string why) noexcept {
  wire::answer(std::move(call), wire::down_error(reason, std::move(why)));
}

}  // namespace troupe::actor
