// Lays frames out and takes them apart; the layout is in the header.
#include "store/log/log_frame.h"

#include <cstring>

#include "store/format/checksum.h"
#include "store/format/keys.h"

namespace troupe::store {
namespace {

constexpr std::uint64_t kFrameMagic = 0x6863746162707254ULL;  // "Trpbatch"
constexpr std::uint32_t kErase = 0xffffffffu;
constexpr std::size_t kFrameChecksumAt = 40;

struct FrameHeader {
  std::uint64_t magic;
  std::uint64_t log_id;
  std::uint64_t batch;
  std::uint64_t bytes;
  std::uint32_t sets;
  std::uint32_t zero;
  std::uint64_t checksum;
};
static_assert(sizeof(FrameHeader) == kFrameHeaderBytes);

struct SetHeader {
  std::uint32_t partition;
  std::uint32_t writes;
  std::uint64_t sequence;
};
static_assert(sizeof(SetHeader) == 16);

struct WriteHeader {
  std::uint32_t key_bytes;
  std::uint32_t value_bytes;
};
static_assert(sizeof(WriteHeader) == 8);

constexpr std::size_t padded(std::size_t bytes) { return (bytes + 7) / 8 * 8; }

std::uint64_t checksum_of_frame(std::span<const std::byte> frame) {
  return checksum(frame.subspan(kFrameHeaderBytes), checksum(frame.first(kFrameChecksumAt)));
}

template <class T>
std::byte* put(std::byte* at, const T& value) {
  std::memcpy(at, &value, sizeof value);
  return at + sizeof value;
}

using SetVisit = std::function<void(PartitionId, std::uint64_t)>;

// Walks the write sets; false when they do not fill the frame exactly. `visit` and `visit_set` may be null.
bool walk(std::span<const std::byte> body, std::uint32_t sets, const std::function<void(const LoggedWrite&)>* visit,
          const SetVisit* visit_set = nullptr) {
  const auto take = [&](auto& out) {
    if (body.size() < sizeof out) return false;
    std::memcpy(&out, body.data(), sizeof out);
    body = body.subspan(sizeof out);
    return true;
  };
  for (; sets > 0; --sets) {
    SetHeader set;
    if (!take(set) || set.partition >= kPartitions) return false;
    if (visit_set != nullptr) (*visit_set)(static_cast<PartitionId>(set.partition), set.sequence);
    for (std::uint32_t n = 0; n < set.writes; ++n) {
      WriteHeader write;
      if (!take(write) || write.key_bytes == 0 || write.key_bytes > kMaxKeyBytes) return false;
      const bool erase = write.value_bytes == kErase;
      const std::size_t value_bytes = erase ? 0 : write.value_bytes;
      const std::size_t whole = padded(write.key_bytes + value_bytes);
      if (whole > body.size()) return false;
      if (visit != nullptr) {
        LoggedWrite logged{static_cast<PartitionId>(set.partition),
                           set.sequence,
                           {reinterpret_cast<const char*>(body.data()), write.key_bytes},
                           std::nullopt};
        if (!erase) logged.value = body.subspan(write.key_bytes, value_bytes);
        (*visit)(logged);
      }
      body = body.subspan(whole);
    }
  }
  return body.empty();
}

std::optional<FrameHeader> header_of(std::span<const std::byte> bytes, std::uint64_t log_id) noexcept {
  FrameHeader header;
  if (bytes.size() < sizeof header) return std::nullopt;
  std::memcpy(&header, bytes.data(), sizeof header);
  if (header.magic != kFrameMagic || header.log_id != log_id) return std::nullopt;
  return header;
}

}  // namespace

std::size_t frame_bytes(std::span<const NumberedSet> sets) noexcept {
  std::size_t bytes = kFrameHeaderBytes;
  for (const NumberedSet& set : sets) {
    bytes += sizeof(SetHeader);
    for (const Write& write : *set.writes)
      bytes += sizeof(WriteHeader) + padded(write.key.size() + (write.value ? write.value->size() : 0));
  }
  return bytes;
}

void encode_frame(std::uint64_t log_id, std::uint64_t batch, std::span<const NumberedSet> sets,
                  std::vector<std::byte>& out) {
  out.resize(frame_bytes(sets));
  FrameHeader header{.magic = kFrameMagic,
                     .log_id = log_id,
                     .batch = batch,
                     .bytes = out.size(),
                     .sets = static_cast<std::uint32_t>(sets.size()),
                     .zero = 0,
                     .checksum = 0};
  std::byte* at = put(out.data(), header);
  for (const NumberedSet& set : sets) {
    at = put(at, SetHeader{set.partition, static_cast<std::uint32_t>(set.writes->size()), set.sequence});
    for (const Write& write : *set.writes) {
      const std::size_t value_bytes = write.value ? write.value->size() : 0;
      at = put(at, WriteHeader{static_cast<std::uint32_t>(write.key.size()),
                               write.value ? static_cast<std::uint32_t>(value_bytes) : kErase});
      std::memcpy(at, write.key.data(), write.key.size());
      if (value_bytes != 0) std::memcpy(at + write.key.size(), write.value->data(), value_bytes);
      const std::size_t used = write.key.size() + value_bytes;
      std::memset(at + used, 0, padded(used) - used);
      at += padded(used);
    }
  }
  header.checksum = checksum_of_frame(out);
  std::memcpy(out.data() + kFrameChecksumAt, &header.checksum, sizeof header.checksum);
}

void FrameView::for_each(const std::function<void(const LoggedWrite&)>& visit) const {
  FrameHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  walk(bytes.subspan(kFrameHeaderBytes), header.sets, &visit);
}

void FrameView::for_each_set(const SetVisit& visit) const {
  FrameHeader header;
  std::memcpy(&header, bytes.data(), sizeof header);
  walk(bytes.subspan(kFrameHeaderBytes), header.sets, nullptr, &visit);
}

std::optional<FrameView> parse_frame(std::span<const std::byte> bytes, std::uint64_t log_id) noexcept {
  const auto header = header_of(bytes, log_id);
  if (!header || header->bytes < kFrameHeaderBytes || header->bytes > bytes.size() || header->bytes % 8 != 0)
    return std::nullopt;
  const std::span<const std::byte> frame = bytes.first(header->bytes);
  if (header->checksum != checksum_of_frame(frame)) return std::nullopt;
  if (!walk(frame.subspan(kFrameHeaderBytes), header->sets, nullptr)) return std::nullopt;
  return FrameView{header->batch, frame};
}

std::optional<std::uint64_t> frame_begins(std::span<const std::byte> bytes, std::uint64_t log_id) noexcept {
  const auto header = header_of(bytes, log_id);
  if (!header) return std::nullopt;
  return header->batch;
}

}  // namespace troupe::store
