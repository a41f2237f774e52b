// Reads, writes and growth of the LMDB environment. Opening is in environment_open.cpp.
#include "store/lmdb/environment.h"

#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/private_files.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

// The map grows before a transaction that would leave it fuller than this. Pages that are copied and freed within
// the transaction need room too.
constexpr std::size_t kFullPercent = 70;
constexpr std::size_t kTransactionSlackBytes = std::size_t{1} << 20;
// Below LMDB's table of readers (see kReaders in environment_open.cpp): more reads at a moment wait their turn.
constexpr std::size_t kMostReads = 120;

}  // namespace

Environment::~Environment() {
  if (env_ == nullptr) return;
  for (MDB_txn* txn : idle_reads_) mdb_txn_abort(txn);
  mdb_env_close(env_);
}

Result<Environment::Reading> Environment::read() const {
  MDB_txn* txn = nullptr;
  int code = begin_read(txn);
  for (int tries = 0; code == MDB_MAP_RESIZED && tries < 10; ++tries) {
    if (code = resize(0); code != 0) break;
    code = begin_read(txn);
  }
  if (code != 0) return lmdb_error("cannot read the store at " + options_.directory.string(), code);
  reads_.fetch_add(1, std::memory_order_relaxed);
  return Reading(*this, txn);
}

int Environment::begin_read(MDB_txn*& txn) const noexcept {
  {
    std::unique_lock lock(gate_);
    gate_changed_.wait(lock, [&] { return !resizing_ && active_reads_ < kMostReads; });
    if (unmapped_) return ENOMEM;
    ++active_reads_;
    if (!idle_reads_.empty()) {
      txn = idle_reads_.back();
      idle_reads_.pop_back();
    }
  }
  int code = txn != nullptr ? mdb_txn_renew(txn) : mdb_txn_begin(env_, nullptr, MDB_RDONLY, &txn);
  if (code == 0) return 0;
  if (txn != nullptr) mdb_txn_abort(txn);
  txn = nullptr;
  const std::lock_guard lock(gate_);
  --active_reads_;
  gate_changed_.notify_all();
  return code;
}

void Environment::end_read(MDB_txn* txn) const noexcept {
  mdb_txn_reset(txn);
  const std::lock_guard lock(gate_);
  idle_reads_.push_back(txn);
  if (active_reads_-- == kMostReads || resizing_) gate_changed_.notify_all();
}

Environment::Written Environment::write(std::size_t bytes, const std::function<int(MDB_txn*)>& body) {
  const std::lock_guard lock(writing_);
  make_room(bytes);
  for (;;) {
    MDB_txn* txn = nullptr;
    int code = mdb_txn_begin(env_, nullptr, 0, &txn);
    if (code != 0) return {code, false};
    code = body(txn);
    const bool committing = code == 0;
    const int refused = committing ? refusal() : 0;
    if (refused != 0) {
      mdb_txn_abort(txn);
      return {refused, true};
    }
    if (committing) {
      code = mdb_txn_commit(txn);
    } else {
      mdb_txn_abort(txn);
    }
    if (code == 0) return {};
    const bool full = code == MDB_MAP_FULL;
    // A full map is found out before anything is written, so the transaction can run again.
    if (full) code = grow();
    if (code == 0) continue;
    return {committing ? cause_of(code, bytes) : code, committing && !full};
  }
}

// errno that a transaction ends with instead of being committed; 0: it may be.
int Environment::refusal() const noexcept {
  const int code = options_.faults ? options_.faults->before(DiskWrite::data) : 0;
  if (code != 0) return code;
  return in_place() ? 0 : ESTALE;
}

// LMDB reports a write that the disk took only part of as EIO; people should read the cause.
int Environment::cause_of(int code, std::size_t bytes) const noexcept {
  if (code != EIO) return code;
  struct statvfs disk {};
  if (::statvfs(options_.directory.c_str(), &disk) != 0) return code;
  return disk.f_bavail * disk.f_frsize < bytes + kTransactionSlackBytes ? ENOSPC : code;
}

std::size_t Environment::used_bytes() const noexcept {
  MDB_envinfo found;
  mdb_env_info(env_, &found);
  return (found.me_last_pgno + 1) * page_bytes_;
}

void Environment::reserve(std::size_t bytes) {
  const std::lock_guard lock(writing_);
  make_room(bytes / 2);
}

bool Environment::resize_waits() const {
  const std::lock_guard lock(gate_);
  return resizing_;
}

void Environment::make_room(std::size_t bytes) {
  const std::size_t wanted = used_bytes() + 2 * bytes + kTransactionSlackBytes;
  while (wanted > map_bytes() / 100 * kFullPercent)
    if (grow() != 0) return;
}

// 0: it is larger. The file is as long as the map, so the map ends where this process's files do.
int Environment::grow() {
  const std::size_t now = map_bytes();
  const std::size_t most = std::min<std::uint64_t>(options_.max_map_bytes, max_file_bytes());
  const std::size_t next = now > most / 2 ? most : now * 2;
  if (next / page_bytes_ <= now / page_bytes_) return most < options_.max_map_bytes ? EFBIG : MDB_MAP_FULL;
  if (const int code = resize(next / page_bytes_ * page_bytes_); code != 0) return code;
  growths_.fetch_add(1, std::memory_order_relaxed);
  return 0;
}

int Environment::resize(std::size_t bytes) const {
  std::unique_lock lock(gate_);
  gate_changed_.wait(lock, [&] { return !resizing_; });
  resizing_ = true;
  gate_changed_.wait(lock, [&] { return active_reads_ == 0; });

  int code = 0;
  mdb_filehandle_t file = -1;
  if (bytes != 0) {
    // A sparse file as long as the map: a file shorter than its last page is then always one that was cut off
    // (LMDB alone may leave its last pages unwritten).
    mdb_env_get_fd(env_, &file);
    if (::ftruncate(file, static_cast<off_t>(bytes)) != 0 || ::fsync(file) != 0) code = errno;
  }
  if (code == 0) {
    code = mdb_env_set_mapsize(env_, bytes);
    if (code != 0 && mdb_env_set_mapsize(env_, map_bytes()) != 0) unmapped_ = true;
  }
  if (code == 0) {
    MDB_envinfo found;
    mdb_env_info(env_, &found);
    map_bytes_.store(found.me_mapsize, std::memory_order_relaxed);
  }
  resizing_ = false;
  gate_changed_.notify_all();
  return code;
}

}  // namespace troupe::store
