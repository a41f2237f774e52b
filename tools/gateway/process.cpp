#include "process.h"

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <system_error>
#include <thread>
#include <utility>

#include "auth/http/callers.h"
#include "auth/issuer.h"
#include "gateway/api_pages.h"
#include "gateway/http/static_files.h"
#include "gateway/http/tls_context.h"
#include "gateway/options_check.h"
#include "log_lines.h"
#include "troupe/processes.h"

namespace troupe::edge {

namespace fs = std::filesystem;

static_assert(kUnhealthy == kUnhealthyExitCode);

namespace {

// What the node may take to end, its calls having ended.
constexpr std::chrono::seconds kStopNode{5};

sigset_t signals(bool with_hangup) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGINT);
  sigaddset(&set, SIGTERM);
  if (with_hangup) sigaddset(&set, SIGHUP);
  return set;
}

// A second signal is a person who will not wait.
std::jthread ends_at_second_signal() {
  return std::jthread([](const std::stop_token& done) {
    const auto set = signals(false);
    const timespec wait{0, 50'000'000};
    while (!done.stop_requested())
      if (sigtimedwait(&set, nullptr, &wait) > 0) std::_Exit(kStopped);
  });
}

// Beside the program in an install, or where the build has them.
fs::path shipped_docs() {
  std::error_code unknown;
  const auto program = fs::read_symlink("/proc/self/exe", unknown).parent_path();
  for (const fs::path& place : {program / "../share/Troupe/api_pages", gateway::api_pages()})
    if (fs::is_directory(place, unknown)) return place;
  return {};
}

// Those that the file names; all without names.
std::vector<LoadedService> chosen(const LoadedServices& services, const std::vector<std::string>& names) {
  const auto& all = services.offered();
  if (all.empty())
    throw Error(ErrorKind::invalid,
                "no service of the schemas has a route: give methods some, as "
                "$Http.get(\"/path/{key}\")");
  if (names.empty()) return all;
  std::vector<LoadedService> out;
  for (const auto& name : names) {
    const auto at =
        std::find_if(all.begin(), all.end(), [&](const LoadedService& one) { return one.service->name == name; });
    if (at != all.end()) {
      out.push_back(*at);
      continue;
    }
    std::string known;
    for (const auto& one : all) known += (known.empty() ? "" : ", ") + std::string(one.service->name);
    throw Error(ErrorKind::invalid, "[gateway]: 'services' names '" + name + "', which has no route in the schemas; " +
                                        "these have: " + known);
  }
  return out;
}

std::string rule_of(const AccessRule& rule) {
  using Who = AccessRule::Who;
  std::string out = rule.who == Who::everybody ? "everybody" : rule.who == Who::known ? "who is known" : "";
  if (rule.own) out += "its owner";
  if (*rule.roles != '\0') out += (out.empty() ? "role " : ", role ") + std::string(rule.roles);
  if (*rule.scopes != '\0') out += (out.empty() ? "scope " : ", scope ") + std::string(rule.scopes);
  return out;
}

template <class Visit>
void each_route(const std::vector<LoadedService>& services, Visit&& visit) {
  for (const auto& [service, schema] : services)
    for (std::uint16_t i = 0; i < service->method_count; ++i)
      if (service->methods[i].route) visit(*service, service->methods[i]);
}

}  // namespace

void block_signals() {
  const auto set = signals(true);
  pthread_sigmask(SIG_BLOCK, &set, nullptr);
}

Process::Process(GatewayFile file, LoadedServices services)
    : file_(std::move(file)),
      log_(log_to_stderr(file_.node.name, file_.log)),
      services_(std::move(services)),
      offered_(chosen(services_, file_.services)) {
  file_.node.log = log_;
  // A gateway that cannot work stands in the way of one that can: its supervisor starts another.
  file_.node.on_unhealthy = [log = log_](const Health& health) {
    const std::string why = "unhealthy (" + health.faults.front().name + "): ending";
    log({.level = LogLevel::error, .room = "gateway", .message = why});
    std::_Exit(kUnhealthy);
  };
  node_ = std::make_unique<Node>(file_.node);
  auto all = options();
  gateway::check(all);
  if (all.server.tls.named()) http::TlsContext::load(all.server.tls).value();
  if (!all.files.empty()) (void)http::StaticFiles::open(all.files).value();
  gateway_ = std::make_unique<gateway::Gateway>(*node_, std::move(all));
  for (const auto& [service, schema] : offered_) gateway_->offer(*service, schema);
}

