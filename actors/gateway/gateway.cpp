#include "gateway/gateway.h"

#include <kj/exception.h>

#include <atomic>
#include <random>
#include <utility>

#include "gateway/access.h"
#include "gateway/act_of.h"
#include "gateway/binding.h"
#include "gateway/cors.h"
#include "gateway/docs_page.h"
#include "gateway/forwarded.h"
#include "gateway/fresh_key.h"
#include "gateway/http/static_files.h"
#include "gateway/key_guard.h"
#include "gateway/once.h"
#include "gateway/openapi.h"
#include "gateway/options_check.h"
#include "gateway/problem.h"
#include "gateway/rate_checks.h"
#include "gateway/route_table.h"
#include "gateway/slow_pool.h"
#include "gateway/tagged.h"
#include "gateway/trace_parent.h"
#include "troupe/ref.h"

namespace troupe::gateway {

class Gateway::Core final : public std::enable_shared_from_this<Gateway::Core> {
 public:
  Core(Node& node, GatewayOptions options)
      : node_(node), options_(std::move(options)), limiter_(std::make_shared<RateLimiter>(node)) {}

  void offer(const ServiceInfo& service, const capnp::InterfaceSchema* schema) {
    if (server_) throw Error(ErrorKind::invalid, std::string("service ") + service.name + " is offered after start()");
    (schema ? table_.add(service, *schema) : table_.add(service)).value();
  }

  void serve(std::string_view verb, std::string_view path, Serve handler, Identity identity,
             std::optional<StreamDocument> stream = {}) {
    const std::string what = std::string(verb) + " " + std::string(path);
    if (server_) throw Error(ErrorKind::invalid, what + " is served after start()");
    if (!handler) throw Error(ErrorKind::invalid, what + " is served by an empty function");
    table_.add(verb, path).value();
    served_.push_back({std::move(handler), identity, std::move(stream)});
  }

  void start() {
    if (server_) throw Error(ErrorKind::invalid, "the gateway was started before");
    check(options_);
    proxies_ = TrustedProxies::of(options_.proxies).value();
    if (options_.authenticate_patiently)
      patient_ = std::make_unique<SlowPool>(options_.patient_threads, options_.patient_requests);
    if (options_.keys_kept.count() > 0) keys_ = std::make_shared<KeyGuard>(node_, options_.keys_kept);
    if (!options_.files.empty()) files_ = http::StaticFiles::open(options_.files).value();
    if (!options_.docs.empty()) docs_ = DocsPage::open(options_.docs, options_.api.server).value();
    std::vector<const StreamDocument*> streams;
    for (const Served& one : served_) streams.push_back(one.stream ? &*one.stream : nullptr);
    document_ = openapi(table_, options_.api, streams);
    auto server_options = options_.server;
    if (!server_options.refusal)
      server_options.refusal = [](int status, std::string_view why) { return problem(status, why); };
    server_ = http::Server::start(std::move(server_options), [core = weak_from_this()](http::Request request,
                                                                                       http::Responder responder) {
                if (const auto alive = core.lock()) alive->take(std::move(request), std::move(responder));
              }).value();
  }

  [[nodiscard]] http::Server& server() const {
    if (!server_) throw Error(ErrorKind::invalid, "the gateway was not started");
    return *server_;
  }
  bool drain(Milliseconds at_most) {
    drains_ = true;
    return !server_ || server_->drain(at_most);
  }
  void stop() {
    if (server_) server_->stop();
    if (patient_) patient_->stop();
    if (keys_) keys_->stop();
  }

 private:
  // A request whose path is known, before anybody knows whose it is.
  struct Arrived {
    http::Request request;
    http::Responder responder;
    std::vector<std::string> segments;
    RouteTable::Found found;
    RequestTrace trace;
  };
  struct Served {
    Serve handler;
    Identity identity;
    std::optional<StreamDocument> stream;
  };

  // A request on its way through an actor.
  struct Asked {
    http::Request request;
    http::Responder responder;
    const Route* route;
    std::string key;
    RequestTrace trace;
    Words words;
    detail::CallHandle call;
    std::unique_ptr<AdminAct> act;  // null: it is none
    http::Response answer;
    std::optional<KeyGuard::Use> use{};
  };

