#include "store/format/partition_mark.h"

#include <cstring>

#include "store/format/row.h"

namespace troupe::store {
namespace {

constexpr std::size_t kNumbers = 3;

}  // namespace

std::vector<std::byte> encode(const PartitionMark& mark) {
  const std::uint64_t numbers[kNumbers] = {static_cast<std::uint64_t>(mark.state), mark.epoch,
                                           static_cast<std::uint64_t>(mark.time_lead_ms)};
  std::vector<std::byte> row(kRowHeaderBytes + sizeof numbers);
  std::memcpy(row.data() + kRowHeaderBytes, numbers, sizeof numbers);
  finish_row(row);
  return row;
}

Result<PartitionMark> parse_partition_mark(std::span<const std::byte> row) {
  auto words = parse_row(row);
  if (!words.ok()) return words.error();
  std::uint64_t numbers[kNumbers];
  if (words->size() < sizeof numbers) return Error(ErrorKind::corrupt, "the mark of a partition is too short");
  std::memcpy(numbers, words->data(), sizeof numbers);
  const auto state = static_cast<PartitionMark::State>(numbers[0]);
  if ((state != PartitionMark::State::taking && state != PartitionMark::State::whole) || numbers[1] > kMaxEpoch)
    return Error(ErrorKind::corrupt, "the mark of a partition says what this build does not know");
  return PartitionMark{state, numbers[1], static_cast<std::int64_t>(numbers[2])};
}

}  // namespace troupe::store
