#include "gateway/rate_limiter.h"

#include <algorithm>
#include <span>
#include <utility>

#include "gateway/base64.h"
#include "gateway/digest.h"
#include "gateway/rate_buckets.h"
#include "gateway/shared.capnp.troupe.h"

namespace troupe::gateway {
namespace {

using std::chrono::duration_cast;
using std::chrono::milliseconds;

milliseconds until(std::chrono::steady_clock::time_point then, std::chrono::steady_clock::time_point now) {
  return std::max(milliseconds(1), std::chrono::ceil<milliseconds>(then - now));
}

// FNV-1a: the same in every build, as gateways of one cluster have to agree.
unsigned shard(std::string_view text) noexcept {
  std::uint32_t hash = 2'166'136'261u;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16'777'619u;
  return (hash ^ hash >> 16) & 0xffu;
}

}  // namespace

std::string RateLimiter::bucket_of(const Ask& ask) {
  std::string name = std::string(ask.what) + " " + ask.of;
  if (name.size() + 2 > kMaxBucketNameBytes) {
    const std::string hash = Digest().add(name).end();
    name = base64(std::span(reinterpret_cast<const unsigned char*>(hash.data()), hash.size()), Base64::url);
  }
  constexpr char kDigits[] = "0123456789abcdef";
  const unsigned of = shard(name);
  return std::string{kDigits[of >> 4], kDigits[of & 15]} + name;
}

void RateLimiter::pass_from(std::vector<Ask> asks, std::size_t at, Then then) {
  for (; at < asks.size(); ++at) {
    milliseconds retry_after{0};
    // One that waits goes on with the next limit when its turn comes; `asks` and `then` go with it.
    const auto wait = [&]() -> Granted {
      auto rest = std::make_shared<std::pair<std::vector<Ask>, Then>>(std::move(asks), std::move(then));
      return [limiter = shared_from_this(), rest, at](milliseconds later) {
        if (later.count() == 0) return limiter->pass_from(std::move(rest->first), at + 1, std::move(rest->second));
        rest->second(Denial{std::move(rest->first[at]), later});
      };
    };
    switch (take(asks[at], retry_after, wait)) {
      case Turn::passed: continue;
      case Turn::waits: return;
      case Turn::denied: return then(Denial{std::move(asks[at]), retry_after});
    }
  }
  then(std::nullopt);
}

RateLimiter::Turn RateLimiter::take(const Ask& ask, milliseconds& retry_after, const std::function<Granted()>& wait) {
  const std::string bucket = bucket_of(ask);
  const RateLimit limit = ask.limit;
  Shelf& shelf = shelf_of(bucket);
  Turn turn = Turn::passed;
  bool asks = false;
  {
    const std::lock_guard lock(shelf.gate);
    const auto now = Clock::now();
    if (shelf.known.size() >= kMaxKnown / shelves_.size() && !shelf.known.contains(bucket)) make_room(shelf, now);
    Known& known = shelf.known[bucket];
    known.limit = limit;
    if (known.tokens > 0 && now >= known.held_until) known.tokens = 0;
    if (known.tokens > 0) {
      asks = --known.tokens < known.ask_below && now >= known.none_until && now >= known.alone_until;
    } else if (now < known.none_until) {
      retry_after = until(known.none_until, now);
      turn = Turn::denied;
    } else if (now < known.alone_until) {
      const auto taken = known.alone.take(limit, now.time_since_epoch().count(), 1);
      if (taken.granted == 0) {
        retry_after = std::chrono::ceil<milliseconds>(std::chrono::nanoseconds(taken.retry_after_ns));
        turn = Turn::denied;
      }
    } else {
      known.waiting.push_back(wait());
      turn = Turn::waits;
      asks = true;
    }
    asks = asks && !std::exchange(known.asking, true);
  }
  if (asks) ask_shared(bucket, limit);
  return turn;
}

void RateLimiter::make_room(Shelf& shelf, Clock::time_point now) {
  std::erase_if(shelf.known, [&](const auto& one) {
    const Known& known = one.second;
    return !known.asking && now >= known.held_until && now >= known.none_until && now >= known.alone_until;
  });
  // All are in use: whoever has tokens here asks for them again.
  if (shelf.known.size() >= kMaxKnown / 16)
    std::erase_if(shelf.known, [](const auto& one) { return !one.second.asking; });
}

void RateLimiter::ask_shared(const std::string& bucket, const RateLimit& limit) {
  asked_.fetch_add(1, std::memory_order_relaxed);
  try {
    auto ref = node_.ref<RateBuckets>(bucket_shard(bucket));
    ref.timeout(kPatience);
    ref.take([&](auto params) {
         params.setBucket(bucket);
         params.setWanted(std::min(kMostTokens, limit.holds()));
         params.setPerMinute(limit.per_minute);
         params.setBurst(limit.burst);
       })
        .then([limiter = weak_from_this(), bucket](Result<Reply<RateBuckets::TakeResults>> told) {
          const auto alive = limiter.lock();
          if (!alive) return;
          if (!told.ok()) return alive->on_failure(bucket);
          const auto& reply = told.value();
          alive->on_tokens(bucket, reply->getGranted(), milliseconds(reply->getRetryAfterMs()));
        });
  } catch (const std::exception&) {
    on_failure(bucket);
  }
}

void RateLimiter::on_tokens(const std::string& bucket, std::uint32_t granted, milliseconds retry_after) {
  std::vector<Granted> pass, deny;
  bool again = false;
  RateLimit limit;
  {
    Shelf& shelf = shelf_of(bucket);
    const std::lock_guard lock(shelf.gate);
    const auto now = Clock::now();
    Known& known = shelf.known[bucket];
    limit = known.limit;
    if (granted == 0) {
      known.none_until = later(now, retry_after);
      deny.swap(known.waiting);
    } else {
      known.tokens += granted;
      known.ask_below = granted / 2;
      known.held_until = later(now, kHoldTokens);
      const auto served = std::min<std::size_t>(known.tokens, known.waiting.size());
      known.tokens -= static_cast<std::uint32_t>(served);
      const auto end = known.waiting.begin() + static_cast<std::ptrdiff_t>(served);
      pass.assign(std::make_move_iterator(known.waiting.begin()), std::make_move_iterator(end));
      known.waiting.erase(known.waiting.begin(), end);
      again = !known.waiting.empty();
    }
    known.asking = again;
  }
  if (again) ask_shared(bucket, limit);
  for (const auto& one : pass) one(milliseconds(0));
  for (const auto& one : deny) one(std::max(milliseconds(1), retry_after));
}

// Who cannot ask does not turn everybody away, nor let everybody in: the limit holds within this gateway.
void RateLimiter::on_failure(const std::string& bucket) {
  std::vector<std::pair<Granted, milliseconds>> answers;
  {
    Shelf& shelf = shelf_of(bucket);
    const std::lock_guard lock(shelf.gate);
    const auto now = Clock::now();
    Known& known = shelf.known[bucket];
    known.asking = false;
    known.alone_until = later(now, kAlone);
    for (Granted& one : known.waiting) {
      const auto taken = known.alone.take(known.limit, now.time_since_epoch().count(), 1);
      answers.emplace_back(std::move(one),
                           std::chrono::ceil<milliseconds>(std::chrono::nanoseconds(taken.retry_after_ns)));
    }
    known.waiting.clear();
  }
  for (const auto& [one, retry_after] : answers) one(retry_after);
}

}  // namespace troupe::gateway
