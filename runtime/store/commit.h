// A write set on its way to the disk: what a turn hands to the commit queue.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

// What lies under a key, shared by whoever writes and reads it. Null: nothing, or erased.
using Value = std::shared_ptr<const std::vector<std::byte>>;
[[nodiscard]] inline Value value_of(std::vector<std::byte> bytes) {
  return std::make_shared<const std::vector<std::byte>>(std::move(bytes));
}

struct Write {
  std::string key = {};
  Value value = {};  // null: erase; erasing a key that is not there is no failure
};

// Whether a row can be stored at all; `invalid` says why not. What makes a write set asks before it changes anything.
[[nodiscard]] Result<void> check_row(PartitionId partition, std::string_view key, std::size_t value_bytes);

// One turn's write set, or, with no writes, a barrier: it completes after everything of its partition that was
// submitted before it, and costs no transaction. The submitter leaves the object alone until durable() or failed() is
// called, which happens exactly once, in the order of submission within a partition, on the writer thread or the
// teller's (teller.h), never on both at a time. In it the object may delete itself.
class Commit {
 public:
  virtual ~Commit() = default;

  virtual void durable() noexcept = 0;
  // invalid: this write set can never be stored; nothing of it was. unavailable: nothing was stored; the queue has
  // stopped, or what this was decided on was not stored. unknown_outcome: the disk failed while syncing; a restart will
  // tell.
  virtual void failed(const Error& error) noexcept = 0;

  PartitionId partition = 0;
  // The age that its actor's memory was in when this was decided, and where it counts. The queue begins another when it
  // could not store a commit of that age: then none that was decided on it is stored, nor any barrier let through.
  std::uint32_t age = 0;
  std::atomic<std::uint32_t>* ages = nullptr;
  // Every key begins with `partition`; later writes of one key win. The queue takes them: spent in durable().
  std::vector<Write> writes;
  std::uint64_t epoch = 0;     // of its partition, in which this was decided (CommitQueue::fence)
  std::uint64_t sequence = 0;  // set by the queue before durable(): the partition's number of this commit
  Commit* next_commit = nullptr;
  TimePoint submitted{};  // by the machine's clock, if somebody observes
};

}  // namespace troupe::store
