// Follows the frames of a WebSocket in the bytes that arrive, for their limit alone: Boost.Beast bounds messages, not
// frames. Pure.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace troupe::http {

class FrameWatch {
 public:
  explicit FrameWatch(std::uint64_t most) noexcept : most_(most) {}

  // The next bytes; each is given once. How many of them may go on: all, or those before the frame
  // that is too large, as far as its header had not gone on already.
  std::size_t look(std::string_view bytes) noexcept {
    std::size_t at = 0, before = 0;
    while (at < bytes.size() && !broken_) {
      if (payload_ > 0) {
        const std::uint64_t step = payload_ < bytes.size() - at ? payload_ : bytes.size() - at;
        payload_ -= step;
        at += static_cast<std::size_t>(step);
        continue;
      }
      if (have_ == 0) before = at;
      head_[have_++] = static_cast<unsigned char>(bytes[at++]);
      if (have_ >= 2 && have_ == wanted()) take_head();
    }
    return broken_ ? before : at;
  }
  [[nodiscard]] bool broken() const noexcept { return broken_; }

 private:
  // Bytes of the header: two, the length's own, the mask's.
  [[nodiscard]] std::size_t wanted() const noexcept { return 2 + length_bytes() + ((head_[1] & 0x80) != 0 ? 4 : 0); }
  [[nodiscard]] std::size_t length_bytes() const noexcept {
    const unsigned length = head_[1] & 0x7f;
    return length == 126 ? 2 : length == 127 ? 8 : 0;
  }
  void take_head() noexcept {
    payload_ = head_[1] & 0x7f;
    if (length_bytes() > 0) {
      payload_ = 0;
      for (std::size_t i = 0; i < length_bytes(); ++i) payload_ = payload_ << 8 | head_[2 + i];
    }
    broken_ = payload_ > most_;
    have_ = 0;
  }

  const std::uint64_t most_;
  std::array<unsigned char, 14> head_{};
  std::size_t have_ = 0;
  std::uint64_t payload_ = 0;
  bool broken_ = false;
};

}  // namespace troupe::http
