// The refresh tokens of log-ins: each is good once and gives the next. One that comes a second time was taken by
// somebody, and ends all of its log-in. Tokens are kept as hashes.
#pragma once

#include <optional>

#include "auth/sweeping.h"

namespace troupe::auth {

class RefreshFamiliesRole final : public Sweeping<RefreshFamiliesActor> {
 private:
  Task<> open(OpenParams::Reader in, OpenResults::Builder out) override;
  Task<> look(LookParams::Reader in, LookResults::Builder out) override;
  Task<> rotate(RotateParams::Reader in, RotateResults::Builder out) override;
  Task<> giveUp(GiveUpParams::Reader in, GiveUpResults::Builder out) override;
  Task<> revoke(RevokeParams::Reader in, RevokeResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;

  using Kept = std::optional<Table<RefreshFamily>::Stored>;
  [[nodiscard]] Kept find(capnp::Text::Reader family);
  [[nodiscard]] RefreshOutcome judge(const Kept& family, capnp::Text::Reader client, capnp::Data::Reader token_hash);
  void revoke_because(const std::string& family, std::string_view why);
};

}  // namespace troupe::auth
