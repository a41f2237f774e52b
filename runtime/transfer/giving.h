// One try to give a partition to another node, as the node that leads it sees it.
//
//   giver                                         taker
//     begin                                  ->     forgets what it had of the partition
//                                            <-   ready
//     records, a page at a time, of a fuzzy
//       snapshot; then the write sets since  ->     stores them
//                                            <-   stored, so that no more is under way than kWindowBytes
//     (the partition is closed here)
//     the last write sets; end               ->     all of it is on disk
//                                            <-   whole
//     (the coordinator says who owns it now)
//     lead                                   ->     opens it
//
// The partition is led here until it is closed, which is when nearly all of it is there already; so calls wait for what
// was committed in the last moments, and not for the copy. What is cut short is begun again, from the start.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "net/links.h"
#include "store/backlog.h"
#include "store/store.h"
#include "transfer/pace.h"
#include "transfer/partition_schemas.h"
#include "transfer/transfer_message.h"
#include "troupe/duration.h"

namespace troupe::transfer {

// That may be under way and is not known to be on the taker's disk; a page more at most.
inline constexpr std::uint64_t kWindowBytes = std::uint64_t{4} << 20;
// Without a word of the taker for so long nothing comes of it.
inline constexpr std::chrono::milliseconds kSilence{30'000};

// How far it is. Read by any thread.
struct Given {
  std::uint64_t records = 0;
  std::uint64_t bytes = 0;
};

class Giving {
 public:
  using Say = std::function<Result<void>(TransferMessage)>;
  // `say` sends to the taker; `pace` says how fast, and outlives it. So does `schemas`; null: the taker is not told.
  Giving(store::Store& store, PartitionId partition, Epoch epoch, std::uint64_t move, Pace& pace, Say say,
         PartitionSchemas* schemas = nullptr);
  Giving(const Giving&) = delete;
  Giving& operator=(const Giving&) = delete;

  // --- one thread, which may block ---
  // While the partition is led: the taker has all but what is committed at the moment. `unavailable`: the taker is not
  // reached, refuses, or falls behind; nothing has changed here. With the code kSchemasRefused it refuses for good.
  [[nodiscard]] Result<void> copy();
  // When it has been closed: the taker has all of it, on disk. `time_ms`: the partition's.
  [[nodiscard]] Result<void> finish(std::uint64_t time_ms);
  // The taker owns it, in that epoch. It hears so from the coordinator, too.
  void say_lead(Epoch epoch);
  // Nothing comes of it.
  void say_given_up(const std::string& why);

  // --- any thread ---
  void hear(const Word& word);
  // The link is gone, or the node stops.
  void lose(const std::string& why);
  [[nodiscard]] Given given() const;
  [[nodiscard]] PartitionId partition() const noexcept { return partition_; }

 private:
  [[nodiscard]] Result<void> send(Word word, std::size_t bytes);
  [[nodiscard]] Result<void> await_pace(std::size_t bytes);
  [[nodiscard]] Result<void> send_snapshot();
  // Everything that the backlog has behind what was sent; how much that was.
  [[nodiscard]] Result<std::uint64_t> send_sets();
  template <class Done>
  [[nodiscard]] Result<void> wait(const char* what, Done done);
  [[nodiscard]] Error trouble(const std::string& what) const;

  store::Store& store_;
  const PartitionId partition_;
  const Epoch epoch_;
  const std::uint64_t move_;
  Pace& pace_;
  const Say say_;
  PartitionSchemas* const schemas_;
  std::string told_schemas_;  // the thread's of copy()
  bool closed_ = false;       // the thread's of copy()
  std::unique_ptr<store::Backlog::Position> position_;

  mutable std::mutex mutex_;
  std::condition_variable heard_;
  bool ready_ = false;
  bool whole_ = false;
  std::uint64_t sent_ = 0;    // bytes
  std::uint64_t stored_ = 0;  // of them
  std::uint64_t words_ = 0;   // heard, so that silence is noticed
  std::uint64_t records_ = 0;
  std::optional<std::string> lost_;
  bool by_schemas_ = false;  // it was
};

}  // namespace troupe::transfer
