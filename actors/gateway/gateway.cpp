#include "gateway/gateway.h"

#include <kj/exception.h>

#include <atomic>
#include <random>
#include <utility>

#include "gateway/access.h"
#include "gateway/binding.h"
#include "gateway/cors.h"
#include "gateway/fresh_key.h"
#include "gateway/http/conditional.h"
#include "gateway/http/static_files.h"
#include "gateway/idempotency_key.h"
#include "gateway/openapi.h"
#include "gateway/problem.h"
#include "gateway/route_table.h"
#include "gateway/trace_parent.h"
#include "troupe/ref.h"

namespace troupe::gateway {

class Gateway::Core final : public std::enable_shared_from_this<Gateway::Core> {
 public:
  Core(Node& node, GatewayOptions options) : node_(node), options_(std::move(options)) {}

  void offer(const ServiceInfo& service) {
    if (server_) throw Error(ErrorKind::invalid, std::string("service ") + service.name + " is offered after start()");
    const auto before = table_.routes().size();
    table_.add(service).value();
    if (table_.routes().size() == before)
      throw Error(ErrorKind::invalid, std::string("service ") + service.name +
                                          " has no route: give its methods some, as " + "$Http.get(\"/path/{key}\")");
  }

  void start() {
    if (server_) throw Error(ErrorKind::invalid, "the gateway was started before");
    check(options_.cors).value();
    if (std::chrono::milliseconds(options_.timeout).count() < 0)
      throw Error(ErrorKind::invalid, "GatewayOptions::timeout is less than nothing");
    if (!options_.files.empty()) files_ = http::StaticFiles::open(options_.files).value();
    document_ = openapi(table_, options_.api);
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
  }

 private:
  // A request on its way through an actor.
  struct Asked {
    http::Request request;
    http::Responder responder;
    const Route* route;
    std::string key;
    std::string trace_id;
    std::string cors_origin;
    Words words;
    detail::CallHandle call;
  };

  void take(http::Request request, http::Responder responder) {
    const TraceContext trace = trace_of(request);
    const std::string trace_id = gateway::trace_id(trace);
    const std::string origin = allowed_origin(options_.cors, request);
    const auto say = [&](http::Response response) {
      add_cors(options_.cors, origin, response);
      responder.answer(std::move(response));
    };
    try {
      const auto segments = request.target.segments();
      if (auto own = about_itself(request)) return say(std::move(*own));
      const auto found = table_.find(request.method, segments);
      if (request.method == "OPTIONS") return say(options_of(options_.cors, request, origin, found.allowed));
      if (!found.route && found.allowed.empty()) return say(elsewhere(request, trace_id));
      if (!found.route) {
        auto response = problem(
            405, request.method + " is none of what " + request.target.path + " takes: " + found.allowed, trace_id);
        response.headers.add("Allow", found.allowed);
        return say(std::move(response));
      }
      if (const auto refusal = refuses_body(*found.route, request))
        return say(problem(refusal->status, refusal->why, trace_id));
      begin(*found.route, segments, std::move(request), std::move(responder), trace, origin);
    } catch (const Error& error) {
      say(problem(error, trace_id));
    } catch (const kj::Exception& error) {
      say(problem(Error(ErrorKind::invalid, error.getDescription().cStr()), trace_id));
    }
  }

  // Throws. What is thrown is answered by whoever calls, so the responder goes away last.
  void begin(const Route& route, const std::vector<std::string>& segments, http::Request&& request,
             http::Responder&& responder, const TraceContext& trace, const std::string& origin) {
    const Caller asks = options_.authenticate ? options_.authenticate(request).value() : Caller();
    const std::string key = key_of(route, segments, request, asks);
    allows(route.method->access, asks, key, route.name()).value();
    const CallerScope on_behalf(asks);
    const TraceScope traced(trace);
    RefBase ref = route.http->key == HttpRoute::Key::none ? node_.ref(*route.service) : node_.ref(*route.service, key);
    if (std::chrono::milliseconds(options_.timeout).count() > 0) ref.timeout(options_.timeout);
    // What is sent again under one key runs once, as long as the actor remembers its answer. Of those who are not known
    // nobody takes another's answer, but from the same address.
    const auto once = key_wanted(route, request);
    if (once) ref.idempotency_key(key_id(sender_of(request, asks), *once));
    auto call = ref.begin_call(route.method->ordinal);
    take_parameters(route, request, segments, call.params()).value();
    Words words = words_for_location(route, call.params());  // the message is not ours once it is sent
    ref.start_call(call);
    const auto asked = std::make_shared<Asked>(Asked{std::move(request), std::move(responder), &route, key,
                                                     trace_id(trace), origin, std::move(words), call.share()});
    call.on_end([core = shared_from_this(), asked] { core->end(*asked); });
  }

