// The two grants of clients that were given something before: a code, a refresh token. And how codes are given.
#include <algorithm>
#include <optional>
#include <utility>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/password.h"
#include "auth/scope.h"
#include "auth/strict_json.h"
#include "auth/sweeping.h"
#include "auth/token_endpoint.h"
#include "auth/wall_time.h"
#include "auth/words.h"
#include "troupe/duration.h"

namespace troupe::auth {
namespace {

constexpr std::size_t kFamilyBytes = 16;

// Whether a log-in of then counts no more. Those of the very moment do: of one millisecond nobody knows which was
// first.
bool is_over(const UserFacts& facts, std::uint64_t began_ms) { return began_ms < wall_ms(facts.log_ins_from); }

// Where the browser goes: the redirect of the client with these parameters.
class Redirect {
 public:
  explicit Redirect(std::string uri) : location_(std::move(uri)) {}
  Redirect& with(std::string_view name, std::string_view value) {
    if (value.empty()) return *this;
    location_ += location_.find('?') == location_.npos ? '?' : '&';
    location_ += name;
    location_ += '=' + percent_encoded(value);
    return *this;
  }
  // 303: a browser that came with a password in a form does not send it on (RFC 9700, 4.12).
  void write(TokenAnswer::Builder answer) const {
    answer.setStatus(303);
    answer.setLocation(location_);
  }

