#include "auth/authorization_codes.h"

#include <string>

#include "auth/scope.h"
#include "auth/wall_time.h"
#include "troupe/duration.h"

namespace troupe::auth {
namespace {

constexpr char kCodes[] = "codes";
constexpr std::chrono::minutes kSweepCodes{10};
// How long a code is remembered after its end, so that using it a second time still revokes what it gave.
constexpr std::chrono::hours kRemembered{24};

}  // namespace

Task<> AuthorizationCodesRole::open(OpenParams::Reader in, OpenResults::Builder) {
  const std::string code_hash = text_of(in.getCodeHash());
  require_own(code_hash);
  auto rows = table<AuthorizationCode>(kCodes);
  if (rows.contains(code_hash)) throw Error(ErrorKind::invalid, "this authorization code was given before");
  const auto grant = in.getGrant();
  if (grant.getClient().size() == 0 || !is_challenge(text_of(grant.getChallenge())))
    throw Error(ErrorKind::invalid, "an authorization code is for a client, and has an S256 challenge");
  rows.put(code_hash, [&](auto row) { row.setGrant(grant); });
  sweep_later(kSweepCodes);
  co_return;
}

Task<> AuthorizationCodesRole::redeem(RedeemParams::Reader in, RedeemResults::Builder out) {
  const std::string code_hash = text_of(in.getCodeHash());
  require_own(code_hash);
  if (in.getFamily().size() == 0) throw Error(ErrorKind::invalid, "a code is redeemed for a family of tokens");
  auto rows = table<AuthorizationCode>(kCodes);
  const auto kept = rows.get(code_hash);
  if (!kept) co_return;
  if ((*kept)->getFamily().size() > 0) {
    // Somebody has it who should not: what the first redeeming gave may be theirs.
    const std::string family = text_of((*kept)->getFamily());
    ref<RefreshFamilies>(shard_of(family)).send_revoke([&](auto p) {
      p.setFamily(family);
      p.setWhy("its authorization code was used twice");
    });
    co_return;
  }
  const auto grant = (*kept)->getGrant();
  const bool right = text_of(in.getClient()) == text_of(grant.getClient()) &&
                     text_of(in.getRedirectUri()) == text_of(grant.getRedirectUri()) &&
                     answers(text_of(in.getVerifier()), text_of(grant.getChallenge()));
  if (!right || grant.getEndsMs() <= wall_ms(now())) co_return;
  out.setGood(true);
  out.setUser(grant.getUser());
  out.setScope(grant.getScope());
  out.setGivenMs(grant.getGivenMs());
  rows.edit(code_hash, [&](auto row) { row.setFamily(in.getFamily()); });
}

Task<> AuthorizationCodesRole::on_reminder(std::string_view) {
  const std::uint64_t now_ms = wall_ms(now());
  sweep<AuthorizationCode>(kCodes, kSweepCodes, [now_ms](const std::string&, auto row) {
    return later(row.getGrant().getEndsMs(), kRemembered) <= now_ms;
  });
  co_return;
}

}  // namespace troupe::auth
