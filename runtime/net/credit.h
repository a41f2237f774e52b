// How many bytes one side may send before it hears more, and when the other side grants anew. Arithmetic alone; each
// channel that needs credit has its own of both. The links' thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/check.h"
#include "base/limits.h"

namespace troupe::net {

// What this side grants at first for calls; a quarter used is granted anew.
inline constexpr std::uint64_t kWindowBytes = 4u << 20;
inline constexpr std::uint64_t kMinWindowBytes = limits::kMaxFrameBytes;
// No honest peer grants more. No more than kWindowBytes of it are used.
inline constexpr std::uint64_t kMaxWindowBytes = 1ull << 40;

// Of the side that sends.
class SendCredit {
 public:
  // `granted`: what the peer lets this side send. No more than `most` of it are used.
  explicit SendCredit(std::uint64_t granted, std::uint64_t most = kWindowBytes) noexcept
      : window_(static_cast<std::int64_t>(std::min(granted, most))), left_(window_) {}

  // A frame may be sent, whatever its length: so what is left is never below -limits::kMaxFrameBytes.
  [[nodiscard]] bool any() const noexcept { return left_ > 0; }
  [[nodiscard]] std::int64_t left() const noexcept { return left_; }
  // Sent, and not granted anew.
  [[nodiscard]] std::int64_t under_way() const noexcept { return window_ - left_; }
  // One frame of so many bytes, while there was credit.
  void sent(std::size_t bytes) noexcept {
    TROUPE_CHECK(any() && bytes <= limits::kMaxFrameBytes);
    left_ -= static_cast<std::int64_t>(bytes);
  }
  // False: the peer grants more than was used, which is against the protocol, and nothing has changed.
  [[nodiscard]] bool granted(std::uint64_t bytes) noexcept {
    if (bytes > static_cast<std::uint64_t>(under_way())) return false;
    left_ += static_cast<std::int64_t>(bytes);
    return true;
  }

 private:
  const std::int64_t window_;
  std::int64_t left_;
};

// Of the side that takes in.
class ReceiveCredit {
 public:
  explicit ReceiveCredit(std::uint64_t window = kWindowBytes) noexcept : quarter_(window / 4) {}

  // What is to be granted now that so many bytes were taken in; 0: nothing yet. So that few frames speak of credit, and
  // a peer that sends without pause seldom waits for one.
  [[nodiscard]] std::uint64_t took_in(std::size_t bytes) noexcept {
    to_grant_ += bytes;
    if (to_grant_ < quarter_) return 0;
    return std::exchange(to_grant_, 0);
  }

 private:
  const std::uint64_t quarter_;
  std::uint64_t to_grant_ = 0;
};

}  // namespace troupe::net
