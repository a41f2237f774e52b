// Reads both log files, lines their frames up and takes what LMDB lacks.
#include "store/log/recovery.h"

#include <algorithm>
#include <cstring>
#include <thread>

#include "store/format/meta_rows.h"
#include "store/identity.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/checkpoint.h"
#include "store/log/log_file.h"
#include "store/log/log_mark.h"

namespace troupe::store {
namespace {

// A live node that turns its logs over while they are read makes them look damaged; that is over in a moment.
constexpr int kTriesBesideNode = 100;
constexpr const char* kAdvice = "; restore the whole directory from a copy";

struct Base {
  std::uint64_t log_id = 0;
  std::uint64_t applied = 0;
  std::optional<std::uint64_t> marked;
};

Result<Base> read_base(const Environment& environment) {
  const std::string tried = "cannot read the store at " + environment.directory().string();
  auto reading = environment.read();
  if (!reading) return reading.error();
  Base base;
  MDB_val key = as_val(meta::kLog), value{};
  int code = mdb_get(reading->txn(), environment.table(Table::meta), &key, &value);
  if (code == 0 && value.mv_size != sizeof base.log_id) code = MDB_CORRUPTED;
  if (code == 0) std::memcpy(&base.log_id, value.mv_data, sizeof base.log_id);
  if (code == 0 || code == MDB_NOTFOUND) code = read_applied(reading->txn(), environment, base.applied);
  if (code == 0) code = read_marked(reading->txn(), environment, base.marked);
  if (code != 0) return lmdb_error(tried, code);
  return base;
}

struct Frames {
  std::vector<FrameView> whole;  // in order, those that LMDB has too among them
  bool dropped_tail = false;
};

// The frames from the front of a log on. corrupt: damage, and behind it a batch that LMDB lacks.
Result<Frames> frames_of(const LogContent& log, std::uint64_t applied, const std::filesystem::path& path) {
  Frames frames;
  std::span<const std::byte> rest = log.frames();
  while (const auto frame = parse_frame(rest, log.log_id)) {
    if (!frames.whole.empty() && frame->batch != frames.whole.back().batch + 1) break;
    frames.whole.push_back(*frame);
    rest = rest.subspan(frame->bytes.size());
  }
  const std::uint64_t last = std::max(applied, frames.whole.empty() ? 0 : frames.whole.back().batch);
  if (const auto begun = frame_begins(rest, log.log_id)) frames.dropped_tail = *begun > last;
  for (; rest.size() >= kFrameHeaderBytes; rest = rest.subspan(8)) {
    const auto begun = frame_begins(rest, log.log_id);
    if (!begun || *begun <= last || !parse_frame(rest, log.log_id)) continue;
    return Error(ErrorKind::corrupt, "the commit log " + path.string() + " is damaged after batch " +
                                         std::to_string(last) + ", and batch " + std::to_string(*begun) +
                                         " is still there behind the damage" + kAdvice);
  }
  return frames;
}

// Up to which batch everything has been synced; 0 in a store without a mark.
Result<std::uint64_t> read_mark_of(const Environment& environment) {
  auto base = read_base(environment);
  if (!base) return base.error();
  if (!base->marked) return std::uint64_t{0};
  const std::filesystem::path path = mark_path(environment.directory());
  auto mark = read_mark(path, base->log_id);
  if (!mark) return mark.error();
  if (!*mark)
    return Error(ErrorKind::corrupt, path.string() + " is missing, which says how far the commit log goes" + kAdvice);
  if (**mark < *base->marked)
    return Error(ErrorKind::corrupt, path.string() + " is an older copy: it says batch " + std::to_string(**mark) +
                                         ", and the commit log went to " + std::to_string(*base->marked) +
                                         " at the least" + kAdvice);
  return **mark;
}

// Beside a live node the order counts: what the mark says is in the logs or in LMDB when those are read after it.
Result<Recovered> try_to_recover(const Environment& environment) {
  auto mark = read_mark_of(environment);
  if (!mark) return mark.error();
  auto base = read_base(environment);
  if (!base) return base.error();
  Recovered recovered{.log_id = base->log_id, .rest = std::make_shared<Overlay>(), .marked = base->marked.has_value()};
  recovered.rest->last_batch = base->applied;

  std::array<std::optional<LogContent>, kLogFiles> logs;
  std::vector<FrameView> frames;
  for (std::size_t i = 0; i < kLogFiles; ++i) {
    const std::filesystem::path path = log_path(environment.directory(), i);
    auto log = read_log(path);
    if (!log) return log.error();
    logs[i] = std::move(log).value();
    if (!logs[i] && base->log_id != 0)
      return Error(ErrorKind::corrupt,
                   "the commit log " + path.string() + " is missing, and commits with it" + kAdvice);
    if (!logs[i]) continue;
    auto found = frames_of(*logs[i], base->applied, path);
    if (!found) return found.error();
    // A store that was being made when its process ended has logs without a word in them.
    if (logs[i]->log_id != base->log_id && (base->log_id != 0 || !found->whole.empty()))
      return Error(ErrorKind::corrupt, "the commit log " + path.string() + " belongs to another store" + kAdvice);
    recovered.dropped_tail |= found->dropped_tail;
    for (const FrameView& frame : found->whole)
      if (frame.batch > base->applied) frames.push_back(frame);
  }
  std::sort(frames.begin(), frames.end(), [](const FrameView& a, const FrameView& b) { return a.batch < b.batch; });

  const auto sequences = read_sequences(environment);
  if (!sequences) return sequences.error();
  recovered.rest->sequences = sequences.value();
  for (const FrameView& frame : frames) {
    if (frame.batch != recovered.rest->last_batch + 1)
      return Error(ErrorKind::corrupt, "the commit log in " + environment.directory().string() + " goes from batch " +
                                           std::to_string(recovered.rest->last_batch) + " to " +
                                           std::to_string(frame.batch) + kAdvice);
    recovered.rest->add(frame);
  }
  if (const std::uint64_t last = recovered.rest->last_batch; last < *mark)
    return Error(ErrorKind::corrupt, "the commit log in " + environment.directory().string() + " ends at batch " +
                                         std::to_string(last) + ", and was synced up to " + std::to_string(*mark) +
                                         ": what was committed after it is lost, or a log file was replaced by an "
                                         "older copy" +
                                         kAdvice);
  return recovered;
}

}  // namespace

Result<Recovered> recover(const Environment& environment, bool alone) {
  Result<Recovered> recovered = try_to_recover(environment);
  for (int tries = 0; !alone && !recovered && tries < kTriesBesideNode; ++tries) {
    std::this_thread::yield();
    recovered = try_to_recover(environment);
  }
  return recovered;
}

Result<std::array<std::uint64_t, kPartitions>> read_sequences(const Environment& environment) {
  auto reading = environment.read();
  if (!reading) return reading.error();
  return read_sequences(environment, reading->txn());
}

Result<std::array<std::uint64_t, kPartitions>> read_sequences(const Environment& environment, MDB_txn* txn) {
  const std::string tried = "cannot read the sequence numbers of the store at " + environment.directory().string();
  std::array<std::uint64_t, kPartitions> numbers{};
  for (std::size_t block = 0; block < kSequenceBlocks; ++block) {
    MDB_val key = as_val(kSequenceKeys[block]), value{};
    const int code = mdb_get(txn, environment.main(), &key, &value);
    if (code == MDB_NOTFOUND) continue;  // no commit yet
    if (code != 0) return lmdb_error(tried, code);
    if (value.mv_size != kSequenceBlockNumbers * sizeof numbers[0])
      return Error(ErrorKind::corrupt, tried + ": a row is damaged; restore the directory from a copy");
    std::memcpy(&numbers[block * kSequenceBlockNumbers], value.mv_data, value.mv_size);
  }
  return numbers;
}

Result<void> remember_log(Environment& environment, std::uint64_t log_id, std::uint64_t marked, bool encrypted) {
  const auto written = environment.write(0, [&](MDB_txn* txn) {
    std::uint32_t format = kStoreFormat | (encrypted ? kEncryptedFlag : 0);
    MDB_val id_key = as_val(meta::kLog), id{sizeof log_id, &log_id};
    if (const int code = mdb_put(txn, environment.table(Table::meta), &id_key, &id, 0); code != 0) return code;
    if (const int code = put_marked(txn, environment.main(), marked); code != 0) return code;
    MDB_val format_key = as_val(meta::kFormat), value{sizeof format, &format};
    return mdb_put(txn, environment.table(Table::meta), &format_key, &value, 0);
  });
  if (written.code != 0)
    return lmdb_error("cannot open the store at " + environment.directory().string(), written.code);
  return {};
}

}  // namespace troupe::store
