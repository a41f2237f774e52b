// The replies one actor remembers, so that a retry gets the same answer and repeats nothing.
//
// Held in memory exactly as they are written, in one block, oldest first: remembering appends, writing copies.
// Nothing is allocated while the actor remembers nothing. Not synchronised: the actor's own.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "base/limits.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

enum class ReplyOutcome : std::uint8_t { results = 0, refusal = 1 };

struct RememberedReply {
  RequestId id;
  std::uint64_t committed_at_ms = 0;  // by the time of the node, as all times here
  ReplyOutcome outcome = ReplyOutcome::results;
  std::span<const std::byte> payload;  // valid until the replies change; begins at a multiple of 8 bytes
};

// Where a limit is met the oldest goes first. The newest reply is always kept, whatever its size.
struct ReplyRetention {
  std::size_t count = limits::kRepliesInRecord;
  std::chrono::milliseconds age = limits::kRememberedReplyAge;
  std::size_t bytes = limits::kReplyBytesInRecord;
};

// Replies on their way out of the record into a row of their own, laid out as below.
struct ReplyBlock {
  std::vector<std::byte> replies;
  std::size_t count = 0;
  std::uint64_t newest_ms = 0;
};

// One reply as it lies in memory and on disk, little-endian, at a multiple of 8 bytes:
//    0  u64  id.hi
//    8  u64  id.lo
//   16  u64  committed_at_ms
//   24  u8   outcome: 0 results, 1 refusal
//   25  u8*3 zero
//   28  u32  payload bytes
//   32  ...  payload, padded with zeros to a multiple of 8
inline constexpr std::size_t kReplyHeaderBytes = 32;

// Walks replies laid out as above; stops at the end or where the bytes make no sense.
class ReplyCursor {
 public:
  explicit ReplyCursor(std::span<const std::byte> bytes) noexcept : rest_(bytes) {}
  // The next reply; nothing at the end, or when the rest is malformed (then !at_end()).
  [[nodiscard]] std::optional<RememberedReply> next() noexcept;
  [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }
  [[nodiscard]] std::size_t left() const noexcept { return rest_.size(); }

 private:
  std::span<const std::byte> rest_;
};

class RememberedReplies {
 public:
  RememberedReplies() = default;
  // `encoded`: replies laid out as above, `count` of them; `corrupt` when they are not.
  [[nodiscard]] static Result<RememberedReplies> parse(std::span<const std::byte> encoded, std::size_t count,
                                                       std::uint64_t forgotten_until_ms);

  // Makes room by `retention`, then appends. `id` must not be remembered already.
  void remember(RequestId id, ReplyOutcome outcome, std::span<const std::byte> payload, std::uint64_t now_ms,
                const ReplyRetention& retention = {});
  [[nodiscard]] std::optional<RememberedReply> find(RequestId id) const noexcept;
  // Takes the older half out, to be kept elsewhere: nothing is forgotten by that.
  [[nodiscard]] ReplyBlock take_older_half();
  // Replies kept elsewhere, the newest of `newest_ms`, have been dropped there.
  void forgot(std::uint64_t newest_ms) noexcept { forgotten_until_ms_ = std::max(forgotten_until_ms_, newest_ms); }
  // Drops every reply, and with them what any caller could ask for again.
  void forget_all(std::uint64_t now_ms) noexcept {
    drop_oldest(count_, now_ms);
    forgot(now_ms);
  }
  // What was forgotten so far was forgotten by now, also where an earlier run of the node counted further.
  void forgotten_by(std::uint64_t now_ms) noexcept { forgotten_until_ms_ = std::min(forgotten_until_ms_, now_ms); }
  // Drops what is past its age.
  void prune(std::uint64_t now_ms, const ReplyRetention& retention = {}) noexcept;

  // When the newest reply was committed that was dropped; 0: none was. An unknown id whose call was first sent no later
  // than this may have run.
  [[nodiscard]] std::uint64_t forgotten_until_ms() const noexcept { return forgotten_until_ms_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return std::size_t{used_words_} * 8; }
  [[nodiscard]] std::span<const std::byte> encoded() const noexcept { return {block_.get(), bytes()}; }
  [[nodiscard]] ReplyCursor cursor() const noexcept { return ReplyCursor(encoded()); }

 private:
  void drop_oldest(std::size_t replies, std::uint64_t now_ms) noexcept;
  // Room for so many more words at the end, counted as used.
  [[nodiscard]] std::byte* append(std::size_t words);

  std::unique_ptr<std::byte[]> block_;
  std::uint64_t forgotten_until_ms_ = 0;
  std::uint32_t used_words_ = 0;
  std::uint16_t count_ = 0;
  std::uint16_t spare_words_ = 0;  // allocated behind the used ones
};

}  // namespace troupe::store
