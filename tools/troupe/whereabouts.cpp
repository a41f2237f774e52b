#include "whereabouts.h"

#include <cstdlib>

#include "show.h"

namespace troupe::tool {

Whereabouts whereabouts_in(const std::vector<Answer>& answers) {
  Whereabouts out;
  for (const Answer& answer : answers) {
    for (const Json& one : array_at(answer.body, "partitions")) {
      const auto count = [&one](const char* name) { return std::strtoull(text_at(one, name).c_str(), nullptr, 10); };
      const Whereabouts::One said{{count("version"), count("epoch")}, text_at(one, "owner"), text_at(one, "target")};
      auto [at, is_new] = out.partitions.try_emplace(number_at(one, "number"), said);
      if (said.version > at->second.version || (said.version == at->second.version && said.owner == answer.node))
        at->second = said;
    }
    for (const Json& moving : array_at(answer.body, "moving")) {
      out.on_the_way += (out.on_the_way.empty() ? "" : ", ") + text_at(moving, "partition");
      out.bytes += number_at(moving, "bytes");
    }
    const std::string error = text_at(answer.body.value("handOvers", Json::object()), "lastError");
    if (!error.empty()) out.last_error = answer.node + ": " + error;
  }
  return out;
}

}  // namespace troupe::tool