gateway::GatewayOptions Process::options() {
  auto out = file_.options;
  out.server.log = log_;
  out.server.access = access_to_stderr(file_.node.name, file_.log);
  if (out.docs.empty()) out.docs = shipped_docs();
  if (!file_.tokens) return out;
  const TokenRules& rules = *file_.tokens;
  auto others = rules.issuers;
  for (auto& other : others)
    other.complain = [log = log_, name = other.name](const std::string& why) {
      const std::string message = "issuer " + name + ": " + why;
      log({.level = LogLevel::warn, .room = "gateway", .message = message});
    };
  if (rules.issuer.empty()) {
    out.authenticate_patiently = auth::web::callers(rules.audience, std::move(others));
  } else {
    // Of an issuer that others host only its name counts here: whose keys are asked for, and of whom a token is.
    const auth::Issuer own({.issuer = rules.issuer, .audience = rules.audience, .clients = {}}, {});
    out.authenticate_patiently = auth::web::callers(*node_, own, std::move(others));
  }
  return out;
}

std::string Process::routes(bool json) const {
  nlohmann::ordered_json all = nlohmann::ordered_json::array();
  std::string text;
  each_route(offered_, [&](const ServiceInfo& service, const MethodInfo& method) {
    const std::string name = std::string(service.name) + "." + method.name, rule = rule_of(method.access);
    all.push_back({{"verb", method.route->verb}, {"path", method.route->path}, {"method", name}, {"for", rule}});
    text += fmt::format("{:<6} {}  {} ({})\n", method.route->verb, method.route->path, name, rule);
  });
  if (!json) return text;
  return nlohmann::ordered_json{{"node", file_.node.name}, {"routes", std::move(all)}}.dump(2) + "\n";
}

void Process::say(LogLevel level, const std::string& message) const {
  log_({.level = level, .room = "gateway", .message = message});
}

std::string Process::address() const {
  const std::string& at = file_.options.server.address;
  const bool v6 = at.find(':') != std::string::npos;
  return fmt::format("{}://{}:{}", file_.options.server.tls.named() ? "https" : "http", v6 ? "[" + at + "]" : at,
                     gateway_->port());
}

void Process::reload_certificate() {
  if (!file_.options.server.tls.named()) return say(LogLevel::info, "SIGHUP: there is no certificate to read again");
  const auto read = gateway_->reload_certificate();
  if (read.ok())
    say(LogLevel::info,
        "SIGHUP: new connections show the certificate of " + file_.options.server.tls.certificate.string());
  else
    say(LogLevel::error, "SIGHUP: the certificate in use stays: " + read.error().message());
}

ExitCode Process::run() {
  bool wants_tokens = false;
  each_route(offered_, [&](const ServiceInfo&, const MethodInfo& method) {
    wants_tokens |= method.access.who != AccessRule::Who::everybody;
  });
  if (wants_tokens && !file_.tokens)
    say(LogLevel::warn, "there are routes for who is known, and nobody is: [gateway.tokens] is missing");
  node_->start();
  gateway_->start();
  say(LogLevel::info, fmt::format("{} takes requests at {}", file_.node.name, address()));
  const auto set = signals(true);
  for (int signal = 0; signal != SIGTERM && signal != SIGINT;) {
    signal = sigwaitinfo(&set, nullptr);
    if (signal == SIGHUP) reload_certificate();
  }
  return stop();
}

ExitCode Process::stop() {
  const auto impatient = ends_at_second_signal();
  say(LogLevel::info, fmt::format("draining, for {} ms at most", file_.drain.count()));
  const bool all_gone = gateway_->drain(file_.drain);
  if (!all_gone)
    say(LogLevel::warn, "some requests had no answer when 'drain_ms' was over; their connections are closed");
  gateway_->stop();
  const auto report = node_->stop(kStopNode);
  say(LogLevel::info, "stopped");
  if (!report.complete) std::_Exit(kFailed);  // threads that never return would hold up an orderly exit
  return kGood;
}

}  // namespace troupe::edge
