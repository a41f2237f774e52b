#include "log_commands.h"

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdio>
#include <future>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "log_lines.h"
#include "show.h"
#include "troupe/admin_client.h"
#include "troupe/duration.h"
#include "troupe/log.h"

namespace troupe::tool {
namespace {

using SteadyClock = std::chrono::steady_clock;

// With --follow a node is asked to answer with its next line, or without one after this; lines of one round are merged.
constexpr long kRoundMs = 500;
constexpr const char* kPage = "1000";
// Nodes that cannot be asked are asked again after this.
constexpr std::chrono::milliseconds kAgain{500};

volatile std::sig_atomic_t told_to_end = 0;
extern "C" void end_logs_soon(int) { told_to_end = 1; }

void end_logs_by_signals() {
  struct sigaction action {};
  action.sa_handler = end_logs_soon;
  for (const int signal : {SIGINT, SIGTERM}) (void)::sigaction(signal, &action, nullptr);
}

struct Heard {
  std::string node;
  std::optional<Json> body;
  std::optional<Failure> failed;
  std::uint64_t asked_ms = 0;
  std::uint64_t answered_ms = 0;
};

std::string filters(const LogCommandOptions& options) {
  std::string out;
  const auto add = [&](const char* name, const std::string& value) {
    if (!value.empty()) out += std::string("&") + name + "=" + AdminClient::encode(value);
  };
  add("level", options.level);
  add("room", options.room);
  add("actor", options.actor);
  add("trace", options.trace);
  add("part", options.part);
  if (!options.since.empty()) {
    const std::uint64_t back = time_back(options.since), now = now_ms();
    add("since_ms", std::to_string(now > back ? now - back : 0));
  }
  return out;
}

// Follows the lines of the nodes, each from its own place.
class Follower {
 public:
  Follower(const LogCommandOptions& options, bool json) : options_(options), json_(json), filters_(filters(options)) {}

  // One look at every node. Whether all could be read to the end of what they have.
  bool look(const Nodes& nodes) {
    std::vector<std::future<Heard>> asking;
    for (const auto& place : nodes.places())
      asking.push_back(std::async(std::launch::async, [&] { return ask(nodes, place); }));
    std::vector<NodeLine> lines;
    for (std::size_t i = 0; i < asking.size(); ++i) {
      Heard heard = asking[i].get();
      const std::string place = nodes.places()[i].string();
      if (heard.failed) {
        quiet(place, heard.node, *heard.failed);
        continue;
      }
      back(place, heard.node);
      LogPlace& read = places_[place];
      if (const std::string said = take_place(read, *heard.body); !said.empty()) say(heard.node + ": " + said);
      const auto clock =
          clock_difference(heard.node, number_at(*heard.body, "nowMs"), heard.asked_ms, heard.answered_ms);
      if (!clock.empty() && clocks_told_.insert(heard.node).second) say(clock);
      for (const Json& line : array_at(*heard.body, "lines")) lines.push_back({heard.node, line});
    }
    merge(lines);
    if (!options_.follow && lines.size() > static_cast<std::size_t>(options_.lines))
      lines.erase(lines.begin(), lines.end() - options_.lines);
    std::string out;
    for (const NodeLine& line : lines) out += json_ ? log_json(line) : log_text(line);
    return std::fputs(out.c_str(), stdout) >= 0 && std::fflush(stdout) == 0;
  }
  [[nodiscard]] bool anyone_quiet() const noexcept { return missed_; }
  [[nodiscard]] bool all_quiet(const Nodes& nodes) const { return quiet_.size() == nodes.places().size(); }
  // A refusal of what was asked for, which asking again does not change.
  [[nodiscard]] const std::optional<Failure>& refused() const noexcept { return refused_; }

 private:
  Heard ask(const Nodes& nodes, const std::filesystem::path& place) const {
    Heard heard{place.filename().string(), {}, {}, 0, 0};
    const auto known = places_.find(place.string());
    std::string path = "/logs?limit=";
    if (known == places_.end()) {
      path += std::to_string(std::min(options_.lines, 1000L)) + "&newest=1";
    } else {
      path += kPage;
      path += "&after=" + std::to_string(known->second.after) + "&wait_ms=" + std::to_string(kRoundMs);
    }
    try {
      const Json node = nodes.get(place, "/node");
      heard.node = node.value("name", heard.node);
      heard.asked_ms = now_ms();
      heard.body = nodes.get(place, path + filters_);
      heard.answered_ms = now_ms();
      // A node that has started anew numbers its lines anew.
      if (known != places_.end() && number_at(*heard.body, "run") != known->second.run)
        heard.body = nodes.get(place, std::string("/logs?limit=") + kPage + filters_);
    } catch (const Failure& failed) {
      heard.failed = failed;
    }
    return heard;
  }

