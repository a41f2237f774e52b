#include "gateway/options_check.h"

#include "gateway/cors.h"
#include "gateway/rate_checks.h"
#include "gateway/used_keys.h"

namespace troupe::gateway {

void check(const GatewayOptions& options) {
  const auto refuse = [](const std::string& why) { throw Error(ErrorKind::invalid, "GatewayOptions::" + why); };
  check(options.cors).value();
  if (std::chrono::milliseconds(options.timeout).count() < 0) refuse("timeout is less than nothing");
  if (options.authenticate && options.authenticate_patiently)
    refuse("authenticate and authenticate_patiently are both given; one of them says who asks");
  if (const std::string why = why_not(options.limits); !why.empty()) refuse(why);
  if (options.keys_kept.count() < 0 || options.keys_kept > kMostKeyKept)
    refuse("keys_kept is " + std::to_string(options.keys_kept.count()) + " ms; 0 to a week are possible");
  if (options.audit.ready && !options.audit.acted) refuse("audit.ready is given, and audit.acted is empty");
  if (options.patient_threads == 0 || options.patient_threads > kMaxPatientThreads)
    refuse("patient_threads is " + std::to_string(options.patient_threads) + "; 1 to " +
           std::to_string(kMaxPatientThreads) + " are possible");
  if (options.patient_requests == 0 || options.patient_requests > kMaxPatientRequests)
    refuse("patient_requests is " + std::to_string(options.patient_requests) + "; 1 to " +
           std::to_string(kMaxPatientRequests) + " are possible");
}

}  // namespace troupe::gateway
