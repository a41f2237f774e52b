#include "coordinator/file/writes.h"

#include <algorithm>
#include <exception>
#include <utility>

namespace troupe::coordinator::file {

Writes::Writes(std::shared_ptr<SharedEnvironment> environment)
    : environment_(std::move(environment)), thread_([this] { work(); }) {}

Writes::~Writes() {
  {
    const std::lock_guard lock(mutex_);
    stopping_.store(true, std::memory_order_relaxed);
    work_.notify_one();
  }
  thread_.join();
}

Result<void> Writes::run(WriteJob job, std::chrono::milliseconds timeout) {
  const auto entry = std::make_shared<Entry>();
  entry->job = std::move(job);
  entry->until = later(std::chrono::steady_clock::now(), timeout);
  std::unique_lock lock(mutex_);
  waiting_.push_back(entry);
  work_.notify_one();
  done_.wait_until(lock, entry->until, [&] { return entry->ended; });
  if (entry->ended) return entry->outcome;
  entry->left = true;
  std::erase(waiting_, entry);
  const std::string said = entry->job.tried + " in " + environment_->directory().string();
  auto expected = Stage::waiting;
  if (entry->stage.compare_exchange_strong(expected, Stage::left))
    return Error(
        ErrorKind::unavailable,
        said +
            ": other writes took all its time; try again, or give it more. If a process that uses the directory "
            "was stopped (SIGSTOP, a debugger), let it go on or end it");
  return Error(ErrorKind::unknown_outcome,
               said + ": it began, and the disk did not answer in time; read what there is before trying again");
}

void Writes::work() {
  std::unique_lock lock(mutex_);
  for (;;) {
    work_.wait(lock, [&] { return stopping_.load(std::memory_order_relaxed) || !waiting_.empty(); });
    if (stopping_.load(std::memory_order_relaxed)) return;
    do_one(lock);
  }
}

void Writes::do_one(std::unique_lock<std::mutex>& lock) {
  const std::shared_ptr<Entry> entry = waiting_.front();
  waiting_.pop_front();
  lock.unlock();
  Result<void> outcome;
  try {
    outcome = environment_->write(entry->job.tried, entry->until, stopping_, entry->stage, entry->job.body);
  } catch (const std::exception& failed) {
    outcome = Error(ErrorKind::unavailable, entry->job.tried + ": " + failed.what());
  }
  const bool applied = outcome.ok();
  lock.lock();
  const bool unwanted = entry->left;
  entry->outcome = std::move(outcome);
  entry->ended = true;
  done_.notify_all();
  if (!entry->job.unwanted || (applied && !unwanted)) return;
  lock.unlock();
  entry->job.unwanted();
  lock.lock();
}

}  // namespace troupe::coordinator::file
