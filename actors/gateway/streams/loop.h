// One thread that runs what it is given, in order, and later what is for later. Streams live on it, so that they need
// no locks. post() and after() from any thread.
#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

namespace troupe::gateway {

class Loop {
 public:
  using Work = std::function<void()>;

  Loop() : thread_([this] { run(); }) {}
  ~Loop() { stop(); }
  Loop(const Loop&) = delete;
  Loop& operator=(const Loop&) = delete;

  // What is posted after stop() is dropped; what `work` throws is, too.
  void post(Work work);
  void after(std::chrono::milliseconds delay, Work work);
  // What has not begun is dropped. Not from the loop itself.
  void stop();

 private:
  using Clock = std::chrono::steady_clock;
  void run();

  std::mutex gate_;
  std::condition_variable came_;
  std::vector<Work> now_;
  std::multimap<Clock::time_point, Work> later_;
  bool stopped_ = false;
  std::thread thread_;  // the last: it uses the others
};

}  // namespace troupe::gateway
