#include "actor/reminder_rows.h"

#include "actor/outbox.h"
#include "base/limits.h"

namespace troupe::actor {
namespace {

constexpr std::size_t kDueAt = 3, kServiceAt = 11, kLengthAt = 19, kKeyAt = 21;

}  // namespace

std::string due_key(const store::RowOwner& owner, std::uint64_t due_ms, std::string_view name) {
  std::string out = due_prefix(owner.partition, due_ms);
  store::append_u64(out, owner.service);
  store::append_u16(out, static_cast<std::uint16_t>(owner.key.size()));
  out.append(owner.key);
  out.append(name);
  return out;
}

Result<DueKey> parse_due_key(std::string_view bytes) {
  const auto wrong = [&] {
    return Error(ErrorKind::corrupt, "a durable key of " + std::to_string(bytes.size()) + " bytes is no reminder's");
  };
  const auto byte = [&](std::size_t at) { return static_cast<unsigned char>(bytes[at]); };
  if (bytes.size() <= kKeyAt || byte(2) != static_cast<unsigned char>(store::KeyKind::reminder)) return wrong();
  const std::size_t length = byte(kLengthAt) * 256u + byte(kLengthAt + 1);
  if (length > limits::kMaxActorKeyBytes || bytes.size() <= kKeyAt + length) return wrong();
  return DueKey{.partition = static_cast<PartitionId>(byte(0) * 256u + byte(1)),
                .due_ms = store::read_u64(bytes.substr(kDueAt)),
                .service = store::read_u64(bytes.substr(kServiceAt)),
                .key = std::string(bytes.substr(kKeyAt, length)),
                .name = std::string(bytes.substr(kKeyAt + length))};
}

std::string due_prefix(PartitionId partition, std::uint64_t due_ms) {
  std::string out;
  store::append_u16(out, partition);
  out.push_back(static_cast<char>(store::KeyKind::reminder));
  store::append_u64(out, due_ms);
  return out;
}

std::uint64_t due_of(std::string_view due_key) noexcept {
  return due_key.size() < kServiceAt ? 0 : store::read_u64(due_key.substr(kDueAt));
}

bool is_due_key(std::string_view key) noexcept {
  return key.size() > kDueAt && key[2] == static_cast<char>(store::KeyKind::reminder);
}

RowValue due_row(std::uint64_t setting) {
  std::string bytes;
  store::append_u64(bytes, setting);
  const auto* begin = reinterpret_cast<const std::byte*>(bytes.data());
  return std::make_shared<const std::vector<std::byte>>(begin, begin + bytes.size());
}

std::uint64_t setting_of(std::span<const std::byte> due_row) noexcept {
  if (due_row.size() != sizeof(std::uint64_t)) return 0;
  return store::read_u64({reinterpret_cast<const char*>(due_row.data()), due_row.size()});
}

std::string due_key_of(const RowValue& by_name, std::string_view key) {
  const auto parsed = store::parse_row_key(key).value();
  const auto row = RowReader::open(by_name, key).value();
  return due_key({parsed.partition, parsed.service, parsed.key}, row.get<rows::Reminder>().getDueMs(), parsed.rest);
}

}  // namespace troupe::actor
