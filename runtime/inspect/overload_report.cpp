#include "inspect/overload_report.h"

#include <algorithm>
#include <string>

namespace troupe::inspect {
namespace {

constexpr double kMsPerSecond = 1'000;

}  // namespace

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

void add_overload(const observe::OverloadView& view, Families& metrics) {
  metrics.level("troupe_queued_calls", "calls that wait in mailboxes", view.queued_calls);
  metrics.level("troupe_queued_bytes", "bytes that they hold", view.queued_bytes);
  metrics.level("troupe_queue_wait_seconds", "what a call waits for a worker, about",
                static_cast<double>(view.wait_ms) / kMsPerSecond);
  metrics.level("troupe_shedding", "1: calls wait too long for a worker, and some are refused", view.shedding ? 1 : 0);
  const auto refused = [&](const char* name, const char* text, std::uint64_t value) {
    metrics.counter(name, text, value);
  };
  const auto& by = view.refused;
  refused("troupe_refused_mailbox_total", "calls refused: their actor's mailbox was full", by.mailbox);
  refused("troupe_refused_actor_delay_total", "calls shed: their actor is called faster than it serves",
          by.actor_delay);
  refused("troupe_refused_node_calls_total", "calls refused: too many waited on the node", by.node_calls);
  refused("troupe_refused_node_bytes_total", "calls refused: too many bytes waited on the node", by.node_bytes);
  refused("troupe_refused_node_delay_total", "calls shed: the node is called faster than it serves", by.node_delay);
  refused("troupe_refused_host_calls_total", "calls of host threads refused: too many were pending", by.host_calls);
  refused("troupe_refused_commits_total", "turns refused: too many commits were pending", by.commits);
  refused("troupe_refused_links_out_total", "calls to other nodes refused: too much was under way", by.links_out);
  refused("troupe_refused_links_in_total", "calls of other nodes refused: too much of theirs was unanswered",
          by.links_in);
}

}  // namespace troupe::inspect
