// What clients of OAuth call: token, revoke, the published keys, and what the issuer is (RFC 6749, 7009, 7517, 8414).
#include <algorithm>
#include <nlohmann/json.hpp>
#include <set>
#include <utility>

#include "auth/http/desk.h"
#include "auth/http/limits.h"
#include "auth/words.h"

namespace troupe::auth::web {
namespace {

// A request of a client as the issuer takes it, or what is wrong with it.
struct ClientRequest {
  FormBody form;
  std::string authorization;
};

Result<ClientRequest> read_client(const http::Request& request) {
  const auto refuse = [](const char* why) { return Error(ErrorKind::invalid, why); };
  if (!request.target.query.empty()) return refuse("parameters come in the body, where they are not written into logs");
  if (kind_of_body(request) != BodyKind::form) return refuse("the body is wanted as application/x-www-form-urlencoded");
  ClientRequest out;
  auto form = FormBody::read(request.body);
  if (!form) return form.error();
  out.form = std::move(*form);
  std::size_t count = 0;
  for (std::size_t i = 0; i < request.headers.size(); ++i)
    if (http::same_name(request.headers[i].name, "Authorization")) ++count;
  if (count > 1) return refuse("the header Authorization is there more than once");
  if (count == 1) out.authorization = *request.headers.find("Authorization");
  if (!is_utf8(out.authorization)) return refuse("the header Authorization is no text");
  return out;
}

http::Response refused_form(const http::Request& request, const Error& error) {
  return oauth_error(request.body.size() > kMaxFormBytes ? 413 : 400, "invalid_request", error.message());
}

// `call(TokenEndpoint, fill)` begins the call.
template <class Begin>
gateway::Serve client_page(DeskPointer desk, Begin begin) {
  return [desk = std::move(desk), begin](http::Request request, http::Responder&& responder, gateway::Visit visit) {
    auto client = read_client(request);
    if (!client) return void(responder.answer(refused_form(request, client.error())));
    const TraceScope traced(visit.trace);
    auto call = begin(desk->node.ref<TokenEndpoint>(), [&](auto p) {
      fill_parameters(p, client->form);
      p.setAuthorization(client->authorization);
      p.setClientAddress(desk->address(request));
    });
    std::move(call).then([responder = std::move(responder)](auto reply) mutable {
      responder.answer(reply.ok() ? told((*reply)->getAnswer()) : oauth_failure(reply.error()));
    });
  };
}

std::string metadata(const Desk& desk, const http::Request& request) {
  const IssuerConfig& config = desk.issuer.config();
  const std::string base = desk.base(request);
  std::set<std::string> grants, scopes;
  for (const ClientConfig& client : config.clients) {
    for (const Grant grant : client.grants) grants.insert(std::string(to_string(grant)));
    scopes.insert(client.scopes.begin(), client.scopes.end());
  }
  nlohmann::json out = {
      {"issuer", config.issuer},
      {"token_endpoint", base + desk.options.prefix + "/token"},
      {"revocation_endpoint", base + desk.options.prefix + "/revoke"},
      {"jwks_uri", base + "/.well-known/jwks.json"},
      {"response_types_supported", nlohmann::json::array()},
      {"grant_types_supported", grants},
      {"scopes_supported", scopes},
      {"token_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"}},
      {"revocation_endpoint_auth_methods_supported", {"client_secret_basic", "client_secret_post", "none"}}};
  if (!desk.options.log_in_page.empty()) {
    out["authorization_endpoint"] = base + desk.options.prefix + "/authorize";
    out["response_types_supported"] = {"code"};
    out["response_modes_supported"] = {"query"};
    out["code_challenge_methods_supported"] = {"S256"};
    out["authorization_response_iss_parameter_supported"] = true;
  }
  return out.dump();
}

}  // namespace

void serve_tokens(const DeskPointer& desk, gateway::Gateway& gateway) {
  const std::string& prefix = desk->options.prefix;
  const auto token = [](auto endpoint, auto fill) { return endpoint.token(fill); };
  const auto revoke = [](auto endpoint, auto fill) { return endpoint.revoke(fill); };
  gateway.serve("POST", prefix + "/token", client_page(desk, token), gateway::Identity::unasked);
  gateway.serve("POST", prefix + "/revoke", client_page(desk, revoke), gateway::Identity::unasked);
  gateway.serve(
      "GET", "/.well-known/jwks.json",
      [desk](http::Request, http::Responder&& responder, gateway::Visit visit) {
        const TraceScope traced(visit.trace);
        desk->node.ref<TokenKeys>(desk->issuer.config().issuer)
            .publish()
            .then([responder = std::move(responder)](auto reply) mutable {
              if (!reply.ok()) return void(responder.answer(oauth_failure(reply.error())));
              // Shorter than a key is announced before it signs.
              http::Response response{
                  .headers = {{"Content-Type", "application/jwk-set+json"}, {"Cache-Control", "public, max-age=60"}}};
              response.body = text_of((*reply)->getJwks());
              responder.answer(std::move(response));
            });
      },
      gateway::Identity::unasked);
  gateway.serve(
      "GET", "/.well-known/oauth-authorization-server",
      [desk](http::Request request, http::Responder&& responder, gateway::Visit) {
        responder.answer(json_answer(200, metadata(*desk, request)));
      },
      gateway::Identity::unasked);
}

}  // namespace troupe::auth::web
