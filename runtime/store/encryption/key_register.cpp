#include "store/encryption/key_register.h"

#include <algorithm>
#include <cstring>

#include "store/format/meta_rows.h"
#include "store/identity.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

constexpr std::size_t kRowBytes = 24;
constexpr std::size_t kCheckAt = 8;

std::string row_of(const std::vector<RegisteredKey>& keys) {
  std::string row(keys.size() * kRowBytes, '\0');
  for (std::size_t i = 0; i < keys.size(); ++i) {
    std::memcpy(row.data() + i * kRowBytes, &keys[i].id, sizeof keys[i].id);
    std::memcpy(row.data() + i * kRowBytes + kCheckAt, keys[i].check.data(), keys[i].check.size());
  }
  return row;
}

}  // namespace

Result<std::vector<RegisteredKey>> registered_keys(const Environment& environment) {
  const std::string tried = "cannot read the keys' checks of the store at " + environment.directory().string();
  auto reading = environment.read();
  if (!reading) return reading.error();
  MDB_val name = as_val(meta::kKeys), value{};
  const int code = mdb_get(reading->txn(), environment.table(Table::meta), &name, &value);
  std::vector<RegisteredKey> keys;
  if (code == MDB_NOTFOUND) return keys;
  if (code != 0) return lmdb_error(tried, code);
  const std::string_view row = as_view(value);
  if (row.empty() || row.size() % kRowBytes != 0)
    return Error(ErrorKind::corrupt, tried + ": the row is damaged; restore the directory from a backup");
  for (std::size_t at = 0; at < row.size(); at += kRowBytes) {
    RegisteredKey& key = keys.emplace_back();
    std::memcpy(&key.id, row.data() + at, sizeof key.id);
    std::memcpy(key.check.data(), row.data() + at + kCheckAt, key.check.size());
  }
  return keys;
}

int put_registered_keys(MDB_txn* txn, const Environment& environment, const std::vector<RegisteredKey>& keys,
                        std::uint32_t format) {
  const std::string row = row_of(keys);
  std::uint32_t on_disk = format | (keys.empty() ? 0 : kEncryptedFlag);
  MDB_val name = as_val(meta::kKeys), value = as_val(row);
  MDB_val format_name = as_val(meta::kFormat), format_value{sizeof on_disk, &on_disk};
  const MDB_dbi meta = environment.table(Table::meta);
  if (!keys.empty())
    if (const int code = mdb_put(txn, meta, &name, &value, 0); code != 0) return code;
  return mdb_put(txn, meta, &format_name, &format_value, 0);
}

Result<void> check_keys(const std::vector<RegisteredKey>& registered, const KeyRing* ring, const std::string& place) {
  if (registered.empty()) return {};
  const std::string tried = "cannot open the store at " + place + ": ";
  if (ring == nullptr)
    return Error(ErrorKind::invalid, tried + "it is encrypted, with key " + std::to_string(registered.back().id) +
                                         ", and no key was given; name the file or the environment variable with it");
  for (const RegisteredKey& key : registered) {
    const KeyRing::Key* const held = ring->find(key.id);
    if (held == nullptr)
      return Error(ErrorKind::denied, tried + "some of it is sealed with key " + std::to_string(key.id) +
                                          ", which is not among the keys given; add it behind the others, or drop it "
                                          "for good with troupe db rotate while you have it");
    if (check_of(held->secret) != key.check)
      return Error(ErrorKind::denied, tried + "key " + std::to_string(key.id) +
                                          " is not the key of that id that the store was sealed with; give the right "
                                          "one, and new keys new ids");
  }
  return {};
}

Result<void> agree_on_keys(Environment& environment, const KeyRing* ring, std::uint32_t format, bool fresh) {
  const std::string place = environment.directory().string();
  auto registered = registered_keys(environment);
  if (!registered) return registered.error();
  if (auto checked = check_keys(*registered, ring, place); !checked) return checked;
  if (ring == nullptr) return {};
  if (registered->empty() && !fresh)
    return Error(ErrorKind::invalid, "cannot open the store at " + place +
                                         " with a key: it is not encrypted; encrypt it with troupe db rotate while the "
                                         "node is stopped, or name no key");
  const KeyRing::Key& first = ring->writing();
  const bool known =
      std::any_of(registered->begin(), registered->end(), [&](const RegisteredKey& key) { return key.id == first.id; });
  if (known) return {};
  registered->push_back({first.id, check_of(first.secret)});
  const auto written =
      environment.write(0, [&](MDB_txn* txn) { return put_registered_keys(txn, environment, *registered, format); });
  if (written.code != 0) return lmdb_error("cannot open the store at " + place, written.code);
  return {};
}

}  // namespace troupe::store
