#include "store/past_time.h"

#include <cstring>
#include <vector>

#include "store/format/meta_rows.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::size_t kHeadNumbers = 5;

int put_row(MDB_txn* txn, const Environment& environment, std::string_view name, std::string_view bytes) {
  MDB_val key = as_val(name), value = as_val(bytes);
  return mdb_put(txn, environment.table(Table::meta), &key, &value, 0);
}

class Numbers {
 public:
  explicit Numbers(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] bool has(std::uint64_t numbers) const { return numbers <= rest_.size() / sizeof(std::uint64_t); }
  std::uint64_t next() {
    std::uint64_t number = 0;
    std::memcpy(&number, rest_.data(), sizeof number);
    rest_.remove_prefix(sizeof number);
    return number;
  }
  [[nodiscard]] std::string_view rest() const { return rest_; }

 private:
  std::string_view rest_;
};

}  // namespace

std::string encode(const NodeTime::Past& past) {
  std::vector<std::uint64_t> numbers{static_cast<std::uint64_t>(past.steady_ms), past.now, past.spans.size(),
                                     past.pauses.size(), past.joined};
  for (const auto& span : past.spans)
    numbers.insert(numbers.end(), {span.first, span.last, static_cast<std::uint64_t>(span.ahead)});
  for (const auto& pause : past.pauses) numbers.insert(numbers.end(), {pause.at, pause.lasted});
  std::string out(reinterpret_cast<const char*>(numbers.data()), numbers.size() * sizeof numbers[0]);
  return out + past.boot;
}

std::optional<NodeTime::Past> decode_past_time(std::string_view bytes) {
  Numbers numbers(bytes);
  if (!numbers.has(kHeadNumbers)) return std::nullopt;
  NodeTime::Past past;
  past.steady_ms = static_cast<std::int64_t>(numbers.next());
  past.now = numbers.next();
  const std::uint64_t spans = numbers.next(), pauses = numbers.next();
  past.joined = numbers.next();
  if (spans > NodeTime::kMostSpans || pauses > NodeTime::kMostPauses) return std::nullopt;
  if (!numbers.has(3 * spans + 2 * pauses)) return std::nullopt;
  for (std::uint64_t i = 0; i < spans; ++i) {
    const std::uint64_t first = numbers.next(), last = numbers.next();
    past.spans.push_back({first, last, static_cast<std::int64_t>(numbers.next())});
  }
  for (std::uint64_t i = 0; i < pauses; ++i) {
    const std::uint64_t at = numbers.next();
    past.pauses.push_back({at, numbers.next()});
  }
  past.boot = numbers.rest();
  return past;
}

Result<std::optional<NodeTime::Past>> read_past_time(const Environment& environment) {
  auto reading = environment.read();
  if (!reading) return reading.error();
  MDB_val key = as_val(meta::kTime), value{};
  const int code = mdb_get(reading->txn(), environment.table(Table::meta), &key, &value);
  if (code == MDB_NOTFOUND) return std::optional<NodeTime::Past>();
  if (code != 0) return lmdb_error("cannot read the time of the store at " + environment.directory().string(), code);
  return decode_past_time(as_view(value));
}

Result<void> write_past_time(Environment& environment, const NodeTime::Past& past) {
  const std::string bytes = encode(past);
  const auto written =
      environment.write(0, [&](MDB_txn* txn) { return put_row(txn, environment, meta::kTime, bytes); });
  if (written.code == 0) return {};
  return lmdb_error("cannot keep the time of the store at " + environment.directory().string(), written.code);
}

Result<std::uint64_t> begin_run(Environment& environment, const NodeTime::Past& past) {
  const std::string tried = "cannot read how often the node at " + environment.directory().string() + " has run";
  std::uint64_t run = 0;
  {
    auto reading = environment.read();
    if (!reading) return reading.error();
    MDB_val key = as_val(meta::kRuns), value{};
    int code = mdb_get(reading->txn(), environment.table(Table::meta), &key, &value);
    if (code == 0 && value.mv_size != sizeof run) code = MDB_CORRUPTED;
    if (code == 0) std::memcpy(&run, value.mv_data, sizeof run);
    if (code != 0 && code != MDB_NOTFOUND) return lmdb_error(tried, code);
  }
  ++run;
  const std::string time = encode(past);
  const std::string_view number(reinterpret_cast<const char*>(&run), sizeof run);
  (void)environment.write(0, [&](MDB_txn* txn) {
    if (const int code = put_row(txn, environment, meta::kRuns, number); code != 0) return code;
    return put_row(txn, environment, meta::kTime, time);
  });
  return run;
}

}  // namespace troupe::store
