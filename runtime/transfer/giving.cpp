#include "transfer/giving.h"

#include <chrono>
#include <utility>
#include <variant>
#include <vector>

#include "store/format/keys.h"
#include "store/range_snapshot.h"

namespace troupe::transfer {
namespace {

constexpr std::size_t kRecordsOfPage = 512;
constexpr std::size_t kSetsOfMessage = std::size_t{1} << 20;
// Rounds of catching up while the partition goes on; then it is closed, however much is left, which is what was
// committed in the last round.
constexpr int kMostRounds = 20;
// Less than this is left to be sent while the partition is closed.
constexpr std::uint64_t kNearlyAll = std::uint64_t{256} << 10;

}  // namespace

Giving::Giving(store::Store& store, PartitionId partition, Epoch epoch, std::uint64_t move, Pace& pace, Say say,
               PartitionSchemas* schemas)
    : store_(store),
      partition_(partition),
      epoch_(epoch),
      move_(move),
      pace_(pace),
      say_(std::move(say)),
      schemas_(schemas) {}

Error Giving::trouble(const std::string& what) const {
  return Error(ErrorKind::unavailable, "partition " + std::to_string(partition_) + " was not given: " + what);
}

template <class Done>
Result<void> Giving::wait(const char* what, Done done) {
  std::unique_lock lock(mutex_);
  while (!lost_ && !done()) {
    const std::uint64_t words = words_;
    const auto until = later(std::chrono::steady_clock::now(), kSilence);
    const bool heard = heard_.wait_until(lock, until, [&] { return lost_ || words_ != words; });
    if (!heard)
      return trouble("the taker said nothing for " + std::to_string(kSilence.count() / 1000) + " s, and " + what);
  }
  if (lost_ && by_schemas_) return Error(ErrorKind::refused, kSchemasRefused, trouble(*lost_).message());
  if (lost_) return trouble(*lost_);
  return {};
}

// Not while the partition is closed: calls wait then.
Result<void> Giving::await_pace(std::size_t bytes) {
  const TimePoint due = pace_.take(bytes, std::chrono::steady_clock::now());
  std::unique_lock lock(mutex_);
  heard_.wait_until(lock, due, [&] { return lost_.has_value(); });
  if (lost_) return trouble(*lost_);
  return {};
}

Result<void> Giving::send(Word word, std::size_t bytes) {
  if (!closed_)
    if (auto may = await_pace(bytes); !may.ok()) return may;
  if (auto room = wait("has not stored what was sent", [&] { return sent_ - stored_ < kWindowBytes; }); !room.ok())
    return room;
  {
    const std::lock_guard lock(mutex_);
    sent_ += bytes;
  }
  if (auto said = say_({partition_, epoch_, move_, std::move(word)}); !said.ok())
    return trouble(said.error().message());
  return {};
}

Result<void> Giving::copy() {
  auto position = store_.commits().backlog().hold(partition_);
  if (!position.ok()) return position.error();
  position_ = std::move(*position);
  if (schemas_) {
    auto seen = schemas_->seen_in(partition_);
    if (!seen.ok()) return seen.error();
    told_schemas_ = std::move(*seen);
  }
  if (auto begun = send(Begin{told_schemas_}, 0); !begun.ok()) return begun;
  if (auto ready = wait("is not ready to take it", [&] { return ready_; }); !ready.ok()) return ready;
  if (auto sent = send_snapshot(); !sent.ok()) return sent;
  for (int round = 0; round < kMostRounds; ++round) {
    auto more = send_sets();
    if (!more.ok()) return more.error();
    // What is on the way then is not waited for while the partition is closed.
    if (auto all = wait("has not stored what was sent", [&] { return stored_ == sent_; }); !all.ok()) return all;
    if (*more < kNearlyAll) break;
  }
  return {};
}

Result<void> Giving::send_snapshot() {
  store::RangeSnapshot snapshot(store_, partition_, store::partition_range(partition_));
  const std::string mark = store::partition_key(partition_);
  while (!snapshot.ended()) {
    auto page = snapshot.next(kRecordsOfPage);
    if (!page.ok()) return page.error();
    std::erase_if(*page, [&](const store::Record& record) { return record.key == mark; });
    if (page->empty()) continue;
    std::size_t bytes = 0;
    for (const store::Record& record : *page) bytes += record.key.size() + record.value.size();
    {
      const std::lock_guard lock(mutex_);
      records_ += page->size();
    }
    if (auto sent = send(Records{std::move(*page)}, bytes); !sent.ok()) return sent;
  }
  return {};
}

Result<std::uint64_t> Giving::send_sets() {
  std::uint64_t all = 0;
  for (;;) {
    auto runs = position_->read(kSetsOfMessage);
    if (!runs.ok()) return trouble(runs.error().message());
    if (runs->empty()) return all;
    for (const store::SetRun& run : *runs) {
      all += run.frame->size();
      if (auto sent = send(Sets{*run.frame}, run.frame->size()); !sent.ok()) return sent.error();
      position_->advance(run.last);
    }
    if (all > kNearlyAll) return all;
  }
}

Result<void> Giving::finish(std::uint64_t time_ms) {
  closed_ = true;
  if (schemas_) {
    // What was written since may be of a service, or a table, that was not there.
    auto seen = schemas_->seen_in(partition_);
    if (!seen.ok()) return seen.error();
    if (*seen != told_schemas_) return trouble("what is in it came to be of other schemas while it was copied");
  }
  for (;;) {
    auto more = send_sets();
    if (!more.ok()) return more.error();
    if (*more == 0) break;
  }
  if (auto sent = send(End{time_ms}, 0); !sent.ok()) return sent;
  return wait("has not said that it has all", [&] { return whole_; });
}

void Giving::say_lead(Epoch epoch) { (void)say_({partition_, epoch, move_, Lead{}}); }

void Giving::say_given_up(const std::string& why) {
  (void)say_({partition_, epoch_, move_, Give{why.substr(0, 1000)}});
}

void Giving::hear(const Word& word) {
  const std::lock_guard lock(mutex_);
  ++words_;
  if (std::holds_alternative<Ready>(word)) ready_ = true;
  if (std::holds_alternative<Whole>(word)) whole_ = true;
  // A taker that claims to have stored more than was sent has what was sent.
  if (const auto* stored = std::get_if<Stored>(&word)) stored_ = std::min(stored_ + stored->bytes, sent_);
  if (const auto* refused = std::get_if<Refused>(&word)) {
    lost_ = "the taker refuses it: " + refused->why;
    by_schemas_ = refused->by_schemas;
  }
  heard_.notify_all();
}

void Giving::lose(const std::string& why) {
  const std::lock_guard lock(mutex_);
  if (!lost_) lost_ = why;
  heard_.notify_all();
}

Given Giving::given() const {
  const std::lock_guard lock(mutex_);
  return {records_, sent_};
}

}  // namespace troupe::transfer
