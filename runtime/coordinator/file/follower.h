// The thread of a file's coordinator that looks: tells its watchers what was changed, ends the sessions of processes
// that died, and notices what happened to its own. It sleeps until a process of the directory has news, kLook at most.
#pragma once

#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "coordinator/file/shared_environment.h"
#include "coordinator/file/writes.h"

namespace troupe::coordinator::file {

// How soon a process that died is noticed.
inline constexpr std::chrono::milliseconds kLook{50};

class Follower {
 public:
  // Both outlive it.
  Follower(SharedEnvironment& environment, Writes& writes);
  ~Follower();
  Follower(const Follower&) = delete;
  Follower& operator=(const Follower&) = delete;

  struct Watched {
    std::string prefix;
    Version position = 0;
    Watcher* watcher = nullptr;
    std::mutex telling{};  // held while its watcher is told
    bool over = false;     // it is told nothing more
  };
  [[nodiscard]] std::shared_ptr<Watched> watch(std::string_view prefix, Version after, Watcher& watcher);
  // Waits for a call that is under way.
  void end(const std::shared_ptr<Watched>& watched);

  struct Kept {
    SessionId id = 0;
    SessionEvents* events = nullptr;
    std::mutex telling{};
    std::atomic<bool> alive{true};
    bool over = false;
  };
  void keep(std::shared_ptr<Kept> kept);
  void end(const std::shared_ptr<Kept>& kept);

 private:
  void run();
  void tell_watchers();
  void tell(Watched& watched);
  void look();
  void lose_watches(const Error& why);
  void lose(Kept& kept, const Error& why);
  [[nodiscard]] std::list<std::shared_ptr<Kept>> kept();
  [[nodiscard]] std::list<std::shared_ptr<Watched>> watched();

  SharedEnvironment& environment_;
  Writes& writes_;
  std::mutex mutex_;
  std::list<std::shared_ptr<Watched>> watched_;
  std::list<std::shared_ptr<Kept>> kept_;
  std::atomic<bool> stopping_{false};
  std::thread thread_;
};

}  // namespace troupe::coordinator::file
