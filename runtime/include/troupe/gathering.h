// For a thread of the program that serves many, such as a server's loop: wake-ups that wait a moment, so that one does
// for many. Nothing else changes; who does not use them is served call by call.
#pragma once

#include <memory>

namespace troupe {

// As long as it lives, calls that this thread begins outside of actors are begun together: what they are to wake on
// this node is woken at its end, after 64 actors, or when the thread waits for a call by Call::get() or for a node by
// Node::stop(). For one round of a loop, to be ended on the thread that began it, and before that thread waits in any
// other way, for a future say: what is held has not begun. One within another does nothing.
class CallsTogether {
 public:
  CallsTogether();
  ~CallsTogether();
  CallsTogether(const CallsTogether&) = delete;
  CallsTogether& operator=(const CallsTogether&) = delete;

 private:
  class Jobs;
  const std::unique_ptr<Jobs> jobs_;
};

// What wakes a thread that works for many.
class Bell {
 public:
  // On any thread.
  virtual void ring() noexcept = 0;

 protected:
  ~Bell() = default;
};

// In a callback of a call's end: true, and the bell rings when the actor that answered has nothing more to do, after 32
// of its mails or 50 microseconds, whichever comes first. False elsewhere, and while another bell is kept: ring it.
[[nodiscard]] bool ring_later(const std::shared_ptr<Bell>& bell) noexcept;

}  // namespace troupe
