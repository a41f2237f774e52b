#include "transfer/taking.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/log_fields.h"
#include "store/format/keys.h"
#include "store/log/log_frame.h"
#include "store/partition_marks.h"

namespace troupe::transfer {
namespace {

constexpr std::uint64_t kNoLog = 0;  // frames that travel are of none: store/set_run.h

Error wrong(const std::string& what) { return Error(ErrorKind::corrupt, what); }

}  // namespace

// A page of records or a run of write sets. It outlives the taking where the store is slow, so it keeps what it needs.
class Taking::Stores final : public store::Commit {
 public:
  Stores(Say say, net::PeerId from, TransferMessage answer)
      : say_(std::move(say)), from_(from), answer_(std::move(answer)) {}
  void durable() noexcept override {
    say_(from_, std::move(answer_));
    delete this;
  }
  void failed(const Error& error) noexcept override {
    answer_.word = Refused{std::string("its store failed: ") + error.what()};
    say_(from_, std::move(answer_));
    delete this;
  }

 private:
  const Say say_;
  const net::PeerId from_;
  TransferMessage answer_;
};

Taking::Taking(store::Store& store, NodeTime& time, TakingRules& rules, Say say, LogSink log, PartitionSchemas* schemas)
    : store_(store),
      time_(time),
      rules_(rules),
      say_(std::move(say)),
      log_(std::move(log)),
      schemas_(schemas),
      thread_([this] { run(); }) {}

Taking::~Taking() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  came_.notify_all();
  thread_.join();
}

Result<void> Taking::hear(net::PeerId from, TransferMessage message, std::size_t bytes) {
  {
    const std::lock_guard lock(mutex_);
    if (bytes_ + bytes > kMostUnstoredBytes)
      return wrong("it sends more of a partition than may be under way: " + std::to_string(bytes_) + " bytes wait");
    bytes_ += bytes;
    heard_.push_back({Heard::What::message, from, std::move(message), bytes});
  }
  came_.notify_all();
  return {};
}

void Taking::lose(net::PeerId from) {
  {
    const std::lock_guard lock(mutex_);
    heard_.push_back({.what = Heard::What::lost, .from = from});
  }
  came_.notify_all();
}

void Taking::look_again() {
  {
    const std::lock_guard lock(mutex_);
    if (std::exchange(looks_, true)) return;
    heard_.push_back({.what = Heard::What::records});
  }
  came_.notify_all();
}

void Taking::run() {
  for (;;) {
    Heard next;
    {
      std::unique_lock lock(mutex_);
      came_.wait(lock, [&] { return stops_ || !heard_.empty(); });
      if (stops_) return;
      next = std::move(heard_.front());
      heard_.pop_front();
      bytes_ -= next.bytes;
      if (next.what == Heard::What::records) looks_ = false;
    }
    try {
      if (next.what == Heard::What::lost)
        give_up_all(next.from);
      else if (next.what == Heard::What::records)
        erase_what_is_over();
      else
        act(next);
    } catch (const std::bad_alloc&) {  // its giver hears nothing more, and begins again
      takes_.erase(next.message.partition);
    }
  }
}

void Taking::give_up(PartitionId partition) {
  const auto at = takes_.find(partition);
  if (at == takes_.end()) return;
  const Epoch epoch = at->second.epoch;
  takes_.erase(at);
  erase(partition, epoch);
}

void Taking::give_up_all(net::PeerId from) {
  std::vector<PartitionId> given_up;
  for (const auto& [partition, take] : takes_)
    if (take.from == from) given_up.push_back(partition);
  for (const PartitionId partition : given_up) give_up(partition);
}

void Taking::erase_what_is_over() {
  std::erase_if(whole_, [this](const auto& one) {
    if (!rules_.is_over(one.first, one.second)) return false;
    erase(one.first, one.second);
    return true;
  });
}

// In the epoch in which it came: what this node led since, in a later one, stays. The mark first: behind all that is
// under way, and what is erased by half is not whole.
void Taking::erase(PartitionId partition, Epoch epoch) {
  if (store_.commits().epoch(partition) != epoch) return;
  auto erased = put_mark(store_, partition, epoch, {store::PartitionMark::State::taking, epoch, 0});
  if (erased.ok()) erased = drop_partition(store_, partition, epoch, true);
  if (!erased.ok() && log_)
    log_({LogLevel::info, "transfer",
          "what came of partition " + std::to_string(partition) +
              " is erased when it is taken anew, or at the next start: " + erased.error().message(),
          LogFields{{"error", erased.error().message()}}});
}

// What is of an earlier try, or of none, comes to nothing: its giver has given it up.
Taking::Take* Taking::take_of(const Heard& heard) {
  const auto at = takes_.find(heard.message.partition);
  const bool known = at != takes_.end() && at->second.from == heard.from && at->second.move == heard.message.move;
  return known ? &at->second : nullptr;
}

