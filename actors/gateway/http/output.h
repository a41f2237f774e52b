// Bytes that wait to be written, in their order: small ones are gathered, large ones are moved and not copied. On the
// connection's thread.
#pragma once

#include <algorithm>
#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace troupe::http {

class Output {
 public:
  // Where small things go; valid until the next call.
  [[nodiscard]] std::string& tail() {
    if (segments_.empty() || segments_.back().size() >= kFull) segments_.emplace_back();
    return segments_.back();
  }
  void add(std::string_view bytes) { tail().append(bytes); }
  void add(std::string&& bytes) {
    if (bytes.size() < kWorthMoving) return add(std::string_view(bytes));
    segments_.push_back(std::move(bytes));
  }

  [[nodiscard]] bool empty() const noexcept { return size() == 0; }
  [[nodiscard]] std::size_t size() const noexcept {
    std::size_t sum = 0;
    for (std::size_t i = first_; i < segments_.size(); ++i) sum += segments_[i].size();
    return sum - taken_;
  }
  // The first `most` that are not empty, as `to(data, size)` takes them.
  template <class To>
  void front(std::size_t most, To&& to) const {
    std::size_t from = taken_;
    for (std::size_t i = first_; i < segments_.size() && most > 0; ++i, from = 0) {
      if (segments_[i].size() == from) continue;
      to(segments_[i].data() + from, segments_[i].size() - from);
      --most;
    }
  }
  void consume(std::size_t bytes) {
    taken_ += bytes;
    while (first_ < segments_.size() && taken_ >= segments_[first_].size()) {
      taken_ -= segments_[first_].size();
      segments_[first_++] = {};
    }
    if (first_ < segments_.size()) return;
    first_ = 0;
    // A connection that is idle holds no memory for this.
    std::vector<std::string>().swap(segments_);
  }

 private:
  static constexpr std::size_t kFull = 16u << 10;
  static constexpr std::size_t kWorthMoving = 4u << 10;
  std::vector<std::string> segments_;
  std::size_t first_ = 0;  // those before it are written
  std::size_t taken_ = 0;  // of the first
};

}  // namespace troupe::http
