// What other threads have to say to an event loop's thread.
#pragma once

#include <functional>
#include <mutex>
#include <vector>

namespace troupe::rpc {

class Mailbox {
 public:
  // Throws std::system_error.
  Mailbox();
  ~Mailbox();
  Mailbox(const Mailbox&) = delete;
  Mailbox& operator=(const Mailbox&) = delete;

  // Any thread; never blocks. False: the loop has ended, and nothing will run.
  bool post(std::function<void()> task);

  // The loop's thread. Readable when there is something.
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }
  [[nodiscard]] std::vector<std::function<void()>> take();
  // From now on post() says false. What was posted and not taken is given back.
  [[nodiscard]] std::vector<std::function<void()>> close();

 private:
  const int descriptor_;
  std::mutex mutex_;
  std::vector<std::function<void()>> tasks_;
  bool closed_ = false;
};

}  // namespace troupe::rpc
