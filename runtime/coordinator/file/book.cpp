#include "coordinator/file/book.h"

#include <algorithm>
#include <cstring>

namespace troupe::coordinator::file {
namespace {

constexpr std::string_view kStateKey = "state";
constexpr std::size_t kRecordHead = 2 * sizeof(std::uint64_t);
constexpr char kPut = 'p';
constexpr char kErased = 'e';

// What a row may take of the file: pages of the tree are half full at worst, and what does not fit into half a page has
// pages of its own.
constexpr std::size_t kLmdbPageBytes = 4096;
constexpr std::size_t kInPage = 1900;
constexpr std::size_t kAroundRow = 64;

std::uint64_t footprint(std::size_t key, std::size_t value) noexcept {
  const std::size_t inside = 2 * (key + kAroundRow);
  if (key + value <= kInPage) return inside + 2 * value;
  return inside + (value + kAroundRow + kLmdbPageBytes - 1) / kLmdbPageBytes * kLmdbPageBytes;
}

template <class Number>
void append(std::string& to, Number number) {
  to.append(reinterpret_cast<const char*>(&number), sizeof number);
}

template <class Number>
Number number_at(std::string_view bytes, std::size_t at) {
  Number number{};
  if (bytes.size() < at + sizeof number) throw LmdbFailure{MDB_CORRUPTED};
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

template <class Number>
void append_big(std::string& to, Number number) {
  for (int shift = static_cast<int>(sizeof number) * 8 - 8; shift >= 0; shift -= 8)
    to += static_cast<char>(number >> shift & 0xff);
}

std::uint64_t big_at(std::string_view bytes) {
  if (bytes.size() < sizeof(std::uint64_t)) throw LmdbFailure{MDB_CORRUPTED};
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < sizeof number; ++i) number = number << 8 | static_cast<unsigned char>(bytes[i]);
  return number;
}

std::string session_key(SessionId session) {
  std::string key;
  append_big(key, session);
  return key;
}

std::string owned_key(SessionId session, std::string_view record) { return session_key(session).append(record); }

Version version_of(std::string_view row) { return number_at<Version>(row, 0); }
SessionId session_of(std::string_view row) { return number_at<SessionId>(row, sizeof(Version)); }
std::string_view value_of(std::string_view row) {
  if (row.size() < kRecordHead) throw LmdbFailure{MDB_CORRUPTED};
  return row.substr(kRecordHead);
}

Change change_of(Version version, std::string_view row) {
  const std::size_t length = number_at<std::uint16_t>(row, 1);
  const std::size_t head = 1 + sizeof(std::uint16_t);
  if (row.size() < head + length) throw LmdbFailure{MDB_CORRUPTED};
  Change change{.key = std::string(row.substr(head, length)), .value = {}, .version = version};
  if (row.front() == kPut) change.value = std::string(row.substr(head + length));
  return change;
}

State state_in(std::optional<std::string_view> row) {
  if (!row) return {};
  if (row->size() != sizeof(State)) throw LmdbFailure{MDB_CORRUPTED};
  return number_at<State>(*row, 0);
}

}  // namespace

Book::Book(MDB_txn* txn, const Tables& tables, const Bounds& bounds)
    : meta_(txn, tables[0]),
      records_(txn, tables[1]),
      owned_(txn, tables[2]),
      sessions_(txn, tables[3]),
      history_(txn, tables[4]),
      bounds_(bounds),
      state_(state_in(meta_.get(kStateKey))) {}

void Book::save() const {
  std::string row;
  append(row, state_);
  meta_.put(kStateKey, row);
}

std::optional<Record> Book::get(std::string_view key) const {
  const auto row = records_.get(key);
  if (!row) return std::nullopt;
  return Record{std::string(key), std::string(value_of(*row)), version_of(*row)};
}

Range Book::range(std::string_view prefix) const {
  Range range{.records = {}, .version = state_.version};
  records_.visit(prefix, [&](std::string_view key, std::string_view row) {
    if (!key.starts_with(prefix)) return false;
    range.records.push_back({std::string(key), std::string(value_of(row)), version_of(row)});
    return true;
  });
  return range;
}

std::vector<SessionId> Book::sessions() const {
  std::vector<SessionId> all;
  sessions_.visit({}, [&](std::string_view key, std::string_view) {
    all.push_back(big_at(key));
    return true;
  });
  return all;
}

bool Book::has_session(SessionId session) const { return sessions_.get(session_key(session)).has_value(); }

Result<Outcome> Book::commit(const Transaction& transaction) {
  for (const Condition& condition : transaction.conditions) {
    const auto row = records_.get(condition.key);
    if ((row ? version_of(*row) : 0) != condition.version) return Outcome{false, state_.version};
  }
  bool puts = false;
  for (const Write& write : transaction.writes) {
    if (!write.value) continue;
    puts = true;
    if (write.session != 0 && !has_session(write.session))
      return Error(ErrorKind::invalid, "cannot write " + write.key + ": session " + std::to_string(write.session) +
                                           " has ended, or never was; open another one");
  }
  begin_version();
  for (const Write& write : transaction.writes) write.value ? put(write) : erase(write.key);
  if (puts && state_.record_bytes > bounds_.record_bytes)
    return Error(ErrorKind::overloaded, "it is full: its records would take " + std::to_string(state_.record_bytes) +
                                            " bytes of " + std::to_string(bounds_.record_bytes) +
                                            "; erase what is no longer needed");
  forget_old();
  return Outcome{true, state_.version};
}

SessionId Book::begin_session(std::string_view name) {
  const SessionId session = ++state_.last_session;
  sessions_.put(session_key(session), name);
  changed_ = true;
  return session;
}

void Book::end_session(SessionId session) {
  if (!has_session(session)) return;
  std::vector<std::string> keys;
  const std::string prefix = session_key(session);
  owned_.visit(prefix, [&](std::string_view key, std::string_view) {
    if (!key.starts_with(prefix)) return false;
    keys.emplace_back(key.substr(prefix.size()));
    return true;
  });
  begin_version();
  for (const std::string& key : keys) erase(key);
  sessions_.erase(prefix);
  changed_ = true;
  forget_old();
}

// The version itself is taken by its first change.
void Book::begin_version() noexcept { noted_ = 0; }

void Book::put(const Write& write) {
  const Version version = state_.version + (noted_ == 0 ? 1 : 0);
  if (const auto old = records_.get(write.key)) {
    state_.record_bytes -= footprint(write.key.size(), old->size());
    if (const SessionId session = session_of(*old); session != 0) owned_.erase(owned_key(session, write.key));
  }
  std::string row;
  row.reserve(kRecordHead + write.value->size());
  append(row, version);
  append(row, write.session);
  row += *write.value;
  records_.put(write.key, row);
  state_.record_bytes += footprint(write.key.size(), row.size());
  if (write.session != 0) owned_.put(owned_key(write.session, write.key), {});
  note(kPut, write.key, *write.value);
}

void Book::erase(std::string_view key) {
  const auto old = records_.get(key);
  if (!old) return;
  state_.record_bytes -= footprint(key.size(), old->size());
  if (const SessionId session = session_of(*old); session != 0) owned_.erase(owned_key(session, key));
  records_.erase(key);
  note(kErased, key, {});
}

void Book::note(char kind, std::string_view key, std::string_view value) {
  if (noted_ == 0) ++state_.version;
  std::string at;
  append_big(at, state_.version);
  append_big(at, noted_++);
  std::string row(1, kind);
  append(row, static_cast<std::uint16_t>(key.size()));
  row.append(key).append(value);
  history_.put(at, row);
  state_.history_bytes += footprint(at.size(), row.size());
  changed_ = true;
}

void Book::forget_old() {
  if (state_.history_bytes <= bounds_.history_bytes) return;
  std::vector<std::string> keys;
  std::uint64_t left = state_.history_bytes;
  history_.visit({}, [&](std::string_view key, std::string_view row) {
    const Version version = big_at(key);
    if (version != state_.forgotten && left <= bounds_.history_bytes) return false;
    left -= footprint(key.size(), row.size());
    state_.forgotten = version;
    keys.emplace_back(key);
    return true;
  });
  for (const std::string& key : keys) history_.erase(key);
  state_.history_bytes = left;
}

Book::Page Book::changes_after(Version after, std::size_t bytes) const {
  Page page{.changes = {}, .upto = state_.version};
  std::size_t taken = 0;
  history_.visit(session_key(after + 1), [&](std::string_view key, std::string_view row) {
    const Version version = big_at(key);
    if (taken > bytes && version != page.changes.back().version) {
      page.upto = page.changes.back().version;
      return false;
    }
    taken += row.size();
    page.changes.push_back(change_of(version, row));
    return true;
  });
  return page;
}

}  // namespace troupe::coordinator::file
