#include "store/backup/relocation.h"

#include <algorithm>
#include <set>
#include <utility>

#include "store/awaited_commit.h"
#include "store/format/key_kinds.h"
#include "store/format/keys.h"

namespace troupe::store {
namespace {

// Of one commit, unless a single record is larger: so that neither the log nor memory is filled by one.
constexpr std::size_t kCommitRecords = 1024;
constexpr std::size_t kCommitBytes = std::size_t{1} << 20;

template <class Visit>
Result<void> for_each_of(const PartitionSet& which, Visit visit) {
  for (std::size_t i = 0; i < kPartitions; ++i) {
    if (!which[i]) continue;
    if (Result<void> done = visit(static_cast<PartitionId>(i)); !done) return done;
  }
  return {};
}

Result<void> commit(Store& store, PartitionId partition, std::vector<Write> writes) {
  AwaitedCommit commit;
  commit.partition = partition;
  commit.writes = std::move(writes);
  return commit.through(store.commits());
}

// The records of one partition, one after the other.
class Records {
 public:
  Records(const Store& store, PartitionId partition) : store_(store), rest_(partition_range(partition)) {}

  // Null: there are no more.
  [[nodiscard]] Result<const Record*> next() {
    if (++at_ < page_.size()) return &page_[at_];
    if (!more_) return static_cast<const Record*>(nullptr);
    auto page = store_.read_page(rest_, kCommitRecords);
    if (!page) return page.error();
    page_ = std::move(page->records);
    more_ = page->more;
    at_ = 0;
    if (page_.empty()) return static_cast<const Record*>(nullptr);
    rest_.first = key_after(page_.back().key);
    return &page_[0];
  }

 private:
  const Store& store_;
  KeyRange rest_;
  std::vector<Record> page_;
  std::size_t at_ = 0;
  bool more_ = true;
};

// How two stores compare in one partition.
struct Compared {
  bool only_one = false;    // has a record that only the first has
  bool only_other = false;  // the same of the second
  bool differs = false;     // a key with two values
};

Result<Compared> compare(const Store& one, const Store& other, PartitionId partition) {
  Records ours(one, partition), theirs(other, partition);
  Compared found;
  auto our = ours.next(), their = theirs.next();
  while (our.ok() && their.ok() && (*our != nullptr || *their != nullptr)) {
    const int order = *our == nullptr ? 1 : *their == nullptr ? -1 : (*our)->key.compare((*their)->key);
    if (order == 0 && (*our)->value != (*their)->value) found.differs = true;
    if (order < 0) found.only_one = true;
    if (order > 0) found.only_other = true;
    if (order <= 0) our = ours.next();
    if (order >= 0) their = theirs.next();
  }
  if (!our.ok()) return our.error();
  if (!their.ok()) return their.error();
  return found;
}

// A move that was cut short leaves a part of one side at the other; anything else was written by somebody.
Result<void> check_room(const Store& from, const Store& to, PartitionId partition) {
  const auto compared = compare(from, to, partition);
  if (!compared) return compared.error();
  const Compared& found = compared.value();
  if (!found.differs && !(found.only_one && found.only_other)) return {};
  return Error(ErrorKind::invalid, "cannot move partition " + std::to_string(partition) + " from node " +
                                       from.identity().node + " to node " + to.identity().node +
                                       ": both hold something there, and not the same; drop it where it is not wanted");
}

class PartitionCopying {
 public:
  PartitionCopying(const Store& from, Store& to, std::uint64_t records, const Progress& progress)
      : from_(from), to_(to), records_(records), progress_(progress) {}

  Result<void> copy(PartitionId partition) {
    Records records(from_, partition);
    for (;;) {
      const auto next = records.next();
      if (!next) return next.error();
      const Record* const record = next.value();
      const std::size_t more = record == nullptr ? 0 : record->key.size() + record->value.size();
      const bool full = writes_.size() == kCommitRecords || bytes_ + more > kCommitBytes;
      if (!writes_.empty() && (full || record == nullptr))
        if (auto written = put(partition); !written) return written;
      if (record == nullptr) return {};
      writes_.push_back({.key = record->key, .value = value_of(record->value)});
      bytes_ += more;
    }
  }

 private:
  Result<void> put(PartitionId partition) {
    done_ += writes_.size();
    bytes_ = 0;
    auto written = commit(to_, partition, std::exchange(writes_, {}));
    if (progress_) progress_(done_, records_);
    return written;
  }

