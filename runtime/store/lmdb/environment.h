// The LMDB environment: opening, short reads from any thread, one writer at a time, and a map that grows.
//
// The map may only be resized while no transaction of this process is open, so every read passes a gate that the
// writer can close for the microseconds a resize takes. Of this room alone: it is the face of <lmdb.h>.
#pragma once

#include <lmdb.h>

#include <array>
#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "store/disk_faults.h"
#include "store/identity.h"
#include "store/place.h"
#include "troupe/error.h"
#include "troupe/ids.h"

namespace troupe::store {

// The named databases of the environment; storage_format.md says what is in each.
enum class Table : std::uint8_t { records, schema, meta };
inline constexpr std::array kTableNames = {"records", "schema", "meta"};

// Sequence numbers lie in the main database, beside the roots of the named ones: that page is written by every
// checkpoint anyway. In blocks, since a row ends at half a page.
inline constexpr std::size_t kSequenceBlocks = 4;
inline constexpr std::size_t kSequenceBlockNumbers = kPartitions / kSequenceBlocks;
inline constexpr std::array<std::string_view, kSequenceBlocks> kSequenceKeys = {"sequence 0", "sequence 1",
                                                                                "sequence 2", "sequence 3"};

[[nodiscard]] inline MDB_val as_val(std::string_view bytes) noexcept {
  return {bytes.size(), const_cast<char*>(bytes.data())};
}
[[nodiscard]] inline std::string_view as_view(const MDB_val& val) noexcept {
  return {static_cast<const char*>(val.mv_data), val.mv_size};
}

class Environment {
 public:
  struct Options {
    std::filesystem::path directory;
    std::size_t initial_map_bytes = 0;
    std::size_t max_map_bytes = 0;
    bool sync = true;
    bool read_only = false;
    bool alone = true;  // of a read-only one: nobody writes meanwhile
    DiskFaults* faults = nullptr;
    std::optional<Place> place = {};  // of one that is written: its lock's. Nothing: of a copy
  };
  // Makes the tables and writes `identity` when the file is new; otherwise `identity` must match, and is filled
  // in when read_only.
  [[nodiscard]] static Result<std::unique_ptr<Environment>> open(Options options, StoreIdentity& identity);
  ~Environment();
  Environment(const Environment&) = delete;
  Environment& operator=(const Environment&) = delete;

  // A read transaction, borrowed for a moment. Never held while other code runs: the writer waits for it.
  class Reading {
   public:
    Reading(const Environment& environment, MDB_txn* txn) noexcept : environment_(&environment), txn_(txn) {}
    Reading(Reading&& other) noexcept : environment_(other.environment_), txn_(std::exchange(other.txn_, nullptr)) {}
    Reading& operator=(Reading&&) = delete;
    ~Reading() {
      if (txn_ != nullptr) environment_->end_read(txn_);
    }
    [[nodiscard]] MDB_txn* txn() const noexcept { return txn_; }

   private:
    const Environment* environment_;
    MDB_txn* txn_;
  };
  [[nodiscard]] Result<Reading> read() const;

  struct Written {
    int code = 0;                   // LMDB's; 0: on disk
    bool while_committing = false;  // it came from the commit itself: what is on disk is not known
  };
  // Runs `body` in a write transaction and commits it. `body` may run again, in a larger map; `bytes` is what it
  // is about to write. One thread at a time gets in.
  [[nodiscard]] Written write(std::size_t bytes, const std::function<int(MDB_txn*)>& body);

  // Makes the map larger than it need be by about so much, so that a long read does not meet its growing.
  void reserve(std::size_t bytes);
  // The map is to be resized and waits for reads to end: a long one should.
  [[nodiscard]] bool resize_waits() const;
  // Of an environment opened without sync: everything written is on the disk when this gives 0.
  [[nodiscard]] int sync() noexcept { return mdb_env_sync(env_, 1); }

  [[nodiscard]] MDB_dbi table(Table table) const noexcept { return tables_[static_cast<std::size_t>(table)]; }
  [[nodiscard]] MDB_dbi main() const noexcept { return main_; }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return options_.directory; }
  // Whether the directory still lies where it did.
  [[nodiscard]] bool in_place() const noexcept { return !options_.place || options_.place->there(); }
  [[nodiscard]] std::size_t max_map_bytes() const noexcept { return options_.max_map_bytes; }
  [[nodiscard]] std::size_t map_bytes() const noexcept { return map_bytes_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t used_bytes() const noexcept;
  [[nodiscard]] std::uint64_t growths() const noexcept { return growths_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::uint64_t reads() const noexcept { return reads_.load(std::memory_order_relaxed); }

 private:
  explicit Environment(Options options) : options_(std::move(options)) {}
  [[nodiscard]] Result<void> open_files();
  // Whether the file is new; changes nothing.
  [[nodiscard]] Result<bool> identify(const StoreIdentity& wanted, StoreIdentity& found);
  [[nodiscard]] Result<void> open_tables(StoreIdentity& identity);
  [[nodiscard]] int begin_read(MDB_txn*& txn) const noexcept;
  void end_read(MDB_txn* txn) const noexcept;
  [[nodiscard]] int refusal() const noexcept;
  [[nodiscard]] int cause_of(int code, std::size_t bytes) const noexcept;
  void make_room(std::size_t bytes);
  int grow();
  // `bytes` 0: adopt the size another process gave the map.
  int resize(std::size_t bytes) const;

  const Options options_;
  MDB_env* env_ = nullptr;
  std::size_t page_bytes_ = 0;
  MDB_dbi main_ = 0;
  std::array<MDB_dbi, kTableNames.size()> tables_{};
  std::mutex writing_;

  // The gate.
  mutable std::mutex gate_;
  mutable std::condition_variable gate_changed_;
  mutable bool resizing_ = false;
  mutable bool unmapped_ = false;  // a resize failed and so did the way back
  mutable std::size_t active_reads_ = 0;
  mutable std::vector<MDB_txn*> idle_reads_;

  mutable std::atomic<std::size_t> map_bytes_{0};
  mutable std::atomic<std::uint64_t> growths_{0};
  mutable std::atomic<std::uint64_t> reads_{0};
};

}  // namespace troupe::store
