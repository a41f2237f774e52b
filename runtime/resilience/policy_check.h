// Whether NodeConfig::calls can stand: each number by itself, and names and methods when they are known. Pure.
#pragma once

#include <vector>

#include "troupe/call_policy.h"
#include "troupe/error.h"
#include "troupe/service.h"

namespace troupe::resilience {

// Ranges, names that are no names, an entry that is there twice. `invalid`, naming entry and field.
[[nodiscard]] Result<void> check(const std::vector<CoveredCalls>& calls);

// "Stock.reserve" taken apart; no method: the whole service.
struct CoveredName {
  std::string_view service;
  std::string_view method;
};
[[nodiscard]] CoveredName covered_name(std::string_view to) noexcept;

// Whether the policy fits the method that an entry names, or with `method` null the service: a hedge needs a `readOnly`
// method, a timeout of attempts one that may run twice.
[[nodiscard]] Result<void> check_fit(const CoveredCalls& entry, const ServiceInfo& service, const MethodInfo* method);

// The method of that name; `not_found` says which there are.
[[nodiscard]] Result<const MethodInfo*> find_method(const ServiceInfo& service, std::string_view name);

}  // namespace troupe::resilience
