// The overlays' lock is held for map operations only: values are made before it and freed after it.
#include "store/log/overlay.h"

#include <functional>
#include <iterator>

#include "base/check.h"

namespace troupe::store {
namespace {

void number(Overlay& overlay, std::uint64_t batch, std::span<const NumberedSet> sets) {
  for (const NumberedSet& set : sets) overlay.sequences[set.partition] = set.sequence;
  overlay.last_batch = batch;
}

using Values = std::map<std::string, Value, std::less<>>;

struct Slice {
  Values::const_iterator first, past;
};

Slice slice_of(const Values& values, const KeyRange& range) {
  const auto first = values.lower_bound(range.first);
  if (range.past.empty()) return {first, values.end()};
  return {first, range.past <= range.first ? first : values.lower_bound(range.past)};
}

// Where both have a key, the upper one's value counts.
template <class Iterator, class Before>
std::vector<Overlays::Entry> merge(Iterator upper, Iterator upper_end, Iterator lower, Iterator lower_end,
                                   Before before, const Overlays::Portion& portion) {
  std::vector<Overlays::Entry> entries;
  for (std::size_t values = 0, bytes = 0; values < portion.limit && bytes < portion.bytes;) {
    const bool at_upper = upper != upper_end, at_lower = lower != lower_end;
    if (!at_upper && !at_lower) break;
    const bool take_upper = at_upper && (!at_lower || !before(lower->first, upper->first));
    if (take_upper && at_lower && lower->first == upper->first) ++lower;
    const auto& entry = take_upper ? *upper++ : *lower++;
    entries.emplace_back(entry.first, entry.second);
    if (entry.second == nullptr) continue;
    ++values;
    bytes += entry.first.size() + entry.second->size();
  }
  return entries;
}

}  // namespace

void Overlay::add(const FrameView& frame) {
  frame.for_each([&](const LoggedWrite& write) {
    Value value;
    if (write.value) value = value_of({write.value->begin(), write.value->end()});
    values.insert_or_assign(std::string(write.key), std::move(value));
    sequences[write.partition] = write.sequence;
  });
  last_batch = frame.batch;
}

std::optional<Value> Overlays::find(std::string_view key) const {
  const std::lock_guard lock(mutex_);
  if (const auto found = active_->values.find(key); found != active_->values.end()) return found->second;
  if (frozen_ == nullptr) return std::nullopt;
  if (const auto found = frozen_->values.find(key); found != frozen_->values.end()) return found->second;
  return std::nullopt;
}

std::vector<Overlays::Entry> Overlays::slice(const KeyRange& range, const Portion& portion,
                                             const std::function<void(const Sequences&)>& at_that_moment) const {
  static const Overlay kNone;
  const std::lock_guard lock(mutex_);
  at_that_moment(active_->sequences);
  const Slice upper = slice_of(active_->values, range);
  const Slice lower = slice_of(frozen_ == nullptr ? kNone.values : frozen_->values, range);
  if (!portion.backward) return merge(upper.first, upper.past, lower.first, lower.past, std::less<>(), portion);
  return merge(std::reverse_iterator(upper.past), std::reverse_iterator(upper.first), std::reverse_iterator(lower.past),
               std::reverse_iterator(lower.first), std::greater<>(), portion);
}

Overlay Overlays::merged(const std::function<void()>& at_that_moment) const {
  std::shared_ptr<const Overlay> below;
  Overlay all;
  {
    const std::lock_guard lock(mutex_);
    at_that_moment();
    all = *active_;
    below = frozen_;
  }
  if (below != nullptr) all.values.insert(below->values.begin(), below->values.end());
  return all;
}

// A write set is often in the order of its keys: then the place of one says where the next is.
void Overlays::add(std::uint64_t batch, std::span<const NumberedSet> sets) {
  const std::lock_guard lock(mutex_);
  auto& values = active_->values;
  auto at = values.end();
  for (const NumberedSet& set : sets) {
    for (Write& write : *set.writes) {
      const bool behind_it = at != values.end() && at->first < write.key;
      if (behind_it) ++at;
      if (!behind_it || (at != values.end() && at->first < write.key)) at = values.lower_bound(write.key);
      if (at != values.end() && at->first == write.key) {
        at->second.swap(write.value);  // freed by clear(), without the lock
      } else {
        at = values.emplace_hint(at, std::move(write.key), std::move(write.value));
      }
    }
  }
  number(*active_, batch, sets);
}

void Overlays::freeze() {
  auto next = std::make_shared<Overlay>();
  const std::lock_guard lock(mutex_);
  TROUPE_CHECK(frozen_ == nullptr);
  next->sequences = active_->sequences;
  next->last_batch = active_->last_batch;
  frozen_ = std::exchange(active_, std::move(next));
}

std::shared_ptr<const Overlay> Overlays::frozen() const {
  const std::lock_guard lock(mutex_);
  return frozen_;
}

void Overlays::drop_frozen() {
  std::shared_ptr<const Overlay> done;  // freed without the lock
  const std::lock_guard lock(mutex_);
  done.swap(frozen_);
}

bool Overlays::active_empty() const {
  const std::lock_guard lock(mutex_);
  return active_->empty();
}

std::array<std::uint64_t, kPartitions> Overlays::sequences() const {
  const std::lock_guard lock(mutex_);
  return active_->sequences;
}

std::uint64_t Overlays::last_batch() const {
  const std::lock_guard lock(mutex_);
  return active_->last_batch;
}

void Overlays::passed_by(std::uint64_t batch, std::span<const NumberedSet> sets) {
  const std::lock_guard lock(mutex_);
  number(*active_, batch, sets);
}

}  // namespace troupe::store
