// The shop's topic and who listens to it. The same on every node.
#pragma once

#include <topic/topics.h>

#include <chrono>

namespace demo {

// The events of orders, by user.
extern const troupe::topic::TopicConfig kOrderEvents;

// Before node.start(). `log`: where the events lie; empty: in tables.
void host_topics(troupe::Node& node, troupe::topic::LogFactory log = {});
// Once the nodes that own the topic are there, on any of them, any number of times. Throws troupe::Error when they do
// not answer within `timeout`.
void declare_topics(troupe::Node& node, std::chrono::nanoseconds timeout);

}  // namespace demo
