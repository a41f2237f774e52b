// Appending and turning over, under one lock that the checkpoint takes only between its transactions.
#include "store/log/commit_log.h"

#include <cerrno>
#include <new>

#include "store/log/checkpoint.h"
#include "troupe/duration.h"

namespace troupe::store {

Result<std::unique_ptr<CommitLog>> CommitLog::open(Environment& environment, Overlays& overlays, std::uint64_t log_id,
                                                   LogMark mark, Options options) {
  std::unique_ptr<CommitLog> log(new CommitLog(environment, overlays, log_id, std::move(options)));
  for (std::size_t i = 0; i < kLogFiles; ++i) {
    auto file =
        LogFile::open(log_path(environment.directory(), i), log_id, log->options_.file_bytes, log->options_.sync);
    if (!file) return file.error();
    log->files_[i] = std::move(file).value();
    log->files_[i].faults(log->options_.faults);
  }
  log->mark_ = std::move(mark);
  log->batch_ = overlays.last_batch();
  if (log->options_.steps) {
    log->run_by_steps();
    return log;
  }
  log->thread_ = std::thread([raw = log.get()] { raw->run(); });
  return log;
}

CommitLog::~CommitLog() { stop(); }

Environment::Written CommitLog::append(std::span<const NumberedSet> sets) {
  const std::size_t bytes = frame_bytes(sets);
  Lock lock(mutex_);
  if (failure_ != 0) return {failure_, false};
  if (!has_room_for(sets)) return append_large(lock, sets);
  if (position_ + bytes > options_.file_bytes) {
    if (const int code = await_checkpoint(lock); code != 0) return {code, false};
    turn_over();
  }

  encode_frame(log_id_, batch_ + 1, sets, frame_);
  if (const int code = write_frame(); code != 0) {
    failure_ = code;
    return {code, true};
  }
  position_ += bytes;
  overlays_.add(++batch_, sets);
  if (!frozen_ && position_ > options_.file_bytes / 2) turn_over();
  return {};
}

Environment::Written CommitLog::append_large(Lock& lock, std::span<const NumberedSet> sets) {
  for (int turn = 0; turn < 2; ++turn) {
    if (const int code = await_checkpoint(lock); code != 0) return {code, false};
    if (overlays_.active_empty()) break;
    turn_over();
  }
  const auto written = write_through(environment_, batch_ + 1, sets, overlays_.sequences());
  if (written.code != 0) return written;
  failure_ = note_batch();
  if (failure_ != 0) return {failure_, true};
  overlays_.passed_by(++batch_, sets);
  return {};
}

int CommitLog::write_frame() noexcept {
  const int code = files_[active_].write(position_, frame_, options_.sync);
  return code != 0 ? code : note_batch();
}

// The disk has one batch more: says so in the mark. errno; 0: it may be acknowledged. Where the directory lies is asked
// now and not before: whoever took its place by then has taken over.
int CommitLog::note_batch() noexcept { return environment_.in_place() ? mark_.write(batch_ + 1) : ESTALE; }

// errno's or LMDB's code; 0: nothing is frozen.
int CommitLog::await_checkpoint(Lock& lock) {
  if (options_.steps && frozen_ && failure_ == 0) checkpoint_frozen(lock);
  room_.wait(lock, [&] { return !frozen_ || failure_ != 0; });
  return failure_;
}

void CommitLog::turn_over() {
  overlays_.freeze();
  active_ = 1 - active_;
  position_ = kLogHeaderBytes;
  frozen_ = true;
  work_.notify_one();
}

void CommitLog::stop() noexcept {
  {
    const std::lock_guard lock(mutex_);
    if (options_.steps && !std::exchange(stopping_, true)) options_.steps->drop(this);
    stopping_ = true;
    work_.notify_one();
  }
  if (thread_.joinable()) thread_.join();
  if (!options_.steps) return;
  take_step(false);  // what is frozen, then what came behind it
  take_step(true);
}

// A pause in commits is any moment that is picked.
void CommitLog::run_by_steps() {
  options_.steps->add(this, {.name = "a full log is checkpointed",
                             .ways = [this] { return frozen_ && failure_ == 0 ? 1u : 0u; },
                             .take = [this](std::size_t) { take_step(false); }});
  options_.steps->add(this,
                      {.name = "the log is checkpointed in a pause",
                       .ways = [this] { return !frozen_ && failure_ == 0 && !overlays_.active_empty() ? 1u : 0u; },
                       .take = [this](std::size_t) { take_step(true); },
                       .pace = Pace::sometime});
}

void CommitLog::take_step(bool also_active) noexcept {
  Lock lock(mutex_);
  if (failure_ != 0) return;
  if (!environment_.in_place()) return fail(lock, ESTALE);
  if (also_active && !frozen_ && !overlays_.active_empty()) turn_over();
  if (frozen_) checkpoint_frozen(lock);
}

void CommitLog::run() noexcept {
  Lock lock(mutex_);
  while (failure_ == 0) {
    const std::uint64_t before = batch_;
    work_.wait_until(lock, later(std::chrono::steady_clock::now(), options_.pause),
                     [&] { return frozen_ || stopping_ || failure_ != 0; });
    if (failure_ != 0) return;
    if (!environment_.in_place()) return fail(lock, ESTALE);  // also of a store that commits nothing
    const bool paused = batch_ == before;
    if (!frozen_ && (paused || stopping_) && !overlays_.active_empty()) turn_over();
    if (frozen_) {
      checkpoint_frozen(lock);
    } else if (stopping_) {
      return;
    }
  }
}

void CommitLog::fail(Lock& lock, int code) {
  failure_ = code;
  room_.notify_one();
  const auto failed = options_.failed;
  lock.unlock();
  if (failed) failed(code);
  lock.lock();
}

void CommitLog::checkpoint_frozen(Lock& lock) {
  lock.unlock();
  const auto frozen = overlays_.frozen();
  int code = ENOMEM;
  try {
    code = options_.sync ? mark_.sync() : 0;  // before LMDB says that it has come so far
    if (code == 0) code = checkpoint(environment_, *frozen).code;
  } catch (const std::bad_alloc&) {  // the log stays, and the next start goes on from it
  }
  if (code == 0) {
    overlays_.drop_frozen();
    checkpoints_.fetch_add(1, std::memory_order_relaxed);
  }
  lock.lock();
  if (code != 0) return fail(lock, code);
  frozen_ = false;
  room_.notify_one();
}

}  // namespace troupe::store
