// The actor record: an actor's state and the replies it remembers, one value in the store, one put a turn.
//
// Encoding is one allocation and two copies. Parsing trusts nothing: every length is checked against the bytes
// that are there, and a checksum finds bits that changed on the disk.
//
// Layout, little-endian, every part at a multiple of 8 bytes:
//    0  u8   record version (2; version 1 ends its header at 32 and means zeros there)
//    1  u8   zero
//    2  u16  number of replies
//    4  u32  state words (8 bytes each)
//    8  u64  state type id (of the Cap'n Proto struct)
//   16  u64  forgotten_until_ms: see RememberedReplies
//   24  u64  checksum of everything else
//   32  u64  last_sent
//   40  u64  edits
//   48  u32  state_version
//   52  u32  reply_pages: see RecordMeta
//   56  ...  the state: one flat Cap'n Proto segment, no segment table
//   ..  ...  the replies, oldest first (layout: remembered_replies.h), up to the end
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "store/format/remembered_replies.h"
#include "troupe/error.h"

namespace troupe::store {

inline constexpr std::uint8_t kActorRecordVersion = 2;
inline constexpr std::size_t kActorRecordHeaderBytes = 56;

// What an actor counts from its first commit to its last.
struct RecordMeta {
  std::uint64_t last_sent = 0;      // sequence number of the last durable message it sent
  std::uint64_t edits = 0;          // committed turns that edited the state
  std::uint32_t state_version = 0;  // the schema's `version` when the state was written
  std::uint32_t reply_pages = 0;    // number of the next page of older replies

  friend bool operator==(const RecordMeta&, const RecordMeta&) = default;
};

// A record read in place; valid as long as the bytes are.
class ActorRecordView {
 public:
  // `corrupt` when the bytes are not a record, `unimplemented` when a later version wrote it.
  [[nodiscard]] static Result<ActorRecordView> parse(std::span<const std::byte> bytes);

  [[nodiscard]] std::uint64_t state_type() const noexcept { return state_type_; }
  [[nodiscard]] const RecordMeta& meta() const noexcept { return meta_; }
  // A whole number of words; aligned to 8 when the record is.
  [[nodiscard]] std::span<const std::byte> state() const noexcept { return state_; }
  [[nodiscard]] std::size_t reply_count() const noexcept { return reply_count_; }
  [[nodiscard]] std::uint64_t forgotten_until_ms() const noexcept { return forgotten_until_ms_; }
  [[nodiscard]] ReplyCursor replies() const noexcept { return ReplyCursor(replies_); }
  // A copy that an activation goes on with.
  [[nodiscard]] Result<RememberedReplies> remembered() const {
    return RememberedReplies::parse(replies_, reply_count_, forgotten_until_ms_);
  }

 private:
  std::span<const std::byte> state_;
  std::span<const std::byte> replies_;
  RecordMeta meta_;
  std::uint64_t state_type_ = 0;
  std::uint64_t forgotten_until_ms_ = 0;
  std::size_t reply_count_ = 0;
};

// `state`: a whole number of 8-byte words.
[[nodiscard]] std::vector<std::byte> encode(std::span<const std::byte> state, std::uint64_t state_type,
                                            const RememberedReplies& replies, const RecordMeta& meta = {});

}  // namespace troupe::store
