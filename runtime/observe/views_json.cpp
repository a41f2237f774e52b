#include "observe/views_json.h"

namespace troupe::observe {
namespace {

Json to_json(const MemberView& view) {
  return {
      {"name", view.name}, {"address", view.address}, {"client", view.client}, {"self", view.self}, {"up", view.up}};
}

Json to_json(const StoreView& view) {
  return {{"records", view.records},      {"usedBytes", view.used_bytes},
          {"mapBytes", view.map_bytes},   {"transactions", view.transactions},
          {"writeSets", view.write_sets}, {"pendingCommits", view.pending_commits},
          {"meanBatch", view.mean_batch}, {"meanCommitUs", view.mean_commit_us},
          {"copyDone", view.copy_done},   {"copyOf", view.copy_of},
          {"failure", view.failure}};
}

Json to_json(const OverloadView& view) {
  const auto& refused = view.refused;
  return {{"queuedCalls", view.queued_calls},
          {"queuedBytes", view.queued_bytes},
          {"heldCalls", view.held_calls},
          {"maxQueuedCalls", view.max_queued_calls},
          {"maxQueuedBytes", view.max_queued_bytes},
          {"maxMailbox", view.max_mailbox},
          {"waitMs", view.wait_ms},
          {"targetMs", view.target_ms},
          {"shedding", view.shedding},
          {"refused",
           {{"mailbox", refused.mailbox},
            {"actorDelay", refused.actor_delay},
            {"nodeCalls", refused.node_calls},
            {"nodeBytes", refused.node_bytes},
            {"nodeDelay", refused.node_delay},
            {"hostCalls", refused.host_calls},
            {"commits", refused.commits},
            {"linksOut", refused.links_out},
            {"linksIn", refused.links_in}}}};
}

Json to_json(const MethodView& view) {
  return {{"name", view.name},           {"params", view.params},       {"results", view.results},
          {"readOnly", view.read_only},  {"reentrant", view.reentrant}, {"retry", view.retry},
          {"timeoutMs", view.timeout_ms}};
}

Json to_json(const TurnView& view) {
  return {{"method", view.method}, {"id", view.id}, {"ageMs", view.age_ms}, {"waiting", view.waiting}};
}

Json to_json(const PendingCallView& view) {
  return {{"actor", view.actor},
          {"method", view.method},
          {"id", view.id},
          {"ageMs", view.age_ms},
          {"deadlineInMs", view.deadline_in_ms}};
}

Json to_json(const OutboxView& view) {
  return {{"waiting", view.waiting},
          {"delivered", view.delivered},
          {"repeated", view.repeated},
          {"givenUp", view.given_up}};
}

Json to_json(const FailingReminderView& view) {
  return {{"actor", view.actor},           {"name", view.name},           {"dueMs", view.due_ms}, {"tries", view.tries},
          {"againInMs", view.again_in_ms}, {"lastError", view.last_error}};
}

Json to_json(const SlowTurnView& view) {
  return {{"actor", view.actor}, {"method", view.method}, {"id", view.id}, {"ageMs", view.age_ms}, {"at", view.at}};
}

Json to_json(const HealthView::Fault& fault) { return {{"name", fault.name}, {"message", fault.message}}; }

Json to_json(const BlockedThreadView& view) {
  return {{"thread", view.thread},
          {"actor", view.actor},
          {"method", view.method},
          {"heldMs", view.held_ms},
          {"kernel", view.kernel}};
}

template <class View>
Json array_of(const std::vector<View>& views) {
  Json array = Json::array();
  for (const View& view : views) array.push_back(to_json(view));
  return array;
}

}  // namespace

Json to_json(const NodeView& view) {
  return {{"name", view.name},
          {"cluster", view.cluster},
          {"incarnation", std::to_string(view.incarnation)},
          {"startedMs", view.started_ms},
          {"uptimeMs", view.uptime_ms},
          {"pid", view.pid},
          {"port", view.port},
          {"dataDir", view.data_dir},
          {"activations", view.activations},
          {"pendingCalls", view.pending_calls},
          {"deadLetters", view.dead_letters},
          {"overload", to_json(view.overload)},
          {"members", array_of(view.members)},
          {"store", view.store ? to_json(*view.store) : Json(nullptr)}};
}

Json to_json(const BackupView& view) {
  return {{"cluster", view.cluster}, {"node", view.node},   {"takenMs", view.taken_ms},
          {"records", view.records}, {"bytes", view.bytes}, {"encrypted", view.encrypted}};
}

Json to_json(const LinkView& view) {
  return {{"peer", view.peer},
          {"up", view.up},
          {"address", view.address},
          {"incarnation", std::to_string(view.incarnation)},
          {"pendingCalls", view.pending_calls},
          {"backlogBytes", view.backlog_bytes},
          {"unansweredCalls", view.unanswered_calls},
          {"refusedOut", view.refused_out},
          {"refusedIn", view.refused_in},
          {"framesIn", view.frames_in},
          {"framesOut", view.frames_out},
          {"bytesIn", view.bytes_in},
          {"bytesOut", view.bytes_out},
          {"rttUs", view.rtt_us},
          {"lastError", view.last_error}};
}

Json to_json(const ChannelView& view) {
  return {
      {"from", view.from},          {"to", view.to},       {"waiting", view.waiting},     {"underWay", view.under_way},
      {"oldestMs", view.oldest_ms}, {"tries", view.tries}, {"lastError", view.last_error}};
}

Json to_json(const OutboxReport& report) {
  return {{"totals", to_json(report.totals)}, {"channels", to_json(report.channels)}};
}

Json to_json(const RemindersView& view) {
  return {{"due", view.due},
          {"underWay", view.under_way},
          {"failing", view.failing},
          {"leftBehind", view.left_behind},
          {"notHosted", view.not_hosted},
          {"fired", view.fired},
          {"nextDueMs", view.next_due_ms},
          {"lastError", view.last_error},
          {"worst", array_of(view.worst)}};
}

Json to_json(const ServiceView& view) {
  return {{"name", view.name},
          {"durable", view.durable},
          {"placement", view.placement},
          {"stateType", view.state_type},
          {"activations", view.activations},
          {"schema", std::to_string(view.schema_hash)},
          {"stateVersion", view.state_version},
          {"healthy", view.healthy},
          {"trouble", view.trouble},
          {"methods", array_of(view.methods)}};
}

Json to_json(const SupervisorView& view) {
  return {{"name", view.name},
          {"strategy", view.strategy},
          {"policy", view.policy},
          {"children", view.children},
          {"restarts", view.restarts},
          {"quarantined", view.quarantined},
          {"supervisors", to_json(view.supervisors)}};
}

Json to_json(const SlowTurnsView& view) {
  return {{"slowTurnMs", view.limit_ms}, {"total", view.total}, {"turns", array_of(view.turns)}};
}

Json to_json(const HealthView& view) {
  return {{"healthy", view.faults.empty()},
          {"faults", array_of(view.faults)},
          {"workers", view.workers},
          {"blocked", array_of(view.blocked)},
          {"services", array_of(view.services)}};
}

Json to_json(const ChildView& view) {
  Json out = {{"id", view.id}, {"kind", view.kind}, {"what", view.what}, {"status", view.status}};
  if (!view.id.empty()) {  // what is said of a child, and not of the top
    out["restart"] = view.restart;
    out["shutdown"] = view.shutdown;
    out["significant"] = view.significant;
    out["dynamic"] = view.dynamic;
  }
  out["restarts"] = view.restarts;
  out["lastCause"] = view.last_cause;
  if (view.again_ms) out["againMs"] = *view.again_ms;
  if (!view.node.empty()) out["node"] = view.node;
  if (view.kind == "service") out["live"] = view.live;
  if (view.kind == "process" && view.pid != 0) out["pid"] = view.pid;
  if (view.kind == "supervisor") {
    out["autoShutdown"] = view.auto_shutdown;
    out["children"] = to_json(view.children);
  }
  return out;
}

Json to_json(const ActorView& view) {
  return {{"actor", view.actor},
          {"partition", view.partition},
          {"status", view.status},
          {"mailbox", view.mailbox},
          {"queueDelayMs", view.queue_delay_ms},
          {"shedding", view.shedding},
          {"turnsDone", view.turns_done},
          {"restarts", view.restarts},
          {"lastCrash", view.last_crash},
          {"stateBytes", view.state_bytes},
          {"stateVersion", view.state_version},
          {"edits", view.edits},
          {"lastSent", view.last_sent},
          {"rememberedReplies", view.remembered_replies},
          {"repliesInPages", view.replies_in_pages},
          {"commitsSubmitted", view.commits_submitted},
          {"commitsDurable", view.commits_durable},
          {"turns", array_of(view.turns)},
          {"pendingCalls", array_of(view.pending_calls)},
          {"monitors", view.monitors},
          {"watchers", view.watchers},
          {"children", view.children},
          {"answered", view.answered}};
}

Json to_json(const ActorLine& line) {
  return {{"service", line.service}, {"key", line.key},           {"status", line.status},
          {"mailbox", line.mailbox}, {"restarts", line.restarts}, {"stateBytes", line.state_bytes}};
}

Json to_json(const std::vector<MetricFamily>& metrics) {
  Json out = Json::array();
  for (const MetricFamily& family : metrics) {
    for (const MetricSample& sample : family.samples) {
      Json labels = Json::object();
      for (const auto& [name, value] : sample.labels) labels[name] = value;
      Json one{{"name", family.name}, {"labels", std::move(labels)}, {"text", family.help}};
      if (family.kind == MetricKind::histogram) {
        Json buckets = Json::array();
        for (const auto& [bound, count] : sample.buckets.up_to) buckets.push_back({{"le", bound}, {"count", count}});
        one.update({{"count", sample.buckets.count}, {"sum", sample.buckets.sum}, {"buckets", std::move(buckets)}});
      } else {
        one.update({{"value", sample.value}, {"counter", family.kind == MetricKind::counter}});
      }
      out.push_back(std::move(one));
    }
  }
  return out;
}

Json to_json(const Error& error) {
  return {{"kind", to_string(error.kind())},
          {"code", error.code()},
          {"message", error.message()},
          {"mayHaveRun", error.may_have_run()},
          {"retryAfterMs", error.retry_after().count()}};
}

}  // namespace troupe::observe
