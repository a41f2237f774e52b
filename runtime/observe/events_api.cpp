#include "observe/events_api.h"

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

}  // namespace

bool asks_for_events(const Target& target) { return target.path.size() == 1 && target.path[0] == "events"; }

AdminAnswer answer_events(EventSource& source, std::string_view method, const Target& target) {
  if (method != "GET") return wrong_method("GET");
  if (auto known = only(target, {"actor", "last"}); !known.ok()) return fail(known.error());
  auto last = number(target, "last", 1, kMaxPage);
  if (!last.ok()) return fail(last.error());
  EventRequest request;
  request.last = static_cast<std::size_t>(last->value_or(20));
  if (const std::string actor = word(target, "actor"); !actor.empty()) {
    const std::size_t slash = actor.find('/');
    if (slash == 0 || slash == std::string::npos || slash + 1 == actor.size())
      return fail(Error(ErrorKind::invalid, "actor=" + actor.substr(0, 200) + ": SERVICE/KEY is wanted"));
    request.service = actor.substr(0, slash);
    request.key = actor.substr(slash + 1);
  }
  auto events = source.events(request);
  if (!events.ok()) return fail(events.error());
  Json all = Json::array();
  for (const EventView& view : *events) all.push_back(event_to_json(view));
  return ok({{"events", std::move(all)}});
}

}  // namespace troupe::observe
