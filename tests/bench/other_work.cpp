#include "other_work.h"

#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>
#include <string>

namespace troupe::bench {
namespace {

// user, nice, system, idle, iowait, irq, softirq, steal: hundredths of a second, of all processors together.
double busy_seconds() {
  std::ifstream stat("/proc/stat");
  std::string cpu;
  double user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0;
  stat >> cpu >> user >> nice >> system >> idle >> iowait >> irq >> softirq >> steal;
  return (user + nice + system + irq + softirq + steal) / static_cast<double>(::sysconf(_SC_CLK_TCK));
}

double own_seconds() {
  const auto of = [](int who) {
    rusage used{};
    ::getrusage(who, &used);
    const auto seconds = [](const timeval& t) {
      return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
  };
  return of(RUSAGE_SELF) + of(RUSAGE_CHILDREN);
}

}  // namespace

OtherWork::OtherWork()
    : start_(std::chrono::steady_clock::now()), busy_seconds_(busy_seconds()), own_seconds_(own_seconds()) {}

double OtherWork::share() const {
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
  const double others = (busy_seconds() - busy_seconds_) - (own_seconds() - own_seconds_);
  return std::clamp(others / (took.count() * static_cast<double>(::sysconf(_SC_NPROCESSORS_ONLN))), 0.0, 1.0);
}

}  // namespace troupe::bench
