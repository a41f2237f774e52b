// Walks LMDB and the overlays side by side and appends to the copy in their order; then reads the copy back.
#include "store/backup/store_copy.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/private_files.h"
#include "store/encryption/cipher.h"
#include "store/encryption/key_register.h"
#include "store/format/checksum.h"
#include "store/format/file_names.h"
#include "store/format/meta_rows.h"
#include "store/lmdb/cursor.h"
#include "store/lmdb/environment.h"
#include "store/lmdb/lmdb_error.h"
#include "store/log/checkpoint.h"
#include "store/log/overlay.h"
#include "store/log/recovery.h"
#include "store/store.h"

namespace troupe::store {
namespace {

constexpr std::size_t kCopyPieceRecords = 4096;
constexpr std::size_t kCopyPieceBytes = std::size_t{8} << 20;
// What the node may write while a copy is made before its map has to grow, which ends the copy: the longer it takes,
// the more that is. Each try that was too short allows four times as much. The map makes a sparse file as long, so it
// is no more than that.
constexpr std::size_t kSmallestHeadroomBytes = std::size_t{32} << 20;
constexpr std::size_t kLargestHeadroomBytes = std::size_t{4} << 30;
constexpr int kCopyTries = 4;

std::size_t headroom(std::size_t used, int tries) {
  return std::min(kLargestHeadroomBytes, std::max(kSmallestHeadroomBytes, 2 * used) << 2 * tries);
}

std::uint64_t digest(std::uint64_t so_far, std::string_view key, std::string_view value) {
  const auto bytes = [](std::string_view text) { return std::as_bytes(std::span(text)); };
  return checksum(bytes(value), checksum(bytes(key), so_far));
}

// One moment of the original.
struct Moment {
  Overlay above;
  Environment::Reading beneath;
};

class Copying {
 public:
  Copying(const Environment& from, const Moment& moment, const Opener* opener, const CopyOptions& options,
          const std::atomic<bool>& give_up)
      : from_(from), moment_(moment), opener_(opener), options_(options), give_up_(give_up) {
    if (options.sealing == Sealing::sealed_anew) sealer_.emplace(options.keys);
  }

  Result<Copied> run(StoreIdentity identity) {
    auto keys = registered_keys(from_);
    if (!keys) return keys.error();
    if (options_.sealing != Sealing::as_it_is) keys->clear();
    if (sealer_) keys->push_back({options_.keys->writing().id, check_of(options_.keys->writing().secret)});
    copied_.encrypted = identity.encrypted = !keys->empty();
    auto made = Environment::open({.directory = options_.directory,
                                   .initial_map_bytes = from_.used_bytes() + (std::size_t{4} << 20),
                                   .max_map_bytes = limits::kMaxStoreBytes,
                                   .sync = false},
                                  identity);
    if (!made) return made.error();
    to_ = std::move(made).value();
    if (auto rows = copy_tables(*keys, identity.format); !rows) return rows.error();
    if (auto records = copy_records(); !records) return records.error();
    if (const int code = to_->sync(); code != 0) return failed(code);
    copied_.file_bytes = to_->used_bytes();
    to_.reset();
    return cut();
  }
  [[nodiscard]] std::uint64_t written() const { return digest_; }

 private:
  Error failed(int code) const {
    return lmdb_error("cannot write the copy of the store to " + options_.directory.string(), code);
  }

  // The small tables and the numbers.
  Result<void> copy_tables(const std::vector<RegisteredKey>& keys, std::uint32_t format) {
    MDB_txn* const txn = moment_.beneath.txn();
    auto sequences = read_sequences(from_, txn);
    if (!sequences) return sequences.error();
    for (std::size_t i = 0; i < kPartitions; ++i)
      (*sequences)[i] = std::max((*sequences)[i], moment_.above.sequences[i]);
    std::uint64_t applied = 0;
    std::optional<std::uint64_t> marked;
    if (const int code = read_applied(txn, from_, applied); code != 0) return failed(code);
    if (const int code = read_marked(txn, from_, marked); code != 0) return failed(code);
    copied_.batch = std::max(applied, moment_.above.last_batch);

    const auto written = to_->write(0, [&](MDB_txn* into) {
      for (const Table table : {Table::schema, Table::meta}) {
        Cursor cursor(txn, from_.table(table));
        for (cursor.seek({}); cursor.at_one({}); cursor.next()) {
          if (table == Table::meta && !travels(cursor.key())) continue;
          MDB_val key = as_val(cursor.key()), value = cursor.value();
          if (const int code = mdb_put(into, to_->table(table), &key, &value, 0); code != 0) return code;
        }
        if (cursor.failure() != 0) return cursor.failure();
      }
      if (const int code = put_registered_keys(into, *to_, keys, format); code != 0) return code;
      if (marked && options_.beside_logs)
        if (const int code = put_marked(into, to_->main(), *marked); code != 0) return code;
      return put_numbers(into, to_->main(), copied_.batch, *sequences);
    });
    return written.code == 0 ? Result<void>() : failed(written.code);
  }

