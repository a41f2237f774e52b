#include "inspect/process_metrics.h"

#include <sys/resource.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <sstream>

namespace troupe::inspect {
namespace {

constexpr const char* kFiles = "/proc/self/fd";

struct Memory {
  double virtual_bytes = 0;
  double resident_bytes = 0;
};

Memory memory() {
  std::ifstream file("/proc/self/statm");
  const auto page = static_cast<double>(::sysconf(_SC_PAGESIZE));
  Memory pages;
  file >> pages.virtual_bytes >> pages.resident_bytes;
  return {pages.virtual_bytes * page, pages.resident_bytes * page};
}

double seconds(const timeval& time) {
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6;
}

std::size_t open_files() {
  std::error_code none;
  const std::filesystem::directory_iterator files(kFiles, none);
  return none ? 0 : static_cast<std::size_t>(std::distance(begin(files), end(files)));
}

}  // namespace

void add_process(Families& out) {
  const Memory used = memory();
  out.level("process_resident_memory_bytes", "memory of the process that is in RAM", used.resident_bytes);
  out.level("process_virtual_memory_bytes", "memory that the process has mapped", used.virtual_bytes);
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0)
    out.counter("process_cpu_seconds_total", "processor time that the process took",
                seconds(usage.ru_utime) + seconds(usage.ru_stime));
  out.level("process_open_fds", "files and sockets that the process has open", open_files());
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) == 0)
    out.level("process_max_fds", "how many it may have open", limit.rlim_cur);
}

}  // namespace troupe::inspect
