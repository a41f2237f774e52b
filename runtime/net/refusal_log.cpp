#include "net/refusal_log.h"

namespace troupe::net {

void RefusalLog::write(TimePoint now, const std::string& message, const LogFields& fields) {
  if (now - period_began_ > kRefusalPeriod) {
    if (in_period_ > kRefusalsLogged)
      line(std::to_string(in_period_ - kRefusalsLogged) + " more refusals were not logged");
    period_began_ = now;
    in_period_ = 0;
  }
  if (++in_period_ <= kRefusalsLogged) line(message, fields);
}

void RefusalLog::line(const std::string& message, const LogFields& fields) {
  if (sink_) sink_({LogLevel::warn, "net", message, fields});
}

}  // namespace troupe::net
