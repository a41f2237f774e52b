#include "observe/admin_api.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <optional>

#include "observe/answering.h"
#include "observe/crash_api.h"
#include "observe/events_api.h"
#include "observe/exposition.h"
#include "observe/graph_api.h"
#include "observe/limits_api.h"
#include "observe/log_api.h"
#include "observe/member_api.h"
#include "observe/pool_api.h"
#include "observe/rows_api.h"
#include "observe/trace_api.h"

namespace troupe::observe {
namespace {

constexpr long kMaxTimeoutMs = 3'600'000;
constexpr int kMisdirected = 421;
constexpr const char* kPaths =
    "GET /node, /links, /services, /schemas, /tree, /health, /turns, /metrics, /graph, /outbox, /dead-letters, "
    "/reminders, "
    "/reminders/due, /rows/TABLE/KEY, /restarts, /quarantine, /members, /partitions, /directory, /pools, /breakers, "
    "/limits, /traces, /traces/ID, /events, /recordings, /logs, /logs/levels, /actors, "
    "/actors/SERVICE/KEY and there state, outbox, dead-letters, tables, tables/NAME, reminders, history, rows; "
    "POST /logs/levels, /actors/SERVICE/KEY/call/METHOD, .../dead-letters/retry, .../dead-letters/drop, .../erase, "
    "/quarantine/clear, /members/NAME/drain, .../serve, .../leave, /partitions/NUMBER/move, .../force, "
    "/recordings/start, .../stop, /partitions/rebalance, /pools/SERVICE/balance, /breakers/METHOD/open, .../reset, "
    "/tree/restart, /store/backup";

AdminAnswer list(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {"service", "prefix", "after", "limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  ListRequest request{word(target, "service"), word(target, "prefix"), word(target, "after")};
  if (*limit) request.limit = static_cast<std::size_t>(**limit);
  auto page = source.list(request);
  if (!page.ok()) return fail(page.error());
  return ok({{"actors", to_json(page->actors)}, {"next", page->next}});
}

AdminAnswer call(InspectionSource& source, const Target& target, std::string_view body) {
  if (auto known = only(target, {"timeout_ms"}); !known.ok()) return fail(known.error());
  auto timeout = number(target, "timeout_ms", 1, kMaxTimeoutMs);
  if (!timeout.ok()) return fail(timeout.error());
  CallRequest request{target.path[1], target.path[2], target.path[4], std::string(body), std::nullopt};
  if (*timeout) request.timeout = std::chrono::milliseconds(**timeout);
  auto results = source.call(request);
  if (!results.ok()) return fail(results.error());
  return ok({{"results", parsed(*results)}});
}

AdminAnswer state(InspectionSource& source, const std::string& service, const std::string& key) {
  auto json = source.state(service, key);
  if (!json.ok()) return fail(json.error());
  const auto& held = *json;
  return ok({{"actor", service + "/" + key}, {"state", held ? parsed(*held) : Json(nullptr)}});
}

AdminAnswer inspect(InspectionSource& source, const std::string& service, const std::string& key) {
  auto view = source.inspect(service, key);
  return view.ok() ? ok(to_json(*view)) : fail(view.error());
}

AdminAnswer outbox(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {"limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  return ok(to_json(source.outbox(static_cast<std::size_t>(limit->value_or(100)))));
}

AdminAnswer due_reminders(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {"limit"}); !known.ok()) return fail(known.error());
  auto limit = number(target, "limit", 1, kMaxPage);
  if (!limit.ok()) return fail(limit.error());
  return ok(to_json(source.reminders(static_cast<std::size_t>(limit->value_or(100)))));
}

AdminAnswer metrics(InspectionSource& source, std::string_view accept) {
  const Exposition form = exposition_for(accept);
  if (form == Exposition::json) return ok({{"metrics", to_json(source.metrics())}});
  return {200, expose(source.metrics(), form), content_type(form)};
}

AdminAnswer tree(InspectionSource& source) {
  Json body = to_json(source.tree());
  const auto declared = source.supervision();
  body["supervision"] = declared ? to_json(*declared) : Json(nullptr);
  return ok(std::move(body));
}

AdminAnswer restart_supervised(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {"id"}); !known.ok()) return fail(known.error());
  const std::string id = word(target, "id");
  if (id.empty()) return fail(Error(ErrorKind::invalid, "which? id=ID, id=SUPERVISOR/ID, or id=/ for the whole tree"));
  auto restarted = source.restart_supervised(id);
  return restarted.ok() ? ok({{"restarted", id}}) : fail(restarted.error());
}

