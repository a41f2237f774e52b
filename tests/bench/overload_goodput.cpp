#include "overload_goodput.h"

#include "overload/load.h"

namespace troupe::bench {

double goodput_at_ten_times(const Effort& effort) {
  LoadedNode node({}, effort.dir);
  (void)node.capacity(effort.time / 10);
  const double capacity = node.capacity(effort.time / 2);
  return node.offer(10 * capacity, effort.time).goodput;
}

double goodput_at_capacity(const Effort& effort) {
  LoadedNode node({}, effort.dir);
  (void)node.capacity(effort.time / 10);
  return node.capacity(effort.time);
}

}  // namespace troupe::bench
