// The file `processes` of a coordinator's directory: what its processes share beside the data.
//
//   locks   byte 0: who writes. Byte n: that session n lives. Locks of fcntl(2), which belong to a process: the kernel
//           lets go of them however it ends, a forked child does not get them, and its exec or end changes nothing.
//           (flock(2) and open file description locks go on as long as a child has the descriptor.)
//   word    of the mapped first page: counts news, and is what is waited on (futex(2))
//
// The kernel drops all of a process's locks on a file when the process closes any descriptor of it: the process opens
// it once (SharedEnvironment sees to that). Any thread.
#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <set>

#include "coordinator/coordinator.h"
#include "troupe/error.h"

namespace troupe::coordinator::file {

class ProcessFile {
 public:
  // Makes it if it is not there.
  [[nodiscard]] static Result<std::unique_ptr<ProcessFile>> open(const std::filesystem::path& path);
  ~ProcessFile();
  ProcessFile(const ProcessFile&) = delete;
  ProcessFile& operator=(const ProcessFile&) = delete;

  // False: another process writes. Within a process, who asks has to be the only one.
  [[nodiscard]] bool try_write() noexcept;
  void end_write() noexcept;

  // This process keeps the session alive from here on; errno, or 0.
  [[nodiscard]] int keep(SessionId session);
  void let_go(SessionId session) noexcept;
  // Whether any process, this one too, keeps it alive. What cannot be found out counts as alive.
  [[nodiscard]] bool lives(SessionId session) const noexcept;

  [[nodiscard]] std::uint32_t news() const noexcept;
  // Wakes all who wait, in every process.
  void tell() noexcept;
  // Until there is other news than `seen`, or so long.
  void await(std::uint32_t seen, std::chrono::microseconds longest) const noexcept;

 private:
  explicit ProcessFile(int fd) noexcept : fd_(fd) {}
  [[nodiscard]] int set(off_t byte, short type) const noexcept;

  const int fd_;
  std::uint32_t* word_ = nullptr;
  mutable std::mutex mutex_;
  std::set<SessionId> kept_;
};

}  // namespace troupe::coordinator::file
