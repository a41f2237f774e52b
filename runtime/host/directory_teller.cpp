#include "host/directory_teller.h"

#include <utility>

#include "base/clock.h"
#include "troupe/limits.h"

namespace troupe::host {

void DirectoryTeller::join() {
  stop();
  if (thread_.joinable()) thread_.join();
}

Result<std::uint64_t> DirectoryTeller::subscribe(Changed changed) {
  auto shared = std::make_shared<const Changed>(std::move(changed));
  const std::lock_guard lock(mutex_);
  if (stops_) return Error(ErrorKind::unavailable, "the node stops");
  if (all_.size() >= limits::kMaxDirectorySubscriptions)
    return Error(ErrorKind::overloaded, std::to_string(all_.size()) +
                                            " subscriptions to the directory are held; end those that are not needed");
  if (!thread_.joinable()) try {
      thread_ = std::thread([this] { run(); });
    } catch (const std::system_error& e) {
      return Error(ErrorKind::unavailable, std::string("there is no thread to tell of changes: ") + e.what());
    }
  all_.emplace(++last_, Subscription{std::move(shared)});
  wake_.notify_all();
  return last_;
}

void DirectoryTeller::unsubscribe(std::uint64_t number) noexcept {
  std::unique_lock lock(mutex_);
  all_.erase(number);
  if (std::this_thread::get_id() == thread_.get_id()) return;
  told_.wait(lock, [&] { return tells_ != number; });
}

void DirectoryTeller::stop() noexcept {
  const std::lock_guard lock(mutex_);
  stops_ = true;
  all_.clear();
  wake_.notify_all();
}

bool DirectoryTeller::telling() const {
  const std::lock_guard lock(mutex_);
  return tells_ != 0;
}

void DirectoryTeller::run() {
  std::unique_lock lock(mutex_);
  while (!stops_) {
    Directory now;
    if (!all_.empty()) try {
        now = look_();
      } catch (const std::bad_alloc&) {  // then the next look shows it
      }
    while (now && tell_next(lock, now)) {
    }
    wake_.wait_until(lock, later(std::chrono::steady_clock::now(), kLook), [&] { return stops_; });
  }
}

// The next one that has not heard of it. False: all have.
bool DirectoryTeller::tell_next(std::unique_lock<std::mutex>& lock, const Directory& now) {
  for (auto& [number, subscription] : all_) {
    if (subscription.told == now) continue;
    subscription.told = now;
    tells_ = number;
    const auto changed = subscription.changed;
    lock.unlock();
    (*changed)(now);
    lock.lock();
    tells_ = 0;
    told_.notify_all();
    return true;
  }
  return false;
}

}  // namespace troupe::host
