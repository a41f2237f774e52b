#include <lmdb.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <random>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include "baseline/baselines.h"
#include "rounds.h"

namespace troupe::bench::baseline {
namespace {

using Clock = std::chrono::steady_clock;

void check(int rc, const char* what) {
  if (rc != MDB_SUCCESS) throw std::runtime_error(std::string("LMDB: ") + what + ": " + mdb_strerror(rc));
}

class Environment {
 public:
  explicit Environment(const std::filesystem::path& dir) {
    check(mdb_env_create(&env_), "create");
    check(mdb_env_set_mapsize(env_, std::size_t{4} << 30), "map size");
    check(mdb_env_open(env_, dir.c_str(), 0, 0644), "open");
    MDB_txn* txn = begin();
    check(mdb_dbi_open(txn, nullptr, 0, &dbi_), "database");
    check(mdb_txn_commit(txn), "commit");
  }
  ~Environment() { mdb_env_close(env_); }
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  [[nodiscard]] MDB_txn* begin() {
    MDB_txn* txn = nullptr;
    check(mdb_txn_begin(env_, nullptr, 0, &txn), "begin");
    return txn;
  }
  void put(MDB_txn* txn, const std::string& key, std::vector<char>& value, std::size_t bytes) {
    MDB_val key_bytes{key.size(), const_cast<char*>(key.data())};
    MDB_val value_bytes{bytes, value.data()};
    check(mdb_put(txn, dbi_, &key_bytes, &value_bytes, 0), "put");
  }
  void erase(MDB_txn* txn, const std::string& key) {
    MDB_val key_bytes{key.size(), const_cast<char*>(key.data())};
    if (const int rc = mdb_del(txn, dbi_, &key_bytes, nullptr); rc != MDB_NOTFOUND) check(rc, "erase");
  }
  void put(MDB_txn* txn, std::uint64_t number, std::vector<char>& value) {
    std::uint64_t key = __builtin_bswap64(number);  // LMDB orders by bytes
    MDB_val key_bytes{sizeof key, &key};
    MDB_val value_bytes{value.size(), value.data()};
    check(mdb_put(txn, dbi_, &key_bytes, &value_bytes, 0), "put");
  }

 private:
  MDB_env* env_ = nullptr;
  MDB_dbi dbi_ = 0;
};

}  // namespace

PutFigures lmdb_puts(const Puts& puts, const Effort& effort) {
  Environment environment(effort.dir);
  std::vector<char> value(puts.value_bytes, 'v');
  MDB_txn* fill = environment.begin();
  for (std::uint32_t key = 0; key < puts.keys; ++key) environment.put(fill, key, value);
  check(mdb_txn_commit(fill), "commit");

  std::mt19937_64 chance(1);
  const bool at_random = puts.keys > puts.transaction;
  std::uint64_t next = 0;
  const auto commits = [&](std::chrono::nanoseconds time) {
    std::vector<double> took_us;
    auto now = Clock::now();
    for (const auto end = now + time; now < end;) {
      const auto start = now;
      MDB_txn* txn = environment.begin();
      for (std::uint32_t i = 0; i < puts.transaction; ++i, ++next) {
        ++value[next % value.size()];
        environment.put(txn, (at_random ? chance() : next) % puts.keys, value);
      }
      check(mdb_txn_commit(txn), "commit");
      now = Clock::now();
      took_us.push_back(std::chrono::duration<double, std::micro>(now - start).count());
    }
    return took_us;
  };
  commits(effort.time / 10);
  const auto start = Clock::now();
  const auto took_us = commits(effort.time);
  const std::chrono::duration<double> took = Clock::now() - start;
  return {median(took_us), static_cast<double>(took_us.size()) * puts.transaction / took.count()};
}

namespace {

// Begins a transaction with the first write, ends it with the last that fits.
class InBatches final : public Writes {
 public:
  explicit InBatches(const std::filesystem::path& dir) : environment_(dir) {}
  void put(const std::string& key, std::size_t value_bytes) override {
    ++value_[value_bytes / 2];
    environment_.put(transaction(), key, value_, value_bytes);
    wrote();
  }
  void erase(const std::string& key) override {
    environment_.erase(transaction(), key);
    wrote();
  }
  void commit() {
    if (txn_) check(mdb_txn_commit(std::exchange(txn_, nullptr)), "commit");
    in_batch_ = 0;
  }
  [[nodiscard]] std::size_t written() const noexcept { return written_; }
  void limit(std::size_t writes) noexcept { most_ = writes; }

 private:
  MDB_txn* transaction() {
    if (!txn_) txn_ = environment_.begin();
    return txn_;
  }
  void wrote() {
    ++written_;
    if (++in_batch_ == most_) commit();
  }

  Environment environment_;
  std::vector<char> value_ = std::vector<char>(std::size_t{1} << 20, 'v');
  MDB_txn* txn_ = nullptr;
  std::size_t written_ = 0, in_batch_ = 0;
  std::size_t most_ = 0;  // 0: no limit
};

}  // namespace

double lmdb_rounds(const std::vector<Stage>& stages, std::size_t operations, const Effort& effort) {
  InBatches writes(effort.dir);
  bool by_stage = true;
  std::uint64_t round = 0;
  const auto rounds = [&](std::chrono::nanoseconds time) {
    const std::uint64_t first = round;
    for (const auto end = Clock::now() + time; Clock::now() < end; ++round) {
      for (const auto& stage : stages) {
        stage(writes, round);
        if (by_stage) writes.commit();
      }
    }
    writes.commit();
    return static_cast<double>(round - first);
  };
  const double warmed = rounds(effort.time / 10);
  if (effort.batch && *effort.batch > 0) {
    by_stage = false;
    const double per_operation = static_cast<double>(writes.written()) / (warmed * static_cast<double>(operations));
    writes.limit(static_cast<std::size_t>(std::max(1.0, std::round(per_operation * *effort.batch))));
  }
  const auto start = Clock::now();
  const double done = rounds(effort.time);
  return done * static_cast<double>(operations) / std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace troupe::bench::baseline
