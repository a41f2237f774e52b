// What can be seen of a node, as JSON. Field names are those of the views, in camelCase; 64-bit ids are strings. Pure.
#pragma once

#include <nlohmann/json.hpp>

#include "observe/inspection_source.h"

namespace troupe::observe {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json to_json(const NodeView& view);
[[nodiscard]] Json to_json(const BackupView& view);
[[nodiscard]] Json to_json(const LinkView& view);
[[nodiscard]] Json to_json(const OutboxReport& report);
[[nodiscard]] Json to_json(const ChannelView& view);
[[nodiscard]] Json to_json(const RemindersView& view);
[[nodiscard]] Json to_json(const ServiceView& view);
[[nodiscard]] Json to_json(const SupervisorView& view);
[[nodiscard]] Json to_json(const SlowTurnsView& view);
[[nodiscard]] Json to_json(const HealthView& view);
[[nodiscard]] Json to_json(const ChildView& view);
[[nodiscard]] Json to_json(const ActorView& view);
[[nodiscard]] Json to_json(const ActorLine& line);
// A series an entry: a histogram has no value but "count", "sum" and "buckets".
[[nodiscard]] Json to_json(const std::vector<MetricFamily>& metrics);
// {"kind", "code", "message", "mayHaveRun"}
[[nodiscard]] Json to_json(const Error& error);

template <class View>
[[nodiscard]] Json to_json(const std::vector<View>& views) {
  Json array = Json::array();
  for (const View& view : views) array.push_back(to_json(view));
  return array;
}

}  // namespace troupe::observe
