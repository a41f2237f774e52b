// The two processes of a remote line, each with processors of its own, as two machines have: otherwise the figure says
// where the system happened to put them. On one processor a message wakes its receiver by a switch, on two by an
// interrupt, which takes longer, and much longer in an idle virtual machine; and whichever it is stays for the whole of
// a measurement. The same for both sides of a line.
#pragma once

#include <sched.h>

#include <optional>

namespace troupe::bench {

// The thread that makes it, and what it starts from then on, threads or processes, has the second half of the
// processors it had, until near(), and from then on the first; at its end all of them again. With one processor it does
// nothing.
class Apart {
 public:
  explicit Apart(bool wanted);
  ~Apart();
  Apart(const Apart&) = delete;
  Apart& operator=(const Apart&) = delete;
  void near();

 private:
  std::optional<cpu_set_t> before_;
  cpu_set_t near_{};
};

}  // namespace troupe::bench
