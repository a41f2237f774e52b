#include "observe/rows_api.h"

#include <algorithm>

#include "observe/answering.h"

namespace troupe::observe {
namespace {

constexpr long kMostReminders = 10'000;

Json to_json(const MessageLine& line) {
  return {{"from", line.from}, {"to", line.to},          {"method", line.method}, {"number", line.number},
          {"id", line.id},     {"sentMs", line.sent_ms}, {"answer", line.answer}, {"params", parsed(line.params)}};
}

Json to_json(const DeadLetterLine& line) {
  Json json = to_json(line.message);
  json["tries"] = line.tries;
  json["errorKind"] = line.error_kind;
  json["error"] = line.error;
  json["givenUpMs"] = line.given_up_ms;
  return json;
}

Json to_json(const TableLine& line) { return {{"name", line.name}, {"rows", line.rows}, {"rowType", line.row_type}}; }

Json to_json(const RowLine& line) { return {{"key", line.key}, {"row", parsed(line.row)}}; }

Json to_json(const ActorRowLine& line) { return {{"actor", line.actor}, {"row", parsed(line.row)}}; }

Json to_json(const ReminderLine& line) {
  return {{"actor", line.actor}, {"name", line.name}, {"dueMs", line.due_ms}, {"periodMs", line.period_ms}};
}

Json to_json(const PastLine& line) {
  return {{"edit", line.edit},
          {"atMs", line.at_ms},
          {"method", line.method},
          {"id", line.id},
          {"stateVersion", line.state_version},
          {"state", parsed(line.state)}};
}

Json to_json(const KindLine& line) { return {{"kind", line.kind}, {"rows", line.rows}, {"bytes", line.bytes}}; }

template <class Line>
Json array_of_lines(const std::vector<Line>& lines) {
  Json array = Json::array();
  for (const Line& line : lines) array.push_back(to_json(line));
  return array;
}

template <class Line>
AdminAnswer answer_page(const char* name, Result<PageOf<Line>> page) {
  if (!page.ok()) return fail(page.error());
  return ok({{name, array_of_lines(page->lines)}, {"next", page->next}});
}

template <class Line>
AdminAnswer answer_all(const char* name, Result<std::vector<Line>> lines) {
  return lines.ok() ? ok({{name, array_of_lines(*lines)}}) : fail(lines.error());
}

Result<PageRequest> page_of(const Target& target) {
  if (auto known = only(target, {"after", "limit"}); !known.ok()) return known.error();
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return limit.error();
  PageRequest page{.after = word(target, "after")};
  if (*limit) page.limit = static_cast<std::size_t>(**limit);
  return page;
}

AdminAnswer reminders(RowSource& source, const std::optional<ActorName>& actor, const Target& target) {
  if (auto known = only(target, {"limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMostReminders);
  if (!limit.ok()) return fail(limit.error());
  return answer_all("reminders", source.reminders(actor, static_cast<std::size_t>(limit->value_or(100))));
}

AdminAnswer rows_of_table(RowSource& source, const ActorName& actor, const Target& target) {
  if (auto known = only(target, {"from", "prefix", "after", "limit", "backward"}); !known.ok())
    return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  auto backward = number(target, "backward", 0, 1);
  if (!backward.ok()) return fail(backward.error());
  return answer_page("rows", source.rows(actor, {.table = target.path[4],
                                                 .from = word(target, "from"),
                                                 .prefix = word(target, "prefix"),
                                                 .after = word(target, "after"),
                                                 .limit = static_cast<std::size_t>(limit->value_or(100)),
                                                 .backward = backward->value_or(0) == 1}));
}

// "running,stuck"
std::vector<std::string> words_of(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t at = 0; at < list.size();) {
    const auto comma = std::min(list.find(',', at), list.size());
    if (comma > at) words.push_back(list.substr(at, comma - at));
    at = comma + 1;
  }
  return words;
}

AdminAnswer rows_of_actors(RowSource& source, const Target& target) {
  if (auto known = only(target, {"service", "field", "is", "after", "limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  if (word(target, "field").empty() != word(target, "is").empty())
    return fail(Error(ErrorKind::invalid, "field= names a field of the row, and is= what it may be: both or neither"));
  return answer_page("rows", source.actor_rows({.table = target.path[1],
                                                .key = target.path[2],
                                                .service = word(target, "service"),
                                                .field = word(target, "field"),
                                                .values = words_of(word(target, "is")),
                                                .after = word(target, "after"),
                                                .limit = static_cast<std::size_t>(limit->value_or(100))}));
}

bool asks_for_actor_rows(const Target& target) { return target.path.size() == 3 && target.path[0] == "rows"; }

}  // namespace

bool asks_for_rows(const Target& target) {
  const auto& path = target.path;
  if (path.size() == 1) return path[0] == "dead-letters" || path[0] == "reminders";
  if (asks_for_actor_rows(target)) return true;
  if (path[0] != "actors" || path.size() < 4 || path.size() > 5) return false;
  if (path.size() == 5) return path[3] == "tables";
  return path[3] == "outbox" || path[3] == "dead-letters" || path[3] == "tables" || path[3] == "reminders" ||
         path[3] == "history" || path[3] == "rows";
}

AdminAnswer answer_rows(RowSource& source, const Target& target) {
  const auto& path = target.path;
  if (asks_for_actor_rows(target)) return rows_of_actors(source, target);
  std::optional<ActorName> actor;
  if (path.size() > 1) actor = {path[1], path[2]};
  const std::string& what = path[path.size() == 1 ? 0 : 3];
  if (what == "reminders") return reminders(source, actor, target);
  if (path.size() == 5) return rows_of_table(source, *actor, target);
  if (what == "tables" || what == "rows") {
    if (auto known = only(target, {}); !known.ok()) return fail(known.error());
    return what == "rows" ? answer_all("kinds", source.kinds(*actor)) : answer_all("tables", source.tables(*actor));
  }
  auto page = page_of(target);
  if (!page.ok()) return fail(page.error());
  if (what == "outbox") return answer_page("messages", source.messages(*actor, *page));
  if (what == "history") return answer_page("states", source.history(*actor, *page));
  return answer_page("deadLetters", source.dead_letters(actor, *page));
}

}  // namespace troupe::observe
