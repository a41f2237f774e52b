// The commit log in front of LMDB: a batch is durable after one append and one sync; LMDB gets it later.
//
// Two files take turns. Batches go to the active one and into the active overlay. When it is half full, when
// commits have paused and at the end, both are frozen: a thread of its own writes the frozen overlay into LMDB with
// a full sync while the other file takes what comes. Only then is the frozen file used again. A file that is full
// before that holds the writer up, so neither memory nor the way back after a crash grows past two files. How far the
// log has been synced is noted beside it (log_mark.h).
#pragma once

#include <array>
#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <thread>
#include <vector>

#include "base/steps.h"
#include "store/lmdb/environment.h"
#include "store/log/log_file.h"
#include "store/log/log_mark.h"
#include "store/log/overlay.h"
#include "troupe/error.h"

namespace troupe::store {

class CommitLog {
 public:
  struct Options {
    std::size_t file_bytes = 0;
    std::chrono::milliseconds pause{0};  // this long without a commit: checkpoint
    bool sync = true;
    DiskFaults* faults = nullptr;
    Steps* steps = nullptr;  // outlives the log; null: it has a thread
    // A checkpoint failed; nothing more is appended. On the checkpoint's thread, once.
    std::function<void(int code)> failed = {};
  };
  // Makes the files if need be. `overlays` has nothing frozen; both outlive the log. `mark` says where they begin.
  [[nodiscard]] static Result<std::unique_ptr<CommitLog>> open(Environment& environment, Overlays& overlays,
                                                               std::uint64_t log_id, LogMark mark, Options options);
  ~CommitLog();
  CommitLog(const CommitLog&) = delete;
  CommitLog& operator=(const CommitLog&) = delete;

  // Makes a batch durable, then visible to readers, and takes its keys and values. One thread. Its code is errno's
  // or LMDB's. A batch that no file has room for goes into LMDB directly.
  [[nodiscard]] Environment::Written append(std::span<const NumberedSet> sets);
  // Whether a file has room for a batch; append() puts others into LMDB.
  [[nodiscard]] bool has_room_for(std::span<const NumberedSet> sets) const noexcept {
    return frame_bytes(sets) <= options_.file_bytes - kLogHeaderBytes;
  }
  // Set before the first append.
  void on_failure(std::function<void(int code)> failed) {
    const std::lock_guard lock(mutex_);
    options_.failed = std::move(failed);
  }
  // Writes what is left into LMDB and ends the thread. After a failure it leaves that to the next open.
  void stop() noexcept;
  [[nodiscard]] std::uint64_t checkpoints() const noexcept { return checkpoints_.load(std::memory_order_relaxed); }

 private:
  CommitLog(Environment& environment, Overlays& overlays, std::uint64_t log_id, Options options)
      : environment_(environment), overlays_(overlays), log_id_(log_id), options_(std::move(options)) {}
  using Lock = std::unique_lock<std::mutex>;
  [[nodiscard]] int await_checkpoint(Lock& lock);
  [[nodiscard]] Environment::Written append_large(Lock& lock, std::span<const NumberedSet> sets);
  [[nodiscard]] int write_frame() noexcept;
  [[nodiscard]] int note_batch() noexcept;
  void turn_over();
  void run() noexcept;
  void run_by_steps();
  void take_step(bool also_active) noexcept;
  void checkpoint_frozen(Lock& lock);
  void fail(Lock& lock, int code);

  Environment& environment_;
  Overlays& overlays_;
  const std::uint64_t log_id_;
  Options options_;
  std::array<LogFile, kLogFiles> files_;
  LogMark mark_;
  std::vector<std::byte> frame_;  // the writer's own

  std::mutex mutex_;
  std::condition_variable work_;  // for the thread: something is frozen, or stop
  std::condition_variable room_;  // for the writer: nothing is frozen any more, or it failed
  std::size_t active_ = 0;
  std::size_t position_ = kLogHeaderBytes;
  std::uint64_t batch_ = 0;  // the last one
  bool frozen_ = false;
  bool stopping_ = false;
  int failure_ = 0;
  std::atomic<std::uint64_t> checkpoints_{0};
  std::thread thread_;
};

}  // namespace troupe::store
