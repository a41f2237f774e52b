// One shopper: sign up, log in, log out. The key is the user name.
#pragma once

#include <string>
#include <vector>

#include "users.capnp.troupe.h"

namespace demo {

class User final : public shop::UserActor {
 private:
  troupe::Task<> signUp(SignUpParams::Reader in, SignUpResults::Builder out) override;
  troupe::Task<> logIn(LogInParams::Reader in, LogInResults::Builder out) override;
  troupe::Task<> logOut(LogOutParams::Reader in, LogOutResults::Builder out) override;
  troupe::Task<> authenticate(AuthenticateParams::Reader in, AuthenticateResults::Builder out) override;
  troupe::Task<> profile(ProfileParams::Reader in, ProfileResults::Builder out) override;

  struct OpenSession {
    std::string token_hash;
    std::int64_t expires_at_ms;
  };
  [[nodiscard]] bool signed_up() const { return state().getPassword().size() > 0; }
  [[nodiscard]] std::vector<OpenSession> open_sessions() const;
  void keep(const std::vector<OpenSession>& sessions);
};

}  // namespace demo
