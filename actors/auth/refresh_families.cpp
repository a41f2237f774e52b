#include "auth/refresh_families.h"

#include <algorithm>
#include <string>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/wall_time.h"
#include "troupe/duration.h"

namespace troupe::auth {
namespace {

constexpr char kFamilies[] = "families";
constexpr char kUsed[] = "used";
constexpr std::size_t kTokenHashBytes = 32;
constexpr std::chrono::minutes kSweepFamilies{10};
// How long a family is remembered that was revoked before anybody opened it.
constexpr std::chrono::hours kUnopened{1};

void require_hash(capnp::Data::Reader hash) {
  if (hash.size() != kTokenHashBytes) throw Error(ErrorKind::invalid, "the hash of a refresh token has 32 bytes");
}

std::chrono::milliseconds bounded(std::uint64_t ms) {
  const auto most = static_cast<std::uint64_t>(std::chrono::milliseconds(limits::kMaxRefreshLife).count());
  return std::chrono::milliseconds(static_cast<std::int64_t>(std::min(ms, most)));
}

}  // namespace

RefreshFamiliesRole::Kept RefreshFamiliesRole::find(capnp::Text::Reader family) {
  const std::string id = text_of(family);
  require_own(id);
  return table<RefreshFamily>(kFamilies).get(id);
}

Task<> RefreshFamiliesRole::open(OpenParams::Reader in, OpenResults::Builder) {
  require_hash(in.getTokenHash());
  const Kept kept = find(in.getFamily());
  if (kept && (*kept)->getRevoked().size() > 0)
    throw Refusal("revoked", "this log-in was revoked before it began: " + text_of((*kept)->getRevoked()));
  if (kept || in.getClient().size() == 0)
    throw Error(ErrorKind::invalid, "a family of refresh tokens is opened once, and for a client");
  const std::uint64_t now_ms = wall_ms(now());
  table<RefreshFamily>(kFamilies).put(text_of(in.getFamily()), [&](auto row) {
    row.setClient(in.getClient());
    row.setUser(in.getUser());
    row.setScope(in.getScope());
    row.setTokenHash(in.getTokenHash());
    row.setBeganMs(now_ms);
    row.setEndsMs(later(now_ms, bounded(in.getLifeMs())));
    row.setIdleMs(static_cast<std::uint64_t>(bounded(in.getIdleMs()).count()));
    row.setIdleEndsMs(later(now_ms, bounded(in.getIdleMs())));
  });
  sweep_later(kSweepFamilies);
  co_return;
}

RefreshOutcome RefreshFamiliesRole::judge(const Kept& family, capnp::Text::Reader client,
                                          capnp::Data::Reader token_hash) {
  require_hash(token_hash);
  if (!family) return RefreshOutcome::UNKNOWN;
  const auto& row = **family;
  const std::string hash = bytes_of(token_hash);
  const bool newest = equal_secrets(hash, bytes_of(row.getTokenHash()));
  // Before anything else: another client that has it has stolen it.
  if (!newest && table<UsedToken>(kUsed).contains(family->key + hash)) return RefreshOutcome::REUSED;
  if (!newest || text_of(client) != text_of(row.getClient())) return RefreshOutcome::UNKNOWN;
  const std::uint64_t now_ms = wall_ms(now());
  const bool ended = row.getRevoked().size() > 0 || row.getEndsMs() <= now_ms || row.getIdleEndsMs() <= now_ms ||
                     row.getRotations() >= limits::kMaxRotations;
  return ended ? RefreshOutcome::ENDED : RefreshOutcome::GOOD;
}

Task<> RefreshFamiliesRole::look(LookParams::Reader in, LookResults::Builder out) {
  const Kept kept = find(in.getFamily());
  const RefreshOutcome outcome = judge(kept, in.getClient(), in.getTokenHash());
  out.setOutcome(outcome);
  if (outcome == RefreshOutcome::GOOD) {
    out.setUser((*kept)->getUser());
    out.setScope((*kept)->getScope());
    out.setBeganMs((*kept)->getBeganMs());
  }
  co_return;
}

Task<> RefreshFamiliesRole::rotate(RotateParams::Reader in, RotateResults::Builder out) {
  require_hash(in.getNextHash());
  const Kept kept = find(in.getFamily());
  const RefreshOutcome outcome = judge(kept, in.getClient(), in.getTokenHash());
  out.setOutcome(outcome);
  if (outcome == RefreshOutcome::REUSED) revoke_because(kept->key, "one of its refresh tokens was used twice");
  if (outcome != RefreshOutcome::GOOD) co_return;
  const std::uint64_t now_ms = wall_ms(now());
  table<UsedToken>(kUsed).put(kept->key + bytes_of(in.getTokenHash()), [&](auto row) { row.setAtMs(now_ms); });
  table<RefreshFamily>(kFamilies).edit(kept->key, [&](auto row) {
    row.setTokenHash(in.getNextHash());
    row.setRotations(row.getRotations() + 1);
    row.setIdleEndsMs(later(now_ms, bounded(row.getIdleMs())));
  });
}

Task<> RefreshFamiliesRole::giveUp(GiveUpParams::Reader in, GiveUpResults::Builder) {
  const Kept kept = find(in.getFamily());
  const RefreshOutcome outcome = judge(kept, in.getClient(), in.getTokenHash());
  if (outcome == RefreshOutcome::GOOD) revoke_because(kept->key, "its client gave it up");
  if (outcome == RefreshOutcome::REUSED) revoke_because(kept->key, "one of its refresh tokens was used twice");
  co_return;
}

Task<> RefreshFamiliesRole::revoke(RevokeParams::Reader in, RevokeResults::Builder) {
  const std::string family = text_of(in.getFamily());
  require_own(family);
  const std::string why = text_of(in.getWhy());
  revoke_because(family, why.empty() ? "it was revoked" : std::string_view(why).substr(0, limits::kMaxNameBytes));
  co_return;
}

void RefreshFamiliesRole::revoke_because(const std::string& family, std::string_view why) {
  const std::uint64_t now_ms = wall_ms(now());
  table<RefreshFamily>(kFamilies).edit(family, [&](auto row) {
    if (row.getRevoked().size() > 0) return;
    row.setRevoked(std::string(why));
    if (row.getClient().size() == 0) row.setEndsMs(later(now_ms, kUnopened));
  });
  sweep_later(kSweepFamilies);
}

Task<> RefreshFamiliesRole::on_reminder(std::string_view) {
  const std::uint64_t now_ms = wall_ms(now());
  auto used = table<UsedToken>(kUsed);
  sweep<RefreshFamily>(kFamilies, kSweepFamilies, [&](const std::string& family, auto row) {
    // Used tokens are told from unknown ones as long as the log-in could have lasted.
    if (row.getEndsMs() > now_ms) return false;
    // A family that was used very often goes over several sweeps.
    return used.erase_page({.prefix = family, .limit = 1'000}) < 1'000;
  });
  co_return;
}

}  // namespace troupe::auth
