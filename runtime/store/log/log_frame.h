// One batch of write sets as it lies in a commit log: a frame. Pure; bytes in, bytes out.
//
// A frame says whose it is, which batch it is and what its checksum is, so that a torn tail, the remains of an
// earlier use of the file and another store's log are all told apart. Parsing trusts nothing.
//
// Layout, little-endian, everything at multiples of 8 bytes:
//    0  u64  magic
//    8  u64  the store's log id
//   16  u64  batch number: one more than the batch before it
//   24  u64  bytes of the whole frame
//   32  u32  write sets
//   36  u32  zero
//   40  u64  checksum of everything else
//   48  ...  the write sets
// A write set:  u32 partition, u32 writes, u64 sequence; then its writes
// A write:      u32 key bytes, u32 value bytes (all ones: erase), the key, the value, zeros up to 8
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "store/commit.h"
#include "troupe/ids.h"

namespace troupe::store {

inline constexpr std::size_t kFrameHeaderBytes = 48;

// A write set with the number it gets in its partition.
struct NumberedSet {
  PartitionId partition = 0;
  std::uint64_t sequence = 0;
  std::vector<Write>* writes = nullptr;
  std::uint64_t epoch = 0;  // not in the frame
};

[[nodiscard]] std::size_t frame_bytes(std::span<const NumberedSet> sets) noexcept;
// Into `out`, whose former content goes.
void encode_frame(std::uint64_t log_id, std::uint64_t batch, std::span<const NumberedSet> sets,
                  std::vector<std::byte>& out);

struct LoggedWrite {
  PartitionId partition = 0;
  std::uint64_t sequence = 0;
  std::string_view key;
  std::optional<std::span<const std::byte>> value;  // nothing: erase
};

// A whole frame, read in place.
struct FrameView {
  std::uint64_t batch = 0;
  std::span<const std::byte> bytes;
  void for_each(const std::function<void(const LoggedWrite&)>& visit) const;
  // Each write set, also one that writes nothing.
  void for_each_set(const std::function<void(PartitionId partition, std::uint64_t sequence)>& visit) const;
};

// The frame at the front of `bytes`; nothing when there is no whole and undamaged one of this log.
[[nodiscard]] std::optional<FrameView> parse_frame(std::span<const std::byte> bytes, std::uint64_t log_id) noexcept;
// The batch that the front of `bytes` claims to be, whole or not; nothing when no frame of this log begins there.
[[nodiscard]] std::optional<std::uint64_t> frame_begins(std::span<const std::byte> bytes,
                                                        std::uint64_t log_id) noexcept;

}  // namespace troupe::store
