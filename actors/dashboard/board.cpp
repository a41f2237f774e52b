#include "dashboard/board.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>

#include "dashboard/admission.h"
#include "dashboard/asking.h"
#include "dashboard/limits.h"
#include "dashboard/page_files.h"
#include "gateway/http/static_files.h"

namespace troupe::dashboard {
namespace {

using BoardJson = nlohmann::ordered_json;
constexpr const char* kPolicy =
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'";
constexpr const char* kSaid = "token";  // of the address that is opened first

http::Response refusal(int status, ErrorKind kind, const std::string& why) {
  const BoardJson error = {
      {"error", {{"kind", to_string(kind)}, {"code", ""}, {"message", why}, {"mayHaveRun", false}}}};
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}},
          .body = error.dump(-1, ' ', false, BoardJson::error_handler_t::replace)};
}

http::Response json_of(std::string text) {
  return {.headers = {{"Content-Type", "application/json"}, {"Cache-Control", "no-store"}}, .body = std::move(text)};
}

http::Response page(const std::string& path) {
  const std::string wanted = path == "/" ? "/index.html" : path;
  for (const PageFile& file : page_files()) {
    if (file.path != wanted) continue;
    return {.headers = {{"Content-Type", http::content_type_of(file.path)}, {"Cache-Control", "no-cache"}},
            .body = std::string(file.text)};
  }
  return refusal(404, ErrorKind::not_found, "there is no page " + path.substr(0, 200));
}

// Of that name, in their order.
std::vector<std::string> values(const http::Request& request, std::string_view name) {
  std::vector<std::string> found;
  for (auto& [key, value] : request.target.parameters())
    if (key == name) found.push_back(value);
  return found;
}

std::string only_value(const http::Request& request, std::string_view name) {
  const auto all = values(request, name);
  return all.size() == 1 ? all.front() : std::string();
}

}  // namespace

struct Board::Wanted {
  std::string node;
  std::string path;
};

Board::Board(DashboardOptions options, Dashboard::Listing nodes)
    : options_(std::move(options)), listing_(std::move(nodes)), jobs_(kMaxQuestions) {
  watch_ = std::make_shared<Watch>(Watch::Settings{.nodes = [this] { return this->nodes(); },
                                                   .refresh = options_.refresh,
                                                   .patience = options_.patience,
                                                   .most_viewers = options_.viewers,
                                                   .log = options_.log});
}

Result<void> Board::listen() {
  http::ServerOptions options;
  options.address = options_.address;
  options.port = options_.port;
  options.threads = 1;
  options.limits.connections = options.limits.connections_per_peer = kMaxConnections;
  options.limits.stream_bytes = kViewerBytes;
  options.limits.body_bytes = 4u << 10;  // nothing that is asked here has one
  options.tls = options_.tls;
  options.security = http::SecurityHeaders::strict();
  options.security.content_security_policy = kPolicy;
  options.security.cross_origin_resource_policy = "same-origin";
  options.log = options_.log;
  auto server = http::Server::start(std::move(options), [this](http::Request request, http::Responder responder) {
    handle(request, std::move(responder));
  });
  if (!server.ok()) return server.error();
  server_ = std::move(*server);
  port_ = server_->port();
  return {};
}

void Board::stop() noexcept {
  watch_->stop();
  jobs_.stop();
  if (server_) server_->stop();
}

std::string Board::url() const {
  const bool six = options_.address.find(':') != std::string::npos;
  std::string host = six ? "[" + options_.address + "]" : options_.address;
  if (options_.address == "0.0.0.0") host = "127.0.0.1";
  if (options_.address == "::") host = "[::1]";
  const std::string said =
      options_.token.empty() ? "" : "?" + std::string(kSaid) + "=" + AdminClient::encode(options_.token);
  return (options_.tls.named() ? "https://" : "http://") + host + ":" + std::to_string(port_) + "/" + said;
}

DashboardCounts Board::counts() const {
  DashboardCounts counts;
  watch_->count(counts);
  counts.questions = questions_;
  counts.changes = changes_;
  return counts;
}

