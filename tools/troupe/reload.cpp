#include "reload.h"

#include <troupe/admin_client.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <map>
#include <system_error>

#include "show.h"

namespace troupe::tool {
namespace {

constexpr std::chrono::milliseconds kLookAtReload{100};

// "file=a%2Fb&all=1" as names and values.
std::map<std::string, std::string> parameters_of(std::string_view target) {
  std::map<std::string, std::string> out;
  const auto mark = target.find('?');
  std::string_view rest = mark == std::string_view::npos ? std::string_view() : target.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    rest = end == rest.size() ? std::string_view() : rest.substr(end + 1);
    const auto equals = std::min(one.find('='), one.size());
    std::string value;
    for (std::size_t i = equals + 1; i < one.size(); ++i) {
      const bool coded = one[i] == '%' && i + 2 < one.size();
      value += coded ? static_cast<char>(std::strtol(std::string(one.substr(i + 1, 2)).c_str(), nullptr, 16)) : one[i];
      i += coded ? 2 : 0;
    }
    out[std::string(one.substr(0, equals))] = value;
  }
  return out;
}

std::pair<int, std::string> error_answer(const Error& error) {
  return {http_status(error.kind()), Json{{"error", failure(error).error}}.dump()};
}

std::string so_many(std::size_t count, const char* what) { return std::to_string(count) + " " + what; }

}  // namespace

Reloads::Reloads(RunningCluster& cluster, RunningCluster::Tell tell)
    : cluster_(cluster), tell_(std::move(tell)), thread_([this] { run(); }) {}

Reloads::~Reloads() { stop(); }

void Reloads::stop() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  woken_.notify_all();
  if (thread_.joinable()) thread_.join();
}

std::pair<int, std::string> Reloads::answer(std::string_view method, std::string_view target) {
  try {
    auto given = parameters_of(target);
    if (method == "GET") return {200, shown(std::strtoull(given["after"].c_str(), nullptr, 10)).dump()};
    RollOptions options{given["all"] == "1", given["drain"] != "0"};
    if (const long ms = std::atol(given["timeout_ms"].c_str()); ms > 0) options.timeout_ms = ms;
    const auto begun = begin(given["file"], options);
    const std::lock_guard lock(mutex_);
    return {200, Json{{"reload", begun.value_or(count_)}, {"underWay", !begun}}.dump()};
  } catch (const Error& error) {
    return error_answer(error);
  }
}

bool Reloads::begin_now(const std::string& file) {
  {
    const std::lock_guard lock(mutex_);
    if (stops_ || state_ == "running") return false;
  }
  try {
    return begin(file, {}).has_value();
  } catch (const Error&) {
    const std::lock_guard lock(mutex_);
    if (state_ == "running") return false;  // another one began meanwhile
    throw;
  }
}

std::optional<std::uint64_t> Reloads::begin(const std::string& file, const RollOptions& options) {
  const std::string asked = file + (options.all ? " all" : "") + (options.drain ? "" : " no drain");
  // With the lock.
  const auto under_way = [&] {
    if (stops_) throw Error(ErrorKind::unavailable, "this `troupe up` stops");
    if (state_ == "running" && asked != asked_)
      throw Error(ErrorKind::unavailable, "another change is under way, '" + asked_ + "'; wait until it has ended");
    return state_ == "running";
  };
  {
    const std::lock_guard lock(mutex_);
    if (under_way()) return std::nullopt;
  }
  ClusterFile wanted = read_cluster(file);
  set_scaled(wanted, scaled_in(cluster_.file()));
  ClusterChange change = cluster_.change_to(wanted, options.all);
  std::unique_lock lock(mutex_);
  if (under_way()) return std::nullopt;
  const std::string what = so_many(change.added.size(), "to start, ") +
                           so_many(change.removed.size(), "to take out, ") + so_many(change.rolled.size(), "to roll");
  begin(asked, what, {"reload of " + file + ": " + what, std::move(wanted), std::move(change), options});
  return count_;
}

void Reloads::begin(const std::string& asked, const std::string& first_line, Wanted wanted) {
  asked_ = asked;
  state_ = "running";
  why_.clear();
  lines_ = {first_line};
  wanted_ = std::move(wanted);
  ++count_;
  woken_.notify_all();
}

