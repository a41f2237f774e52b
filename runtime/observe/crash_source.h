// CrashSource: what a node tells of its actors' crashes, and how a quarantine is ended. Any thread.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "troupe/inspection.h"

namespace troupe::observe {

class CrashSource {
 public:
  // The newest first, up to `limit`; of one actor ("Stock/sku-1"), or with an empty name of all.
  [[nodiscard]] virtual std::vector<CrashView> restarts(const std::string& actor, std::size_t limit) = 0;
  // In the order of their names, those after `after`.
  [[nodiscard]] virtual std::vector<QuarantineView> quarantined(const std::string& after, std::size_t limit) = 0;
  // Lets the actor start again, its crashes forgotten; with an empty name all of them. How many were quarantined.
  virtual std::size_t end_quarantine(const std::string& actor) = 0;

 protected:
  ~CrashSource() = default;
};

}  // namespace troupe::observe
