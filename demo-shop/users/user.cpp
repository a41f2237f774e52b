#include "users/user.h"

#include <auth/http/endpoints.h>
#include <auth/http/sessions.capnp.troupe.h>
#include <auth/password.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "cart.capnp.troupe.h"
#include "lists.h"
#include "orders.capnp.troupe.h"
#include "orders/limits.h"
#include "payments.capnp.troupe.h"
#include "users/issuer.h"
#include "users/limits.h"
#include "wall_ms.h"
#include "who.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;
using troupe::auth::check_password;
using troupe::auth::hash_password;
using troupe::auth::PasswordMatch;

namespace {

void check_name(std::string_view name) {
  const auto plain = [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); };
  const auto inner = [&](char c) { return plain(c) || c == '.' || c == '-' || c == '_'; };
  const bool good = name.size() >= kShortestUserName && name.size() <= kLongestUserName && plain(name.front()) &&
                    plain(name.back()) && std::all_of(name.begin(), name.end(), inner);
  if (!good)
    throw Refusal("bad_name", fmt::format("a user name has {} to {} characters: lower-case letters, digits, and . - _ "
                                          "between them",
                                          kShortestUserName, kLongestUserName));
}

template <class Params>
void check_profile(const Params& in) {
  if (in.getFullName().size() > kLongestFullName || in.getAddress().size() > kLongestAddress)
    throw Refusal("bad_profile",
                  fmt::format("a full name has at most {} bytes, an address {}", kLongestFullName, kLongestAddress));
  const auto language = to_string(in.getLanguage());
  if (!language.empty() && language != "en" && language != "zh")
    throw Refusal("bad_profile", "the language is en, zh or empty");
}

[[noreturn]] void refuse_session() {
  throw troupe::Error(troupe::ErrorKind::unimplemented, "users keep no sessions any more; log in at the issuer");
}

}  // namespace

Task<> User::signUp(SignUpParams::Reader in, SignUpResults::Builder) {
  check_name(key());
  check_profile(in);
  const std::string password = to_string(in.getPassword());
  require_password(password, kPasswords);
  const auto taken = [this] { return Refusal("name_taken", fmt::format("the user name '{}' is taken", key())); };
  if (state().getErased()) throw taken();

  if (signed_up()) {
    // Whoever asks again because the first answer was lost knows the password.
    const std::string stored = to_string(state().getPassword());
    const auto check = [password, stored] { return check_password(password, stored, kPasswords); };
    const PasswordMatch match = co_await blocking(check);
    if (match == PasswordMatch::no) throw taken();
    co_return;
  }

  // By value: the turn may end while the work still runs.
  const auto work = [password] { return hash_password(password, kPasswords); };
  const std::string hash = co_await blocking(work);
  auto user = edit();
  user.setPassword(hash);
  user.setFullName(in.getFullName());
  user.setAddress(in.getAddress());
  user.setLanguage(in.getLanguage());
  user.setCreatedMs(ms_of(now()));
  // The directory first: a user who exists is listed, whatever happens between the two commits.
  co_await tell_directory();
}

Task<> User::logIn(LogInParams::Reader, LogInResults::Builder) {
  refuse_session();
  co_return;
}

Task<> User::logOut(LogOutParams::Reader, LogOutResults::Builder) {
  refuse_session();
  co_return;
}

Task<> User::authenticate(AuthenticateParams::Reader, AuthenticateResults::Builder) {
  refuse_session();
  co_return;
}

Task<> User::profile(ProfileParams::Reader, ProfileResults::Builder out) {
  require_known();
  const auto user = state();
  out.setName(std::string(key()));
  out.setFullName(user.getFullName());
  out.setAddress(user.getAddress());
  out.setLanguage(user.getLanguage());
  out.setRoles(user.getRoles());
  out.setCreatedMs(user.getCreatedMs());
  co_return;
}