  const Store& from_;
  Store& to_;
  const std::uint64_t records_;
  const Progress& progress_;
  std::vector<Write> writes_;
  std::size_t bytes_ = 0;
  std::uint64_t done_ = 0;
};

template <class Entry, class Id>
void leave_out(std::vector<Entry>& entries, const std::vector<Entry>& known, Id id) {
  std::erase_if(entries, [&](const Entry& entry) {
    return std::any_of(known.begin(), known.end(), [&](const Entry& other) { return id(other) == id(entry); });
  });
}

// Those that `to` does not have: tools read by them what is there. Its own may be newer.
Result<void> copy_schemas(Store& from, Store& to) {
  auto nodes = from.schemas().nodes(), known_nodes = to.schemas().nodes();
  auto services = from.schemas().services(), known_services = to.schemas().services();
  auto tables = from.schemas().tables(), known_tables = to.schemas().tables();
  for (const Error* error : {nodes ? nullptr : &nodes.error(), known_nodes ? nullptr : &known_nodes.error(),
                             services ? nullptr : &services.error(), known_services ? nullptr : &known_services.error(),
                             tables ? nullptr : &tables.error(), known_tables ? nullptr : &known_tables.error()})
    if (error != nullptr) return *error;
  leave_out(*nodes, *known_nodes, [](const auto& node) { return node.type_id; });
  leave_out(*services, *known_services, [](const auto& service) { return service.type_id; });
  leave_out(*tables, *known_tables, [](const auto& table) { return std::pair(table.service, table.name); });
  return to.schemas().remember(*nodes, *services, *tables);
}

// What is moved was dated by the time of the node it comes from. A store that has no time yet goes on with that one.
Result<void> join_times(const Store& from, Store& to) {
  auto theirs = from.past_time(), own = to.past_time();
  if (!theirs) return theirs.error();
  if (!own) return own.error();
  const std::string boot = boot_id();
  NodeTime source(system_clock()), time(system_clock());
  if (*theirs) source.resume(**theirs, boot);
  if (!*own) return to.keep_time(source.past(boot));
  time.resume(std::move(**own), boot);
  time.join(source);
  return to.keep_time(time.past(boot));
}

}  // namespace

Result<Holding> holding_of(const Store& store, const PartitionSet& asked) {
  Holding holding;
  const auto count = [&](PartitionId partition) -> Result<void> {
    std::set<std::string> without_record;  // few: nearly every actor has one
    Result<void> looked;
    auto walked = store.walk(partition_range(partition), [&](const Record& record, const Error*) {
      if (key_kind(record.key) == KeyKind::partition) return true;  // it says what is here, and is none of it
      holding.partitions.set(partition);
      ++holding.records;
      if (key_kind(record.key) == KeyKind::actor) ++holding.actors;
      const auto row = parse_row_key(record.key);
      if (!row) return true;
      std::string owner = actor_key(partition, std::as_const(row).value().service, std::as_const(row).value().key);
      const auto has_record = store.contains(owner);
      if (!has_record) looked = has_record.error();
      if (has_record && !has_record.value()) without_record.insert(std::move(owner));
      return looked.ok();
    });
    holding.actors += without_record.size();
    return walked ? looked : walked;
  };
  if (auto counted = for_each_of(asked, count); !counted) return counted.error();
  return holding;
}

Result<void> copy_partitions(Store& from, Store& to, const PartitionSet& which, const Progress& progress) {
  const auto held = holding_of(from, which);
  if (!held) return held.error();
  const PartitionSet& filled = held.value().partitions;
  auto fits = for_each_of(filled, [&](PartitionId partition) { return check_room(from, to, partition); });
  if (!fits || filled.none()) return fits;
  if (auto joined = join_times(from, to); !joined) return joined;
  if (auto copied = copy_schemas(from, to); !copied) return copied;
  PartitionCopying copying(from, to, held.value().records, progress);
  return for_each_of(filled, [&](PartitionId partition) { return copying.copy(partition); });
}

Result<void> drop_partitions(Store& store, const PartitionSet& which, const Progress& progress) {
  std::uint64_t done = 0;
  return for_each_of(which, [&](PartitionId partition) -> Result<void> {
    for (;;) {
      auto page = store.read_page(partition_range(partition), kCommitRecords);
      if (!page) return page.error();
      if (page->records.empty()) return {};
      std::vector<Write> writes;
      for (Record& record : page->records) writes.push_back({.key = std::move(record.key)});
      done += writes.size();
      if (auto erased = commit(store, partition, std::move(writes)); !erased) return erased;
      if (progress) progress(done, done);
    }
  });
}

}  // namespace troupe::store
