// What the two nodes of a hand-over say to each other, as values and as bytes. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "base/epoch.h"
#include "store/store.h"
#include "troupe/error.h"
#include "troupe/ids.h"
#include "wire/frame.h"

namespace troupe::transfer {

// --- the node that gives the partition ---
struct Begin {
  std::string schemas{};  // partition_schemas.h
};
struct Records {
  std::vector<store::Record> records;
};
struct Sets {
  std::vector<std::byte> frame;  // of a store::SetRun
};
struct End {
  std::uint64_t time_ms = 0;  // the partition's, by which its replies are dated
};
struct Lead {};
struct Give {
  std::string why;
};
// --- the node that takes it ---
struct Ready {};
struct Stored {
  std::uint64_t bytes = 0;
};
struct Whole {};
struct Refused {
  std::string why;
  bool by_schemas = false;
};

using Word = std::variant<Begin, Records, Sets, End, Lead, Give, Ready, Stored, Whole, Refused>;

struct TransferMessage {
  PartitionId partition = 0;
  Epoch epoch = 0;
  std::uint64_t move = 0;
  Word word{};
};

[[nodiscard]] wire::Bytes encode(const TransferMessage& message);
// `corrupt`: no such message.
[[nodiscard]] Result<TransferMessage> decode(std::span<const char> bytes);

}  // namespace troupe::transfer
