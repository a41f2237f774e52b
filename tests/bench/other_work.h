// OtherWork: how busy the machine was with anything but this program's processes, which is what blurs a figure most.
#pragma once

#include <chrono>

namespace troupe::bench {

class OtherWork {
 public:
  OtherWork();  // from now on

  // The share of all processors' time since then that went to others, 0 to 1. Counts the processes that this one has
  // started as its own once they have ended.
  [[nodiscard]] double share() const;

 private:
  std::chrono::steady_clock::time_point start_;
  double busy_seconds_;
  double own_seconds_;
};

}  // namespace troupe::bench
