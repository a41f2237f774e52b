#include "observe/member_api.h"

#include <charconv>

namespace troupe::observe {
namespace {

Json labels_of(const std::map<std::string, std::string>& all) {
  Json labels = Json::object();
  for (const auto& [name, value] : all) labels[name] = value;
  return labels;
}

Json to_json(const ClusterMemberView& view) {
  Json sick = Json::array();
  for (const auto& one : view.sick) sick.push_back({{"service", one.service}, {"why", one.why}});
  Json refused = Json::array();
  for (const auto& one : view.refused)
    refused.push_back({{"member", one.member}, {"partitions", one.partitions}, {"why", one.why}});
  return {{"name", view.name},
          {"address", view.address},
          {"state", view.state},
          {"alive", view.alive},
          {"incarnation", std::to_string(view.incarnation)},
          {"client", view.client},
          {"weight", view.weight},
          {"zone", view.zone},
          {"labels", labels_of(view.labels)},
          {"store", view.store},
          {"pid", view.pid},
          {"partitions", {{"withRows", view.with_rows}, {"withoutRows", view.without_rows}}},
          {"services", view.services},
          {"sick", std::move(sick)},
          {"refused", std::move(refused)},
          {"suspectSinceMs", view.suspect_since_ms == 0 ? Json(nullptr) : Json(view.suspect_since_ms)}};
}

Json to_json(const PartitionView& view) {
  return {{"number", view.number},
          {"kind", view.rows ? "rows" : "no rows"},
          {"epoch", std::to_string(view.epoch)},
          {"version", std::to_string(view.version)},
          {"owner", view.owner},
          {"target", view.target},
          {"pinned", view.pinned},
          {"here", view.here}};
}

Json to_json(const MovingView& view) {
  return {{"partition", view.partition},
          {"to", view.to},
          {"stage", view.stage},
          {"records", view.records},
          {"bytes", view.bytes}};
}

Json to_json(const HandOversView& view) {
  return {{"done", view.done},
          {"failed", view.failed},
          {"pauseP50Us", view.pause_p50.count()},
          {"pauseP99Us", view.pause_p99.count()},
          {"lastError", view.last_error}};
}

Json to_json(const OrderedMove& view) {
  return {{"partition", view.partition}, {"from", view.from}, {"to", view.to}, {"epoch", std::to_string(view.epoch)}};
}

template <class View>
Json array_of_members(const std::vector<View>& views) {
  Json array = Json::array();
  for (const View& view : views) array.push_back(to_json(view));
  return array;
}

AdminAnswer members(MemberSource& source) {
  const MembersView view = source.members();
  return ok({{"cluster", view.cluster},
             {"joined", view.joined},
             {"coordinator", view.coordinator},
             {"members", array_of_members(view.members)}});
}

AdminAnswer partitions(MemberSource& source) {
  const PartitionsView view = source.partitions();
  return ok({{"cluster", view.cluster},
             {"partitions", array_of_members(view.partitions)},
             {"moving", array_of_members(view.moving)},
             {"handOvers", to_json(view.hand_overs)},
             {"rebalances", view.rebalances}});
}

AdminAnswer directory(MemberSource& source) {
  const auto known = source.directory();
  Json members = Json::array();
  for (const DirectoryMember& member : known->members)
    members.push_back({{"name", member.name},
                       {"address", member.host + ":" + std::to_string(member.port)},
                       {"state", to_string(member.standing)},
                       {"alive", member.alive},
                       {"suspect", member.suspect},
                       {"client", member.client},
                       {"zone", member.zone},
                       {"labels", labels_of(member.labels)},
                       {"weight", member.weight},
                       {"incarnation", std::to_string(member.incarnation)}});
  Json services = Json::array();
  for (const DirectoryService& service : known->services) {
    Json hosts = Json::array();
    for (const DirectoryHost& host : service.hosts)
      hosts.push_back({{"member", host.member},
                       {"healthy", host.healthy},
                       {"trouble", host.trouble},
                       {"schema", std::to_string(host.schema_hash)},
                       {"stateVersion", host.state_version}});
    services.push_back({{"name", service.name}, {"durable", service.durable}, {"hosts", std::move(hosts)}});
  }
  return ok({{"version", known->version},
             {"cluster", known->cluster},
             {"joined", known->joined},
             {"members", std::move(members)},
             {"services", std::move(services)}});
}

std::optional<MemberOrder> order_in(std::string_view word) {
  if (word == "drain") return MemberOrder::drain;
  if (word == "serve") return MemberOrder::serve;
  if (word == "leave") return MemberOrder::leave;
  return std::nullopt;
}

AdminAnswer order(MemberSource& source, const std::string& member, MemberOrder order) {
  auto done = source.order(member, order);
  if (!done.ok()) return fail(done.error());
  return ok({{"member", done->name},
             {"before", done->before},
             {"state", done->state},
             {"partitions", {{"withRows", done->with_rows}, {"withoutRows", done->without_rows}}}});
}

// The number of a partition as a path has it; what is none is one that there is not.
Result<std::uint32_t> partition_in(const std::string& text) {
  std::uint32_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return number;
  return Error(ErrorKind::invalid, "'" + text.substr(0, 100) + "' is no number of a partition");
}

// /partitions/7/move?to=shop-2, /partitions/7/force?to=shop-2&accept_loss=1
AdminAnswer order_partition(MemberSource& source, const Target& target) {
  const bool forces = target.path[2] == "force";
  const auto known = forces ? only(target, {"to", "accept_loss"}) : only(target, {"to"});
  if (!known.ok()) return fail(known.error());
  auto partition = partition_in(target.path[1]);
  if (!partition.ok()) return fail(partition.error());
  const std::string to = word(target, "to");
  if (to.empty()) return fail(Error(ErrorKind::invalid, "to which member? to=NAME"));
  if (forces && word(target, "accept_loss") != "1")
    return fail(Error(ErrorKind::invalid, "this gives up all that is in partition " + std::to_string(*partition) +
                                              ", for good; accept_loss=1 says that this is meant"));
  auto done = forces ? source.force(*partition, to) : source.move(*partition, to);
  return done.ok() ? ok(to_json(*done)) : fail(done.error());
}

AdminAnswer rebalance(MemberSource& source, const Target& target) {
  if (auto known = only(target, {"dry_run"}); !known.ok()) return fail(known.error());
  const bool dry_run = word(target, "dry_run") == "1";
  auto moves = source.rebalance(dry_run);
  if (!moves.ok()) return fail(moves.error());
  return ok({{"dryRun", dry_run}, {"moves", array_of_members(*moves)}});
}

bool orders_partition(const Target& target) {
  const auto& path = target.path;
  return path.size() == 3 && path[0] == "partitions" && (path[2] == "move" || path[2] == "force");
}

bool orders_rebalance(const Target& target) {
  return target.path.size() == 2 && target.path[0] == "partitions" && target.path[1] == "rebalance";
}

}  // namespace

bool asks_for_members(const Target& target) {
  const auto& path = target.path;
  if (path.size() == 1) return path[0] == "members" || path[0] == "partitions" || path[0] == "directory";
  if (orders_partition(target) || orders_rebalance(target)) return true;
  return path.size() == 3 && path[0] == "members" && order_in(path[2]);
}

AdminAnswer answer_members(MemberSource& source, std::string_view method, const Target& target) {
  const auto& path = target.path;
  const bool changes = path.size() > 1;
  const char* wanted = changes ? "POST" : "GET";
  if (method != wanted) return wrong_method(wanted);
  if (orders_partition(target)) return order_partition(source, target);
  if (orders_rebalance(target)) return rebalance(source, target);
  if (auto none = only(target, {}); !none.ok()) return fail(none.error());
  if (path[0] == "directory") return directory(source);
  if (changes) return order(source, path[1], *order_in(path[2]));
  return path[0] == "members" ? members(source) : partitions(source);
}

}  // namespace troupe::observe
