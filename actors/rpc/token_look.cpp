#include "rpc/token_look.h"

#include <optional>
#include <utility>

#include "troupe/caller.h"

namespace troupe::rpc {
namespace {

Error bad(const char* why) { return Error(ErrorKind::unauthenticated, why); }

Result<Bearer> check(const Shared& shared, std::string_view token) {
  try {
    auto bearer = shared.options.check_token(token);
    if (!bearer.ok()) return bearer;
    if (!bearer.value().caller.known()) return bad("the token names nobody");
    if (bearer.value().until <= std::chrono::system_clock::now())
      return Error(ErrorKind::unauthenticated, "token_expired", "the token has ended");
    const CallerScope fits(bearer.value().caller);  // within the limits of a caller, or it throws
    return bearer;
  } catch (const Error& error) {
    return error;
  } catch (const std::exception& error) {
    shared.log(LogLevel::error, std::string("a token could not be looked at: ") + error.what());
  } catch (...) {
    shared.log(LogLevel::error, "a token could not be looked at: what check_token throws is no exception");
  }
  return bad("the token could not be looked at");
}

}  // namespace

// One token, until it was looked at or nobody wants to know. What the pool's thread holds on to is `slot` alone.
class TokenLooks::Look {
 public:
  struct Slot {
    Look* look = nullptr;  // null: nobody wants to know
  };

  Look() : slot(std::make_shared<Slot>()) { slot->look = this; }
  ~Look() { slot->look = nullptr; }
  Look(const Look&) = delete;
  Look& operator=(const Look&) = delete;

  const std::shared_ptr<Slot> slot;
  kj::Own<kj::PromiseFulfiller<LookedAt>> answer;
};

TokenLooks::TokenLooks(const Shared& shared)
    : shared_(shared),
      pool_(shared.options.check_token ? shared.options.token_threads : 0, shared.options.limits.waiting_tokens) {}

kj::Promise<LookedAt> TokenLooks::look(std::string token, const std::shared_ptr<Mailbox>& loop) {
  const auto at_once = [](Error error) {
    return kj::Promise<LookedAt>(std::make_shared<const Result<Bearer>>(std::move(error)));
  };
  if (!shared_.options.check_token) return at_once(bad("this server knows nobody, and takes no tokens"));
  if (token.empty()) return at_once(bad("the token is empty"));
  if (token.size() > shared_.options.limits.token_bytes)
    return at_once(bad("the token is too long (limit token_bytes)"));
  auto one = kj::heap<Look>();
  auto pair = kj::newPromiseAndFulfiller<LookedAt>();
  one->answer = kj::mv(pair.fulfiller);
  const bool runs = pool_.run([&shared = shared_, loop, slot = one->slot, token = std::move(token)] {
    LookedAt found = std::make_shared<const Result<Bearer>>(check(shared, token));
    loop->post([slot, found] {
      if (slot->look) slot->look->answer->fulfill(LookedAt(found));
    });
  });
  if (!runs)
    return at_once(Error(ErrorKind::overloaded, "too many tokens wait to be looked at (limit waiting_tokens)"));
  return pair.promise.attach(kj::mv(one));
}

}  // namespace troupe::rpc
