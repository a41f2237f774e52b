// The storm's topic, and who hears it: one listener hears everything, and one for each event key what has that key.
#pragma once

#include <string>

#include "topic/config.h"
#include "topic/topics.h"

namespace troupe::storm {

inline const topic::TopicConfig kNews{.name = "news", .partitions = 3};
inline constexpr int kEventKeys = 5;
inline constexpr const char* kHearsAll = "all";
[[nodiscard]] inline std::string event_key(int number) { return "key-" + std::to_string(number); }

[[nodiscard]] inline topic::Topics all_topics() {
  topic::Topics topics;
  topics.add(kNews, {{.name = "everything", .service = "Listener", .method = "onEvents", .key = kHearsAll},
                     {.name = "by-key", .service = "Listener", .method = "onEvents"}});
  return topics;
}

}  // namespace troupe::storm
