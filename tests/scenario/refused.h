// With which code, or for want of one of which kind, an attempt is refused.
#pragma once

#include <troupe/error.h>

#include <string>

namespace demo::testing {

template <class Attempt>
std::string refused(Attempt attempt) {
  try {
    attempt();
  } catch (const troupe::Error& error) {
    return error.code().empty() ? std::string(to_string(error.kind())) : error.code();
  }
  return "not refused";
}

}  // namespace demo::testing