  void take(http::Request request, http::Responder responder) {
    proxies_.see_through(request);
    const RequestTrace trace(node_, request);
    const std::string origin = allowed_origin(options_.cors, request);
    if (auto fields = cors_fields(options_.cors, origin); !fields.empty()) responder.always(std::move(fields));
    answering(responder, trace, [&] {
      auto segments = request.target.segments();
      if (auto own = about_itself(request)) return void(responder.answer(std::move(*own)));
      auto limits = asks_of_address(options_.limits, request);
      Arrived arrived{std::move(request), std::move(responder), std::move(segments), {}, trace};
      if (limits.empty()) return find(arrived);
      pass(arrived, std::move(limits), [](Core& core, Arrived& now) { core.find(now); });
    });
  }

  // Goes on, now or later, once the request has passed these limits; or answers.
  template <class Next>
  void pass(Arrived& arrived, std::vector<RateLimiter::Ask> limits, Next next) {
    const auto held = std::make_shared<Arrived>(std::move(arrived));
    limiter_->pass(std::move(limits), [core = shared_from_this(), held,
                                       next = std::move(next)](const std::optional<RateLimiter::Denial>& denial) {
      if (denial) return void(held->responder.answer(too_many(*denial, trace_id(held->trace))));
      core->answering(held->responder, held->trace, [&] { next(*core, *held); });
    });
  }

  void find(Arrived& arrived) {
    answering(arrived.responder, arrived.trace, [&] {
      const http::Request& request = arrived.request;
      arrived.found = table_.find(request.method, arrived.segments);
      const auto& found = arrived.found;
      if (request.method == "OPTIONS")
        return void(arrived.responder.answer(
            options_of(options_.cors, request, allowed_origin(options_.cors, request), found.allowed)));
      if (!found.route && !found.host) return void(arrived.responder.answer(nowhere(request, found, arrived.trace)));
      identify(std::move(arrived));
    });
  }

  // What `run` throws is answered, unless it has moved the responder away.
  template <class Run>
  void answering(http::Responder& responder, const TraceContext& trace, Run&& run) const {
    try {
      run();
    } catch (const Error& error) {
      responder.answer(problem(error, trace_id(trace)));
    } catch (const kj::Exception& error) {
      responder.answer(problem(Error(ErrorKind::invalid, error.getDescription().cStr()), trace_id(trace)));
    } catch (const std::exception& error) {
      fail(responder, trace, error.what());
    } catch (...) {
      fail(responder, trace, "what is no std::exception");
    }
  }
  // What a function of the host threw is for its log, and not for strangers.
  void fail(http::Responder& responder, const TraceContext& trace, std::string_view thrown) const {
    log("a function that the gateway was given threw: " + std::string(thrown));
    responder.answer(problem(500, "the request could not be answered", trace_id(trace)));
  }

  void log(const std::string& message) const {
    if (options_.server.log) options_.server.log({.level = LogLevel::error, .room = "gateway", .message = message});
  }

  [[nodiscard]] http::Response nowhere(const http::Request& request, const RouteTable::Found& found,
                                       const TraceContext& trace) const {
    if (found.allowed.empty()) return elsewhere(request, trace_id(trace));
    return not_taken(request, found.allowed, trace_id(trace));
  }

  void identify(Arrived arrived) {
    answering(arrived.responder, arrived.trace, [&] {
      if (arrived.found.host && served_[arrived.found.host->number].identity == Identity::unasked)
        return go_on(arrived, Caller());
      if (options_.authenticate) return go_on(arrived, options_.authenticate(arrived.request).value());
      if (!options_.authenticate_patiently) return go_on(arrived, Caller());
      if (auto known = options_.authenticate_patiently(arrived.request, false))
        return go_on(arrived, std::move(*known).value());
      wait_for(std::make_shared<Arrived>(std::move(arrived)));
    });
  }

  void wait_for(const std::shared_ptr<Arrived>& arrived) {
    const bool waits = patient_->run([core = shared_from_this(), arrived] {
      core->answering(arrived->responder, arrived->trace, [&] {
        auto known = core->options_.authenticate_patiently(arrived->request, true);
        if (!known) throw Error(ErrorKind::unavailable, "nobody knows yet who sends this; try again");
        core->go_on(*arrived, std::move(*known).value());
      });
    });
    if (!waits)
      arrived->responder.answer(
          problem(Error(ErrorKind::unavailable, "too many requests wait for who sends them; try again"),
                  trace_id(arrived->trace)));
  }