void Taking::act(Heard& heard) {
  const PartitionId partition = heard.message.partition;
  Result<void> done;
  Word& word = heard.message.word;
  if (std::holds_alternative<Begin>(word)) {
    done = begin(heard);
  } else if (std::holds_alternative<Lead>(word)) {
    takes_.erase(partition);
    whole_.erase(partition);
    rules_.leads(heard.from, partition, heard.message.epoch);
  } else if (Take* take = take_of(heard)) {
    if (auto* records = std::get_if<Records>(&word)) {
      auto writes = writes_of(partition, *records);
      done = writes.ok() ? put(heard, std::move(*writes)) : Result<void>(writes.error());
    } else if (auto* sets = std::get_if<Sets>(&word)) {
      auto writes = writes_of(*take, partition, *sets);
      done = writes.ok() ? put(heard, std::move(*writes)) : Result<void>(writes.error());
    } else if (auto* last = std::get_if<End>(&word)) {
      done = end(heard, *last);
    } else if (std::holds_alternative<Give>(word)) {
      give_up(partition);
    }
  }
  if (done.ok()) return;
  if (log_)
    log_({LogLevel::warn, "transfer",
          "partition " + std::to_string(partition) + " is not taken: " + done.error().message(),
          LogFields{{"error", done.error().message()}}});
  const bool by_schemas = done.error().code() == kSchemasRefused;
  answer(heard, Refused{done.error().message().substr(0, 1000), by_schemas});
  give_up(partition);
}

Result<void> Taking::begin(const Heard& heard) {
  const PartitionId partition = heard.message.partition;
  const Epoch epoch = heard.message.epoch;
  if (const auto why = rules_.why_not(heard.from, partition, epoch)) return Error(ErrorKind::denied, *why);
  if (const auto& seen = std::get<Begin>(heard.message.word).schemas; schemas_ && !seen.empty())
    if (auto may = schemas_->take(seen); !may.ok()) return may;
  store_.commits().fence(partition, epoch);
  if (store_.commits().epoch(partition) != epoch)
    return Error(ErrorKind::invalid, "epoch " + std::to_string(epoch) + " is over here; it is in epoch " +
                                         std::to_string(store_.commits().epoch(partition)));
  const store::PartitionMark mark{store::PartitionMark::State::taking, epoch, 0};
  if (auto marked = put_mark(store_, partition, epoch, mark); !marked.ok()) return marked;
  if (auto dropped = drop_partition(store_, partition, epoch, false); !dropped.ok()) return dropped;
  whole_.erase(partition);
  takes_[partition] = {heard.from, heard.message.move, epoch};
  answer(heard, Ready{});
  return {};
}

Result<std::vector<store::Write>> Taking::writes_of(PartitionId partition, Records& records) const {
  std::vector<store::Write> writes;
  for (store::Record& record : records.records) {
    if (auto fits = store::check_row(partition, record.key, record.value.size()); !fits.ok()) return fits.error();
    if (record.key == store::partition_key(partition)) continue;
    writes.push_back({.key = std::move(record.key), .value = store::value_of(std::move(record.value))});
  }
  return writes;
}

Result<std::vector<store::Write>> Taking::writes_of(Take& take, PartitionId partition, const Sets& sets) const {
  const auto frame = store::parse_frame(sets.frame, kNoLog);
  if (!frame || frame->bytes.size() != sets.frame.size()) return wrong("a run of write sets came damaged");
  bool follows = true;
  frame->for_each_set([&](PartitionId of, std::uint64_t sequence) {
    follows = follows && of == partition && (take.last_set == 0 || sequence == take.last_set + 1);
    take.last_set = sequence;
  });
  if (!follows) return wrong("a run of write sets is of another partition, or does not follow the one before");
  std::vector<store::Write> writes;
  Result<void> fit;
  frame->for_each([&](const store::LoggedWrite& write) {
    if (auto fits = store::check_row(partition, write.key, write.value ? write.value->size() : 0); !fits.ok())
      fit = fits;
    if (write.key == store::partition_key(partition)) return;
    store::Write out{.key = std::string(write.key)};
    if (write.value) out.value = store::value_of({write.value->begin(), write.value->end()});
    writes.push_back(std::move(out));
  });
  if (!fit.ok()) return fit.error();
  return writes;
}

// Not waited for: the queue keeps the order, and tells the giver.
Result<void> Taking::put(const Heard& heard, std::vector<store::Write> writes) {
  const auto* records = std::get_if<Records>(&heard.message.word);
  std::uint64_t bytes = 0;
  if (records) {
    for (const store::Write& write : writes) bytes += write.key.size() + (write.value ? write.value->size() : 0);
  } else {
    bytes = std::get<Sets>(heard.message.word).frame.size();
  }
  if (writes.empty()) return answer(heard, Stored{bytes}), Result<void>();
  auto* commit =
      new Stores(say_, heard.from, {heard.message.partition, heard.message.epoch, heard.message.move, Stored{bytes}});
  commit->partition = heard.message.partition;
  commit->epoch = heard.message.epoch;
  commit->writes = std::move(writes);
  store_.commits().submit(commit);
  return {};
}

// Its mark is behind all that was stored; when it is on disk so is everything.
Result<void> Taking::end(const Heard& heard, const End& end) {
  const auto lead = static_cast<std::int64_t>(end.time_ms) - static_cast<std::int64_t>(time_.now());
  const store::PartitionMark mark{store::PartitionMark::State::whole, heard.message.epoch, lead};
  if (auto marked = put_mark(store_, heard.message.partition, heard.message.epoch, mark); !marked.ok()) return marked;
  takes_.erase(heard.message.partition);
  whole_[heard.message.partition] = heard.message.epoch;
  answer(heard, Whole{});
  return {};
}

}  // namespace troupe::transfer