  [[nodiscard]] bool travels(std::string_view name) const {
    return name != meta::kKeys && name != meta::kFormat && (options_.beside_logs || name != meta::kLog);
  }

  Result<void> copy_records() {
    MDB_txn* const txn = moment_.beneath.txn();
    MDB_stat stat{};
    if (const int code = mdb_stat(txn, from_.table(Table::records), &stat); code != 0) return failed(code);
    Cursor beneath(txn, from_.table(Table::records));
    beneath.seek({});
    auto above = moment_.above.values.begin();
    const auto last = moment_.above.values.end();
    while (above != last || beneath.at_one({})) {
      if (above != last && (!beneath.at_one({}) || above->first <= beneath.key())) {
        if (beneath.at_one({}) && above->first == beneath.key()) beneath.next();
        if (above->second != nullptr)
          if (auto taken = take(above->first, {above->second->size(), const_cast<std::byte*>(above->second->data())});
              !taken)
            return taken;
        ++above;
      } else {
        if (auto taken = take(beneath.key(), beneath.value()); !taken) return taken;
        beneath.next();
      }
      if (piece_.size() < kCopyPieceRecords && piece_bytes_ < kCopyPieceBytes) continue;
      if (auto put = put_piece(); !put) return put;
      if (options_.progress)
        options_.progress(copied_.records, std::max<std::uint64_t>(stat.ms_entries, copied_.records));
      if (give_up_) return Error(ErrorKind::unavailable, "the node stops, and with it the copy of its store");
      if (from_.resize_waits()) return Error(ErrorKind::overloaded, "the store grew while it was copied; try again");
    }
    if (const int code = beneath.failure(); code != 0)
      return lmdb_error("cannot read records of the store at " + from_.directory().string(), code);
    if (auto put = put_piece(); !put) return put;
    if (options_.progress) options_.progress(copied_.records, copied_.records);
    return {};
  }

  // Into the piece at hand. Values that stay as they are stay where they are.
  Result<void> take(std::string_view key, MDB_val value) {
    if (options_.sealing != Sealing::as_it_is) {
      const auto* bytes = static_cast<const std::byte*>(value.mv_data);
      std::vector<std::byte> changed(bytes, bytes + value.mv_size);
      if (opener_ != nullptr) {
        auto opened = opener_->open(key, changed);
        if (!opened)
          return Error(opened.error().kind(), "cannot copy a record of the store at " + from_.directory().string() +
                                                  ": " + opened.error().message() +
                                                  "; troupe db verify tells which record");
        changed = std::move(opened).value();
      }
      if (sealer_ && !sealer_->seal(key, changed)) return failed(ENOMEM);
      changed_.push_back(std::move(changed));
      value = {changed_.back().size(), changed_.back().data()};
    }
    piece_.emplace_back(as_val(key), value);
    piece_bytes_ += key.size() + value.mv_size;
    return {};
  }

  Result<void> put_piece() {
    const auto written = to_->write(piece_bytes_, [&](MDB_txn* txn) {
      for (const auto& [key, value] : piece_) {
        MDB_val k = key, v = value;
        if (const int code = mdb_put(txn, to_->table(Table::records), &k, &v, MDB_APPEND); code != 0) return code;
      }
      return 0;
    });
    // A key that is not behind the one before it: LMDB says so in this way.
    if (written.code == MDB_KEYEXIST)
      return Error(ErrorKind::corrupt, "cannot copy the store at " + from_.directory().string() +
                                           ": its keys are out of order; restore it from a backup");
    if (written.code != 0) return failed(written.code);
    for (const auto& [key, value] : piece_) digest_ = digest(digest_, as_view(key), as_view(value));
    copied_.records += piece_.size();
    copied_.bytes += piece_bytes_;
    piece_.clear();
    changed_.clear();
    piece_bytes_ = 0;
    return {};
  }

