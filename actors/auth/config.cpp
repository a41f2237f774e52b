#include "auth/config.h"

#include <algorithm>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/scope.h"
#include "troupe/error.h"
#include "troupe/limits.h"

namespace troupe::auth {
namespace {

using std::chrono::seconds;

[[noreturn]] void refuse_config(const std::string& why) {
  throw Error(ErrorKind::invalid, "the configuration of an issuer of tokens: " + why);
}

void check_time(const char* field, seconds time, seconds least, seconds most) {
  if (time < least || time > most)
    refuse_config(std::string(field) + " is " + std::to_string(time.count()) + " s; " + std::to_string(least.count()) +
                  " to " + std::to_string(most.count()) + " are allowed");
}

void check_attempts(const char* field, const Attempts& attempts) {
  if (attempts.burst == 0 || attempts.burst > limits::kMaxBurst || attempts.refill.count() <= 0 ||
      attempts.refill > limits::kMaxRefill)
    refuse_config(std::string(field) + " allows " + std::to_string(attempts.burst) + " attempts, one more each " +
                  std::to_string(attempts.refill.count()) + " ms; 1 to " + std::to_string(limits::kMaxBurst) +
                  " are possible, and 1 ms to a day");
}

void check_redirect(const std::string& client, const std::string& uri) {
  const auto scheme = uri.find(':');
  const bool absolute = scheme != uri.npos && scheme > 0 && scheme + 1 < uri.size();
  const bool printable = std::all_of(uri.begin(), uri.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!absolute || !printable || uri.find('#') != uri.npos || uri.size() > limits::kMaxParameterBytes / 2)
    refuse_config("client '" + client + "' has the redirect '" + uri +
                  "', which is no absolute address without fragment");
}

void check_client(const ClientConfig& client) {
  if (!is_plain(client.id) || client.id.size() > limits::kMaxNameBytes)
    refuse_config("the client '" + client.id + "' has an id that is not 1 to " + std::to_string(limits::kMaxNameBytes) +
                  " printable characters of ASCII");
  const bool confidential = !client.secret_hash.empty();
  constexpr std::string_view kHash = "sha256$";
  if (confidential && (!client.secret_hash.starts_with(kHash) ||
                       from_base64url(client.secret_hash.substr(kHash.size())).value_or("").size() != 32))
    refuse_config("client '" + client.id + "' has a secret_hash that hash_secret() did not make");
  if (client.redirect_uris.size() > limits::kMaxRedirects)
    refuse_config("client '" + client.id + "' has more than " + std::to_string(limits::kMaxRedirects) + " redirects");
  for (const auto& uri : client.redirect_uris) check_redirect(client.id, uri);
  if (client.scopes.size() > limits::kMaxListEntries || client.roles.size() > limits::kMaxListEntries)
    refuse_config("client '" + client.id + "' has more than " + std::to_string(limits::kMaxListEntries) +
                  " scopes or roles");
  for (const auto& scope : client.scopes)
    if (!is_scope(scope)) refuse_config("client '" + client.id + "' has the scope '" + scope + "', which is no word");
  for (const auto& role : client.roles)
    if (!is_scope(role)) refuse_config("client '" + client.id + "' has the role '" + role + "', which is no word");

  if (client.grants.empty()) refuse_config("client '" + client.id + "' may do nothing: it has no grants");
  if (may(client, Grant::client_credentials) && !confidential)
    refuse_config("client '" + client.id +
                  "' has client_credentials and no secret: anybody could say it is this client");
  if (may(client, Grant::password) && !client.first_party)
    refuse_config("client '" + client.id +
                  "' has the grant password and is not first_party: users tell their "
                  "passwords to nobody else; give it authorization_code");
  if (may(client, Grant::authorization_code) && client.redirect_uris.empty())
    refuse_config("client '" + client.id + "' has authorization_code and no redirect_uris");
}

}  // namespace

std::string_view to_string(Grant grant) noexcept {
  switch (grant) {
    case Grant::password: return "password";
    case Grant::client_credentials: return "client_credentials";
    case Grant::refresh_token: return "refresh_token";
    case Grant::authorization_code: return "authorization_code";
  }
  return "";
}

void check(const IssuerConfig& config) {
  if (!is_plain(config.issuer) || config.issuer.size() > limits::kMaxNameBytes)
    refuse_config("issuer is not 1 to " + std::to_string(limits::kMaxNameBytes) + " printable characters of ASCII");
  if (!is_plain(config.audience) || config.audience.size() > limits::kMaxNameBytes)
    refuse_config("audience is not 1 to " + std::to_string(limits::kMaxNameBytes) + " printable characters of ASCII");
  check_time("access_life", config.access_life, seconds(1), limits::kMaxAccessLife);
  check_time("code_life", config.code_life, seconds(1), limits::kMaxCodeLife);
  check_time("refresh_life", config.refresh_life, seconds(1), limits::kMaxRefreshLife);
  check_time("refresh_idle", config.refresh_idle, seconds(1), limits::kMaxRefreshLife);
  check_time("rotate_every", config.rotate_every, seconds(0), limits::kMaxRefreshLife);
  check_time("announce", config.announce, seconds(0), limits::kMaxAccessLife);
  const bool weak = config.rsa_bits < limits::kMinRsaBits || config.rsa_bits > limits::kMaxRsaBits;
  if (config.algorithm == Algorithm::rs256 && weak)
    refuse_config("rsa_bits is " + std::to_string(config.rsa_bits) + "; " + std::to_string(limits::kMinRsaBits) +
                  " to " + std::to_string(limits::kMaxRsaBits) + " are allowed");
  // Else more keys would verify at a time than there is room for.
  const seconds kept = config.announce + config.access_life + limits::kMaxClockSkew;
  if (config.rotate_every.count() > 0 && config.rotate_every < kept)
    refuse_config("rotate_every is shorter than announce, access_life and " +
                  std::to_string(limits::kMaxClockSkew.count()) + " s of skew together, " +
                  std::to_string(kept.count()) + " s");
  check_attempts("per_user", config.per_user);
  check_attempts("per_address", config.per_address);
  if (config.clients.size() > limits::kMaxClients)
    refuse_config("it has more than " + std::to_string(limits::kMaxClients) + " clients");
  std::vector<std::string_view> ids;
  for (const auto& client : config.clients) {
    check_client(client);
    ids.push_back(client.id);
  }
  std::sort(ids.begin(), ids.end());
  if (const auto twice = std::adjacent_find(ids.begin(), ids.end()); twice != ids.end())
    refuse_config("client '" + std::string(*twice) + "' is there twice");
}

const ClientConfig* find_client(const IssuerConfig& config, std::string_view id) noexcept {
  const auto it = std::find_if(config.clients.begin(), config.clients.end(), [&](const auto& c) { return c.id == id; });
  return it == config.clients.end() ? nullptr : &*it;
}

bool may(const ClientConfig& client, Grant grant) noexcept {
  return std::find(client.grants.begin(), client.grants.end(), grant) != client.grants.end();
}

}  // namespace troupe::auth
