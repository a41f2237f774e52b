#include "auth/login_buckets.h"

#include <algorithm>
#include <string>

#include "auth/limits.h"
#include "auth/wall_time.h"
#include "troupe/duration.h"

namespace troupe::auth {
namespace {

constexpr char kBuckets[] = "buckets";
constexpr std::chrono::minutes kSweepBuckets{1};

}  // namespace

Task<> LoginBucketsRole::take(TakeParams::Reader in, TakeResults::Builder out) {
  using std::chrono::milliseconds;
  const std::string bucket = text_of(in.getBucket());
  require_own(bucket);
  const auto most_refill = static_cast<std::uint64_t>(milliseconds(limits::kMaxRefill).count());
  if (in.getBurst() == 0 || in.getBurst() > limits::kMaxBurst || in.getRefillMs() == 0 ||
      in.getRefillMs() > most_refill)
    throw Error(ErrorKind::invalid, "a bucket holds 1 to " + std::to_string(limits::kMaxBurst) +
                                        " attempts, one of which comes back in 1 ms to a day");
  auto rows = table<LoginBucket>(kBuckets);
  const auto kept = rows.get(bucket);
  const std::uint64_t now_ms = wall_ms(now());
  const std::uint64_t capacity_ms = in.getBurst() * in.getRefillMs();
  const std::uint64_t empty_ms = later(now_ms, milliseconds(static_cast<std::int64_t>(capacity_ms)));
  // A clock that was set back makes nobody wait longer than an empty bucket would.
  const std::uint64_t was_full_ms = std::min(kept ? (*kept)->getFullMs() : 0, empty_ms);
  const std::uint64_t full_ms =
      later(std::max(was_full_ms, now_ms), milliseconds(static_cast<std::int64_t>(in.getRefillMs())));
  if (full_ms > empty_ms) {
    out.setRetryAfterMs(full_ms - empty_ms);
    co_return;
  }
  out.setTaken(true);
  rows.put(bucket, [&](auto row) { row.setFullMs(full_ms); });
  sweep_later(kSweepBuckets);
}

Task<> LoginBucketsRole::giveBack(GiveBackParams::Reader in, GiveBackResults::Builder) {
  const std::string bucket = text_of(in.getBucket());
  require_own(bucket);
  auto rows = table<LoginBucket>(kBuckets);
  const auto kept = rows.get(bucket);
  const std::uint64_t now_ms = wall_ms(now());
  if (!kept || (*kept)->getFullMs() <= now_ms) co_return;
  const std::uint64_t full_ms = (*kept)->getFullMs();
  if (full_ms - now_ms > in.getRefillMs()) {
    rows.put(bucket, [&](auto row) { row.setFullMs(full_ms - in.getRefillMs()); });
  } else {
    rows.erase(bucket);
  }
}

Task<> LoginBucketsRole::on_reminder(std::string_view) {
  const std::uint64_t now_ms = wall_ms(now());
  sweep<LoginBucket>(kBuckets, kSweepBuckets,
                     [now_ms](const std::string&, auto row) { return row.getFullMs() <= now_ms; });
  co_return;
}

}  // namespace troupe::auth
