#include "inspect/overload_report.h"

#include <algorithm>
#include <string>

namespace troupe::inspect {

observe::OverloadView overload_view(const NodeConfig& config, const host::NodeRouting& routing,
                                    host::NodeParts& running) {
  const QueueMeter& queued = routing.origin.queued;
  const auto levels = queued.levels(routing.origin.clock.now());
  const auto level = [](std::int64_t n) { return static_cast<std::uint64_t>(std::max<std::int64_t>(n, 0)); };
  const auto refused = [&](Bound bound) { return levels.refused[static_cast<std::size_t>(bound)]; };
  observe::OverloadView view{.queued_calls = level(levels.calls),
                             .queued_bytes = level(levels.bytes),
                             .held_calls = level(levels.held),
                             .max_queued_calls = queued.policy().max_queued_calls,
                             .max_queued_bytes = queued.policy().max_queued_bytes,
                             .max_mailbox = config.max_mailbox,
                             .wait_ms = level(levels.wait_ms),
                             .shedding = levels.standing,
                             .target_ms = level(queued.policy().target.count())};
  view.refused = {.mailbox = refused(Bound::mailbox),
                  .actor_delay = refused(Bound::actor_delay),
                  .node_calls = refused(Bound::node_calls),
                  .node_bytes = refused(Bound::node_bytes),
                  .node_delay = refused(Bound::node_delay),
                  .host_calls = refused(Bound::host_calls),
                  .commits = refused(Bound::commits)};
  if (!running.links()) return view;
  for (const auto& link : running.links()->status()) {
    view.refused.links_out += link.refused_out;
    view.refused.links_in += link.refused_in;
  }
  return view;
}

void add_overload(const observe::OverloadView& view, std::vector<observe::Metric>& metrics) {
  const auto level = [&](const char* name, const char* text, std::uint64_t value) {
    metrics.push_back({std::string("troupe_") + name, text, static_cast<double>(value), false});
  };
  const auto refused = [&](const char* name, const char* text, std::uint64_t value) {
    metrics.push_back({std::string("troupe_refused_") + name + "_total", text, static_cast<double>(value), true});
  };
  level("queued_calls", "calls that wait in mailboxes", view.queued_calls);
  level("queued_bytes", "bytes that they hold", view.queued_bytes);
  level("queue_wait_ms", "what a call waits for a worker, about", view.wait_ms);
  level("shedding", "1: calls wait too long for a worker, and some are refused", view.shedding ? 1 : 0);
  refused("mailbox", "calls refused: their actor's mailbox was full", view.refused.mailbox);
  refused("actor_delay", "calls shed: their actor is called faster than it serves", view.refused.actor_delay);
  refused("node_calls", "calls refused: too many waited on the node", view.refused.node_calls);
  refused("node_bytes", "calls refused: too many bytes waited on the node", view.refused.node_bytes);
  refused("node_delay", "calls shed: the node is called faster than it serves", view.refused.node_delay);
  refused("host_calls", "calls of host threads refused: too many were pending", view.refused.host_calls);
  refused("commits", "turns refused: too many commits were pending", view.refused.commits);
  refused("links_out", "calls to other nodes refused: too much was under way", view.refused.links_out);
  refused("links_in", "calls of other nodes refused: too much of theirs was unanswered", view.refused.links_in);
}

}  // namespace troupe::inspect
