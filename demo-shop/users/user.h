// One shopper: who it is, and the password. The key is the user name. Whether somebody is logged in is the issuer's
// business (users/issuer.h).
#pragma once

#include <string>

#include "users.capnp.troupe.h"

namespace demo {

class User final : public shop::UserActor {
 private:
  troupe::Task<> signUp(SignUpParams::Reader in, SignUpResults::Builder out) override;
  troupe::Task<> logIn(LogInParams::Reader in, LogInResults::Builder out) override;
  troupe::Task<> logOut(LogOutParams::Reader in, LogOutResults::Builder out) override;
  troupe::Task<> authenticate(AuthenticateParams::Reader in, AuthenticateResults::Builder out) override;
  troupe::Task<> profile(ProfileParams::Reader in, ProfileResults::Builder out) override;
  troupe::Task<> update(UpdateParams::Reader in, UpdateResults::Builder out) override;
  troupe::Task<> changePassword(ChangePasswordParams::Reader in, ChangePasswordResults::Builder out) override;
  troupe::Task<> eraseMe(EraseMeParams::Reader in, EraseMeResults::Builder out) override;
  troupe::Task<> setRoles(SetRolesParams::Reader in, SetRolesResults::Builder out) override;
  troupe::Task<> standing(StandingParams::Reader in, StandingResults::Builder out) override;
  troupe::Task<> keepHash(KeepHashParams::Reader in, KeepHashResults::Builder out) override;

  [[nodiscard]] bool signed_up() const { return state().getPassword().size() > 0; }
  void require_known() const;
  [[nodiscard]] bool is_admin() const;
  void end_browser_sessions();
  // Tells the directory what this turn is about to commit. It may so be ahead of a user whose turn is lost; whoever
  // asked asks again, and both writes replace.
  troupe::Task<> tell_directory();
};

}  // namespace demo