  // Throws. What is thrown is answered by whoever calls, so the responder goes away last.
  void go_on(Arrived& arrived, Caller asks) {
    auto limits = asks_of_caller(options_.limits, arrived.found.route, arrived.request, asks);
    if (limits.empty()) return perform(arrived, std::move(asks));
    pass(arrived, std::move(limits), [asks = std::move(asks)](Core& core, Arrived& now) { core.perform(now, asks); });
  }

  void perform(Arrived& arrived, Caller asks) {
    if (const HostRoute* host = arrived.found.host) {
      Visit visit{std::move(asks), {}, arrived.trace, trace_id(arrived.trace)};
      for (const auto& [name, segment] : host->names) visit.names.emplace(name, arrived.segments[segment]);
      return served_[host->number].handler(std::move(arrived.request), std::move(arrived.responder), std::move(visit));
    }
    begin(*arrived.found.route, arrived.segments, std::move(arrived.request), std::move(arrived.responder),
          arrived.trace.on(*arrived.found.route), asks);
  }

  void begin(const Route& route, const std::vector<std::string>& segments, http::Request&& request,
             http::Responder&& responder, const RequestTrace& trace, const Caller& asks) {
    // Who may not call learns nothing of what the call would want. A key that is made anew is nobody's own.
    const bool is_fresh = route.http->key == HttpRoute::Key::fresh;
    std::string key = is_fresh ? std::string() : key_of(route, segments, request, asks);
    allows(route.method->access, asks, key, route.name()).value();
    if (const auto refusal = refuses_body(route, request))
      return void(responder.answer(problem(refusal->status, refusal->why, trace_id(trace))));
    if (is_fresh) key = key_of(route, segments, request, asks);
    auto act = act_of(options_.audit, route, request, asks, key, trace);
    RefBase ref = route.http->key == HttpRoute::Key::none ? node_.ref(*route.service) : node_.ref(*route.service, key);
    if (std::chrono::milliseconds(options_.timeout).count() > 0) ref.timeout(options_.timeout);
    // What is sent again under one key runs once, as long as the actor remembers its answer.
    const auto once = key_wanted(route, request);
    if (once) ref.idempotency_key(key_id(sender_of(request, asks), *once));
    auto call = ref.begin_call(route.method->ordinal);
    take_parameters(route, request, segments, call.params()).value();
    Words words = words_for_location(route, call.params());  // the message is not ours once it is sent
    const auto asked =
        std::make_shared<Asked>(Asked{std::move(request), std::move(responder), &route, key, trace, std::move(words),
                                      std::move(call), std::move(act), room_for_answer()});
    if (!once || !keys_) return send(asked, ref, trace, asks);
    asked->use = keys_->use(key_id(sender_of(asked->request, asks), *once));
    keys_->open(*asked->use, fingerprint_of(route, asked->request), longest_of(*route.method, options_.timeout),
                [core = shared_from_this(), asked, ref, trace, asks](const KeyGuard::Verdict& verdict) {
                  if (auto refusal = refusal_of(verdict, trace_id(trace)))
                    return void(asked->responder.answer(std::move(*refusal)));
                  core->send(asked, ref, trace, asks);
                });
  }

  // Does not throw, but answers.
  void send(const std::shared_ptr<Asked>& asked, const RefBase& ref, const TraceContext& trace, const Caller& asks) {
    bool is_sent = false;
    answering(asked->responder, trace, [&] {
      const CallerScope on_behalf(asks);
      const TraceScope traced(trace);
      ref.start_call(asked->call);
      is_sent = true;
    });
    // Out of the scopes: it may have ended, and what the gateway asks then it asks for itself.
    if (is_sent) asked->call.share().on_end([core = shared_from_this(), asked] { core->end(asked); });
    if (!is_sent && asked->use) keys_->close(*asked->use);
  }

  [[nodiscard]] static std::string key_of(const Route& route, const std::vector<std::string>& segments,
                                          const http::Request& request, const Caller& asks) {
    switch (route.http->key) {
      case HttpRoute::Key::path: return segments[*route.key_segment];
      case HttpRoute::Key::fixed: return route.http->key_text;
      case HttpRoute::Key::own:
        if (!asks.known())
          throw Error(ErrorKind::unauthenticated, route.name() + " is for those who are known: send a token");
        return asks.name;
      case HttpRoute::Key::fresh:
        return fresh_key(route.http->key_text, key_wanted(route, request), sender_of(request, asks));
      case HttpRoute::Key::none: break;
    }
    return {};
  }

