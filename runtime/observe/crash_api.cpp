#include "observe/crash_api.h"

namespace troupe::observe {
namespace {

Json to_json(const CrashView& view) {
  return {{"actor", view.actor},     {"atMs", view.at_ms},       {"cause", view.cause},
          {"method", view.method},   {"request", view.request},  {"message", view.message},
          {"outcome", view.outcome}, {"afterMs", view.after_ms}, {"trace", view.trace}};
}

Json to_json(const QuarantineView& view) {
  return {{"actor", view.actor},
          {"sinceMs", view.since_ms},
          {"untilMs", view.until_ms},
          {"why", view.why},
          {"lastCrash", view.last_crash}};
}

template <class View>
Json array_of_crashes(const std::vector<View>& views) {
  Json array = Json::array();
  for (const View& view : views) array.push_back(to_json(view));
  return array;
}

AdminAnswer restarts(CrashSource& source, const Target& target) {
  if (auto known = only(target, {"actor", "limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  return ok({{"restarts", array_of_crashes(source.restarts(word(target, "actor"),
                                                           static_cast<std::size_t>(limit->value_or(100))))}});
}

AdminAnswer quarantined(CrashSource& source, const Target& target) {
  if (auto known = only(target, {"after", "limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  const auto most = static_cast<std::size_t>(limit->value_or(100));
  const auto page = source.quarantined(word(target, "after"), most);
  return ok(
      {{"quarantined", array_of_crashes(page)}, {"next", page.size() == most ? page.back().actor : std::string()}});
}

AdminAnswer clear(CrashSource& source, const Target& target) {
  if (auto known = only(target, {"actor", "all"}); !known.ok()) return fail(known.error());
  const std::string actor = word(target, "actor");
  if (actor.empty() == (word(target, "all") != "1"))
    return fail(Error(ErrorKind::invalid, "whose quarantine? actor=SERVICE/KEY, or all=1"));
  return ok({{"cleared", source.end_quarantine(actor)}});
}

}  // namespace

bool asks_for_crashes(const Target& target) {
  const auto& path = target.path;
  if (path.size() == 1) return path[0] == "restarts" || path[0] == "quarantine";
  return path.size() == 2 && path[0] == "quarantine" && path[1] == "clear";
}

AdminAnswer answer_crashes(CrashSource& source, std::string_view method, const Target& target) {
  const bool changes = target.path.size() == 2;
  const char* wanted = changes ? "POST" : "GET";
  if (method != wanted) return wrong_method(wanted);
  if (changes) return clear(source, target);
  return target.path[0] == "restarts" ? restarts(source, target) : quarantined(source, target);
}

}  // namespace troupe::observe
