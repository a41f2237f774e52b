// Lays out durable keys; the format is the comment at kActorKeyPrefixBytes.
#include "store/format/keys.h"

#include "base/check.h"
#include "base/limits.h"
#include "store/format/key_kinds.h"

namespace troupe::store {
namespace {

static_assert(kActorKeyPrefixBytes + limits::kMaxActorKeyBytes <= kMaxKeyBytes);
// The longest of the rows: a table's.
static_assert(kRowKeyPrefixBytes + limits::kMaxActorKeyBytes + 1 + limits::kMaxTableNameBytes +
                  limits::kMaxRowKeyBytes <=
              kMaxKeyBytes);

template <class Number>
void append_big_endian(std::string& out, Number number) {
  for (int shift = (static_cast<int>(sizeof number) - 1) * 8; shift >= 0; shift -= 8)
    out.push_back(static_cast<char>((number >> shift) & 0xff));
}

template <class Number>
Number read_big_endian(std::string_view bytes) {
  Number number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i)
    number = static_cast<Number>(number << 8) | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string actors_prefix(PartitionId partition, std::uint64_t service) {
  std::string out;
  out.reserve(kActorKeyPrefixBytes);
  append_big_endian(out, partition);
  out.push_back(static_cast<char>(KeyKind::actor));
  append_big_endian(out, service);
  return out;
}

}  // namespace

std::string actor_key(PartitionId partition, std::uint64_t service_type_id, std::string_view key) {
  TROUPE_CHECK(key.size() <= limits::kMaxActorKeyBytes);
  std::string out;
  out.reserve(kActorKeyPrefixBytes + key.size());
  append_big_endian(out, partition);
  out.push_back(static_cast<char>(KeyKind::actor));
  append_big_endian(out, service_type_id);
  out.append(key);
  return out;
}

std::string actor_key(std::uint64_t service_type_id, std::string_view key) {
  return actor_key(partition_of(service_type_id, key), service_type_id, key);
}

Result<ActorKey> parse_actor_key(std::string_view bytes) {
  if (bytes.size() < kActorKeyPrefixBytes || bytes.size() > kActorKeyPrefixBytes + limits::kMaxActorKeyBytes)
    return Error(ErrorKind::corrupt, "a durable key of " + std::to_string(bytes.size()) + " bytes is no actor key");
  if (static_cast<KeyKind>(bytes[2]) != KeyKind::actor)
    return Error(ErrorKind::corrupt,
                 "a durable key of kind " + std::to_string(static_cast<unsigned char>(bytes[2])) + " is no actor key");
  return ActorKey{.partition = read_big_endian<PartitionId>(bytes),
                  .service = read_big_endian<std::uint64_t>(bytes.substr(3)),
                  .key = std::string(bytes.substr(kActorKeyPrefixBytes))};
}

void append_u16(std::string& key, std::uint16_t number) { append_big_endian(key, number); }
void append_u64(std::string& key, std::uint64_t number) { append_big_endian(key, number); }
std::uint64_t read_u64(std::string_view key) noexcept { return read_big_endian<std::uint64_t>(key); }

std::string row_key(KeyKind kind, const RowOwner& owner, std::string_view rest) {
  TROUPE_CHECK(owner.key.size() <= limits::kMaxActorKeyBytes);
  std::string out;
  out.reserve(kRowKeyPrefixBytes + owner.key.size() + rest.size() + sizeof(std::uint64_t));
  append_big_endian(out, owner.partition);
  out.push_back(static_cast<char>(kind));
  append_big_endian(out, owner.service);
  append_big_endian(out, static_cast<std::uint16_t>(owner.key.size()));
  out.append(owner.key);
  out.append(rest);
  return out;
}

Result<RowKey> parse_row_key(std::string_view bytes) {
  const auto wrong = [&] {
    return Error(ErrorKind::corrupt, "a durable key of " + std::to_string(bytes.size()) + " bytes is no row key");
  };
  if (bytes.size() < kRowKeyPrefixBytes) return wrong();
  const auto kind = static_cast<KeyKind>(bytes[2]);
  if (!begins_with_owner(kind)) return wrong();
  const std::size_t length = read_big_endian<std::uint16_t>(bytes.substr(11));
  if (length > limits::kMaxActorKeyBytes || bytes.size() < kRowKeyPrefixBytes + length) return wrong();
  return RowKey{.kind = kind,
                .partition = read_big_endian<PartitionId>(bytes),
                .service = read_big_endian<std::uint64_t>(bytes.substr(3)),
                .key = std::string(bytes.substr(kRowKeyPrefixBytes, length)),
                .rest = std::string(bytes.substr(kRowKeyPrefixBytes + length))};
}

std::string key_after(std::string_view key) {
  std::string next(key);
  if (next.size() < kMaxKeyBytes) {
    next.push_back('\0');
    return next;
  }
  while (!next.empty() && next.back() == '\xff') next.pop_back();
  if (!next.empty()) ++next.back();
  return next;
}

KeyRange prefix_range(std::string_view prefix) {
  KeyRange range{.first = std::string(prefix), .past = std::string(prefix)};
  while (!range.past.empty() && range.past.back() == '\xff') range.past.pop_back();
  if (!range.past.empty()) ++range.past.back();
  return range;
}

KeyRange kind_range(PartitionId partition, KeyKind kind) {
  std::string prefix;
  append_big_endian(prefix, partition);
  prefix.push_back(static_cast<char>(kind));
  return prefix_range(prefix);
}

KeyRange partition_range(PartitionId partition) {
  KeyRange range;
  append_big_endian(range.first, partition);
  append_big_endian(range.past, static_cast<std::uint32_t>(partition) + 1);
  range.past.erase(0, 2);
  if (partition == 0xffff) range.past = std::string(kMaxKeyBytes, '\xff');
  return range;
}

std::string partition_key(PartitionId partition) {
  std::string key = partition_range(partition).first;
  key.push_back(static_cast<char>(KeyKind::partition));
  return key;
}

KeyRange actors_of(PartitionId partition, std::uint64_t service_type_id) {
  KeyRange range{.first = actors_prefix(partition, service_type_id), .past = {}};
  if (service_type_id != ~std::uint64_t{0}) {
    range.past = actors_prefix(partition, service_type_id + 1);
  } else {
    append_big_endian(range.past, partition);
    range.past.push_back(static_cast<char>(static_cast<int>(KeyKind::actor) + 1));
  }
  return range;
}

Result<void> check_key(PartitionId partition, std::string_view key) {
  if (partition >= kPartitions)
    return Error(ErrorKind::invalid,
                 "a write set names partition " + std::to_string(partition) + " of " + std::to_string(kPartitions));
  if (key.size() < 3 || key.size() > kMaxKeyBytes)
    return Error(ErrorKind::invalid, "a durable key has " + std::to_string(key.size()) + " bytes; 3 to " +
                                         std::to_string(kMaxKeyBytes) + " are allowed");
  if (read_big_endian<PartitionId>(key) != partition)
    return Error(ErrorKind::invalid, "a durable key begins with partition " +
                                         std::to_string(read_big_endian<PartitionId>(key)) +
                                         " in a write set for partition " + std::to_string(partition));
  return {};
}

}  // namespace troupe::store