  // The copy's file ends at its last page.
  Result<Copied> cut() {
    const std::filesystem::path file = options_.directory / kDataFile;
    const int fd = ::open(file.c_str(), O_RDWR | O_CLOEXEC);
    int code = fd < 0 ? errno : 0;
    if (code == 0 && ::ftruncate(fd, static_cast<off_t>(copied_.file_bytes)) != 0) code = errno;
    if (code == 0 && ::fsync(fd) != 0) code = errno;
    if (fd >= 0) ::close(fd);
    if (code != 0) return failed(code);
    return copied_;
  }

  const Environment& from_;
  const Moment& moment_;
  const Opener* const opener_;
  const CopyOptions& options_;
  const std::atomic<bool>& give_up_;
  std::optional<Sealer> sealer_;
  std::unique_ptr<Environment> to_;
  std::vector<std::pair<MDB_val, MDB_val>> piece_;
  std::vector<std::vector<std::byte>> changed_;
  std::size_t piece_bytes_ = 0;
  std::uint64_t digest_ = 0;
  Copied copied_;
};

// What was written is there, in that order, and opens.
Result<void> read_back(const CopyOptions& options, const Copied& copied, std::uint64_t written) {
  StoreIdentity identity;
  auto copy = Environment::open({.directory = options.directory, .read_only = true}, identity);
  if (!copy) return copy.error();
  auto reading = (*copy)->read();
  if (!reading) return reading.error();
  const std::unique_ptr<Opener> opener =
      options.sealing == Sealing::sealed_anew ? std::make_unique<Opener>(options.keys) : nullptr;
  std::uint64_t records = 0, found = 0;
  Cursor cursor(reading->txn(), (*copy)->table(Table::records));
  for (cursor.seek({}); cursor.at_one({}); cursor.next(), ++records) {
    const MDB_val& value = cursor.value();
    found = digest(found, cursor.key(), as_view(value));
    if (!opener) continue;
    auto opened = opener->open(cursor.key(), {static_cast<const std::byte*>(value.mv_data), value.mv_size});
    if (!opened) return opened.error();
  }
  if (cursor.failure() == 0 && records == copied.records && found == written) return {};
  return Error(ErrorKind::corrupt, "the copy of the store at " + options.directory.string() +
                                       " does not hold what was written to it; check the disk");
}

}  // namespace

Result<Copied> Store::copy(const CopyOptions& options) const {
  const std::unique_lock one_at_a_time(copying_, std::try_to_lock);
  if (!one_at_a_time)
    return Error(ErrorKind::overloaded, "the store at " + environment_->directory().string() +
                                            " is being copied already; wait for that to end");
  std::error_code failure = make_private_directories(options.directory);
  const std::filesystem::path file = options.directory / kDataFile;
  if (failure) return lmdb_error("cannot make the directory " + options.directory.string(), failure.value());
  if (std::filesystem::exists(file, failure))
    return Error(ErrorKind::invalid, "there is a store at " + options.directory.string() + " already");

  Result<Copied> copied = Error(ErrorKind::unavailable, "nothing was copied");
  for (int tries = 0; tries < kCopyTries; ++tries) {
    if (commits_ != nullptr) environment_->reserve(headroom(environment_->used_bytes(), tries));
    std::optional<Result<Environment::Reading>> reading;
    Overlay above = overlays_->merged([&] { reading.emplace(environment_->read()); });
    if (!*reading) return reading->error();
    if (overtaken((*reading)->txn())) above.values.clear();
    const Moment moment{std::move(above), std::move(**reading)};
    CopyOptions told = options;
    told.progress = [&](std::uint64_t done, std::uint64_t of) {
      copy_done_ = done;
      copy_of_ = of;
      if (options.progress) options.progress(done, of);
    };
    Copying copying(*environment_, moment, opener_.get(), told, copies_end_);
    copied = copying.run(identity_);
    copy_done_ = copy_of_ = 0;
    if (copied) {
      auto read = read_back(options, *copied, copying.written());
      if (!read) copied = read.error();
    }
    std::filesystem::remove(options.directory / kReadersFile, failure);
    if (copied) return copied;
    std::filesystem::remove(file, failure);
    if (copied.error().kind() != ErrorKind::overloaded) break;
  }
  return copied;
}

}  // namespace troupe::store
