// Authorization codes: each for one client and one redirect, once, for whoever has the verifier of its challenge.
#pragma once

#include "auth/sweeping.h"

namespace troupe::auth {

class AuthorizationCodesRole final : public Sweeping<AuthorizationCodesActor> {
 private:
  Task<> open(OpenParams::Reader in, OpenResults::Builder out) override;
  Task<> redeem(RedeemParams::Reader in, RedeemResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;
};

}  // namespace troupe::auth
