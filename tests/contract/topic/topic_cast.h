// The actors of topic_cast.capnp.
#pragma once

#include <string>

#include "topic/config.h"
#include "topic_cast.capnp.troupe.h"
#include "troupe/node.h"

namespace troupe::topic_contract {

// The topic they publish to, as it is declared in most cases.
[[nodiscard]] const topic::TopicConfig& news();

void host_topic_cast(Node& node);

[[nodiscard]] inline std::string text(capnp::Text::Reader reader) { return {reader.begin(), reader.size()}; }

}  // namespace troupe::topic_contract
