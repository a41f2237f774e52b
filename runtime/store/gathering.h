// How long the writer thread of the commit queue waits for company before it starts a transaction. Pure decisions, no
// clock.
//
// A lone caller never waits. After a commit that had company, the callers it answered are likely to be back
// within microseconds; waiting for about as many, briefly, puts them all behind one fsync instead of two.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>

namespace troupe::store {

class Gathering {
 public:
  using Span = std::chrono::nanoseconds;
  static constexpr Span kLongestWait = std::chrono::microseconds(100);
  // The wait is at most this part of a recent commit: what it can cost is bounded by what it can save.
  static constexpr int kCommitFraction = 4;
  // After this many waits in a row that brought too few, the next kRestBatches transactions start at once.
  static constexpr int kFruitlessWaits = 4;
  static constexpr int kRestBatches = 64;

  // A transaction of `batch` write sets took `took`; `queued` more had come when it ended.
  void committed(std::size_t batch, std::size_t queued, Span took) noexcept {
    mean_ = mean_ == Span::zero() ? took : mean_ + (took - mean_) / 8;
    expected_ = batch + queued;
    if (resting_ > 0) --resting_;
  }
  // How many write sets are worth waiting for, and how long at most. One: start at once.
  [[nodiscard]] std::size_t target() const noexcept { return resting_ > 0 ? 1 : expected_; }
  [[nodiscard]] Span longest_wait() const noexcept { return std::min(kLongestWait, mean_ / kCommitFraction); }
  // A wait ended with `gathered` of the target() write sets.
  void waited(std::size_t gathered) noexcept {
    const bool fruitful = gathered * 4 >= expected_ * 3;
    fruitless_ = fruitful ? 0 : fruitless_ + 1;
    if (fruitless_ >= kFruitlessWaits) {
      fruitless_ = 0;
      resting_ = kRestBatches;
    }
  }
  [[nodiscard]] Span mean_commit() const noexcept { return mean_; }

 private:
  Span mean_{0};
  std::size_t expected_ = 1;
  int fruitless_ = 0;
  int resting_ = 0;
};

}  // namespace troupe::store