 private:
  std::string location_;
};

}  // namespace

Task<> TokenEndpointRole::authorize(AuthorizeParams::Reader in, AuthorizeResults::Builder out) {
  auto answer = out.initAnswer();
  const std::string user = text_of(in.getUser());
  if (!user.empty() && !is_name(user, limits::kMaxNameBytes))
    throw Error(ErrorKind::invalid, "a code is for a user whose name has 1 to " +
                                        std::to_string(limits::kMaxNameBytes) + " bytes, or for nobody yet");
  std::optional<Redirect> redirect;
  try {
    const Form form(in.getParameters());
    const ClientConfig* client = find_client(config(), form.need("client_id"));
    const std::string& uri = form.need("redirect_uri");
    const bool registered = client && std::find(client->redirect_uris.begin(), client->redirect_uris.end(), uri) !=
                                          client->redirect_uris.end();
    // Nobody is sent to an address that is not registered: it might be anybody's.
    if (!registered)
      throw Denial{400, "invalid_request", "there is no such client, or redirect_uri is not one that it registered"};
    redirect.emplace(uri);
    redirect->with("state", form.get("state")).with("iss", config().issuer);
    const auto scope = scope_for_code(form, *client);
    if (user.empty()) {
      out.setAsksForLogIn(true);
      throw Denial{400, "login_required", "nobody has logged in"};
    }
    const std::string code = co_await new_code(form, *client, user, scope);
    redirect->with("code", code).write(answer);
  } catch (const Denial& denial) {
    if (redirect) {
      redirect->with("error", denial.code).with("error_description", denial.description).write(answer);
    } else {
      write_denial(denial, answer);
    }
  }
}

std::vector<std::string> TokenEndpointRole::scope_for_code(const Form& form, const ClientConfig& client) {
  if (!may(client, Grant::authorization_code))
    throw Denial{400, "unauthorized_client", "this client may not ask for codes"};
  if (form.need("response_type") != "code")
    throw Denial{400, "unsupported_response_type", "the only response_type here is code"};
  if (form.get("code_challenge_method") != "S256" || !is_challenge(form.get("code_challenge")))
    throw Denial{400, "invalid_request", "a code needs code_challenge, with code_challenge_method S256"};
  auto scope = choose_scope(form.get("scope"), client.scopes);
  if (!scope) throw Denial{400, "invalid_scope", "this client may not have that scope"};
  return std::move(*scope);
}

Task<std::string> TokenEndpointRole::new_code(const Form& form, const ClientConfig& client, std::string user,
                                              std::vector<std::string> scope) {
  const std::string code = new_secret();
  const std::uint64_t given_ms = wall_ms(now());
  const std::string code_hash = to_base64url(sha256(code));
  co_await ref<AuthorizationCodes>(shard_of(code_hash)).open([&](auto p) {
    p.setCodeHash(code_hash);
    auto grant = p.initGrant();
    grant.setClient(client.id);
    grant.setRedirectUri(form.get("redirect_uri"));
    grant.setChallenge(form.get("code_challenge"));
    grant.setUser(user);
    fill(grant.initScope(static_cast<unsigned>(scope.size())), scope);
    grant.setGivenMs(given_ms);
    grant.setEndsMs(later(given_ms, config().code_life));
  });
  co_return code;
}

Task<std::string> TokenEndpointRole::grant_by_code(const Form& form, const ClientConfig& client) {
  const std::string& code = form.need("code");
  const std::string& uri = form.need("redirect_uri");
  const std::string& verifier = form.need("code_verifier");
  const std::string family = to_base64url(random_bytes(kFamilyBytes));
  const std::string code_hash = to_base64url(sha256(code));
  const auto redeemed = co_await ref<AuthorizationCodes>(shard_of(code_hash)).redeem([&](auto p) {
    p.setCodeHash(code_hash);
    p.setClient(client.id);
    p.setRedirectUri(uri);
    p.setVerifier(verifier);
    p.setFamily(family);
  });
  if (!redeemed->getGood())
    throw Denial{400, "invalid_grant",
                 "the code is unknown, used, expired, or not for this client, redirect_uri and "
                 "code_verifier"};
  std::string user = text_of(redeemed->getUser());
  auto facts = co_await facts_->users.look_up(*this, user);
  if (!facts || is_over(*facts, redeemed->getGivenMs()))
    throw Denial{400, "invalid_grant", "the user of this code may not log in, or has to log in again"};
  Holder holder{std::move(user), std::move(facts->roles), texts_of(redeemed->getScope())};
  co_return co_await begin(client, std::move(holder), family);
}

Task<std::string> TokenEndpointRole::grant_by_refresh(const Form& form, const ClientConfig& client) {
  const auto presented = read_refresh_token(form.need("refresh_token"));
  const Denial unknown{400, "invalid_grant", "the refresh token is unknown, expired or revoked; log in again"};
  if (!presented) throw unknown;
  const auto family = ref<RefreshFamilies>(shard_of(presented->family));
  const std::string next = presented->family + '.' + new_secret();
  const auto rotate = [&] {
    return family.rotate([&](auto p) {
      p.setFamily(presented->family);
      p.setClient(client.id);
      p.setTokenHash(data_of(presented->hash));
      p.setNextHash(data_of(sha256(next)));
    });
  };

  const auto found = co_await family.look([&](auto p) {
    p.setFamily(presented->family);
    p.setClient(client.id);
    p.setTokenHash(data_of(presented->hash));
  });
  if (found->getOutcome() == RefreshOutcome::REUSED) (void)co_await rotate();
  if (found->getOutcome() != RefreshOutcome::GOOD) throw unknown;

  const auto granted = texts_of(found->getScope());
  auto scope = choose_scope(form.get("scope"), granted);
  if (!scope) throw Denial{400, "invalid_scope", "the log-in was not given that scope"};
  std::string user = text_of(found->getUser());
  auto facts = co_await facts_->users.look_up(*this, user);
  if (!facts || is_over(*facts, found->getBeganMs())) {
    const char* why = facts ? "its user's log-ins of that time are over" : "its user may not log in any more";
    co_await family.revoke([&](auto p) {
      p.setFamily(presented->family);
      p.setWhy(why);
    });
    throw unknown;
  }
  const Holder holder{std::move(user), std::move(facts->roles), std::move(*scope)};
  // The old token is used up last: while anything before this fails, the client may try again.
  const std::string access = co_await sign(client, holder);
  const auto rotated = co_await rotate();
  if (rotated->getOutcome() != RefreshOutcome::GOOD) throw unknown;
  co_return body(access, holder, next);
}

}  // namespace troupe::auth
