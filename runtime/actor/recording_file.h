// The file of recorded turns: a header, then a recorded::Recording (runtime/schema/troupe/recording.capnp).
//
// Layout, little-endian:
//    0  char[8]  "trouperc"
//    8  u32      version (1)
//   12  u32      zero
//   16  u64      bytes of what follows the header; a whole number of 8-byte words
//   24  u64      its hash (stable_hash with seed 0)
//   32  ...      the message in Cap'n Proto's stream framing
//
// Nothing in a file is trusted: it is checked against the header, and the message under strict limits.
#pragma once

#include <capnp/message.h>
#include <troupe/recording.capnp.h>

#include <cstddef>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "troupe/error.h"
#include "wire/message.h"

namespace troupe::actor {

inline constexpr std::uint32_t kRecordingVersion = 1;
inline constexpr std::size_t kRecordingHeaderBytes = 32;
inline constexpr std::string_view kRecordingSuffix = ".turns";

// Header and message.
[[nodiscard]] std::vector<std::byte> sealed_recording(capnp::MessageBuilder& message);

class RecordingFile {
 public:
  // `corrupt`: it is no recording, or damaged; `unimplemented`: a later version wrote it.
  [[nodiscard]] static Result<RecordingFile> parse(std::span<const std::byte> bytes);
  // The same, and `not_found`, `unavailable`. The messages name the file.
  [[nodiscard]] static Result<RecordingFile> open(const std::filesystem::path& file);

  [[nodiscard]] recorded::Recording::Reader root() const { return message_->root().getAs<recorded::Recording>(); }

 private:
  explicit RecordingFile(std::unique_ptr<wire::ReceivedMessage> message) : message_(std::move(message)) {}
  std::unique_ptr<wire::ReceivedMessage> message_;
};

}  // namespace troupe::actor
