// Tells the host program of changes of the cluster's directory, on a thread of its own that begins with the first who
// wants to hear. It outlives the node while a subscription does.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <thread>

#include "troupe/directory.h"
#include "troupe/error.h"

namespace troupe::host {

class DirectoryTeller {
 public:
  using Directory = std::shared_ptr<const ClusterDirectory>;
  using Changed = std::function<void(const Directory&)>;
  // How soon a change is told.
  static constexpr std::chrono::milliseconds kLook{50};

  // `look` gives the present one; it is not called after stop(). What is subscribed must throw nothing.
  explicit DirectoryTeller(std::function<Directory()> look) : look_(std::move(look)) {}
  ~DirectoryTeller() { join(); }
  DirectoryTeller(const DirectoryTeller&) = delete;
  DirectoryTeller& operator=(const DirectoryTeller&) = delete;

  // --- any thread ---
  // The number of the subscription. `overloaded`: limits::kMaxDirectorySubscriptions; `unavailable`: stopped, or there
  // is no thread to be had.
  [[nodiscard]] Result<std::uint64_t> subscribe(Changed changed);
  // When it returns it is not called any more. Waits for a call that runs, unless it is made by that one.
  void unsubscribe(std::uint64_t number) noexcept;
  // Nobody else is told any more.
  void stop() noexcept;
  // A callback runs.
  [[nodiscard]] bool telling() const;
  // After stop(), once, by whoever made it: waits for a callback that runs.
  void join();

 private:
  struct Subscription {
    std::shared_ptr<const Changed> changed;
    Directory told{};
  };
  void run();
  [[nodiscard]] bool tell_next(std::unique_lock<std::mutex>& lock, const Directory& now);

  const std::function<Directory()> look_;
  mutable std::mutex mutex_;
  std::condition_variable wake_;
  std::condition_variable told_;
  std::map<std::uint64_t, Subscription> all_;
  std::uint64_t last_ = 0;
  std::uint64_t tells_ = 0;  // the subscription that is called; 0: none
  bool stops_ = false;
  std::thread thread_;
};

}  // namespace troupe::host
