// Log lines about connections that were refused: a stranger must not fill the log.
#pragma once

#include <string>

#include "base/clock.h"
#include "base/log_fields.h"
#include "troupe/log.h"

namespace troupe::net {

// In any kRefusalPeriod so many lines are written; the first line after it says how many were not.
inline constexpr unsigned kRefusalsLogged = 10;
inline constexpr std::chrono::seconds kRefusalPeriod{10};

// On the loop of the links.
class RefusalLog {
 public:
  // `sink` may be empty.
  explicit RefusalLog(LogSink sink) : sink_(std::move(sink)) {}

  void write(TimePoint now, const std::string& message, const LogFields& fields = {});

 private:
  void line(const std::string& message, const LogFields& fields = {});

  LogSink sink_;
  TimePoint period_began_{};
  unsigned in_period_ = 0;
};

}  // namespace troupe::net
