#include "auth/token_endpoint.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/claims.h"
#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/password.h"
#include "auth/scope.h"
#include "auth/strict_json.h"
#include "auth/sweeping.h"
#include "auth/wall_time.h"
#include "auth/words.h"
#include "troupe/duration.h"

namespace troupe::auth {
namespace {

constexpr std::size_t kIdBytes = 16;

// An answer for what the runtime says; false: it is no matter of being too busy.
bool write_busy(const Error& error, TokenAnswer::Builder answer) {
  const bool busy = error.kind() == ErrorKind::unavailable || error.kind() == ErrorKind::overloaded ||
                    error.kind() == ErrorKind::deadline;
  if (!busy) return false;
  write_denial({503, "temporarily_unavailable", "the issuer is busy or not reachable; try again",
                static_cast<std::uint64_t>(std::max<std::int64_t>(1'000, error.retry_after().count()))},
               answer);
  return true;
}

std::string address_of(capnp::Text::Reader address) {
  if (address.size() > limits::kMaxAddressBytes)
    throw Error(ErrorKind::invalid, "a client's address has at most " + std::to_string(limits::kMaxAddressBytes) +
                                        " bytes, this one " + std::to_string(address.size()));
  return text_of(address);
}

}  // namespace

Task<> TokenEndpointRole::token(TokenParams::Reader in, TokenResults::Builder out) {
  auto answer = out.initAnswer();
  std::string address = address_of(in.getClientAddress());
  try {
    const Form form(in.getParameters());
    const ClientConfig* client = co_await known_client(form, text_of(in.getAuthorization()), address);
    const std::string body = co_await grant(form, *client, address);
    answer.setStatus(200);
    answer.setBody(body);
  } catch (const Denial& denial) {
    write_denial(denial, answer);
  } catch (const Error& error) {
    if (!write_busy(error, answer)) throw;
  }
}

Task<> TokenEndpointRole::revoke(RevokeParams::Reader in, RevokeResults::Builder out) {
  auto answer = out.initAnswer();
  std::string address = address_of(in.getClientAddress());
  try {
    const Form form(in.getParameters());
    const ClientConfig* client = co_await known_client(form, text_of(in.getAuthorization()), address);
    const std::string& token = form.need("token");
    if (std::count(token.begin(), token.end(), '.') == 2)
      throw Denial{400, "unsupported_token_type", "an access token cannot be revoked; it expires soon"};
    // Of a token that is none the client hears the same (RFC 7009, 2.2).
    if (const auto refresh = read_refresh_token(token)) {
      co_await ref<RefreshFamilies>(shard_of(refresh->family)).giveUp([&](auto p) {
        p.setFamily(refresh->family);
        p.setClient(client->id);
        p.setTokenHash(data_of(refresh->hash));
      });
    }
    answer.setStatus(200);
  } catch (const Denial& denial) {
    write_denial(denial, answer);
  } catch (const Error& error) {
    if (!write_busy(error, answer)) throw;
  }
}

Task<const ClientConfig*> TokenEndpointRole::known_client(const Form& form, std::string authorization,
                                                          std::string address) {
  const ClientWord word = client_word(form, authorization);
  const ClientConfig* client = find_client(config(), word.id);
  const bool confidential = client && !client->secret_hash.empty();
  const bool right =
      confidential ? word.secret && secret_matches(*word.secret, client->secret_hash) : client && !word.secret;
  if (right) co_return client;
  if (!address.empty()) {
    const std::uint64_t wait = co_await take(bucket_of("address", address_group(address)), config().per_address);
    if (wait > 0) throw Denial{429, "temporarily_unavailable", "too many attempts from this address", wait};
  }
  throw Denial{401, "invalid_client", "there is no such client, or its secret is another", 0, word.by_header};
}

Task<std::string> TokenEndpointRole::grant(const Form& form, const ClientConfig& client, std::string address) {
  const std::string& type = form.need("grant_type");
  std::optional<Grant> wanted;
  for (const Grant known :
       {Grant::password, Grant::client_credentials, Grant::refresh_token, Grant::authorization_code})
    if (type == to_string(known)) wanted = known;
  if (!wanted) throw Denial{400, "unsupported_grant_type", "there is no such grant_type here"};
  if (!may(client, *wanted)) throw Denial{400, "unauthorized_client", "this client may not use this grant_type"};
  std::string body;
  switch (*wanted) {
    case Grant::password: body = co_await grant_by_password(form, client, std::move(address)); break;
    case Grant::authorization_code: body = co_await grant_by_code(form, client); break;
    case Grant::refresh_token: body = co_await grant_by_refresh(form, client); break;
    case Grant::client_credentials: {
      auto scope = choose_scope(form.get("scope"), client.scopes);
      if (!scope) throw Denial{400, "invalid_scope", "this client may not have that scope"};
      const Holder holder{client.id, client.roles, std::move(*scope)};
      body = this->body(co_await sign(client, holder), holder, {});
      break;
    }
  }
  co_return body;
}

// --- users and their passwords ---

Task<> TokenEndpointRole::logIn(LogInParams::Reader in, LogInResults::Builder out) {
  std::string address = address_of(in.getClientAddress());
  const Attempt attempt = co_await try_password(text_of(in.getUser()), text_of(in.getPassword()), std::move(address));
  out.setRetryAfterMs(attempt.retry_after_ms);
  if (!attempt.facts) co_return;
  out.setKnown(true);
  fill(out.initRoles(static_cast<unsigned>(attempt.facts->roles.size())), attempt.facts->roles);
}

Task<TokenEndpointRole::Attempt> TokenEndpointRole::try_password(std::string user, std::string password,
                                                                 std::string address) {
  if (!facts_->users.verify) throw Error(ErrorKind::unimplemented, "this issuer verifies no passwords");
  if (!is_name(user, limits::kMaxNameBytes) || password.empty() || password.size() > limits::kMaxPasswordBytes)
    co_return Attempt{};
  // The address first: names that a stranger makes up cost them attempts, and the store little.
  const std::string of_address = bucket_of("address", address_group(address));
  const std::string of_user = bucket_of("user", user);
  if (!address.empty()) {
    const std::uint64_t wait = co_await take(of_address, config().per_address);
    if (wait > 0) co_return Attempt{std::nullopt, wait};
  }
  const std::uint64_t wait = co_await take(of_user, config().per_user);
  if (wait > 0) co_return Attempt{std::nullopt, wait};

  Attempt attempt;
  attempt.facts = co_await facts_->users.verify(*this, user, std::move(password));
  if (!attempt.facts) co_return attempt;
  const auto give_back = [this](const std::string& bucket, std::chrono::milliseconds refill) {
    return ref<LoginBuckets>(shard_of(bucket)).giveBack([&](auto p) {
      p.setBucket(bucket);
      p.setRefillMs(static_cast<std::uint64_t>(refill.count()));
    });
  };
  // Whether that succeeds is no matter of this log-in.
  auto user_back = give_back(of_user, config().per_user.refill);
  if (!address.empty()) {
    auto address_back = give_back(of_address, config().per_address.refill);
    (void)co_await std::move(address_back).result();
  }
  (void)co_await std::move(user_back).result();
  co_return attempt;
}

Task<std::uint64_t> TokenEndpointRole::take(std::string bucket, Attempts attempts) {
  const auto taken = co_await ref<LoginBuckets>(shard_of(bucket)).take([&](auto p) {
    p.setBucket(bucket);
    p.setBurst(attempts.burst);
    p.setRefillMs(static_cast<std::uint64_t>(attempts.refill.count()));
  });
  co_return taken->getTaken() ? 0 : std::max<std::uint64_t>(1, taken->getRetryAfterMs());
}

std::string TokenEndpointRole::bucket_of(std::string_view kind, std::string_view name) const {
  // A hash: a key has limits, and nobody chooses which actor counts them.
  std::string whose = config().issuer;
  for (const std::string_view part : {kind, name}) {
    whose += '\n';
    whose += part;
  }
  return to_base64url(sha256(whose));
}

Task<std::string> TokenEndpointRole::grant_by_password(const Form& form, const ClientConfig& client,
                                                       std::string address) {
  const std::string user = form.need("username");
  auto scope = choose_scope(form.get("scope"), client.scopes);
  if (!scope) throw Denial{400, "invalid_scope", "this client may not have that scope"};
  Attempt attempt = co_await try_password(user, form.need("password"), std::move(address));
  if (attempt.retry_after_ms > 0)
    throw Denial{429, "temporarily_unavailable", "too many attempts; wait before the next one", attempt.retry_after_ms};
  if (!attempt.facts) throw Denial{400, "invalid_grant", "there is no such user, or the password is another"};
  Holder holder{user, std::move(attempt.facts->roles), std::move(*scope)};
  co_return co_await begin(client, std::move(holder), to_base64url(random_bytes(kIdBytes)));
}

// --- what tokens are made of ---

Task<std::string> TokenEndpointRole::begin(const ClientConfig& client, Holder holder, std::string family) {
  const std::string access = co_await sign(client, holder);
  if (!may(client, Grant::refresh_token)) co_return body(access, holder, {});
  const std::string refresh = family + '.' + new_secret();
  const auto ms = [](std::chrono::seconds time) {
    return static_cast<std::uint64_t>(std::chrono::milliseconds(time).count());
  };
  co_await ref<RefreshFamilies>(shard_of(family)).open([&](auto p) {
    p.setFamily(family);
    p.setClient(client.id);
    p.setUser(holder.subject);
    fill(p.initScope(static_cast<unsigned>(holder.scope.size())), holder.scope);
    p.setTokenHash(data_of(sha256(refresh)));
    p.setLifeMs(ms(config().refresh_life));
    p.setIdleMs(ms(config().refresh_idle));
  });
  co_return body(access, holder, refresh);
}

Task<std::string> TokenEndpointRole::sign(const ClientConfig& client, const Holder& holder) {
  const Moment moment = moment_of(now());
  Claims claims{.issuer = config().issuer,
                .subject = holder.subject,
                .audience = {config().audience},
                .expires = later(moment, config().access_life),
                .not_before = {},
                .issued = moment,
                .scope = holder.scope,
                .roles = holder.roles,
                .id = to_base64url(random_bytes(kIdBytes)),
                .client = client.id};
  std::string payload;
  try {
    payload = write_claims(claims);
  } catch (const Error& error) {  // what the host says of the user does not fit, which is no fault of the request
    throw Error(ErrorKind::failed, "no token for '" + holder.subject + "': " + error.message());
  }
  const auto keys = ref<TokenKeys>(config().issuer);
  const auto ask = [&] { return keys.sign([&](auto p) { p.setClaims(payload); }); };
  auto signed_token = co_await ask().result();
  if (!signed_token && signed_token.error().code() == "no_key") {
    co_await keys.prepare();
    signed_token = co_await ask().result();
  }
  if (!signed_token) throw signed_token.error();
  const auto reply = std::move(signed_token).value();
  co_return text_of(reply->getToken());
}

std::string TokenEndpointRole::body(const std::string& access_token, const Holder& holder,
                                    const std::string& refresh_token) const {
  nlohmann::json body = {
      {"access_token", access_token}, {"token_type", "Bearer"}, {"expires_in", config().access_life.count()}};
  if (!holder.scope.empty()) body["scope"] = join_scope(holder.scope);
  if (!refresh_token.empty()) body["refresh_token"] = refresh_token;
  return body.dump();
}

}  // namespace troupe::auth
