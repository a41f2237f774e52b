#include "observe/admin_api.h"

#include <charconv>
#include <initializer_list>
#include <limits>
#include <optional>

#include "observe/target.h"
#include "observe/views_json.h"

namespace troupe::observe {
namespace {

constexpr std::size_t kMaxPage = 1000;
constexpr long kMaxTimeoutMs = 3'600'000;
constexpr int kMisdirected = 421;
constexpr int kWrongMethod = 405;
constexpr const char* kPaths =
    "GET /node, /links, /services, /schemas, /tree, /metrics, /actors, /actors/SERVICE/KEY, /actors/SERVICE/KEY/state; "
    "POST /actors/SERVICE/KEY/call/METHOD, /store/backup";

std::string text_of(const Json& json) { return json.dump(-1, ' ', false, Json::error_handler_t::replace); }

AdminAnswer ok(const Json& json) { return {200, text_of(json)}; }

AdminAnswer fail(const Error& error, int status) { return {status, text_of({{"error", to_json(error)}})}; }
AdminAnswer fail(const Error& error) { return fail(error, http_status(error.kind())); }

AdminAnswer wrong_method(std::string_view wanted) {
  return fail(Error(ErrorKind::unimplemented, "this path takes " + std::string(wanted) + " requests alone"),
              kWrongMethod);
}

// JSON that somebody else wrote, or the text itself where it is none.
Json parsed(const std::string& text) {
  Json json = Json::parse(text, nullptr, false);
  return json.is_discarded() ? Json(text) : json;
}

// `name` of the query as a number from `low` to `high`; nothing when it is not there.
Result<std::optional<long>> number(const Target& target, const char* name, long low, long high) {
  const auto found = target.query.find(name);
  if (found == target.query.end()) return std::optional<long>();
  const std::string& text = found->second;
  long value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc{} || end != text.data() + text.size() || value < low || value > high)
    return Error(ErrorKind::invalid, std::string(name) + "=" + text.substr(0, 40) + ": a whole number from " +
                                         std::to_string(low) + " to " + std::to_string(high) + " is wanted");
  return std::optional<long>(value);
}

std::string word(const Target& target, const char* name) {
  const auto found = target.query.find(name);
  return found == target.query.end() ? std::string() : found->second;
}

// Refuses a misspelt parameter instead of ignoring it.
Result<void> only(const Target& target, std::initializer_list<std::string_view> known) {
  for (const auto& [name, value] : target.query) {
    bool found = false;
    std::string names;
    for (const auto& each : known) {
      found = found || each == name;
      names += (names.empty() ? "" : ", ") + std::string(each);
    }
    if (!found)
      return Error(ErrorKind::invalid, "unknown parameter '" + name.substr(0, 100) + "'; " +
                                           (names.empty() ? "this path takes none" : "this path takes: " + names));
  }
  return {};
}

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

// What is asked of one actor is answered by the node it lives on.
AdminAnswer of_actor(InspectionSource& source, const Target& target, bool wants_state) {
  if (auto known = only(target, {}); !known.ok()) return fail(known.error());
  const std::string& service = target.path[1];
  const std::string& key = target.path[2];
  auto owner = source.owner(service, key);
  if (!owner.ok()) return fail(owner.error());
  const std::string here = source.node().name;
  if (*owner == here) return wants_state ? state(source, service, key) : inspect(source, service, key);
  const Error elsewhere(ErrorKind::unavailable,
                        service + "/" + key + " lives on node '" + *owner + "', not on '" + here + "'; ask that node");
  return {kMisdirected, text_of({{"error", to_json(elsewhere)}, {"owner", *owner}})};
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

AdminAnswer route(InspectionSource& source, const AdminRequest& request) {
  auto target = parse_target(request.target);
  if (!target.ok()) return fail(target.error());
  const auto& path = target->path;
  const bool get = request.method == "GET";
  if (path.size() == 1) {
    const bool known = path[0] == "node" || path[0] == "links" || path[0] == "services" || path[0] == "schemas" ||
                       path[0] == "tree" || path[0] == "metrics" || path[0] == "actors";
    if (!known) return unknown_path(request.target);
    if (!get) return wrong_method("GET");
    if (path[0] == "actors") return list(source, *target);
    if (auto none = only(*target, {}); !none.ok()) return fail(none.error());
    if (path[0] == "node") return ok(to_json(source.node()));
    if (path[0] == "links") return ok({{"links", to_json(source.links())}});
    if (path[0] == "services") return ok({{"services", to_json(source.services())}});
    if (path[0] == "schemas") return {200, source.schemas()};
    if (path[0] == "tree") return ok(to_json(source.tree()));
    return ok({{"metrics", to_json(source.metrics())}});
  }
  if (path[0] == "actors" && (path.size() == 3 || (path.size() == 4 && path[3] == "state")))
    return get ? of_actor(source, *target, path.size() == 4) : wrong_method("GET");
  if (path[0] == "actors" && path.size() == 5 && path[3] == "call")
    return request.method == "POST" ? call(source, *target, request.body) : wrong_method("POST");
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
