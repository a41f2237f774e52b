#include "gateway/http/core.h"

#include "gateway/http/tls_context.h"

namespace troupe::http {

Shared::Shared(ServerOptions given, Handler handles)
    : options(std::move(given)), handler(std::move(handles)), common(options.security, options.tls.named()) {}

Shared::Entry Shared::enter(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (connected_ >= options.limits.connections) return Entry::full;
  std::size_t& of_peer = peers_[address];
  if (of_peer >= options.limits.connections_per_peer) return Entry::full_for_peer;
  ++of_peer;
  ++connected_;
  return Entry::welcome;
}

void Shared::leave(const std::string& address) {
  const std::lock_guard lock(mutex_);
  if (const auto at = peers_.find(address); at != peers_.end() && --at->second == 0) peers_.erase(at);
  if (--connected_ == 0) emptied_.notify_all();
}

std::size_t Shared::connected() const {
  const std::lock_guard lock(mutex_);
  return connected_;
}

bool Shared::wait_until_empty(std::chrono::steady_clock::time_point end) {
  std::unique_lock lock(mutex_);
  return emptied_.wait_until(lock, end, [&] { return connected_ == 0; });
}

void Shared::log(LogLevel level, const std::string& message) const {
  if (options.log) options.log({level, "http", message});
}

Response Shared::refusal(int status, std::string_view why) const {
  if (options.refusal) {
    Response made;
    bool sound = guarded(*this, "the refusal page", [&] { made = options.refusal(status, why); });
    if (const std::string wrong = sound ? why_not_sent(made) : ""; !wrong.empty()) {
      log(LogLevel::error, "the refusal page made an answer that must not be sent: " + wrong);
      sound = false;
    }
    if (sound) return made;
  }
  return text(status, std::to_string(status) + " " + std::string(reason(status)) + ": " + std::string(why) + "\n");
}

}  // namespace troupe::http
