// Configurations of issuers that could not work, or would not be safe.
#include <limits>

#include "desk.h"

namespace {

using namespace auth_test;
namespace limits = troupe::auth::limits;

// Whether it is refused, and says of what.
template <class Change>
std::string config_refused(Change&& change) {
  auto config = shop_config();
  change(config);
  try {
    (void)Issuer(config, members::users());
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::invalid);
    return error.message();
  }
  return "";
}

TEST_CASE("a client with a grant that its kind must not have is refused") {
  const auto of_client = [](auto change) { return config_refused([&](IssuerConfig& c) { change(c.clients[0]); }); };
  CHECK(config_refused([](auto&) {}).empty());
  CHECK_FALSE(of_client([](auto& c) { c.grants = {Grant::password}; }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.grants = {Grant::client_credentials}; }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.redirect_uris.clear(); }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.grants.clear(); }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.id = ""; }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.id = "a\nb"; }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.id = "app"; }).empty());  // there twice
  CHECK_FALSE(of_client([](auto& c) { c.id = std::string(limits::kMaxNameBytes + 1, 'x'); }).empty());
  for (const char* hash : {"plain secret", "sha256$", "sha256$AAAA", "$argon2id$v=19$m=64,t=1,p=1$AAAA$AAAA"})
    CHECK_FALSE(of_client([&](auto& c) { c.secret_hash = hash; }).empty());
  for (const char* uri : {"", "back", "//web.test", "https://web.test/#x", "https://web.test/ x", "https:", ":x"})
    CHECK_FALSE(of_client([&](auto& c) { c.redirect_uris = {uri}; }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.redirect_uris.assign(limits::kMaxRedirects + 1, "a:b"); }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.scopes = {"two words"}; }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.scopes.assign(limits::kMaxListEntries + 1, "x"); }).empty());
  CHECK_FALSE(of_client([](auto& c) { c.roles = {""}; }).empty());
}

TEST_CASE("times and sizes of an issuer out of their limits are refused") {
  using std::chrono::seconds;
  for (const seconds time : {seconds(0), seconds(-1), seconds::min(), seconds::max(), limits::kMaxRefreshLife + 1s}) {
    CHECK_FALSE(config_refused([&](auto& c) { c.access_life = time; }).empty());
    CHECK_FALSE(config_refused([&](auto& c) { c.code_life = time; }).empty());
    CHECK_FALSE(config_refused([&](auto& c) { c.refresh_life = time; }).empty());
    CHECK_FALSE(config_refused([&](auto& c) { c.refresh_idle = time; }).empty());
    if (time.count() != 0) {
      CHECK_FALSE(config_refused([&](auto& c) { c.rotate_every = time; }).empty());
      CHECK_FALSE(config_refused([&](auto& c) { c.announce = time; }).empty());
    }
  }
  CHECK_FALSE(config_refused([](auto& c) { c.rotate_every = 1s; }).empty());
  CHECK(config_refused([](auto& c) { c.rotate_every = 0s; }).empty());
  for (const Attempts attempts :
       {Attempts{0, 1s}, Attempts{1, 0ms}, Attempts{1, -1ms}, Attempts{std::numeric_limits<unsigned>::max(), 1s},
        Attempts{1, std::chrono::milliseconds::max()}}) {
    CHECK_FALSE(config_refused([&](auto& c) { c.per_user = attempts; }).empty());
    CHECK_FALSE(config_refused([&](auto& c) { c.per_address = attempts; }).empty());
  }
  CHECK_FALSE(config_refused([](auto& c) { c.issuer = ""; }).empty());
  CHECK_FALSE(config_refused([](auto& c) { c.issuer = std::string(limits::kMaxNameBytes + 1, 'x'); }).empty());
  CHECK_FALSE(config_refused([](auto& c) { c.audience = ""; }).empty());
  CHECK_FALSE(config_refused([](auto& c) {
                c.algorithm = Algorithm::rs256;
                c.rsa_bits = 1'024;
              }).empty());
  CHECK_FALSE(config_refused([](auto& c) { c.clients.assign(limits::kMaxClients + 1, c.clients[1]); }).empty());
}

TEST_CASE("an issuer whose grants need a function of its host is not made without it") {
  CHECK_THROWS_AS(Issuer(shop_config(), Users{}), Error);
  CHECK_THROWS_AS(Issuer(shop_config(), Users{.verify = members::users().verify, .look_up = {}}), Error);
  auto config = shop_config();
  config.clients.erase(config.clients.begin(), config.clients.begin() + 2);
  CHECK_NOTHROW(Issuer(config, Users{}));
}

TEST_CASE("an issuer embedded as its README shows it gives tokens that its check takes") {
  testing::ScratchDirectory scratch;
  Issuer issuer(shop_config(), members::users());
  Node node({.name = "n", .data_dir = scratch.path(), .threads = 2, .admin = false});
  issuer.host(node);
  node.host<members::MemberRole>();
  node.start();
  issuer.prepare(node);
  const TokenCheck check = issuer.check(node);
  (void)node.ref<members::Member>("ann").join([](auto p) { p.setPassword("correct horse"); }).get();

  const auto reply =
      node.ref<TokenEndpoint>()
          .token([](auto p) {
            auto list = p.initParameters(4);
            const char* const pairs[][2] = {
                {"grant_type", "password"}, {"client_id", "app"}, {"username", "ann"}, {"password", "correct horse"}};
            for (unsigned i = 0; i < 4; ++i) {
              list[i].setName(pairs[i][0]);
              list[i].setValue(pairs[i][1]);
            }
          })
          .get();

  const Heard answer = read(reply->getAnswer());
  REQUIRE(answer.status == 200);
  auto claims = check.check(answer.text("access_token"), std::chrono::system_clock::now());
  REQUIRE(claims.ok());
  CHECK((*claims)->subject == "ann");
  CHECK(read_jwks(issuer.jwks(node)).ok());
  // And nobody who looks at the node sees a private key or a password.
  const auto actors = node.admin("GET", "/actors?service=TokenKeys", "");
  REQUIRE(actors.first == 200);
  std::string key = actors.second.substr(actors.second.find("\"key\":\"") + 7);
  key.erase(key.find('"'));
  std::string escaped;
  for (const char c : key) escaped += c == '/' ? "%2F" : c == ':' ? "%3A" : std::string(1, c);
  const auto state = node.admin("GET", "/actors/TokenKeys/" + escaped + "/state", "");
  INFO(state.second);
  CHECK(state.first == 200);
  CHECK(state.second.find("\"privateKey\":\"***\"") != std::string::npos);
  CHECK(node.admin("GET", "/actors/Member/ann/state", "").second.find("argon2") == std::string::npos);
}

}  // namespace