void Board::handle(const http::Request& request, http::Responder responder) {
  if (auto no = turned_away(request)) return void(responder.answer(std::move(*no)));
  if (auto in = log_in(request)) return void(responder.answer(std::move(*in)));
  if (!knows(request)) {
    auto no = refusal(401, ErrorKind::denied,
                      "this dashboard wants its token: open the address that `troupe dashboard` printed, or send "
                      "Authorization: Bearer TOKEN");
    no.headers.add("WWW-Authenticate", "Bearer");
    return void(responder.answer(std::move(no)));
  }
  if (request.target.path.starts_with("/api/")) return api(request, std::move(responder));
  if (!request.is_safe())
    return void(responder.answer(refusal(405, ErrorKind::unimplemented, "a page takes GET alone")));
  responder.answer(page(request.target.path));
}

std::optional<http::Response> Board::turned_away(const http::Request& request) const {
  if (!host_is_known(request.host, options_.hosts))
    return refusal(403, ErrorKind::denied,
                   "'" + request.host.substr(0, 200) +
                       "' is no address, and not among the names of this dashboard (DashboardOptions::hosts, --host)");
  const bool shows_page = request.is_safe() && !request.target.path.starts_with("/api/");
  if (shows_page) return std::nullopt;  // a link of another page may lead to it; what it shows, no other page can read
  if (auto why = foreign(request)) return refusal(403, ErrorKind::denied, "this request is not answered: " + *why);
  if (request.is_safe()) return std::nullopt;
  if (!options_.write)
    return refusal(403, ErrorKind::denied, "this dashboard only looks: it was not opened for changes (--write)");
  const bool by_page = request.headers.has("Origin");
  if (!by_page && bearer_of(request).empty())
    return refusal(403, ErrorKind::denied, "a change comes from a page of this dashboard, or with its token");
  return std::nullopt;
}

bool Board::knows(const http::Request& request) const {
  if (options_.token.empty()) return true;
  if (const auto bearer = bearer_of(request); !bearer.empty()) return same_secret(bearer, options_.token);
  return sessions_.has(cookie_of(request, cookie_name()));
}

// The address that was printed: from there on a cookie does, and the token is in no address any more.
std::optional<http::Response> Board::log_in(const http::Request& request) {
  if (request.method != "GET" || request.target.path != "/") return std::nullopt;
  const std::string said = only_value(request, kSaid);
  if (said.empty()) return std::nullopt;
  http::Response to{.status = 303, .headers = {{"Location", "/"}, {"Cache-Control", "no-store"}}};
  if (options_.token.empty()) return to;
  if (!same_secret(said, options_.token))
    return refusal(401, ErrorKind::denied, "that is not the token of this dashboard");
  to.headers.add("Set-Cookie", cookie_name() + "=" + sessions_.open() + "; Path=/; HttpOnly; SameSite=Strict" +
                                   (request.secure ? "; Secure" : ""));
  return to;
}

// Cookies know no ports, and several dashboards may run on one machine.
std::string Board::cookie_name() const { return "troupe-dashboard-" + std::to_string(port_); }

void Board::api(const http::Request& request, http::Responder responder) {
  const std::string& path = request.target.path;
  const bool acts = path == "/api/act";
  if (request.method != (acts ? "POST" : "GET"))
    return void(responder.answer(refusal(
        405, ErrorKind::unimplemented, path.substr(0, 200) + " takes " + (acts ? "POST" : "GET") + " requests alone")));
  if (acts) return act(request, std::move(responder));
  if (path == "/api/about")
    return later_on(std::move(responder), [self = shared_from_this()] { return self->about(); });
  if (path == "/api/live") return live(request, std::move(responder));
  if (path == "/api/each" || path == "/api/one") return ask(request, std::move(responder), path == "/api/each");
  responder.answer(refusal(404, ErrorKind::not_found,
                           "there is no " + path.substr(0, 200) +
                               "; there are /api/about, /api/each, /api/one, /api/live and "
                               "/api/act"));
}