  // Whose an Idempotency-Key is. No name of a caller looks like an address here.
  [[nodiscard]] static std::string sender_of(const http::Request& request, const Caller& asks) {
    return asks.known() ? "caller " + asks.name : "address " + request.peer.address;
  }
  // The request's Idempotency-Key, if it has one. Throws `invalid` for what is none, and where the route wants one.
  [[nodiscard]] static std::optional<std::string> key_wanted(const Route& route, const http::Request& request) {
    if (request.is_safe()) return std::nullopt;
    auto key = idempotency_key_of(request).value();
    if (!key && route.wants_idempotency_key)
      throw Error(ErrorKind::invalid,
                  route.name() + " wants the header Idempotency-Key, so that it runs once however often it is sent");
    return key;
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

  // On a thread of the runtime.
  void end(Asked& asked) noexcept {
    http::Response response;
    try {
      if (const Error* error = asked.call.error()) {
        response = problem(*error, asked.trace_id);
      } else {
        response = answer(*asked.route, asked.key, asked.words, asked.call.results());
        if (asked.request.is_safe() && response.status == 200)
          response = conditional(asked.request, std::move(response));
      }
    } catch (const kj::Exception& error) {
      response =
          problem(Error(ErrorKind::corrupt, std::string("the answer cannot be read: ") + error.getDescription().cStr()),
                  asked.trace_id);
    } catch (const std::exception& error) {
      response = problem(500, error.what(), asked.trace_id);
    }
    add_cors(options_.cors, asked.cors_origin, response);
    asked.responder.answer(std::move(response));
    asked.call = {};
  }

  [[nodiscard]] static http::Response conditional(const http::Request& request, http::Response response) {
    const std::string tag = http::etag_of(response.body);
    response.headers.set("ETag", tag);
    if (!response.headers.has("Cache-Control")) response.headers.add("Cache-Control", "no-cache");
    switch (http::judge(request, {.etag = tag})) {
      case http::Verdict::not_modified: return http::not_modified(response);
      case http::Verdict::failed: return problem(412, "it is another by now");
      case http::Verdict::proceed: break;
    }
    return response;
  }

  [[nodiscard]] std::optional<http::Response> about_itself(const http::Request& request) const {
    if (request.method != "GET" && request.method != "HEAD") return std::nullopt;
    if (request.target.path == "/healthz")
      return node_.health().good() ? http::text(200, "ok\n") : http::text(503, "not well\n");
    if (request.target.path == "/openapi.json") {
      http::Response document{.body = document_};
      document.headers.add("Content-Type", "application/json");
      return conditional(request, std::move(document));
    }
    if (request.target.path == "/readyz")
      return !drains_ && node_.connected() ? http::text(200, "ready\n") : http::text(503, "not ready\n");
    return std::nullopt;
  }

  [[nodiscard]] http::Response elsewhere(const http::Request& request, const std::string& trace_id) const {
    if (files_) {
      auto response = files_->serve(request);
      if (response.status < 400) return response;
      if (response.status != 404) return response;
    }
    return problem(404, "there is nothing at " + request.target.path, trace_id);
  }

  Node& node_;
  const GatewayOptions options_;
  RouteTable table_;
  std::string document_;  // since start()
  std::optional<http::StaticFiles> files_;
  std::unique_ptr<http::Server> server_;
  std::atomic<bool> drains_{false};
};

Gateway::Gateway(Node& node, GatewayOptions options) : core_(std::make_shared<Core>(node, std::move(options))) {}
Gateway::~Gateway() { core_->stop(); }

Gateway& Gateway::offer(const ServiceInfo& service) {
  core_->offer(service);
  return *this;
}
void Gateway::start() { core_->start(); }
std::uint16_t Gateway::port() const { return core_->server().port(); }
http::Counts Gateway::counts() const { return core_->server().counts(); }
bool Gateway::drain(Milliseconds at_most) { return core_->drain(at_most); }
void Gateway::stop() { core_->stop(); }

}  // namespace troupe::gateway