bool Reloads::change(const std::string& why, ClusterFile wanted) {
  ClusterChange change = change_between(cluster_.file(), wanted, [](const std::string&) { return false; });
  const std::lock_guard lock(mutex_);
  if (stops_ || state_ == "running") return false;
  begin(why, why, {why, std::move(wanted), std::move(change), {}});
  return true;
}

Json Reloads::shown(std::uint64_t after) const {
  const std::lock_guard lock(mutex_);
  Json lines = Json::array();
  for (std::size_t i = after; i < lines_.size(); ++i) lines.push_back({{"n", i + 1}, {"text", lines_[i]}});
  return {{"reload", count_}, {"state", state_}, {"why", why_}, {"lines", std::move(lines)}};
}

void Reloads::line(const std::string& text) {
  {
    const std::lock_guard lock(mutex_);
    lines_.push_back(text);
  }
  tell_(text);
}

void Reloads::run() {
  for (;;) {
    std::optional<Wanted> wanted;
    {
      std::unique_lock lock(mutex_);
      woken_.wait(lock, [&] { return wanted_ || stops_; });
      if (stops_) {
        if (state_ == "running") state_ = "failed", why_ = "`troupe up` stops";
        return;
      }
      wanted = std::exchange(wanted_, std::nullopt);
    }
    tell_(wanted->what);
    std::string why;
    try {
      cluster_.apply(
          wanted->file, wanted->change, wanted->options, [this](const std::string& text) { line(text); },
          [this] { return stops_.load(); });
    } catch (const Error& error) {
      why = error.message();
      tell_("the change stopped halfway: " + why);
    }
    const std::lock_guard lock(mutex_);
    state_ = why.empty() ? "done" : "failed";
    why_ = why;
  }
}

// --- the client ---

namespace {

Json ask_up(AdminClient& client, std::string_view method, const std::string& target) {
  auto reply = client.request(method, target);
  if (!reply.ok())
    throw failure(kUnreachable,
                  Error(reply.error().kind(), "no `troupe up` of this file answers at " + client.socket().string() +
                                                  ": " + reply.error().message()));
  Json json = Json::parse(reply->json, nullptr, false);
  if (!json.is_object()) throw failure(Error(ErrorKind::corrupt, "`troupe up` answered with what is no JSON object"));
  if (reply->status < 400) return json;
  const Json error = json.value("error", Json::object());
  throw Failure{exit_code(error.value("kind", std::string())), error};
}

void print_line(bool json, const Json& line, const std::string& text) {
  const std::string out = json ? line.dump(-1, ' ', false, Json::error_handler_t::replace) : printable(text);
  std::fputs((out + "\n").c_str(), stdout);
  std::fflush(stdout);
}

}  // namespace

int run_reload(const ReloadOptions& options) {
  const ClusterFile file = read_cluster(options.file);  // what is wrong with it is said before anybody is asked
  AdminClient client(file.processes.log_dir / "processes.sock");
  const std::string path = std::filesystem::absolute(options.file).lexically_normal().string();
  const Json begun = ask_up(
      client, "POST",
      std::string(Reloads::kPath) + "?file=" + AdminClient::encode(path) + "&all=" + (options.roll.all ? "1" : "0") +
          "&drain=" + (options.roll.drain ? "1" : "0") + "&timeout_ms=" + std::to_string(options.roll.timeout_ms));
  for (std::size_t seen = 0;;) {
    const Json now = ask_up(client, "GET", std::string(Reloads::kPath) + "?after=" + std::to_string(seen));
    if (now.value("reload", 0UL) != begun.value("reload", 0UL))
      throw failure(Error(ErrorKind::unavailable, "another change has begun since; see what `troupe up` says"));
    for (const Json& line : now.at("lines")) {
      ++seen;
      print_line(options.json, line, line.value("text", std::string()));
    }
    const std::string state = now.value("state", std::string());
    if (state == "done") {
      print_line(options.json, {{"state", state}}, "done");
      return kDone;
    }
    if (state == "failed")
      throw failure(Error(ErrorKind::failed, "it stopped halfway: " + now.value("why", std::string()) +
                                                 "; mend it, or name the earlier file, and reload again"));
    std::this_thread::sleep_for(kLookAtReload);
  }
}

}  // namespace troupe::tool
