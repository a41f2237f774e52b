#include "rpc/token_look.h"

#include <utility>

#include "rpc/elsewhere.h"
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
  auto found = elsewhere<Result<Bearer>>(loop);
  const bool runs = pool_.run(
      [&shared = shared_, keep = std::move(found.keep), token = std::move(token)] { keep(check(shared, token)); });
  if (!runs)
    return at_once(Error(ErrorKind::overloaded, "too many tokens wait to be looked at (limit waiting_tokens)"));
  return kj::mv(found.kept);
}

}  // namespace troupe::rpc
