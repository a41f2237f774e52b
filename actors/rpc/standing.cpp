#include "rpc/standing.h"

#include <kj/debug.h>

#include <array>
#include <utility>

namespace troupe::rpc {
namespace {

Error past(std::string_view limit, std::string_view what) {
  return Error(ErrorKind::overloaded, std::string(what) + " (limit " + std::string(limit) + ")");
}

}  // namespace

std::string_view overdue(const Times& times, const Limits& limits, Moment now) noexcept {
  const auto past_time = [now](Moment since, Milliseconds limit) { return now >= later(since, limit); };
  if (!times.handshaken) return past_time(times.opened, limits.tls_handshake) ? "tls_handshake" : "";
  if (times.token_wanted && !times.authenticated && past_time(times.opened, limits.without_token))
    return "without_token";
  if (times.message_since && past_time(*times.message_since, limits.message)) return "message";
  if (times.write_since && past_time(*times.write_since, limits.write)) return "write";
  if (!times.busy && !times.message_since && past_time(times.last_message, limits.idle)) return "idle";
  return {};
}

Standing::Standing(std::shared_ptr<Shared> all, std::string peer_address)
    : shared(std::move(all)), peer(std::move(peer_address)), closed_(nullptr) {
  auto pair = kj::newPromiseAndFulfiller<void>();
  close_ = kj::mv(pair.fulfiller);
  closed_ = pair.promise.fork();
}

void Standing::asked() {
  if (unfinished_ >= limits().answers)
    kj::throwFatalException(KJ_EXCEPTION(
        OVERLOADED, "there are too many answers that you have not said you are done with (limit answers)"));
  ++unfinished_;
  ++unanswered_;
  times.busy = true;
}

void Standing::answered() noexcept {
  if (unanswered_ > 0) --unanswered_;
  times.busy = unanswered_ > 0;
}

void Standing::finished() noexcept {
  if (unfinished_ > 0) --unfinished_;
}

Result<std::unique_ptr<Standing::UnderWay>> Standing::begin_call(const std::shared_ptr<Standing>& self) {
  Shared& all = *self->shared;
  if (all.draining) return Error(ErrorKind::unavailable, "this server is going, and takes no new calls: connect again");
  if (self->calls_ >= self->limits().calls_per_connection) {
    ++all.counts.overloaded;
    return past("calls_per_connection", "this connection has too many calls under way");
  }
  if (all.counts.calls.fetch_add(1) >= self->limits().calls) {
    --all.counts.calls;
    ++all.counts.overloaded;
    return past("calls", "this server has too many calls under way");
  }
  return std::make_unique<UnderWay>(self);
}

Result<std::unique_ptr<Standing::Held>> Standing::hold(const std::shared_ptr<Standing>& self) {
  if (self->capabilities_ >= self->limits().capabilities) {
    ++self->shared->counts.overloaded;
    return past("capabilities", "this connection holds too many capabilities: drop some");
  }
  return std::make_unique<Held>(self);
}

Result<std::unique_ptr<Standing::Looking>> Standing::look_at_token(const std::shared_ptr<Standing>& self) {
  if (self->tokens_ >= self->limits().tokens) {
    ++self->shared->counts.overloaded;
    return past("tokens", "too many tokens of this connection are being looked at");
  }
  return std::make_unique<Looking>(self);
}

void Standing::close(kj::Exception why) {
  if (closing_) return;
  broke(std::string_view(why.getDescription().begin(), why.getDescription().size()));
  closing_ = true;
  close_->reject(kj::mv(why));
}

void Standing::leave() {
  if (closing_) return;
  closing_ = true;
  close_->reject(KJ_EXCEPTION(DISCONNECTED, "this server is going: connect again"));
}

void Standing::broke(std::string_view why) {
  if (closing_) return;
  ++shared->counts.closed;
  shared->log(LogLevel::debug, "the connection of " + peer + " was closed: " + std::string(why));
}

kj::Promise<void> Standing::until_closed() { return closed_.addBranch(); }

}  // namespace troupe::rpc
