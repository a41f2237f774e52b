#include "apart.h"

namespace troupe::bench {

Apart::Apart(bool wanted) {
  cpu_set_t all{};
  if (!wanted || ::sched_getaffinity(0, sizeof all, &all) != 0 || CPU_COUNT(&all) < 2) return;
  cpu_set_t far{};
  int left = CPU_COUNT(&all) / 2;  // for the far side
  for (int cpu = CPU_SETSIZE - 1; cpu >= 0; --cpu) {
    if (CPU_ISSET(cpu, &all)) CPU_SET(cpu, left-- > 0 ? &far : &near_);
  }
  if (::sched_setaffinity(0, sizeof far, &far) == 0) before_ = all;
}

Apart::~Apart() {
  if (before_) ::sched_setaffinity(0, sizeof *before_, &*before_);
}

void Apart::near() {
  if (before_) ::sched_setaffinity(0, sizeof near_, &near_);
}

}  // namespace troupe::bench
