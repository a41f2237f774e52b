// Tokens in the header Authorization.
#include "gateway/bearer.h"
#include "stage.h"

using namespace troupe;
using namespace troupe::bazaar;

namespace {

Result<Caller> whose(std::string_view token) {
  if (token == "boom") throw std::runtime_error("a bug");
  if (token == "old") return Error(ErrorKind::unauthenticated, "token_expired", "the token has expired");
  return Caller{.name = std::string(token), .roles = {}, .scopes = {}};
}

}  // namespace

TEST_CASE("a bearer token says who asks, and anything else in its header is refused") {
  gateway::GatewayOptions options;
  options.authenticate = gateway::bearer(whose);
  Stage stage(options);
  const auto me = [&](const std::string& header) {
    return stage.ask({.target = "/mirror/me", .headers = header.empty() ? "" : header + "\r\n"});
  };

  CHECK(nlohmann::json::parse(me("Authorization: Bearer a.b-c_d~e+f/g==").body)["name"] == "a.b-c_d~e+f/g==");
  CHECK(nlohmann::json::parse(me("authorization: bEARER   alice").body)["name"] == "alice");
  CHECK(me("").status == 401);
  for (const char* bad :
       {"Bearer", "Bearer ", "Basic YTpi", "Bearer a b", "Bearer a,b", "Bearer ===", "Bearer a=b", "alice"})
    CHECK_MESSAGE(me(std::string("Authorization: ") + bad).status == 401, bad);
  CHECK(stage.problem({.target = "/mirror/me", .headers = "Authorization: Bearer a\r\nAuthorization: Bearer b\r\n"},
                      401) == "the header Authorization is there more than once");
  const auto expired = me("Authorization: Bearer old");
  CHECK(expired.status == 401);
  CHECK(expired.headers.find("WWW-Authenticate") == "Bearer");
  CHECK(nlohmann::json::parse(expired.body)["code"] == "token_expired");
  CHECK(me("Authorization: Bearer boom").status == 500);
  CHECK(stage.get("/items/none").status == 404);  // public, and nobody is asked for
  CHECK_THROWS_AS((void)gateway::bearer(nullptr), Error);
}
