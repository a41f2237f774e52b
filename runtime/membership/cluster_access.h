// The records of a cluster as its node changes them: transactions of a few records with what they were, and what came
// of them taken into the directory at once, so that nobody acts on what this node itself has just changed.
#pragma once

#include <chrono>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "coordinator/coordinator.h"
#include "membership/directory.h"

namespace troupe::membership {

// How long one question to the coordinator may take before it is asked again.
inline constexpr std::chrono::milliseconds kAsk{3'000};

class ClusterAccess {
 public:
  // Outlives it.
  explicit ClusterAccess(coordinator::Coordinator& coordinator) : coordinator_(coordinator) {}

  // --- any thread ---
  [[nodiscard]] coordinator::Coordinator& coordinator() const noexcept { return coordinator_; }
  // As it is known at the moment.
  [[nodiscard]] Directory directory() const;
  template <class Look>
  [[nodiscard]] auto look(Look&& look) const {
    const std::lock_guard lock(mutex_);
    return look(directory_);
  }

  // Reads everything anew; the version to watch from.
  [[nodiscard]] Result<coordinator::Version> read_all();
  [[nodiscard]] Result<void> apply(const coordinator::Change& change);
  // One record, as it is now.
  [[nodiscard]] Result<void> read(const std::string& key);

  // True: it is so. False: something was not as it was known, nothing has changed, and what was written by others has
  // been read. An error: the coordinator cannot be reached or refuses; what could have been applied and was not
  // answered is found out before this returns, or is `unknown_outcome`.
  [[nodiscard]] Result<bool> commit(const coordinator::Transaction& transaction);

 private:
  [[nodiscard]] Result<bool> find_out(const coordinator::Transaction& transaction);
  void take_in(const coordinator::Transaction& transaction, coordinator::Version version);
  [[nodiscard]] Result<void> read_again(const coordinator::Transaction& transaction);

  coordinator::Coordinator& coordinator_;
  mutable std::mutex mutex_;
  Directory directory_;
};

// What a transaction that replaces a record of that version says.
template <class Record>
void replace(coordinator::Transaction& into, std::string key, coordinator::Version known, const Record& record,
             coordinator::SessionId session = 0) {
  into.conditions.push_back({key, known});
  into.writes.push_back({std::move(key), to_json(record), session});
}

}  // namespace troupe::membership
