// A thread with kj's event loop: it accepts connections and serves them. Several accept from one socket.
#pragma once

#include <future>
#include <memory>
#include <thread>

#include "rpc/mailbox.h"
#include "rpc/shared.h"

namespace troupe::rpc {

// Its functions are called from other threads.
class Loop {
 public:
  // `listener` is open as long as it lives. `looks`: it is the one that looks at the files of TLS.
  Loop(std::shared_ptr<Shared> shared, int listener, bool looks);
  // stop()s.
  ~Loop();

  // Returns when it accepts. Throws std::system_error, and Error `unavailable` when kj has no loop.
  void start();
  // Returns when it accepts nobody any more.
  void stop_accepting();
  // Closes connections as soon as they are owed nothing.
  void drain();
  // Ends everything, and the thread. Idempotent.
  void stop();

 private:
  class Running;
  void run(std::promise<void>& ready);
  // On the loop, where it runs.
  template <class F>
  void with_running(F&& act);

  const std::shared_ptr<Shared> shared_;
  const int listener_;
  const bool looks_;
  const std::shared_ptr<Mailbox> mailbox_;
  Running* running_ = nullptr;  // the loop's thread
  std::thread thread_;
};

}  // namespace troupe::rpc
