// What a node shows of itself in numbers; runtime/doc/metrics.md lists it.
#include <algorithm>

#include "inspect/call_metrics.h"
#include "inspect/inspection.h"
#include "inspect/meter_metrics.h"
#include "inspect/overload_report.h"
#include "inspect/process_metrics.h"

namespace troupe::inspect {
namespace {

constexpr double kSecondsPerMs = 1e-3, kSecondsPerUs = 1e-6;

void add_links(const std::vector<LinkView>& links, Families& out) {
  for (const LinkView& link : links) {
    const MetricLabels labels{{"peer", link.peer}};
    out.level("troupe_link_up", "1: the link to the peer is up", link.up ? 1 : 0, labels);
    out.counter("troupe_link_sent_bytes_total", "bytes of calls and answers sent to the peer", link.bytes_out, labels);
    out.counter("troupe_link_received_bytes_total", "bytes received from it", link.bytes_in, labels);
    out.counter("troupe_link_sent_frames_total", "frames sent to it", link.frames_out, labels);
    out.counter("troupe_link_received_frames_total", "frames received from it", link.frames_in, labels);
    out.level("troupe_link_backlog_bytes", "bytes that wait for the link, for its credit above all", link.backlog_bytes,
              labels);
    out.level("troupe_link_pending_calls", "calls that were sent over it and are not answered", link.pending_calls,
              labels);
    out.level("troupe_link_unanswered_calls", "calls of the peer that are not answered", link.unanswered_calls, labels);
    out.counter("troupe_link_refused_out_total", "calls to the peer that were one too many", link.refused_out, labels);
    out.counter("troupe_link_refused_in_total", "calls of the peer that were one too many", link.refused_in, labels);
    out.level("troupe_link_round_trip_seconds", "from a heartbeat to its echo, the last time",
              link.rtt_us * kSecondsPerUs, labels);
  }
}

void add_services(const actor::Registry& registry, Families& out) {
  for (const auto& hosted : registry.services()) {
    const MetricLabels labels{{"service", hosted->service.name}};
    const auto read = [](const auto& counter) { return counter.load(std::memory_order_relaxed); };
    out.level("troupe_service_activations", "actors of the service that are active", read(hosted->live), labels);
    out.counter("troupe_restarts_total", "activations restarted after a crash", read(hosted->restarts), labels);
    out.level("troupe_quarantined", "actors that exceeded their restart policy and are not started",
              read(hosted->quarantined), labels);
  }
}

}  // namespace

std::vector<MetricFamily> Inspection::metrics() {
  auto out = own_metrics();
  for (auto& family : book_.added()) {
    const auto same = [&](const MetricFamily& one) { return one.name == family.name; };
    if (std::none_of(out.begin(), out.end(), same)) out.push_back(std::move(family));
  }
  return out;
}

std::vector<MetricFamily> Inspection::own_metrics() {
  const auto view = node();
  Families out;
  out.level("troupe_start_time_seconds", "when the node started, since the Unix epoch",
            static_cast<double>(started_ms_) * kSecondsPerMs);
  out.level("troupe_activations", "actors that are active", view.activations);
  out.level("troupe_pending_calls", "calls of host threads, and calls that wait for a link", view.pending_calls);
  out.counter("troupe_dead_letters_total", "messages that could not be delivered", view.dead_letters);
  if (const telemetry::Meters* meters = routing_.origin.meters) {
    add_turns(*meters, out);
    add_edges(*meters, out);
  }
  add_overload(view.overload, out);
  add_services(routing_.registry, out);
  out.counter("troupe_turns_cancelled_total", "turns that ended where they waited, as nobody waited for them",
              running_.context().turns_cancelled.load(std::memory_order_relaxed));
  out.counter("troupe_slow_turns_total", "turns that took long, by slow_turn", running_.slow_turns().total());
  out.level("troupe_blocked_threads", "worker threads that one handler holds", running_.watchdog().blocked().size());
  if (const auto spans = traces_.totals(); spans.on) {
    out.counter("troupe_spans_total", "spans that ended", spans.ended);
    out.level("troupe_spans_kept", "spans in memory", spans.kept);
    out.counter("troupe_spans_dropped_total",
                "spans of failures and slow turns past what is kept in a second, and for want of memory",
                spans.dropped);
    out.counter("troupe_spans_exported_total", "spans that left the node", spans.exported);
    out.counter("troupe_spans_not_exported_total", "spans that a full queue or the collector turned away",
                spans.not_exported);
  }
  if (const auto* links = running_.links()) {
    out.counter("troupe_links_refused_total", "connections to this node that got no link", links->refused());
    out.counter("troupe_links_moved_total", "links that moved to a new connection before they were too old",
                links->moved());
    add_links(this->links(), out);
  }
  add_durable_work(out);
  add_calls(routing_, out);
  add_pools(pools_.pools(), out);
  if (view.store) add_store(*view.store, out);
  add_process(out);
  return out.take();
}

void Inspection::add_store(const observe::StoreView& view, Families& metrics) {
  metrics.level("troupe_store_records", "actor records on disk", view.records);
  metrics.level("troupe_store_used_bytes", "bytes of the store in use", view.used_bytes);
  metrics.level("troupe_store_map_bytes", "bytes that the store may use without growing", view.map_bytes);
  metrics.counter("troupe_store_transactions_total", "transactions committed", view.transactions);
  metrics.counter("troupe_store_write_sets_total", "turns committed", view.write_sets);
  metrics.level("troupe_store_pending_commits", "turns that wait for the disk", view.pending_commits);
  metrics.level("troupe_store_failed", "1: the store has stopped committing", view.failure.empty() ? 0 : 1);
  const store::CommitTimes times = running_.store()->commits().times();
  metrics.sizes("troupe_store_batch_write_sets", "turns that one transaction committed", times.batches);
  metrics.durations("troupe_store_sync_seconds", "what writing and syncing a transaction took", times.syncs);
}

void Inspection::add_durable_work(Families& metrics) {
  if (!running_.courier()) return;
  const OutboxView outbox = running_.courier()->totals();
  metrics.level("troupe_outbox_messages", "durable messages that are not acknowledged yet", outbox.waiting);
  metrics.counter("troupe_outbox_delivered_total", "durable messages that were acknowledged", outbox.delivered);
  metrics.counter("troupe_outbox_repeated_total", "durable messages that were sent again", outbox.repeated);
  metrics.counter("troupe_outbox_given_up_total", "durable messages that became dead letters", outbox.given_up);
  const auto oldest = running_.courier()->channels(1);
  metrics.level("troupe_outbox_oldest_seconds", "age of the message that waits longest; 0: none waits",
                oldest.empty() ? 0.0 : static_cast<double>(oldest.front().oldest_ms) * kSecondsPerMs);
  const RemindersView reminders = this->reminders(0);
  metrics.level("troupe_reminders_due", "reminders that are due and not done", reminders.due);
  metrics.level("troupe_reminders_failing", "of them, to be tried again", reminders.failing);
  metrics.counter("troupe_reminders_fired_total", "reminders whose turns ended well", reminders.fired);
}

observe::GraphView Inspection::graph() {
  observe::GraphView view{.node = config_.name, .uptime_ms = routing_.origin.clock.wall_ms() - started_ms_};
  const telemetry::Meters* meters = routing_.origin.meters;
  view.counted = meters != nullptr;
  if (!meters) return view;
  view.edges = edges_of(*meters);
  view.methods = methods_of(*meters);
  return view;
}

}  // namespace troupe::inspect
