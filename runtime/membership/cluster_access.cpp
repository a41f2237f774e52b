#include "membership/cluster_access.h"

#include <utility>

namespace troupe::membership {

using coordinator::Transaction;

Directory ClusterAccess::directory() const {
  const std::lock_guard lock(mutex_);
  return directory_;
}

Result<coordinator::Version> ClusterAccess::read_all() {
  auto all = coordinator_.range("", kAsk);
  if (!all.ok()) return all.error();
  const std::lock_guard lock(mutex_);
  if (auto loaded = directory_.load(*all); !loaded.ok()) return loaded.error();
  return all->version;
}

Result<void> ClusterAccess::apply(const coordinator::Change& change) {
  const std::lock_guard lock(mutex_);
  return directory_.apply(change);
}

Result<void> ClusterAccess::read(const std::string& key) {
  auto record = coordinator_.get(key, kAsk);
  if (!record.ok()) return record.error();
  if (!record->has_value()) return {};  // when it went, the watch tells
  return apply({key, (*record)->value, (*record)->version});
}

void ClusterAccess::take_in(const Transaction& transaction, coordinator::Version version) {
  const std::lock_guard lock(mutex_);
  for (const coordinator::Write& write : transaction.writes) (void)directory_.apply({write.key, write.value, version});
}

Result<void> ClusterAccess::read_again(const Transaction& transaction) {
  for (const coordinator::Condition& condition : transaction.conditions)
    if (auto read = this->read(condition.key); !read.ok()) return read;
  return {};
}

Result<bool> ClusterAccess::commit(const Transaction& transaction) {
  auto outcome = coordinator_.commit(transaction, kAsk);
  if (outcome.ok()) {
    if (outcome->applied) {
      take_in(transaction, outcome->version);
      return true;
    }
    if (auto read = read_again(transaction); !read.ok()) return read.error();
    return false;
  }
  if (outcome.error().kind() == ErrorKind::unknown_outcome) return find_out(transaction);
  return outcome.error();
}

// Whether the first of its writes stands there. Every value that nodes write names who wrote it and in which epoch or
// incarnation, so the same value is that write.
Result<bool> ClusterAccess::find_out(const Transaction& transaction) {
  const coordinator::Write& first = transaction.writes.front();
  auto record = coordinator_.get(first.key, kAsk);
  if (!record.ok())
    return Error(ErrorKind::unknown_outcome,
                 "it is not known whether the coordinator took a change: " + record.error().message());
  const bool stands = record->has_value() && first.value && (*record)->value == *first.value;
  if (stands) {
    take_in(transaction, (*record)->version);
    return true;
  }
  // It may still be on its way. A second one under the same conditions is applied instead of it, or neither is.
  auto again = coordinator_.commit(transaction, kAsk);
  if (!again.ok()) return again.error();
  if (again->applied) {
    take_in(transaction, again->version);
    return true;
  }
  if (auto read = read_again(transaction); !read.ok()) return read.error();
  auto now = coordinator_.get(first.key, kAsk);
  if (!now.ok()) return now.error();
  return now->has_value() && first.value && (*now)->value == *first.value;
}

}  // namespace troupe::membership