  void quiet(const std::string& place, const std::string& node, const Failure& failed) {
    missed_ = true;
    if (failed.code != kUnreachable) refused_ = failed;
    if (quiet_.insert(place).second)
      say(node + " did not answer, and what it writes is missing here: " + failed.message());
  }
  void back(const std::string& place, const std::string& node) {
    if (quiet_.erase(place) > 0) say(node + " answers again");
  }
  void say(const std::string& what) const {
    if (json_) {
      std::fputs((Json{{"note", what}}.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n").c_str(), stdout);
    } else {
      std::fputs((printable("-- " + what) + "\n").c_str(), stderr);
    }
  }

  const LogCommandOptions& options_;
  const bool json_;
  const std::string filters_;
  std::map<std::string, LogPlace> places_;
  std::set<std::string> quiet_;
  std::set<std::string> clocks_told_;
  std::optional<Failure> refused_;
  bool missed_ = false;
};

std::string levels_table(const std::vector<Answer>& answers) {
  Table table({"NODE", "ROOM", "LEVEL", "CONFIGURED"});
  for (const auto& answer : answers) {
    const Json now = answer.body.value("now", Json::object()), was = answer.body.value("configured", Json::object());
    const Json own = now.value("rooms", Json::object()), had = was.value("rooms", Json::object());
    table.row({answer.node, "(all others)", text_at(now, "level"), text_at(was, "level")});
    std::set<std::string> rooms;
    for (const Json* some : {&own, &had})
      for (const auto& [room, level] : some->items()) rooms.insert(room);
    for (const std::string& room : rooms)
      table.row({answer.node, room, own.contains(room) ? text_at(own, room.c_str()) : text_at(now, "level"),
                 had.contains(room) ? text_at(had, room.c_str()) : text_at(was, "level")});
  }
  std::string heard;
  std::set<std::string> names;
  for (const auto& answer : answers)
    for (const Json& room : array_at(answer.body, "heard")) names.insert(text_at({{"", room}}, ""));
  for (const std::string& name : names) heard += (heard.empty() ? "" : ", ") + printable(name);
  return table.text() + "\nrooms that have spoken: " + (heard.empty() ? "none" : heard) +
         "\nWhat differs from the configuration is gone when the node starts again.\n";
}

}  // namespace

int show_logs(const std::function<Nodes()>& nodes, const LogCommandOptions& options, bool json) {
  Follower follower(options, json);
  if (!options.follow) {
    const Nodes all = nodes();
    const bool written = follower.look(all);
    if (follower.refused()) throw *follower.refused();
    return !written ? kFailed : follower.anyone_quiet() ? kUnreachable : kDone;
  }
  end_logs_by_signals();
  const auto until = options.for_s > 0
                         ? later(SteadyClock::now(), std::chrono::milliseconds(std::int64_t(options.for_s * 1000)))
                         : SteadyClock::time_point::max();
  while (told_to_end == 0 && SteadyClock::now() < until) {
    const Nodes all = nodes();
    if (!follower.look(all)) return kFailed;
    if (follower.refused()) throw *follower.refused();
    if (follower.all_quiet(all)) std::this_thread::sleep_for(kAgain);
  }
  return follower.anyone_quiet() ? kUnreachable : kDone;
}

std::string show_log_levels(const Nodes& nodes, bool json) {
  const auto answers = nodes.get_all("/logs/levels");
  return json ? as_json(answers) : levels_table(answers);
}

std::string set_log_level(const Nodes& nodes, const std::string& setting, bool json) {
  const auto at = setting.rfind('=');
  const std::string room = at == std::string::npos ? std::string() : setting.substr(0, at);
  const std::string level = at == std::string::npos ? setting : setting.substr(at + 1);
  if (at == 0 || (level != "configured" && !log_level_of(level)))
    throw usage("'" + setting +
                "' is no level; write ROOM=LEVEL, or LEVEL for all other rooms, with debug, info, warn, " +
                "error, or configured: as the node's configuration has it");
  std::string path = "/logs/levels?level=" + level;
  if (!room.empty()) path += "&room=" + AdminClient::encode(room);
  const auto answers = nodes.post_all(path);
  return json ? as_json(answers) : levels_table(answers);
}

}  // namespace troupe::tool
