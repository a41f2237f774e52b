// `meta` -> `openings`, u64.
#include "store/openings.h"

#include <cstring>
#include <string>

#include "store/lmdb_error.h"

namespace troupe::store {

Result<std::uint64_t> count_opening(Environment& environment) {
  const std::string tried = "cannot read how often the store at " + environment.directory().string() + " was opened";
  constexpr std::string_view kName = "openings";
  std::uint64_t openings = 0;
  {
    auto reading = environment.read();
    if (!reading) return reading.error();
    MDB_val key = as_val(kName), value{};
    int code = mdb_get(reading->txn(), environment.table(Table::meta), &key, &value);
    if (code == 0 && value.mv_size != sizeof openings) code = MDB_CORRUPTED;
    if (code == 0) std::memcpy(&openings, value.mv_data, sizeof openings);
    if (code != 0 && code != MDB_NOTFOUND) return lmdb_error(tried, code);
  }
  ++openings;
  (void)environment.write(0, [&](MDB_txn* txn) {
    MDB_val key = as_val(kName), value{sizeof openings, &openings};
    return mdb_put(txn, environment.table(Table::meta), &key, &value, 0);
  });
  return openings;
}

}  // namespace troupe::store
