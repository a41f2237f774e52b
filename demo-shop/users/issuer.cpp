#include "users/issuer.h"

#include <chrono>
#include <optional>
#include <utility>

#include "lists.h"
#include "users.capnp.troupe.h"
#include "users/limits.h"

namespace demo {

namespace auth = troupe::auth;
using troupe::Task;

namespace {

using Facts = std::optional<auth::UserFacts>;

auth::UserFacts facts_of(shop::User::StandingResults::Reader standing) {
  return {.roles = to_strings(standing.getRoles()),
          .log_ins_from = std::chrono::system_clock::time_point(std::chrono::milliseconds(standing.getLogInsFromMs()))};
}

// A name that no actor may have: nobody's.
bool may_be_name(const std::string& user) { return !user.empty() && user.size() <= kLongestUserName; }

Task<Facts> verify(auth::AskingActor& asking, std::string user, std::string password) {
  std::string stored;
  auth::UserFacts facts;
  if (may_be_name(user)) {
    auto standing = co_await asking.ref<shop::User>(user).standing();
    stored = to_string(standing->getPassword());
    facts = facts_of(*standing);
  }
  // Of nobody's: as much work for nothing.
  const auto check = [password, stored] { return auth::check_password(password, stored, kPasswords); };
  const auth::PasswordMatch match = co_await asking.blocking(check);
  if (match == auth::PasswordMatch::no) co_return std::nullopt;
  if (match == auth::PasswordMatch::yes_rehash) {
    const auto work = [password] { return auth::hash_password(password, kPasswords); };
    const std::string hash = co_await asking.blocking(work);
    co_await asking.ref<shop::User>(user).keepHash([&](auto p) {
      p.setOld(stored);
      p.setNew(hash);
    });
  }
  co_return facts;
}

Task<Facts> look_up(auth::AskingActor& asking, std::string user) {
  if (!may_be_name(user)) co_return std::nullopt;
  auto standing = co_await asking.ref<shop::User>(user).standing();
  if (standing->getPassword().size() == 0) co_return std::nullopt;
  co_return facts_of(*standing);
}

}  // namespace

auth::Issuer shop_issuer(const std::vector<std::string>& web_urls) {
  auth::ClientConfig web{.id = kWebClient, .redirect_uris = web_urls, .first_party = true};
  web.grants = {auth::Grant::password, auth::Grant::refresh_token};
  if (!web_urls.empty()) web.grants.push_back(auth::Grant::authorization_code);
  return {{.issuer = kIssuer, .audience = kAudience, .clients = {std::move(web)}},
          {.verify = verify, .look_up = look_up}};
}

}  // namespace demo
