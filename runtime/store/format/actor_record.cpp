// Writes and reads actor records; the layout is in the header.
#include "store/format/actor_record.h"

#include <cstring>
#include <string>

#include "base/check.h"

namespace troupe::store {
namespace {

struct RecordHeader {
  std::uint8_t version;
  std::uint8_t zero;
  std::uint16_t replies;
  std::uint32_t state_words;
  std::uint64_t state_type;
  std::uint64_t forgotten_until_ms;
  std::uint64_t checksum;
  std::uint64_t last_sent;
  std::uint64_t edits;
  std::uint32_t state_version;
  std::uint32_t reply_pages;
};
static_assert(sizeof(RecordHeader) == kActorRecordHeaderBytes);

constexpr std::size_t kRecordChecksumAt = 24;
constexpr std::size_t kFirstHeaderBytes = 32;  // of version 1

// Not against an adversary: against bits that changed. Two lanes, since each step waits for its multiplication.
std::uint64_t checksum_of_record(std::span<const std::byte> record) {
  const auto word = [&](std::size_t at) {
    std::uint64_t value;
    std::memcpy(&value, record.data() + at, sizeof value);
    return value;
  };
  std::uint64_t even = 0x9e3779b97f4a7c15ULL ^ record.size();
  std::uint64_t odd = word(0) ^ word(8) * 0xff51afd7ed558ccdULL ^ mix(word(16));
  std::size_t at = kFirstHeaderBytes;
  for (; at + 16 <= record.size(); at += 16) {
    even = mix(even ^ word(at));
    odd = mix(odd ^ word(at + 8));
  }
  if (at < record.size()) even = mix(even ^ word(at));
  return mix(even + 0x9e3779b97f4a7c15ULL * mix(odd));
}

Error damaged(const std::string& what) { return {ErrorKind::corrupt, "an actor record is damaged: " + what}; }

}  // namespace

Result<ActorRecordView> ActorRecordView::parse(std::span<const std::byte> bytes) {
  if (bytes.size() < kFirstHeaderBytes || bytes.size() % 8 != 0)
    return damaged("it has " + std::to_string(bytes.size()) + " bytes");
  RecordHeader header{};
  std::memcpy(&header, bytes.data(), kFirstHeaderBytes);
  if (header.version > kActorRecordVersion)
    return Error(ErrorKind::unimplemented, "an actor record has version " + std::to_string(header.version) +
                                               "; this build reads up to " + std::to_string(kActorRecordVersion));
  if (header.version == 0) return damaged("it has version 0");
  if (header.checksum != checksum_of_record(bytes)) return damaged("its checksum does not match");
  const std::size_t header_bytes = header.version == 1 ? kFirstHeaderBytes : kActorRecordHeaderBytes;
  if (bytes.size() < header_bytes) return damaged("it has " + std::to_string(bytes.size()) + " bytes");
  std::memcpy(&header, bytes.data(), header_bytes);
  const std::size_t state_bytes = std::size_t{header.state_words} * 8;
  if (state_bytes > bytes.size() - header_bytes)
    return damaged("its state of " + std::to_string(state_bytes) + " bytes does not fit " +
                   std::to_string(bytes.size()));

  ActorRecordView view;
  view.meta_ = {header.last_sent, header.edits, header.state_version, header.reply_pages};
  view.state_ = bytes.subspan(header_bytes, state_bytes);
  view.replies_ = bytes.subspan(header_bytes + state_bytes);
  view.state_type_ = header.state_type;
  view.forgotten_until_ms_ = header.forgotten_until_ms;
  view.reply_count_ = header.replies;
  std::size_t found = 0;
  ReplyCursor cursor = view.replies();
  while (cursor.next()) ++found;
  if (!cursor.at_end() || found != header.replies)
    return damaged("it should hold " + std::to_string(header.replies) + " replies; after " + std::to_string(found) +
                   " of them " + std::to_string(cursor.left()) + " bytes are left");
  return view;
}

std::vector<std::byte> encode(std::span<const std::byte> state, std::uint64_t state_type,
                              const RememberedReplies& replies, const RecordMeta& meta) {
  TROUPE_CHECK(state.size() % 8 == 0 && state.size() / 8 <= 0xffffffffu);
  const std::span<const std::byte> remembered = replies.encoded();
  std::vector<std::byte> record(kActorRecordHeaderBytes + state.size() + remembered.size());
  RecordHeader header{.version = kActorRecordVersion,
                      .zero = 0,
                      .replies = static_cast<std::uint16_t>(replies.count()),
                      .state_words = static_cast<std::uint32_t>(state.size() / 8),
                      .state_type = state_type,
                      .forgotten_until_ms = replies.forgotten_until_ms(),
                      .checksum = 0,
                      .last_sent = meta.last_sent,
                      .edits = meta.edits,
                      .state_version = meta.state_version,
                      .reply_pages = meta.reply_pages};
  std::byte* at = record.data();
  std::memcpy(at, &header, sizeof header);
  at += sizeof header;
  if (!state.empty()) std::memcpy(at, state.data(), state.size());
  if (!remembered.empty()) std::memcpy(at + state.size(), remembered.data(), remembered.size());
  header.checksum = checksum_of_record(record);
  std::memcpy(record.data() + kRecordChecksumAt, &header.checksum, sizeof header.checksum);
  return record;
}

}  // namespace troupe::store
