// Tokens of an issuer that others wrote: npm's oidc-provider, run by node.
#include <filesystem>

#include "auth/encoding.h"
#include "stage.h"
#include "support/child_process.h"

using namespace web_test;

namespace {

class Provider {
 public:
  Provider() : process_({TROUPE_NODE, TROUPE_OUTSIDE_ISSUER, TROUPE_NPM_MODULES}) {
    REQUIRE_MESSAGE(std::filesystem::exists(std::string(TROUPE_NPM_MODULES) + "/oidc-provider"),
                    "oidc-provider is not in " TROUPE_NPM_MODULES "; run 'tools/dev deps'");
    REQUIRE_MESSAGE(process_.says("\"secret\":", 60s), "the provider did not start: " << process_.said());
    REQUIRE(process_.says("}\n", 10s));
    const auto begin = process_.said().find('{');
    about = json::parse(process_.said().substr(begin, process_.said().find('\n', begin) - begin));
    port_ = static_cast<std::uint16_t>(
        std::stoi(about["issuer"].get<std::string>().substr(std::string("http://127.0.0.1:").size())));
  }
  std::string token(const std::string& resource) {
    http::RawClient client(port_);
    const std::string body = form({{"grant_type", "client_credentials"}, {"scope", "stock"}, {"resource", resource}});
    const auto answer =
        client.ask("POST /token HTTP/1.1\r\nHost: 127.0.0.1:" + std::to_string(port_) + "\r\n" +
                   basic(about["client"], about["secret"]) +
                   "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: " + std::to_string(body.size()) +
                   "\r\n\r\n" + body);
    INFO(answer.head << answer.body);
    REQUIRE(answer.status == 200);
    return json::parse(answer.body)["access_token"];
  }
  json about;

 private:
  testing::ChildProcess process_;
  std::uint16_t port_ = 0;
};

std::string alg_of(const std::string& token) {
  return json::parse(*from_base64url(token.substr(0, token.find('.'))))["alg"];
}

}  // namespace

TEST_CASE("tokens of oidc-provider are taken by the keys it publishes, and those for another audience are not") {
  Provider provider;
  StageOptions options;
  options.others = {{.name = provider.about["issuer"], .keys = {.url = provider.about["jwks"]}, .called = "outside/"}};
  Stage stage(options);

  for (const auto& [resource, alg] :
       {std::pair("https://shop.test/es256", "ES256"), std::pair("https://shop.test/rs256", "RS256")}) {
    const std::string token = provider.token(resource);
    CHECK(alg_of(token) == alg);
    const auto me = stage.me(token);
    INFO(me.body);
    CHECK(me.status == 200);
    CHECK(json::parse(me.body) == json{{"name", "outside/robot"}, {"roles", ""}, {"scopes", "stock"}});
    CHECK(stage.ask("POST", "/stock", "Authorization: Bearer " + token + "\r\n").status == 204);
    std::string cut = token;
    cut.resize(cut.size() - 4);
    CHECK(stage.me(cut).status == 401);
  }
  const auto other = stage.me(provider.token("https://other.test/"));
  CHECK(other.status == 401);
  CHECK(json::parse(other.body)["code"] == "token_audience");
  Stage stranger;
  const auto unknown = stranger.me(provider.token("https://shop.test/es256"));
  CHECK(unknown.status == 401);
  CHECK(json::parse(unknown.body)["code"] == "token_issuer");
}
