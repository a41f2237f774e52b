// One request of the admin API, answered from a source made by hand.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

#include "observe/admin_api.h"

namespace troupe::observe {

struct Asked {
  int status;
  nlohmann::json body;
  std::string message() const { return body.at("error").at("message"); }
  std::string kind() const { return body.at("error").at("kind"); }
};

inline Asked ask(InspectionSource& source, std::string_view method, std::string_view target,
                 std::string_view body = "") {
  const AdminAnswer got = answer(source, {method, target, body});
  return {got.status, nlohmann::json::parse(got.json)};
}

}  // namespace troupe::observe
