// Keeps remembered replies in the layout they are written in; see the header.
#include "store/format/remembered_replies.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <limits>

#include "base/check.h"

namespace troupe::store {
namespace {

static_assert(std::endian::native == std::endian::little, "records are laid out by copying little-endian numbers");

struct ReplyHeader {
  std::uint64_t id_hi;
  std::uint64_t id_lo;
  std::uint64_t committed_at_ms;
  std::uint8_t outcome;
  std::uint8_t zero[3];
  std::uint32_t payload_bytes;
};
static_assert(sizeof(ReplyHeader) == kReplyHeaderBytes);

// What a block may keep unused: its length is counted in 16 bits, so that an idle actor's replies cost 24 bytes.
constexpr std::size_t kMostSpareWords = std::numeric_limits<std::uint16_t>::max();

std::size_t padded_payload(std::size_t bytes) { return (bytes + 7) & ~std::size_t{7}; }

}  // namespace

std::optional<RememberedReply> ReplyCursor::next() noexcept {
  if (rest_.size() < kReplyHeaderBytes) return std::nullopt;
  ReplyHeader header;
  std::memcpy(&header, rest_.data(), sizeof header);
  const std::size_t length = kReplyHeaderBytes + padded_payload(header.payload_bytes);
  if (length > rest_.size() || header.outcome > static_cast<std::uint8_t>(ReplyOutcome::refusal)) return std::nullopt;
  RememberedReply reply{.id = {header.id_hi, header.id_lo},
                        .committed_at_ms = header.committed_at_ms,
                        .outcome = static_cast<ReplyOutcome>(header.outcome),
                        .payload = rest_.subspan(kReplyHeaderBytes, header.payload_bytes)};
  rest_ = rest_.subspan(length);
  return reply;
}

Result<RememberedReplies> RememberedReplies::parse(std::span<const std::byte> encoded, std::size_t count,
                                                   std::uint64_t forgotten_until_ms) {
  ReplyCursor cursor(encoded);
  std::size_t found = 0;
  while (cursor.next()) ++found;
  if (!cursor.at_end() || found != count || found > std::numeric_limits<std::uint16_t>::max())
    return Error(ErrorKind::corrupt, "an actor record should hold " + std::to_string(count) +
                                         " remembered replies; after " + std::to_string(found) + " of them " +
                                         std::to_string(cursor.left()) + " bytes are left");
  RememberedReplies replies;
  replies.forgotten_until_ms_ = forgotten_until_ms;
  if (found == 0) return replies;
  std::memcpy(replies.append(encoded.size() / 8), encoded.data(), encoded.size());
  replies.count_ = static_cast<std::uint16_t>(found);
  return replies;
}

void RememberedReplies::remember(RequestId id, ReplyOutcome outcome, std::span<const std::byte> payload,
                                 std::uint64_t now_ms, const ReplyRetention& retention) {
  TROUPE_CHECK(payload.size() <= std::numeric_limits<std::uint32_t>::max());
  const std::size_t length = kReplyHeaderBytes + padded_payload(payload.size());
  const std::size_t most = std::min<std::size_t>(retention.count, std::numeric_limits<std::uint16_t>::max());
  prune(now_ms, retention);
  std::size_t drop = 0;
  std::size_t left = bytes();
  for (ReplyCursor walk = cursor(); left > 0; ++drop) {
    if (count_ - drop < most && left + length <= retention.bytes) break;
    (void)walk.next();
    left = walk.left();
  }
  drop_oldest(drop, now_ms);

  const ReplyHeader header{.id_hi = id.hi,
                           .id_lo = id.lo,
                           .committed_at_ms = now_ms,
                           .outcome = static_cast<std::uint8_t>(outcome),
                           .zero = {},
                           .payload_bytes = static_cast<std::uint32_t>(payload.size())};
  std::byte* at = append(length / 8);
  std::memcpy(at, &header, sizeof header);
  if (!payload.empty()) std::memcpy(at + kReplyHeaderBytes, payload.data(), payload.size());
  std::memset(at + kReplyHeaderBytes + payload.size(), 0, length - kReplyHeaderBytes - payload.size());
  ++count_;
}

std::optional<RememberedReply> RememberedReplies::find(RequestId id) const noexcept {
  for (ReplyCursor walk = cursor(); auto reply = walk.next();)
    if (reply->id == id) return reply;
  return std::nullopt;
}

ReplyBlock RememberedReplies::take_older_half() {
  ReplyBlock block;
  const std::size_t half = (count_ + 1u) / 2;
  ReplyCursor walk = cursor();
  for (; block.count < half; ++block.count) block.newest_ms = std::max(block.newest_ms, walk.next()->committed_at_ms);
  block.replies.assign(block_.get(), block_.get() + (bytes() - walk.left()));
  const std::uint64_t forgotten = forgotten_until_ms_;
  drop_oldest(half, block.newest_ms);
  forgotten_until_ms_ = forgotten;
  return block;
}

void RememberedReplies::prune(std::uint64_t now_ms, const ReplyRetention& retention) noexcept {
  const auto age_ms = static_cast<std::uint64_t>(retention.age.count());
  std::size_t old = 0;
  for (ReplyCursor walk = cursor(); auto reply = walk.next(); ++old)
    if (reply->committed_at_ms + age_ms >= now_ms) break;
  drop_oldest(old, now_ms);
}

// A reply that an earlier run of the node dated later than now was committed before now all the same.
void RememberedReplies::drop_oldest(std::size_t replies, std::uint64_t now_ms) noexcept {
  if (replies == 0) return;
  ReplyCursor walk = cursor();
  for (std::size_t i = 0; i < replies; ++i) forgot(std::min(walk.next()->committed_at_ms, now_ms));
  const std::size_t left = walk.left();
  const std::byte* kept = block_.get() + bytes() - left;
  const std::size_t spare = std::size_t{used_words_} + spare_words_ - left / 8;
  used_words_ = static_cast<std::uint32_t>(left / 8);
  count_ = static_cast<std::uint16_t>(count_ - replies);
  if (left == 0 || spare > kMostSpareWords) {  // what one huge reply needed is given back
    std::unique_ptr<std::byte[]> smaller(left == 0 ? nullptr : new std::byte[left]);
    if (left != 0) std::memcpy(smaller.get(), kept, left);
    block_ = std::move(smaller);
    spare_words_ = 0;
  } else {
    std::memmove(block_.get(), kept, left);
    spare_words_ = static_cast<std::uint16_t>(spare);
  }
}

std::byte* RememberedReplies::append(std::size_t words) {
  std::size_t left = spare_words_;
  if (words <= left) {
    left -= words;
  } else {
    // A quarter more, so that remembering is amortised, but little for the many actors that remember one reply.
    left = std::min<std::size_t>(used_words_ / 4, kMostSpareWords);
    std::unique_ptr<std::byte[]> larger(new std::byte[(used_words_ + words + left) * 8]);
    if (used_words_ != 0) std::memcpy(larger.get(), block_.get(), bytes());
    block_ = std::move(larger);
  }
  std::byte* at = block_.get() + bytes();
  used_words_ += static_cast<std::uint32_t>(words);
  spare_words_ = static_cast<std::uint16_t>(left);
  return at;
}

}  // namespace troupe::store
