#include "observe/events_api.h"

#include <limits>
#include <utility>

namespace troupe::observe {
namespace {

Json event_to_json(const EventView& view) {
  return {{"actor", view.actor},
          {"method", view.method},
          {"request", view.request},
          {"atMs", view.at_ms},
          {"waitedUs", view.waited_us},
          {"ranUs", view.ran_us ? Json(*view.ran_us) : Json(nullptr)},
          {"outcome", view.outcome},
          {"error", view.error},
          {"edited", view.edited},
          {"caller", view.caller},
          {"who", view.who},
          {"inputBytes", view.input_bytes},
          {"input", view.input ? parsed(*view.input) : Json(nullptr)}};
}

Json recording_to_json(const RecordingView& view) {
  return {{"actor", view.actor}, {"turns", view.turns},          {"mostTurns", view.most_turns},
          {"bytes", view.bytes}, {"mostBytes", view.most_bytes}, {"left", view.left},
          {"file", view.file}};
}

// "Stock/sku-1"; both empty where there is none.
Result<std::pair<std::string, std::string>> actor_of_events(const Target& target) {
  const std::string actor = word(target, "actor");
  const std::size_t slash = actor.find('/');
  if (actor.empty()) return std::pair(actor, actor);
  if (slash == 0 || slash == std::string::npos || slash + 1 == actor.size())
    return Error(ErrorKind::invalid, "actor=" + actor.substr(0, 200) + ": SERVICE/KEY is wanted");
  return std::pair(actor.substr(0, slash), actor.substr(slash + 1));
}

AdminAnswer list_events(EventSource& source, const Target& target) {
  if (auto known = only(target, {"actor", "last"}); !known.ok()) return fail(known.error());
  auto last = number(target, "last", 1, kMaxPage);
  if (!last.ok()) return fail(last.error());
  auto actor = actor_of_events(target);
  if (!actor.ok()) return fail(actor.error());
  auto events = source.events({actor->first, actor->second, static_cast<std::size_t>(last->value_or(20))});
  if (!events.ok()) return fail(events.error());
  Json all = Json::array();
  for (const EventView& view : *events) all.push_back(event_to_json(view));
  return ok({{"events", std::move(all)}});
}

AdminAnswer start_recording(EventSource& source, const Target& target) {
  if (auto known = only(target, {"actor", "turns", "bytes"}); !known.ok()) return fail(known.error());
  auto actor = actor_of_events(target);
  if (!actor.ok()) return fail(actor.error());
  if (actor->first.empty()) return fail(Error(ErrorKind::invalid, "whose turns? actor=SERVICE/KEY"));
  RecordRequest request{.service = actor->first, .key = actor->second};
  auto turns = number(target, "turns", 1, std::numeric_limits<int>::max());
  if (!turns.ok()) return fail(turns.error());
  auto bytes = number(target, "bytes", 1, std::numeric_limits<long>::max());
  if (!bytes.ok()) return fail(bytes.error());
  if (*turns) request.turns = static_cast<std::size_t>(**turns);
  if (*bytes) request.bytes = static_cast<std::size_t>(**bytes);
  auto started = source.start_recording(request);
  return started.ok() ? ok(recording_to_json(*started)) : fail(started.error());
}

AdminAnswer stop_recording(EventSource& source, const Target& target) {
  if (auto known = only(target, {"actor"}); !known.ok()) return fail(known.error());
  auto stopped = source.stop_recording(word(target, "actor"));
  return stopped.ok() ? ok(recording_to_json(*stopped)) : fail(stopped.error());
}

AdminAnswer list_recordings(EventSource& source, const Target& target) {
  if (auto known = only(target, {}); !known.ok()) return fail(known.error());
  Json all = Json::array();
  for (const RecordingView& view : source.recordings()) all.push_back(recording_to_json(view));
  return ok({{"recordings", std::move(all)}});
}

}  // namespace

bool asks_for_events(const Target& target) {
  const auto& path = target.path;
  if (path.size() == 1) return path[0] == "events" || path[0] == "recordings";
  return path.size() == 2 && path[0] == "recordings" && (path[1] == "start" || path[1] == "stop");
}

AdminAnswer answer_events(EventSource& source, std::string_view method, const Target& target) {
  const bool changes = target.path.size() == 2;
  const char* wanted = changes ? "POST" : "GET";
  if (method != wanted) return wrong_method(wanted);
  if (changes) return target.path[1] == "start" ? start_recording(source, target) : stop_recording(source, target);
  return target.path[0] == "events" ? list_events(source, target) : list_recordings(source, target);
}

}  // namespace troupe::observe
