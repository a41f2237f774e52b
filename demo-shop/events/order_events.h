// The shop's topics and who listens to them. The same on every node.
#pragma once

#include <topic/topics.h>

#include <chrono>

namespace demo {

// By user.
extern const troupe::topic::TopicConfig kOrderEvents;

// What admins did through a gateway, for a year.
extern const troupe::topic::TopicConfig kAdminActs;

// Before node.start(). `log`: where events lie; empty: in tables.
void host_topics(troupe::Node& node, troupe::topic::LogFactory log = {});
// Once the nodes that own the topic are there, on any of them, any number of times. Throws troupe::Error when they do
// not answer within `timeout`.
void declare_topics(troupe::Node& node, std::chrono::nanoseconds timeout);

}  // namespace demo
