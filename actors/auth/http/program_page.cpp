// What programs of the first party call that know nothing of OAuth: a name and a password, and a token comes back.
#include <nlohmann/json.hpp>
#include <utility>

#include "auth/http/desk.h"
#include "auth/http/limits.h"
#include "auth/strict_json.h"
#include "auth/words.h"

namespace troupe::auth::web {
namespace {

// The form that a client of OAuth would send.
Result<FormBody> read_log_in(const Desk& desk, const http::Request& request) {
  const auto refuse = [](const std::string& why) {
    return Error(ErrorKind::invalid, R"(the body is wanted as {"name": "...", "password": "..."}: )" + why);
  };
  if (kind_of_body(request) != BodyKind::json) return refuse("it is no application/json");
  if (request.body.size() > kMaxFormBytes) return refuse("it is too large");
  std::string why;
  const auto given = parse_strictly(request.body, why);
  if (!given) return refuse(why);
  if (!given->is_object()) return refuse("it is no object");
  FormBody form;
  form.set("grant_type", "password");
  form.set("client_id", desk.options.log_in_client);
  for (const auto& [name, value] : given->items()) {
    if (name != "name" && name != "password") return refuse("it has other members");
    if (!value.is_string()) return refuse(name + " is no text");
    auto text = value.get<std::string>();
    if (text.empty() || text.find('\0') != text.npos) return refuse(name + " is empty, or has a byte 0");
    form.set(name == "name" ? "username" : "password", std::move(text));
  }
  if (form.pairs().size() != 4) return refuse("one of them is missing");
  return form;
}

http::Response answer_of(TokenAnswer::Reader answer) {
  const nlohmann::json body = nlohmann::json::parse(text_of(answer.getBody()), nullptr, false);
  if (answer.getStatus() == 429) return held_back(answer.getRetryAfterMs());
  if (answer.getStatus() == 503) {
    auto response = problem_answer(503, "busy", "the issuer is busy or not reachable; try again");
    response.headers.set("Retry-After", std::to_string((answer.getRetryAfterMs() + 999) / 1'000));
    return response;
  }
  if (answer.getStatus() != 200) {
    if (body.is_object() && body.value("error", "") == "invalid_grant")
      return problem_answer(401, "wrong_password", "there is no such user, or the password is another");
    return problem_answer(400, "invalid", body.is_object() ? body.value("error_description", "") : "");
  }
  nlohmann::json out = {{"accessToken", body.at("access_token")},
                        {"tokenType", body.at("token_type")},
                        {"expiresIn", body.at("expires_in")}};
  if (body.contains("refresh_token")) out["refreshToken"] = body["refresh_token"];
  if (body.contains("scope")) out["scope"] = body["scope"];
  return json_answer(200, out.dump());
}

}  // namespace

void serve_programs(const DeskPointer& desk, gateway::Gateway& gateway) {
  if (desk->options.log_in_client.empty()) return;
  gateway.serve(
      "POST", desk->options.log_in_path,
      [desk](http::Request request, http::Responder&& responder, gateway::Visit visit) {
        auto form = read_log_in(*desk, request);
        if (!form) return void(responder.answer(problem_answer(400, "invalid", form.error().message())));
        const TraceScope traced(visit.trace);
        desk->node.ref<TokenEndpoint>()
            .token([&](auto p) {
              fill_parameters(p, *form);
              p.setClientAddress(desk->address(request));
            })
            .then([responder = std::move(responder)](auto reply) mutable {
              responder.answer(reply.ok() ? answer_of((*reply)->getAnswer()) : problem_failure(reply.error()));
            });
      },
      gateway::Identity::unasked);
}

}  // namespace troupe::auth::web
