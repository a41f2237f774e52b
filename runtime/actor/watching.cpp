// What monitors and links do to an activation: it hears of the end of others, or crashes with them.
#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "wire/monitor_request.h"

namespace troupe::actor {

void Activation::unwatch(std::uint64_t monitor) noexcept {
  if (optional_) optional_->watches.unwatch(monitor);
}

void Activation::unlink_from(const wire::Address* target) noexcept {
  if (optional_) optional_->watches.unlink(target);
}

Watches& Activation::watches() { return optional_parts().watches; }

void Activation::watched(wire::EnvelopePtr call) {
  if (!wire::watch_of(*call)->begins) {
    if (!optional_) return wire::answer(std::move(call));
    return hear(optional_->watches.watcher_left(std::move(call)));
  }
  if (phase_.is(Phase::quarantined))
    return refuse_watch(std::move(call), DownReason::quarantined, optional_parts().pause.quarantined);
  if (!active_) {
    return refuse_watch(std::move(call), DownReason::not_running,
                        address_->text() + " is not running: nobody has called it lately");
  }
  optional_parts().watches.add_watcher(std::move(call));
}

void Activation::hear(std::optional<Watches::News> news) {
  if (!news) return;
  if (news->down.linked() && (!active_ || !active_->actor)) return;
  if (!news->crashes) {  // on_down() as a turn of its own, as soon as the actor is free
    return (void)set_timer({}, {}, [this, down = std::move(news->down)] { return active_->actor->on_down(down); });
  }
  crash(nullptr,
        "it is linked to " + news->down.actor + ", which went down (" + std::string(to_string(news->down.reason)) +
            "): " + news->down.message,
        CrashCause::link);
}

void Activation::go_down(DownReason reason, const std::string& why) noexcept {
  if (optional_) optional_->watches.go_down(reason, why);
}

}  // namespace troupe::actor
