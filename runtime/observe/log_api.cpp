#include "observe/log_api.h"

#include <limits>

namespace troupe::observe {
namespace {

Json line_json(const KeptLine& line) {
  Json fields = Json::object();
  for (const auto& [name, value] : line.fields) fields[name] = value;
  return {{"number", line.number}, {"atMs", line.at_ms},      {"level", to_string(line.level)},
          {"room", line.room},     {"message", line.message}, {"fields", std::move(fields)}};
}

Json setting_json(const LogLevels::Setting& setting) {
  Json rooms = Json::object();
  for (const auto& [room, level] : setting.rooms) rooms[room] = to_string(level);
  return {{"level", to_string(setting.level)}, {"rooms", std::move(rooms)}};
}

Json levels_json(LogSource& source) {
  Json heard = Json::array();
  for (const std::string& room : source.rooms()) heard.push_back(room);
  return {{"now", setting_json(source.levels().now())},
          {"configured", setting_json(source.levels().configured())},
          {"heard", std::move(heard)}};
}

Result<std::optional<LogLevel>> level_in(const std::string& word) {
  if (word.empty()) return std::optional<LogLevel>();
  const auto level = log_level_of(word);
  if (!level)
    return Error(ErrorKind::invalid, "level=" + word.substr(0, 40) + ": a level is debug, info, warn or error");
  return level;
}

Result<LogRequest> request_in(const Target& target) {
  if (auto known =
          only(target, {"after", "limit", "newest", "level", "room", "actor", "trace", "part", "since_ms", "wait_ms"});
      !known.ok())
    return known.error();
  constexpr long kAnyNumber = std::numeric_limits<long>::max();
  auto after = number(target, "after", 0, kAnyNumber);
  auto limit = number(target, "limit", 1, kMaxPage);
  auto newest = number(target, "newest", 0, 1);
  auto since = number(target, "since_ms", 0, kAnyNumber);
  auto wait = number(target, "wait_ms", 0, kMaxLogWaitMs);
  for (const auto* one : {&after, &limit, &newest, &since, &wait})
    if (!one->ok()) return one->error();
  auto level = level_in(word(target, "level"));
  if (!level.ok()) return level.error();
  LogRequest request;
  request.after = static_cast<std::uint64_t>(after->value_or(0));
  request.limit = static_cast<std::size_t>(limit->value_or(100));
  request.newest = newest->value_or(0) == 1;
  request.level = *level;
  request.room = word(target, "room");
  request.actor = word(target, "actor");
  request.trace = word(target, "trace");
  request.part = word(target, "part");
  request.since_ms = static_cast<std::uint64_t>(since->value_or(0));
  request.wait = std::chrono::milliseconds(wait->value_or(0));
  return request;
}

// One of the places to wait, given back at its end.
class Waits {
 public:
  explicit Waits(std::atomic<int>& waits) : waits_(waits), taken_(waits.fetch_add(1) < kMaxLogWaits) {}
  ~Waits() { waits_.fetch_sub(1); }
  Waits(const Waits&) = delete;
  Waits& operator=(const Waits&) = delete;
  [[nodiscard]] bool taken() const noexcept { return taken_; }

 private:
  std::atomic<int>& waits_;
  const bool taken_;
};

AdminAnswer lines(LogSource& source, const LogRequest& request) {
  const LogPage page = source.lines(request);
  Json array = Json::array();
  for (const KeptLine& line : page.lines) array.push_back(line_json(line));
  const LogCounts counts = source.counts();
  return ok({{"run", page.run},
             {"lines", std::move(array)},
             {"next", page.next},
             {"lost", page.lost},
             {"nowMs", page.now_ms},
             {"counts",
              {{"written", counts.written},
               {"leftOut", counts.left_out},
               {"overwritten", counts.overwritten},
               {"sinkFailed", counts.sink_failed},
               {"failed", counts.failed}}}});
}

AdminAnswer set_level(LogSource& source, const Target& target) {
  if (auto known = only(target, {"room", "level"}); !known.ok()) return fail(known.error());
  const std::string to = word(target, "level");
  if (to.empty())
    return fail(Error(ErrorKind::invalid,
                      "which level? level=debug, info, warn, error, or configured: as the node's "
                      "configuration has it; room=ROOM, or without it for all others"));
  std::optional<LogLevel> level;
  if (to != "configured") {
    auto named = level_in(to);
    if (!named.ok()) return fail(named.error());
    level = *named;
  }
  auto done = source.set_level(word(target, "room"), level);
  return done.ok() ? ok(levels_json(source)) : fail(done.error());
}

}  // namespace

bool asks_for_logs(const Target& target) {
  const auto& path = target.path;
  return !path.empty() && path[0] == "logs" && (path.size() == 1 || (path.size() == 2 && path[1] == "levels"));
}

AdminAnswer answer_logs(LogSource& source, std::string_view method, const Target& target) {
  const bool levels = target.path.size() == 2;
  if (levels && method == "POST") return set_level(source, target);
  if (method != "GET") return wrong_method(levels ? "GET or POST" : "GET");
  if (levels) {
    if (auto none = only(target, {}); !none.ok()) return fail(none.error());
    return ok(levels_json(source));
  }
  auto request = request_in(target);
  if (!request.ok()) return fail(request.error());
  if (request->wait.count() == 0) return lines(source, *request);
  const Waits place(source.waits());
  if (!place.taken())
    return fail(
        Error(ErrorKind::overloaded,
              std::to_string(kMaxLogWaits) + " requests wait for log lines, which is the most; ask without wait_ms"));
  return lines(source, *request);
}

}  // namespace troupe::observe
