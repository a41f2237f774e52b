#include "observe/member_api.h"

namespace troupe::observe {
namespace {

Json to_json(const ClusterMemberView& view) {
  Json labels = Json::object();
  for (const auto& [name, value] : view.labels) labels[name] = value;
  return {{"name", view.name},
          {"address", view.address},
          {"state", view.state},
          {"alive", view.alive},
          {"incarnation", std::to_string(view.incarnation)},
          {"client", view.client},
          {"weight", view.weight},
          {"zone", view.zone},
          {"labels", std::move(labels)},
          {"store", view.store},
          {"pid", view.pid},
          {"partitions", {{"withRows", view.with_rows}, {"withoutRows", view.without_rows}}},
          {"services", view.services}};
}

Json to_json(const PartitionView& view) {
  return {{"number", view.number},
          {"kind", view.rows ? "rows" : "no rows"},
          {"epoch", std::to_string(view.epoch)},
          {"owner", view.owner},
          {"target", view.target},
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
             {"moving", view.moving ? to_json(*view.moving) : Json(nullptr)},
             {"handOvers", to_json(view.hand_overs)}});
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

}  // namespace

bool asks_for_members(const Target& target) {
  const auto& path = target.path;
  if (path.size() == 1) return path[0] == "members" || path[0] == "partitions";
  return path.size() == 3 && path[0] == "members" && order_in(path[2]);
}

AdminAnswer answer_members(MemberSource& source, std::string_view method, const Target& target) {
  const auto& path = target.path;
  const bool changes = path.size() == 3;
  const char* wanted = changes ? "POST" : "GET";
  if (method != wanted) return wrong_method(wanted);
  if (auto none = only(target, {}); !none.ok()) return fail(none.error());
  if (changes) return order(source, path[1], *order_in(path[2]));
  return path[0] == "members" ? members(source) : partitions(source);
}

}  // namespace troupe::observe
