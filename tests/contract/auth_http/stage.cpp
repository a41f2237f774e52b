#include "stage.h"

#include <algorithm>

#include "auth/encoding.h"
#include "troupe/actor.h"

namespace web_test {
namespace {

class MirrorRole final : public front::MirrorActor {
  Task<> me(MeParams::Reader, MeResults::Builder out) override {
    out.setName(caller()->name);
    out.setRoles(caller()->roles);
    out.setScopes(caller()->scopes);
    co_return;
  }
  Task<> stock(StockParams::Reader, StockResults::Builder) override { co_return; }
};

IssuerConfig front_config(const StageOptions& options) {
  return {.issuer = "https://front.test",
          .audience = options.audience,
          .clients = {{.id = "web",
                       .redirect_uris = options.redirects,
                       .grants = {Grant::authorization_code, Grant::refresh_token},
                       .scopes = {"read", "write"}},
                      {.id = "app",
                       .grants = {Grant::password, Grant::refresh_token},
                       .scopes = {"read", "write"},
                       .first_party = true},
                      {.id = "machine",
                       .secret_hash = hash_secret(kMachineSecret),
                       .grants = {Grant::client_credentials},
                       .scopes = {"stock"},
                       .roles = {"robot"}}},
          .announce = 0s,
          .per_user = options.per_user};
}

}  // namespace

std::string challenge_of(const std::string& verifier) { return to_base64url(sha256(verifier)); }

std::string form(const Pairs& pairs) {
  std::string out;
  for (const auto& [name, value] : pairs)
    out += (out.empty() ? "" : "&") + percent_encoded(name) + "=" + percent_encoded(value);
  return out;
}

std::string basic(const std::string& id, const std::string& secret) {
  std::string text = to_base64url(id + ":" + secret);
  std::replace(text.begin(), text.end(), '-', '+');
  std::replace(text.begin(), text.end(), '_', '/');
  return "Authorization: Basic " + text + std::string((4 - text.size() % 4) % 4, '=') + "\r\n";
}

Stage::Stage(StageOptions options)
    : issuer_(std::make_unique<Issuer>(front_config(options), members::users())),
      node_(std::make_unique<Node>(
          NodeConfig{.name = "n", .data_dir = directory_ / "data", .threads = 2, .admin = false})) {
  endpoints_ = std::make_unique<web::Endpoints>(*node_, *issuer_, options.endpoints);
  issuer_->host(*node_);
  endpoints_->host();
  node_->host<members::MemberRole>();
  node_->host<MirrorRole>();
  node_->start();
  issuer_->prepare(*node_);
  options.gateway.authenticate_patiently = web::callers(*node_, *issuer_, options.others);
  gateway_ = std::make_unique<gateway::Gateway>(*node_, std::move(options.gateway));
  gateway_->offer<front::Mirror>();
  endpoints_->serve(*gateway_);
  gateway_->start();
}

Stage::~Stage() { gateway_.reset(); }

void Stage::join(const std::string& user, const std::string& password, const std::vector<std::string>& roles) {
  (void)node_->ref<members::Member>(user)
      .join([&](auto p) {
        p.setPassword(password);
        auto list = p.initRoles(static_cast<unsigned>(roles.size()));
        for (unsigned i = 0; i < list.size(); ++i) list.set(i, roles[i]);
      })
      .get();
}

http::Answer Stage::ask(const std::string& verb, const std::string& target, const std::string& headers,
                        const std::string& body) {
  http::RawClient client(gateway_->port());
  std::string text = verb + " " + target + " HTTP/1.1\r\nHost: front\r\n" + headers;
  if (!body.empty() || verb == "POST") text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  return client.ask(text + "\r\n" + body);
}

http::Answer Stage::post_form(const std::string& target, const Pairs& pairs, const std::string& headers) {
  return ask("POST", target, headers + "Content-Type: application/x-www-form-urlencoded\r\n", form(pairs));
}

http::Answer Stage::post_json(const std::string& target, const json& body, const std::string& headers) {
  return ask("POST", target, headers + "Content-Type: application/json\r\n", body.dump());
}

json Stage::tokens(const Pairs& pairs, const std::string& headers) {
  const auto answer = post_form("/oauth/token", pairs, headers);
  INFO(answer.head << answer.body);
  REQUIRE(answer.status == 200);
  CHECK(answer.headers.find("Cache-Control") == "no-store");
  CHECK(answer.headers.find("Content-Type") == "application/json");
  return json::parse(answer.body);
}

// --- Browser ---

std::string Browser::headers() const {
  std::string out;
  for (const auto& [name, value] : cookies_) out += (out.empty() ? "Cookie: " : "; ") + name + "=" + value;
  if (!out.empty()) out += "\r\n";
  if (!site.empty()) out += "Sec-Fetch-Site: " + site + "\r\n";
  return out;
}

http::Answer Browser::kept(http::Answer answer) {
  for (std::size_t i = 0; i < answer.headers.size(); ++i) {
    const auto field = answer.headers[i];
    if (field.name != "Set-Cookie") continue;
    const std::string text(field.value);
    CHECK(text.find("; Path=/; HttpOnly; SameSite=Lax") != text.npos);
    const auto equals = text.find('='), end = text.find(';');
    set_cookie(text.substr(0, equals),
               text.find("Max-Age=0") == text.npos ? text.substr(equals + 1, end - equals - 1) : std::string());
  }
  return answer;
}

http::Answer Browser::get(const std::string& target, const std::string& more) {
  return kept(stage_.ask("GET", target, headers() + more));
}

http::Answer Browser::post(const std::string& target, const Pairs& pairs) {
  return kept(stage_.post_form(target, pairs, headers() + (origin.empty() ? "" : "Origin: " + origin + "\r\n")));
}

http::Answer Browser::post_json(const std::string& target, const json& body) {
  return kept(stage_.post_json(target, body, headers() + (origin.empty() ? "" : "Origin: " + origin + "\r\n")));
}

std::string Browser::form_token() {
  const auto answer = get("/oauth/login");
  REQUIRE(answer.status == 200);
  return json::parse(answer.body)["formToken"];
}

http::Answer Browser::log_in(const std::string& user, const std::string& password, const std::string& return_to) {
  return post("/oauth/login",
              {{"username", user}, {"password", password}, {"form_token", form_token()}, {"return_to", return_to}});
}

std::string Browser::cookie(const std::string& name) const {
  for (const auto& [known, value] : cookies_)
    if (known == name) return value;
  return "";
}

void Browser::set_cookie(const std::string& name, const std::string& value) {
  std::erase_if(cookies_, [&](const auto& cookie) { return cookie.first == name; });
  if (!value.empty()) cookies_.emplace_back(name, value);
}

Pairs code_request(const Pairs& more) {
  Pairs out = {{"response_type", "code"},
               {"client_id", "web"},
               {"redirect_uri", "https://web.test/back"},
               {"state", "the state"},
               {"code_challenge", challenge_of(kVerifier)},
               {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : more) {
    std::erase_if(out, [&](const auto& pair) { return pair.first == name; });
    if (!value.empty()) out.emplace_back(name, value);
  }
  return out;
}

std::string in_location(const http::Answer& answer, const std::string& name) {
  const std::string location(answer.headers.find("Location").value_or(""));
  const auto query = location.find('?');
  if (query == location.npos) return "";
  auto read = web::FormBody::read(std::string_view(location).substr(query + 1));
  REQUIRE(read.ok());
  return std::string(read->get(name));
}

}  // namespace web_test
