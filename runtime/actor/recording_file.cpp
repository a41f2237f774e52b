#include "actor/recording_file.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <kj/exception.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstring>

#include "base/limits.h"
#include "base/private_files.h"
#include "troupe/ids.h"

namespace troupe::actor {
namespace {

constexpr char kMagic[] = {'t', 'r', 'o', 'u', 'p', 'e', 'r', 'c'};

struct RecordingHeader {
  char magic[8];
  std::uint32_t version;
  std::uint32_t zero;
  std::uint64_t bytes;
  std::uint64_t hash;
};
static_assert(sizeof(RecordingHeader) == kRecordingHeaderBytes);

std::uint64_t hash_of(std::span<const std::byte> bytes) {
  return stable_hash({reinterpret_cast<const char*>(bytes.data()), bytes.size()}, 0);
}

}  // namespace

std::vector<std::byte> sealed_recording(capnp::MessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  const auto payload = std::as_bytes(std::span(words.begin(), words.size()));
  RecordingHeader header{.version = kRecordingVersion, .zero = 0, .bytes = payload.size(), .hash = hash_of(payload)};
  std::memcpy(header.magic, kMagic, sizeof kMagic);
  std::vector<std::byte> out(sizeof header + payload.size());
  std::memcpy(out.data(), &header, sizeof header);
  std::memcpy(out.data() + sizeof header, payload.data(), payload.size());
  return out;
}

Result<RecordingFile> RecordingFile::parse(std::span<const std::byte> bytes) {
  const auto corrupt = [](const std::string& why) { return Error(ErrorKind::corrupt, why); };
  RecordingHeader header{};
  if (bytes.size() < sizeof header) return corrupt("it is shorter than a header of recorded turns");
  std::memcpy(&header, bytes.data(), sizeof header);
  if (std::memcmp(header.magic, kMagic, sizeof kMagic) != 0) return corrupt("it is no file of recorded turns");
  if (header.version > kRecordingVersion)
    return Error(ErrorKind::unimplemented, "it has version " + std::to_string(header.version) +
                                               ", and this program reads up to " + std::to_string(kRecordingVersion));
  const auto payload = bytes.subspan(sizeof header);
  if (header.version == 0 || header.zero != 0 || header.bytes != payload.size() || payload.size() % 8 != 0)
    return corrupt("it is cut off, or its header is damaged");
  if (header.hash != hash_of(payload)) return corrupt("it is damaged: its checksum is another one");
  std::vector<capnp::word> words(payload.size() / sizeof(capnp::word));
  if (!words.empty()) std::memcpy(words.data(), payload.data(), payload.size());
  auto message = wire::ReceivedMessage::open(std::move(words));
  if (!message.ok()) return corrupt(message.error().message());
  try {
    (void)(*message)->root().getAs<recorded::Recording>().getTurns().size();
  } catch (const kj::Exception& e) {
    return corrupt(e.getDescription().cStr());
  }
  return RecordingFile(std::move(*message));
}

Result<RecordingFile> RecordingFile::open(const std::filesystem::path& file) {
  const auto failed = [&](ErrorKind kind, const std::string& why) {
    return Error(kind, "the recorded turns in " + file.string() + " cannot be read: " + why);
  };
  const int fd = open_regular(file, O_RDONLY);
  if (fd < 0) {
    const bool absent = errno == ENOENT || errno == ENOTDIR;
    return failed(absent ? ErrorKind::not_found : ErrorKind::unavailable, std::strerror(errno));
  }
  struct stat about {};
  std::vector<std::byte> bytes;
  std::string trouble;
  if (::fstat(fd, &about) != 0) {
    trouble = std::strerror(errno);
  } else if (static_cast<std::size_t>(about.st_size) > limits::kMaxMessageBytes + kRecordingHeaderBytes) {
    trouble = "it is larger than any recording";
  } else {
    bytes.resize(static_cast<std::size_t>(about.st_size));
    std::size_t at = 0;
    while (at < bytes.size()) {
      const ssize_t got = ::read(fd, bytes.data() + at, bytes.size() - at);
      if (got <= 0) break;
      at += static_cast<std::size_t>(got);
    }
    bytes.resize(at);
  }
  ::close(fd);
  if (!trouble.empty()) return failed(ErrorKind::unavailable, trouble);
  auto parsed = parse(bytes);
  if (!parsed.ok()) return failed(parsed.error().kind(), parsed.error().message());
  return parsed;
}

}  // namespace troupe::actor
