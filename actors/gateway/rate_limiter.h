// Whether a request may pass its limits. Tokens come from actors that all gateways of the cluster share, many at once
// while there are many, so that most requests ask nobody. When those actors cannot be reached, each gateway counts by
// itself. Any thread.
#pragma once

#include <array>
#include <atomic>
#include <chrono>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "gateway/rate_cell.h"
#include "troupe/node.h"

namespace troupe::gateway {

class RateLimiter : public std::enable_shared_from_this<RateLimiter> {
 public:
  // Tokens of a client that asks for nothing are dropped after so long.
  static constexpr std::chrono::seconds kHoldTokens{10};
  // What is asked for at once, at most.
  static constexpr std::uint32_t kMostTokens = 1'000;
  // The shared bucket's answer is waited for so long, and after that the gateway counts alone for so long.
  static constexpr std::chrono::milliseconds kPatience{500};
  static constexpr std::chrono::seconds kAlone{1};
  // Buckets that a gateway knows; past it those go that nobody waits for.
  static constexpr std::size_t kMaxKnown = 131'072;

  explicit RateLimiter(Node& node) : node_(node) {}

  struct Ask {
    const char* what;  // "address", "caller" or "route"
    std::string of;    // whose
    RateLimit limit;
  };
  struct Denial {
    Ask ask;
    std::chrono::milliseconds retry_after{0};
  };
  // Nothing: it may pass.
  using Then = std::function<void(std::optional<Denial>)>;
  // `then` is called once: at once where tokens are at hand, else on a thread of the runtime. It must not throw.
  void pass(std::vector<Ask> asks, Then then) { pass_from(std::move(asks), 0, std::move(then)); }

  // Requests for tokens that were sent to shared buckets.
  [[nodiscard]] std::uint64_t asked() const noexcept { return asked_; }

 private:
  using Clock = std::chrono::steady_clock;
  using Granted = std::function<void(std::chrono::milliseconds retry_after)>;  // zero: it may pass
  struct Known {
    RateLimit limit;
    std::uint32_t tokens = 0;
    std::uint32_t ask_below = 0;     // so few, and more are asked for ahead
    Clock::time_point held_until{};  // the tokens
    Clock::time_point none_until{};  // the bucket is empty
    Clock::time_point alone_until{};
    RateCell alone;
    bool asking = false;
    std::vector<Granted> waiting;
  };
  struct Shelf {
    std::mutex gate;
    std::unordered_map<std::string, Known> known;
  };
  enum class Turn : unsigned char { passed, denied, waits };

  void pass_from(std::vector<Ask> asks, std::size_t at, Then then);
  Turn take(const Ask& ask, std::chrono::milliseconds& retry_after, const std::function<Granted()>& wait);
  void ask_shared(const std::string& bucket, const RateLimit& limit);
  void on_tokens(const std::string& bucket, std::uint32_t granted, std::chrono::milliseconds retry_after);
  void on_failure(const std::string& bucket);
  static std::string bucket_of(const Ask& ask);
  Shelf& shelf_of(const std::string& bucket) { return shelves_[std::hash<std::string>()(bucket) % shelves_.size()]; }
  static void make_room(Shelf& shelf, Clock::time_point now);

  Node& node_;
  std::array<Shelf, 16> shelves_;
  std::atomic<std::uint64_t> asked_{0};
};

}  // namespace troupe::gateway