http::Response Board::about() const {
  BoardJson names = BoardJson::array();
  for (const auto& node : nodes()) names.push_back(node.name);
  const std::chrono::milliseconds refresh = options_.refresh;
  const BoardJson about = {{"nodes", std::move(names)}, {"write", options_.write}, {"refreshMs", refresh.count()}};
  return json_of(about.dump(-1, ' ', false, BoardJson::error_handler_t::replace));
}

void Board::live(const http::Request& request, http::Responder responder) {
  const auto paths = values(request, "path");
  if (paths.empty() || paths.size() > kMaxLivePaths)
    return void(responder.answer(
        refusal(400, ErrorKind::invalid, "a live page follows 1 to " + std::to_string(kMaxLivePaths) + " paths")));
  for (const auto& path : paths)
    if (auto why = bad_path(path)) return void(responder.answer(refusal(400, ErrorKind::invalid, *why)));
  watch_->add({paths.begin(), paths.end()}, std::move(responder));
}

void Board::ask(const http::Request& request, http::Responder responder, bool of_all) {
  Wanted wanted{only_value(request, "node"), only_value(request, "path")};
  if (auto why = bad_path(wanted.path)) return void(responder.answer(refusal(400, ErrorKind::invalid, *why)));
  ++questions_;
  later_on(std::move(responder), [self = shared_from_this(), wanted = std::move(wanted), of_all] {
    return of_all ? self->of_each(wanted.path) : self->of_one("GET", wanted);
  });
}

void Board::act(const http::Request& request, http::Responder responder) {
  Wanted wanted{only_value(request, "node"), only_value(request, "path")};
  if (!is_act(wanted.path))
    return void(responder.answer(
        refusal(403, ErrorKind::denied,
                "a dashboard does not order " + wanted.path.substr(0, 200) + "; `troupe` and the admin socket do")));
  ++changes_;
  if (options_.log)
    options_.log(
        {LogLevel::info, "dashboard", request.peer.address + " orders POST " + wanted.path + " of " + wanted.node});
  later_on(std::move(responder),
           [self = shared_from_this(), wanted = std::move(wanted)] { return self->of_one("POST", wanted); });
}

void Board::later_on(http::Responder responder, std::function<http::Response()> job) {
  auto kept = std::make_shared<http::Responder>(std::move(responder));
  const bool begun = jobs_.run([kept, job = std::move(job)] {
    try {
      kept->answer(job());
    } catch (const std::exception& e) {
      kept->answer(refusal(500, ErrorKind::failed, e.what()));
    }
  });
  if (!begun)
    kept->answer(
        refusal(503, ErrorKind::overloaded,
                "this dashboard asks " + std::to_string(kMaxQuestions) + " questions at a time; try again soon"));
}

http::Response Board::of_each(const std::string& path) const {
  std::mutex mutex;
  std::string all;
  ask_all(nodes(), {path}, options_.patience, [&](const std::string&, const std::string& answer) {
    const std::lock_guard lock(mutex);
    all += (all.empty() ? "" : ",") + answer;
  });
  return json_of("{\"answers\":[" + all + "]}");
}

http::Response Board::of_one(std::string_view method, const Wanted& wanted) const {
  for (const auto& node : nodes()) {
    if (node.name != wanted.node) continue;
    std::string answer = asked(node, method, wanted.path, options_.patience);
    return answer.empty() ? refusal(500, ErrorKind::failed, "no memory for the answer") : json_of(std::move(answer));
  }
  return refusal(404, ErrorKind::not_found, "this dashboard shows no node '" + wanted.node.substr(0, 200) + "'");
}

std::vector<ShownNode> Board::nodes() const {
  auto all = listing_();
  std::erase_if(all, [](const ShownNode& node) { return !node.ask; });
  if (all.size() > kMaxNodes) all.resize(kMaxNodes);
  return all;
}

}  // namespace troupe::dashboard
