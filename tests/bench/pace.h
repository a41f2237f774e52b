// How the benchmark waits. It measures with the machine's clock and what it measures runs on threads, so it paces
// itself by that clock, here and nowhere else; no test is decided by it.
#pragma once

#include <chrono>
#include <thread>

namespace troupe::bench {

// Lets what is measured run, or leaves the processor to it.
inline void let_run(std::chrono::nanoseconds time) { std::this_thread::sleep_for(time); }

// Until it is so, looked at as often as that.
template <class Claim>
void await(std::chrono::nanoseconds every, Claim claim) {
  while (!claim()) let_run(every);
}

}  // namespace troupe::bench
