// How often somebody may try: the generic cell rate algorithm, whose whole state is when a bucket is full again. Full
// ones are erased, so names that strangers make up leave nothing behind.
#pragma once

#include "auth/sweeping.h"

namespace troupe::auth {

class LoginBucketsRole final : public Sweeping<LoginBucketsActor> {
 private:
  Task<> take(TakeParams::Reader in, TakeResults::Builder out) override;
  Task<> giveBack(GiveBackParams::Reader in, GiveBackResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;
};

}  // namespace troupe::auth
