#include <lmdb.h>

#include <chrono>
#include <random>
#include <stdexcept>
#include <string>
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

}  // namespace troupe::bench::baseline