Task<> User::update(UpdateParams::Reader in, UpdateResults::Builder) {
  require_known();
  check_profile(in);
  auto user = edit();
  if (in.hasFullName()) user.setFullName(in.getFullName());
  if (in.hasAddress()) user.setAddress(in.getAddress());
  if (in.hasLanguage()) user.setLanguage(in.getLanguage());
  if (in.hasFullName()) co_await tell_directory();
}

Task<> User::changePassword(ChangePasswordParams::Reader in, ChangePasswordResults::Builder) {
  require_known();
  const std::string given = to_string(in.getOldPassword()), wanted = to_string(in.getNewPassword());
  require_password(wanted, kPasswords);
  const std::string stored = to_string(state().getPassword());
  const auto check = [given, stored] { return check_password(given, stored, kPasswords); };
  const PasswordMatch match = co_await blocking(check);
  if (match == PasswordMatch::no) throw Refusal("bad_credentials", "that is not the password there was");
  const auto work = [wanted] { return hash_password(wanted, kPasswords); };
  const std::string hash = co_await blocking(work);
  edit().setPassword(hash);
  edit().setPasswordMs(ms_of(now()));
  end_browser_sessions();
}

Task<> User::eraseMe(EraseMeParams::Reader, EraseMeResults::Builder) {
  if (state().getErased()) co_return;
  require_known();
  if (is_admin())
    throw Refusal("is_admin", fmt::format("{} is an admin; another admin has to take that role away first", key()));
  const std::string name(key());
  auto user = edit();
  user.disownPassword();
  user.disownFullName();
  user.disownAddress();
  user.disownLanguage();
  user.disownSessions();
  user.disownRoles();
  user.setErased(true);
  // With this commit: whoever dies meanwhile, each hears of it.
  ref<shop::Cart>(name).send_clear();
  ref<shop::OrderBook>(name).send_forget();
  ref<shop::Account>(name).send_close();
  end_browser_sessions();
  co_await tell_directory();
}

Task<> User::setRoles(SetRolesParams::Reader in, SetRolesResults::Builder) {
  require_known();
  if (const auto* asks = caller(); asks && asks->name == key())
    throw Refusal("own_roles", "nobody changes their own roles; another admin may");
  std::vector<std::string> roles;
  for (auto role : in.getRoles()) {
    auto name = to_string(role);
    if (name != kAdmin) throw Refusal("no_such_role", fmt::format("there is the role admin, and not '{}'", name));
    if (!holds(roles, name)) roles.push_back(std::move(name));
  }
  fill(edit().initRoles(static_cast<unsigned>(roles.size())), roles);
  co_await tell_directory();
}

Task<> User::standing(StandingParams::Reader, StandingResults::Builder out) {
  out.setPassword(state().getPassword());
  out.setRoles(state().getRoles());
  out.setLogInsFromMs(state().getPasswordMs());
  co_return;
}

Task<> User::keepHash(KeepHashParams::Reader in, KeepHashResults::Builder) {
  if (signed_up() && state().getPassword() == in.getOld()) edit().setPassword(in.getNew());
  co_return;
}

void User::require_known() const {
  if (!signed_up()) throw not_there("no_such_user", fmt::format("nobody signed up as '{}'", key()));
}

// With the commit of this turn.
void User::end_browser_sessions() {
  const auto at = troupe::auth::web::session_place(kIssuer, key());
  ref<troupe::auth::web::BrowserSessions>(at.actor).send_endAll([&](auto p) { p.setPlace(at.place); });
}

bool User::is_admin() const { return holds(to_strings(state().getRoles()), std::string(kAdmin)); }

Task<> User::tell_directory() {
  const std::string name(key());
  const auto user = state();
  co_await ref<shop::UserDirectory>("main").put([&](auto p) {
    auto entry = p.initEntry();
    entry.setName(name);
    entry.setFullName(user.getFullName());
    entry.setRoles(user.getRoles());
    entry.setCreatedMs(user.getCreatedMs());
    entry.setErased(user.getErased());
  });
}

}  // namespace demo