AdminAnswer rows(InspectionSource& source, const Target& target) {
  RowSource* rows = source.rows();
  if (rows == nullptr) return fail(Error(ErrorKind::invalid, "this node has no data directory: it keeps nothing"));
  return answer_rows(*rows, target);
}

// One dead letter by its number, or every one that the actor has.
AdminAnswer end_dead_letters(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {"number"}); !known.ok()) return fail(known.error());
  const ActorName actor{target.path[1], target.path[2]};
  const bool again = target.path[4] == "retry";
  std::uint64_t ended = 0;
  if (word(target, "number") != "all") {
    auto which = number(target, "number", 1, std::numeric_limits<long>::max());
    if (!which.ok()) return fail(which.error());
    if (!*which) return fail(Error(ErrorKind::invalid, "which dead letter? number=, or number=all"));
    auto done = source.end_dead_letter(actor, static_cast<std::uint64_t>(**which), again);
    if (!done.ok()) return fail(done.error());
    ++ended;
  } else {
    RowSource* kept = source.rows();
    PageRequest request{.after = {}, .limit = kMaxPage};
    do {
      if (kept == nullptr) break;
      auto page = kept->dead_letters(actor, request);
      if (!page.ok()) return fail(page.error());
      for (const auto& letter : page->lines) {
        auto done = source.end_dead_letter(actor, letter.message.number, again);
        if (!done.ok()) return fail(done.error());
        ++ended;
      }
      request.after = page->next;
    } while (!request.after.empty());
  }
  return ok({{again ? "retried" : "dropped", ended}});
}

AdminAnswer erase(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {}); !known.ok()) return fail(known.error());
  auto erased = source.erase({target.path[1], target.path[2]});
  return erased.ok() ? ok({{"erased", target.path[1] + "/" + target.path[2]}}) : fail(erased.error());
}

AdminAnswer here(InspectionSource& source, const Target& target) {
  const auto& path = target.path;
  if (asks_for_rows(target)) return rows(source, target);
  if (path.size() > 3 && path[3] == "erase") return erase(source, target);
  if (path.size() == 5) return end_dead_letters(source, target);
  if (auto known = only(target, {}); !known.ok()) return fail(known.error());
  return path.size() == 4 ? state(source, path[1], path[2]) : inspect(source, path[1], path[2]);
}

// What is asked of one actor is answered by the node it lives on.
AdminAnswer of_actor(InspectionSource& source, const Target& target) {
  const std::string& service = target.path[1];
  const std::string& key = target.path[2];
  auto owner = source.owner(service, key);
  if (!owner.ok()) return fail(owner.error());
  const std::string self = source.node().name;
  if (*owner == self) return here(source, target);
  const Error elsewhere(ErrorKind::unavailable,
                        service + "/" + key + " lives on node '" + *owner + "', not on '" + self + "'; ask that node");
  return {kMisdirected, ok({{"error", to_json(elsewhere)}, {"owner", *owner}}).json};
}

AdminAnswer backup(InspectionSource& source, const Target& target) {
  if (auto known = only(target, {"to"}); !known.ok()) return fail(known.error());
  const std::string to = word(target, "to");
  if (to.empty() || to[0] != '/')
    return fail(Error(ErrorKind::invalid, "to=" + to.substr(0, 200) +
                                              ": the absolute path of a directory on the node's machine is wanted"));
  auto made = source.backup(to);
  return made.ok() ? ok(to_json(*made)) : fail(made.error());
}

AdminAnswer unknown_path(std::string_view path) {
  return fail(Error(ErrorKind::not_found, "there is no " + std::string(path.substr(0, 200)) + "; there are " + kPaths +
                                              ". A slash in a key is written %2F"));
}

