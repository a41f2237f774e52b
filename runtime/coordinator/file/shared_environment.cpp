// Reads and writes of the environment. Opening is in open_environment.cpp.
#include "coordinator/file/shared_environment.h"

#include <sys/statvfs.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "store/lmdb/lmdb_error.h"

namespace troupe::coordinator::file {
namespace {

// How long a writer sleeps while another process writes, at first and at most. A write takes some hundred microseconds.
constexpr std::chrono::microseconds kFirstNap{30};
constexpr std::chrono::microseconds kLongestNap{1000};
// How often who waits for another thread's turn looks whether it should still.
constexpr std::chrono::milliseconds kTurnLook{5};
// A disk with less room than this is full.
constexpr std::uint64_t kSlackBytes = std::uint64_t{1} << 20;

std::string stopped_writer(std::string_view tried, const std::filesystem::path& directory) {
  return std::string(tried) + " in " + directory.string() +
         ": another process writes there and did not end in time; if one was stopped (SIGSTOP, a debugger), let it go "
         "on "
         "or end it";
}

}  // namespace

SharedEnvironment::~SharedEnvironment() {
  for (MDB_txn* txn : readers_) mdb_txn_abort(txn);
  if (env_ != nullptr) mdb_env_close(env_);
}

Error SharedEnvironment::failure(std::string_view tried, int code) const {
  const std::string what = std::string(tried) + " in " + options_.directory.string();
  struct statvfs disk {};
  // LMDB reports a write that the disk took only part of as EIO; people should read the cause.
  if (code == EIO && ::statvfs(options_.directory.c_str(), &disk) == 0 && disk.f_bavail * disk.f_frsize < kSlackBytes)
    code = ENOSPC;
  switch (code) {
    case MDB_MAP_FULL:
      return {
          ErrorKind::overloaded,
          what + ": its map of " + std::to_string(options_.map_bytes) +
              " bytes is full; erase what is no longer needed, and end processes that were stopped while they read"};
    case ENOSPC:
    case EDQUOT: return {ErrorKind::overloaded, what + ": the disk is full; free space and try again"};
    case ESTALE:
      return {ErrorKind::unavailable,
              what +
                  ": the directory was deleted, moved or replaced while it was in use; end all nodes that use it, put "
                  "it back, and start them"};
    case MDB_PANIC:
      return {ErrorKind::unavailable,
              what + ": an earlier write failed half-way; look at the disk, then restart the node"};
    default: return store::lmdb_error(what, code);
  }
}

Result<void> SharedEnvironment::read(std::string_view tried, TimePoint until,
                                     const std::function<void(const Book&)>& body) {
  MDB_txn* txn = nullptr;
  {
    std::unique_lock lock(reading_);
    if (!reader_free_.wait_until(lock, until, [&] { return !readers_.empty(); }))
      return Error(ErrorKind::unavailable, std::string(tried) + ": too many other reads; try again");
    txn = readers_.back();
    readers_.pop_back();
  }
  int code = in_place() ? mdb_txn_renew(txn) : ESTALE;
  if (code == 0) {
    try {
      body(Book(txn, tables_, options_.bounds));
    } catch (const LmdbFailure& failed) {
      code = failed.code;
    }
    mdb_txn_reset(txn);
  }
  {
    const std::lock_guard lock(reading_);
    readers_.push_back(txn);
    reader_free_.notify_one();
  }
  if (code != 0) return failure(tried, code);
  return {};
}

Result<void> SharedEnvironment::take_turn(std::string_view tried, TimePoint until, const std::atomic<bool>& stop) {
  const auto over = [&] { return stop.load(std::memory_order_relaxed) || std::chrono::steady_clock::now() >= until; };
  const auto refuse = [&] { return Error(ErrorKind::unavailable, stopped_writer(tried, options_.directory)); };
  {
    std::unique_lock lock(turns_);
    const auto free = [&] { return !turn_taken_; };
    while (!turn_over_.wait_until(lock, later(std::chrono::steady_clock::now(), kTurnLook), free))
      if (over()) return refuse();
    turn_taken_ = true;
  }
  for (auto nap = kFirstNap; !processes_->try_write(); nap = std::min(nap * 2, kLongestNap)) {
    if (over()) {
      free_turn();
      return refuse();
    }
    std::this_thread::sleep_for(nap);
  }
  return {};
}

void SharedEnvironment::free_turn() noexcept {
  const std::lock_guard lock(turns_);
  turn_taken_ = false;
  turn_over_.notify_one();
}

void SharedEnvironment::end_turn() noexcept {
  processes_->end_write();
  free_turn();
}

Result<void> SharedEnvironment::write(std::string_view tried, TimePoint until, const std::atomic<bool>& stop,
                                      std::atomic<Stage>& stage, const std::function<Result<void>(Book&)>& body) {
  if (auto taken = take_turn(tried, until, stop); !taken) return taken;
  const struct Ending {
    SharedEnvironment* environment;
    ~Ending() { environment->end_turn(); }
  } ending{this};
  auto expected = Stage::waiting;
  if (!stage.compare_exchange_strong(expected, Stage::began))
    return Error(ErrorKind::unavailable, std::string(tried) + ": nobody waits for it any more");
  return write_in_turn(tried, body);
}

Result<void> SharedEnvironment::write_in_turn(std::string_view tried, const std::function<Result<void>(Book&)>& body) {
  MDB_txn* txn = nullptr;
  if (const int code = mdb_txn_begin(env_, nullptr, 0, &txn); code != 0) return failure(tried, code);
  Result<void> outcome;
  bool changed = false;
  try {
    Book book(txn, tables_, options_.bounds);
    end_dead_sessions(book);
    outcome = body(book);
    changed = outcome.ok() && book.changed();
    if (changed) book.save();
  } catch (const LmdbFailure& failed) {
    mdb_txn_abort(txn);
    return failure(tried, failed.code);
  } catch (...) {
    mdb_txn_abort(txn);
    throw;
  }
  if (changed) return commit(tried, txn);
  mdb_txn_abort(txn);
  // A directory that was replaced must not answer that a condition does not hold, either.
  if (outcome && !in_place()) return failure(tried, ESTALE);
  return outcome;
}

// What fails before LMDB's last page is written was not applied, and that page needs no room.
Result<void> SharedEnvironment::commit(std::string_view tried, MDB_txn* txn) {
  if (!in_place()) {
    mdb_txn_abort(txn);
    return failure(tried, ESTALE);
  }
  const int code = mdb_txn_commit(txn);
  if (code == 0) {
    processes_->tell();
    return {};
  }
  const Error error = failure(tried, code);
  if (error.kind() == ErrorKind::overloaded) return error;
  return Error(ErrorKind::unknown_outcome, error.message());
}

void SharedEnvironment::end_dead_sessions(Book& book) const {
  for (const SessionId session : book.sessions())
    if (!processes_->lives(session)) book.end_session(session);
}

void SharedEnvironment::drop_dead_readers() noexcept {
  int dead = 0;
  (void)mdb_reader_check(env_, &dead);
}

}  // namespace troupe::coordinator::file