  // On a thread of the runtime. What was asked goes back with the answer: its memory is of the thread that sends it.
  void end(const std::shared_ptr<Asked>& ended) noexcept {
    Asked& asked = *ended;
    http::Response response = std::move(asked.answer);
    try {
      if (const Error* error = asked.call.error()) {
        response = problem(*error, trace_id(asked.trace));
      } else {
        fill_answer(*asked.route, asked.key, asked.words, asked.call.results(), response);
        if (asked.request.is_safe() && response.status == 200) response = tagged(asked.request, std::move(response));
      }
    } catch (const kj::Exception& error) {
      response =
          problem(Error(ErrorKind::corrupt, std::string("the answer cannot be read: ") + error.getDescription().cStr()),
                  trace_id(asked.trace));
    } catch (const std::exception& error) {
      response = problem(500, error.what(), trace_id(asked.trace));
    }
    // What the client sends next, having read the answer, comes after this.
    if (asked.use) keys_->close(*asked.use);
    if (asked.act) tell_audit(asked, response.status);
    asked.responder.answer(asked.trace.answered(std::move(response)), ended);
  }

  void tell_audit(Asked& asked, int status) const noexcept {
    try {
      const Error* error = asked.call.error();
      asked.act->outcome = error ? std::string(to_string(error->kind())) : "ok";
      asked.act->code = error ? error->code() : "";
      asked.act->status = status;
      options_.audit.acted(std::move(*asked.act));
    } catch (const std::exception& error) {
      log("an act of administration could not be written down: " + std::string(error.what()));
    } catch (...) {
      log("an act of administration could not be written down");
    }
  }

  [[nodiscard]] std::optional<http::Response> about_itself(const http::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    if (request.target.path == "/healthz")
      return node_.health().good() ? http::text(200, "ok\n") : http::text(503, "not well\n");
    if (request.target.path == "/openapi.json") {
      http::Response document{.body = document_};
      document.headers.add("Content-Type", "application/json");
      return tagged(request, std::move(document));
    }
    if (docs_)
      if (auto page = docs_->serve(request)) return page;
    if (request.target.path == "/readyz")
      return !drains_ && node_.connected() ? http::text(200, "ready\n") : http::text(503, "not ready\n");
    return std::nullopt;
  }

  [[nodiscard]] http::Response elsewhere(const http::Request& request, const std::string& trace_id) const {
    if (files_) {
      auto response = files_->serve(request);
      if (response.status != 404) return response;
    }
    return problem(404, "there is nothing at " + request.target.path, trace_id);
  }

  Node& node_;
  const GatewayOptions options_;
  RouteTable table_;
  std::string document_;    // since start()
  TrustedProxies proxies_;  // since start()
  std::optional<http::StaticFiles> files_;
  std::vector<Served> served_;
  std::unique_ptr<SlowPool> patient_;
  std::optional<DocsPage> docs_;
  const std::shared_ptr<RateLimiter> limiter_;
  std::shared_ptr<KeyGuard> keys_;  // since start(); null: keys are not looked at
  std::unique_ptr<http::Server> server_;
  std::atomic<bool> drains_{false};
};

Gateway::Gateway(Node& node, GatewayOptions options) : core_(std::make_shared<Core>(node, std::move(options))) {}
Gateway::~Gateway() { core_->stop(); }

Gateway& Gateway::offer(const ServiceInfo& service) { return core_->offer(service, nullptr), *this; }
Gateway& Gateway::offer(const ServiceInfo& service, const capnp::InterfaceSchema& schema) {
  return core_->offer(service, &schema), *this;
}
Gateway& Gateway::serve(std::string_view verb, std::string_view path, Serve handler, Identity identity) {
  core_->serve(verb, path, std::move(handler), identity);
  return *this;
}
Gateway& Gateway::serve(std::string_view verb, std::string_view path, ServedStream stream) {
  core_->serve(verb, path, std::move(stream.serve), Identity::checked, std::move(stream.document));
  return *this;
}
void Gateway::start() { core_->start(); }
std::uint16_t Gateway::port() const { return core_->server().port(); }
http::Counts Gateway::counts() const { return core_->server().counts(); }
Result<void> Gateway::reload_certificate() { return core_->server().reload_certificate(); }
bool Gateway::drain(Milliseconds at_most) { return core_->drain(at_most); }
void Gateway::stop() { core_->stop(); }

}  // namespace troupe::gateway