constexpr std::string_view kOfNode[] = {"node",  "links",   "services", "schemas",      "tree",      "health", "graph",
                                        "turns", "metrics", "outbox",   "dead-letters", "reminders", "actors"};

AdminAnswer of_node(InspectionSource& source, const Target& target, std::string_view accept) {
  const std::string& what = target.path[0];
  if (what == "actors") return list(source, target);
  if (what == "outbox") return outbox(source, target);
  if (asks_for_rows(target)) return rows(source, target);
  if (auto none = only(target, {}); !none.ok()) return fail(none.error());
  if (what == "node") return ok(to_json(source.node()));
  if (what == "links") return ok({{"links", to_json(source.links())}});
  if (what == "services") return ok({{"services", to_json(source.services())}});
  if (what == "schemas") return {200, source.schemas()};
  if (what == "tree") return tree(source);
  if (what == "health") return ok(to_json(source.health()));
  if (what == "turns") return ok(to_json(source.slow_turns()));
  if (what == "graph") return ok(to_json(source.graph()));
  return metrics(source, accept);
}

AdminAnswer route(InspectionSource& source, const AdminRequest& request) {
  auto target = parse_target(request.target);
  if (!target.ok()) return fail(target.error());
  const auto& path = target->path;
  const bool get = request.method == "GET";
  if (asks_for_crashes(*target)) return answer_crashes(source.crashes(), request.method, *target);
  if (asks_for_events(*target)) return answer_events(source.events(), request.method, *target);
  if (asks_for_limits(*target)) return answer_limits(source.limits(), request.method, *target);
  if (asks_for_logs(*target)) {
    LogSource* logs = source.logs();
    return logs ? answer_logs(*logs, request.method, *target)
                : fail(Error(ErrorKind::not_found, "there is no log here: only nodes keep one"));
  }
  if (asks_for_members(*target)) return answer_members(source.members(), request.method, *target);
  if (asks_for_traces(*target)) return answer_traces(source.traces(), request.method, *target);
  if (asks_for_pools(*target)) return answer_pools(source.pools(), request.method, *target);
  if (path.size() == 1) {
    if (std::find(std::begin(kOfNode), std::end(kOfNode), path[0]) == std::end(kOfNode))
      return unknown_path(request.target);
    return get ? of_node(source, *target, request.accept) : wrong_method("GET");
  }
  if (path.size() == 2 && path[0] == "reminders" && path[1] == "due")
    return get ? due_reminders(source, *target) : wrong_method("GET");
  if (path.size() == 3 && path[0] == "rows") return get ? rows(source, *target) : wrong_method("GET");
  if (path.size() == 2 && path[0] == "tree" && path[1] == "restart")
    return request.method == "POST" ? restart_supervised(source, *target) : wrong_method("POST");
  const bool of_one = path[0] == "actors" && path.size() >= 3;
  if (of_one && path.size() == 5 && path[3] == "call")
    return request.method == "POST" ? call(source, *target, request.body) : wrong_method("POST");
  const bool changes =
      of_one && ((path.size() == 4 && path[3] == "erase") ||
                 (path.size() == 5 && path[3] == "dead-letters" && (path[4] == "retry" || path[4] == "drop")));
  if (changes) return request.method == "POST" ? of_actor(source, *target) : wrong_method("POST");
  const bool shows = of_one && (path.size() == 3 || (path.size() == 4 && path[3] == "state") || asks_for_rows(*target));
  if (shows) return get ? of_actor(source, *target) : wrong_method("GET");
  if (path.size() == 2 && path[0] == "store" && path[1] == "backup")
    return request.method == "POST" ? backup(source, *target) : wrong_method("POST");
  return unknown_path(request.target);
}

}  // namespace

AdminAnswer answer(InspectionSource& source, const AdminRequest& request) noexcept {
  try {
    return route(source, request);
  } catch (const Error& error) {
    return fail(error);
  } catch (const std::exception& e) {
    return fail(Error(ErrorKind::failed, "the node could not answer " + std::string(request.method) + " " +
                                             std::string(request.target.substr(0, 200)) + ": " + e.what()));
  }
}

}  // namespace troupe::observe
