#include "users/user.h"

#include <auth/encoding.h>
#include <auth/password.h>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>

#include "lists.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;
using troupe::auth::check_password;
using troupe::auth::hash_password;
using troupe::auth::new_secret;
using troupe::auth::PasswordMatch;
using troupe::auth::sha256;

namespace {

constexpr troupe::auth::PasswordRules kPasswords{.costs = {}, .min_bytes = 8, .max_bytes = 256};
// One more, and the oldest session ends.
constexpr std::size_t kMostSessions = 8;
constexpr std::chrono::hours kSessionLife{12};

std::int64_t ms_of(std::chrono::system_clock::time_point time) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

}  // namespace

Task<> User::signUp(SignUpParams::Reader in, SignUpResults::Builder) {
  const std::string name(key());
  const std::string password = to_string(in.getPassword());
  require_password(password, kPasswords);

  if (signed_up()) {
    // Whoever asks again because the first answer was lost knows the password.
    const std::string stored = to_string(state().getPassword());
    const auto check = [password, stored] { return check_password(password, stored, kPasswords); };
    const PasswordMatch match = co_await blocking(check);
    if (match == PasswordMatch::no) throw Refusal("name_taken", fmt::format("the user name '{}' is taken", name));
    co_return;
  }

  // By value: the turn may end while the work still runs.
  const auto work = [password] { return hash_password(password, kPasswords); };
  const std::string hash = co_await blocking(work);
  // The directory first: a user who exists is listed, whatever happens between the two commits.
  co_await ref<shop::UserDirectory>("main").add([&](auto p) { p.setName(name); });
  edit().setPassword(hash);
  edit().setFullName(in.getFullName());
}

Task<> User::logIn(LogInParams::Reader in, LogInResults::Builder out) {
  const std::string password = to_string(in.getPassword());
  const std::string stored = to_string(state().getPassword());
  // A user who does not exist takes as long as one who does.
  const auto check = [password, stored] { return check_password(password, stored, kPasswords); };
  const PasswordMatch match = co_await blocking(check);
  if (match == PasswordMatch::no) throw Refusal("bad_credentials", "there is no such user, or the password is another");
  if (match == PasswordMatch::yes_rehash) {
    const auto work = [password] { return hash_password(password, kPasswords); };
    const std::string hash = co_await blocking(work);
    edit().setPassword(hash);
  }

  const std::string token = new_secret();
  const auto expires = ms_of(troupe::later(std::chrono::system_clock::now(), kSessionLife));
  auto sessions = open_sessions();
  if (sessions.size() == kMostSessions) sessions.erase(sessions.begin());
  sessions.push_back({sha256(token), expires});
  keep(sessions);
  out.setToken(token);
  out.setExpiresAtMs(expires);
}

Task<> User::logOut(LogOutParams::Reader in, LogOutResults::Builder) {
  auto sessions = open_sessions();
  std::erase_if(sessions, [hash = sha256(to_string(in.getToken()))](const auto& s) { return s.token_hash == hash; });
  keep(sessions);
  co_return;
}

Task<> User::authenticate(AuthenticateParams::Reader in, AuthenticateResults::Builder out) {
  const auto hash = sha256(to_string(in.getToken()));
  const auto sessions = open_sessions();
  const auto session =
      std::find_if(sessions.begin(), sessions.end(), [&](const auto& s) { return s.token_hash == hash; });
  if (session == sessions.end()) throw Refusal("bad_token", "the session has ended or never was; log in");
  out.setExpiresAtMs(session->expires_at_ms);
  co_return;
}

Task<> User::profile(ProfileParams::Reader, ProfileResults::Builder out) {
  if (!signed_up()) throw Refusal("no_such_user", fmt::format("nobody signed up as '{}'", key()));
  out.setName(std::string(key()));
  out.setFullName(state().getFullName());
  co_return;
}

std::vector<User::OpenSession> User::open_sessions() const {
  std::vector<OpenSession> sessions;
  for (auto session : state().getSessions()) {
    const auto hash = session.getTokenHash().asChars();
    if (session.getExpiresAtMs() > ms_of(std::chrono::system_clock::now()))
      sessions.push_back({std::string(hash.begin(), hash.size()), session.getExpiresAtMs()});
  }
  return sessions;
}

void User::keep(const std::vector<OpenSession>& sessions) {
  auto list = edit().initSessions(static_cast<unsigned>(sessions.size()));
  for (unsigned i = 0; i < sessions.size(); ++i) {
    const auto& hash = sessions[i].token_hash;
    list[i].setTokenHash({reinterpret_cast<const kj::byte*>(hash.data()), hash.size()});
    list[i].setExpiresAtMs(sessions[i].expires_at_ms);
  }
}

}  // namespace demo
