#include "store/format/row.h"

#include <cstring>
#include <string>

#include "base/check.h"
#include "store/format/checksum.h"

namespace troupe::store {

void finish_row(std::span<std::byte> row) {
  TROUPE_CHECK(row.size() >= kRowHeaderBytes && row.size() % 8 == 0);
  const std::uint64_t head = kRowVersion;
  const std::uint64_t sum = checksum(row.subspan(kRowHeaderBytes), kRowVersion);
  std::memcpy(row.data(), &head, sizeof head);
  std::memcpy(row.data() + 8, &sum, sizeof sum);
}

Result<std::span<const std::byte>> parse_row(std::span<const std::byte> bytes) {
  const auto damaged = [](const std::string& what) { return Error(ErrorKind::corrupt, "a row is damaged: " + what); };
  if (bytes.size() < kRowHeaderBytes || bytes.size() % 8 != 0)
    return damaged("it has " + std::to_string(bytes.size()) + " bytes");
  const auto version = static_cast<std::uint8_t>(bytes[0]);
  if (version > kRowVersion)
    return Error(ErrorKind::unimplemented, "a row has version " + std::to_string(version) +
                                               "; this build reads up to " + std::to_string(kRowVersion));
  std::uint64_t head = 0, sum = 0;
  std::memcpy(&head, bytes.data(), sizeof head);
  std::memcpy(&sum, bytes.data() + 8, sizeof sum);
  const auto words = bytes.subspan(kRowHeaderBytes);
  if (head != kRowVersion || sum != checksum(words, kRowVersion)) return damaged("its checksum does not match");
  return words;
}

}  // namespace troupe::store
