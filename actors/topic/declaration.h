// Between what a program writes (topic/config.h) and what travels and is kept (topic.capnp).
#pragma once

#include <string>

#include "topic/config.h"
#include "topic/topic.capnp.troupe.h"

namespace troupe::topic {

[[nodiscard]] TopicConfig config_of(std::string name, TopicOptions::Reader options);
[[nodiscard]] GroupConfig config_of(Subscription::Reader subscription);
void write(const TopicConfig& topic, TopicOptions::Builder options);
void write(const GroupConfig& group, Subscription::Builder subscription);

}  // namespace troupe::topic
