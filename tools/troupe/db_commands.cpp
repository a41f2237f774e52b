#include "db_commands.h"

#include "progress.h"
#include "show.h"
#include "troupe/admin_client.h"
#include "troupe/offline.h"

namespace troupe::tool {
namespace {

Json as_json(const OfflineActor& actor) {
  return {{"service", actor.service},
          {"key", actor.key},
          {"partition", actor.partition},
          {"stateBytes", actor.state_bytes},
          {"rememberedReplies", actor.remembered_replies}};
}

// What the actor keeps beside its record: [{"kind": "table", "rows": 3, "bytes": 200}].
Json kinds_of(const OfflineStore& store, const std::string& service, const std::string& key) {
  const std::string rows =
      take(store.look("/actors/" + AdminClient::encode(service) + "/" + AdminClient::encode(key) + "/rows"));
  return Json::parse(rows, nullptr, false).value("kinds", Json::array());
}

std::string kinds_text(const Json& kinds) {
  std::string text;
  for (const Json& kind : kinds)
    text += (text.empty() ? "" : ", ") + text_at(kind, "rows") + " " + text_at(kind, "kind");
  return text;
}

Json parsed(const std::string& json) {
  Json value = Json::parse(json, nullptr, false);
  return value.is_discarded() ? Json(json) : value;
}

}  // namespace

std::string show_db_list(const Files& files, const ListOptions& options, bool json) {
  const OfflineStore store = take(OfflineStore::open(files.directory, files.keys));
  std::vector<OfflineActor> actors;
  bool more = false;
  const auto listed = store.list(options.service, options.prefix, [&](const OfflineActor& actor) {
    more = actors.size() == options.limit;
    if (!more) actors.push_back(actor);
    return !more;
  });
  if (!listed.ok()) throw failure(listed.error());
  Json all = Json::array();
  Table table({"ACTOR", "PARTITION", "STATE", "REPLIES", options.rows ? "ROWS" : ""});
  for (const auto& actor : actors) {
    all.push_back(as_json(actor));
    const Json kinds = options.rows ? kinds_of(store, actor.service, actor.key) : Json();
    if (options.rows) all.back()["rows"] = kinds;
    table.row({actor.service + "/" + actor.key, std::to_string(actor.partition), size(actor.state_bytes),
               std::to_string(actor.remembered_replies), kinds_text(kinds)});
  }
  if (json) return dumped(all);
  if (table.empty()) return "no actors\n";
  return table.text() + (more ? "there are more; raise --limit\n" : "");
}

std::string show_db_record(const Files& files, const std::string& actor, bool json) {
  const ActorName name = actor_name(actor);
  const OfflineStore store = take(OfflineStore::open(files.directory, files.keys));
  const OfflineRecord record = take(store.get(name.service, name.key));
  Json out = as_json(record.actor);
  out["stateType"] = record.state_type;
  out["state"] = record.state ? parsed(*record.state) : Json(nullptr);
  out["stateVersion"] = record.state_version;
  out["edits"] = record.edits;
  out["lastSent"] = record.last_sent;
  out["rows"] = kinds_of(store, name.service, name.key);
  out["forgottenUntilMs"] = record.forgotten_until_ms;
  Json& replies = out["replies"] = Json::array();
  Table table({"REMEMBERED REPLY", "OUTCOME", "SIZE", "COMMITTED AT MS"});
  for (const auto& reply : record.replies) {
    replies.push_back({{"id", reply.id},
                       {"outcome", reply.outcome},
                       {"bytes", reply.bytes},
                       {"committedAtMs", reply.committed_at_ms}});
    table.row({reply.id, reply.outcome, size(reply.bytes), std::to_string(reply.committed_at_ms)});
  }
  if (json) return dumped(out);
  std::string text = printable(actor) + "  partition " + std::to_string(record.actor.partition) + ", " +
                     size(record.actor.state_bytes) + ", " + std::to_string(record.edits) + " edits, " +
                     std::to_string(record.last_sent) + " messages sent\n";
  if (const auto rows = kinds_text(out["rows"]); !rows.empty()) text += "beside it, rows: " + rows + "\n";
  text += record.state ? printable(record.state_type) + " " + dumped(out["state"]) : "no state\n";
  return table.empty() ? text : text + "\n" + table.text();
}

std::string show_db_stats(const Files& files, bool json) {
  const OfflineStats stats = take(take(OfflineStore::open(files.directory, files.keys)).stats());
  if (json)
    return dumped({{"cluster", stats.cluster},
                   {"node", stats.node},
                   {"format", stats.format},
                   {"encrypted", stats.encrypted},
                   {"records", stats.records},
                   {"usedBytes", stats.used_bytes},
                   {"mapBytes", stats.map_bytes},
                   {"commits", stats.commits},
                   {"partitions", stats.partitions},
                   {"partialPartitions", stats.partial_partitions},
                   {"services", stats.services},
                   {"schemas", stats.schemas}});
  return "node " + printable(stats.node) + " of cluster " + printable(stats.cluster) + ", store format " +
         std::to_string(stats.format) + (stats.encrypted ? ", encrypted" : "") + "\n" + std::to_string(stats.records) +
         " records, " + size(stats.used_bytes) + " used of a map of " + size(stats.map_bytes) + "\n" +
         std::to_string(stats.commits) + " write sets committed in " + std::to_string(stats.partitions) +
         " partitions\n" +
         (stats.partial_partitions == 0
              ? std::string()
              : std::to_string(stats.partial_partitions) +
                    " partitions were being taken from other nodes: what is here of them is not shown, and is erased "
                    "when the node starts\n") +
         std::to_string(stats.services) + " services, " + std::to_string(stats.schemas) + " schemas\n";
}

std::string show_db_schema(const Files& files, bool json) {
  return show_services_of(take(take(OfflineStore::open(files.directory, files.keys)).services()), json);
}

std::string show_services_of(const std::vector<OfflineService>& services, bool json) {
  Json all = Json::array();
  std::string text;
  for (const auto& service : services) {
    all.push_back({{"name", service.name},
                   {"id", service.id},
                   {"stateType", service.state_type},
                   {"state", service.state},
                   {"stateVersion", service.state_version},
                   {"methods", service.methods}});
    text += printable(service.name) + " " + service.id + "\n";
    if (!service.state.empty())
      text += "  state " + printable(service.state_type + " " + service.state) +
              (service.state_version == 0 ? "" : " version " + std::to_string(service.state_version)) + "\n";
    for (const auto& method : service.methods) text += "  " + printable(method) + "\n";
  }
  if (json) return dumped(all);
  return text.empty() ? "no services\n" : text;
}

Verified show_db_verify(const Files& files, bool json) {
  ProgressLine progress;
  const OfflineCheck check =
      take(take(OfflineStore::open(files.directory, files.keys)).verify([&](std::uint64_t done, std::uint64_t of) {
        progress.show(done, of);
      }));
  const bool sound = check.problems.empty();
  Json kinds = Json::object();
  for (const auto& kind : check.kinds) kinds[kind.name] = {{"records", kind.records}, {"bytes", kind.bytes}};
  if (json)
    return {dumped({{"records", check.records},
                    {"bytes", check.bytes},
                    {"kinds", kinds},
                    {"sound", sound},
                    {"problems", check.problems},
                    {"moreProblems", check.more_problems}}),
            sound};
  std::string text;
  for (const auto& problem : check.problems) text += printable(problem) + "\n";
  if (check.more_problems > 0) text += "and " + std::to_string(check.more_problems) + " more\n";
  for (const auto& kind : check.kinds)
    text += printable(kind.name) + "  " + std::to_string(kind.records) + " records, " + size(kind.bytes) + "\n";
  text += std::to_string(check.records) + " records, " + size(check.bytes) + ": " +
          (sound ? "all sound" : std::to_string(check.problems.size() + check.more_problems) + " problems") + "\n";
  return {text, sound};
}

}  // namespace troupe::tool
