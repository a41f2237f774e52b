// The users of a host, and what it tells an issuer about them.
#pragma once

#include <string>
#include <utility>

#include "auth/issuer.h"
#include "auth/password.h"
#include "members.capnp.troupe.h"

namespace members {

using namespace troupe;

// Costs little, for tests; a program takes the defaults.
inline const auth::PasswordRules kRules{.costs = {.memory_kib = 64, .passes = 1, .lanes = 1}};

class MemberRole final : public MemberActor {
  Task<> join(JoinParams::Reader in, JoinResults::Builder) override {
    const std::string password = in.getPassword();
    auth::require_password(password, kRules);
    const auto work = [password] { return auth::hash_password(password, kRules); };
    const std::string hash = co_await blocking(work);
    edit().setPassword(hash);
    edit().setRoles(in.getRoles());
  }
  Task<> leave(LeaveParams::Reader, LeaveResults::Builder) override {
    edit().setLeft(true);
    co_return;
  }
  Task<> standing(StandingParams::Reader, StandingResults::Builder out) override {
    if (state().getLeft()) co_return;
    out.setPassword(state().getPassword());
    out.setRoles(state().getRoles());
    out.setLogInsFromMs(state().getLogInsFromMs());
    co_return;
  }
  Task<> change(ChangeParams::Reader in, ChangeResults::Builder) override {
    const std::string password = in.getPassword();
    auth::require_password(password, kRules);
    const auto work = [password] { return auth::hash_password(password, kRules); };
    const std::string hash = co_await blocking(work);
    edit().setPassword(hash);
    const auto since = now().time_since_epoch();
    edit().setLogInsFromMs(
        static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(since).count()));
  }
  Task<> keep(KeepParams::Reader in, KeepResults::Builder) override {
    edit().setPassword(in.getPassword());
    co_return;
  }
};

inline auth::UserFacts facts_of(const Member::StandingResults::Reader& standing) {
  auth::UserFacts facts;
  for (const auto role : standing.getRoles()) facts.roles.emplace_back(role.cStr());
  facts.log_ins_from = epoch_moment(standing.getLogInsFromMs());
  return facts;
}

inline auth::Users users() {
  auth::Users users;
  users.verify = [](auth::AskingActor& asking, std::string user,
                    std::string password) -> Task<std::optional<auth::UserFacts>> {
    const auto member = asking.ref<Member>(user);
    const auto standing = co_await member.standing();
    const std::string stored = standing->getPassword();
    // Of nobody's: as much work for nothing.
    const auto check = [password, stored] { return auth::check_password(password, stored, kRules); };
    const auth::PasswordMatch match = co_await asking.blocking(check);
    if (match == auth::PasswordMatch::no) co_return std::nullopt;
    if (match == auth::PasswordMatch::yes_rehash) {
      const auto work = [password] { return auth::hash_password(password, kRules); };
      const std::string hash = co_await asking.blocking(work);
      co_await member.keep([&](auto p) { p.setPassword(hash); });
    }
    co_return facts_of(*standing);
  };
  users.look_up = [](auth::AskingActor& asking, std::string user) -> Task<std::optional<auth::UserFacts>> {
    const auto standing = co_await asking.ref<Member>(user).standing();
    if (standing->getPassword().size() == 0) co_return std::nullopt;
    co_return facts_of(*standing);
  };
  return users;
}

}  // namespace members
