// The actor that holds an issuer's keys: they last, they follow each other, and they leave it for nobody.
#include "desk.h"

namespace {

using namespace auth_test;
namespace limits = troupe::auth::limits;

std::vector<std::string> published_ids(Desk& desk) {
  const auto reply = desk.bed.finish(desk.bed.ref<TokenKeys>(desk.issuer.config().issuer).publish());
  std::vector<std::string> ids;
  for (const auto& key : read_jwks(std::string(reply->getJwks())).value().keys) ids.push_back(key->id());
  return ids;
}

std::string access_token(Desk& desk) {
  return desk.token({{"grant_type", "client_credentials"}, {"client_id", "machine"}, {"client_secret", kMachineSecret}})
      .text("access_token");
}

auto keys_of(Desk& desk) { return desk.bed.ref<TokenKeys>(desk.issuer.config().issuer); }

TEST_CASE("an issuer has no key before it is prepared, and then the same one after every crash") {
  Desk desk;
  CHECK_THROWS_AS((void)published_ids(desk), Error);
  desk.bed.finish(keys_of(desk).prepare());
  const auto ids = published_ids(desk);
  CHECK(ids.size() == 1);
  desk.bed.finish(keys_of(desk).prepare());
  desk.bed.crash();
  desk.bed.start();
  CHECK(published_ids(desk) == ids);
}

TEST_CASE("a rotation breaks no token: the new key is announced, and the old one verifies what it signed") {
  Desk desk;
  const std::string first = access_token(desk);
  const auto before = published_ids(desk);

  const auto rotated = desk.bed.finish(keys_of(desk).rotate());

  CHECK(published_ids(desk).size() == 2);
  const auto id = [](const std::string& token) {
    return nlohmann::json::parse(*from_base64url(token.substr(0, token.find('.')))).value("kid", "");
  };
  CHECK(id(access_token(desk)) == before[0]);
  CHECK(desk.check(first).ok());
  desk.bed.clock().advance(299s);
  const std::string last = access_token(desk);
  CHECK(id(last) == before[0]);
  desk.bed.clock().advance(1s);
  CHECK(id(access_token(desk)) == std::string(rotated->getKeyId()));
  desk.bed.clock().advance(290s);
  CHECK(desk.check(last).ok());
  desk.bed.clock().advance(400s);
  CHECK(published_ids(desk) == std::vector<std::string>{std::string(rotated->getKeyId())});
}

TEST_CASE("keys rotate by themselves") {
  auto config = shop_config();
  config.rotate_every = 3600s;
  Desk desk(config);
  desk.bed.finish(keys_of(desk).prepare());
  const auto first = published_ids(desk);
  desk.bed.clock().advance(3h);
  const auto later_ids = published_ids(desk);
  CHECK(std::find(later_ids.begin(), later_ids.end(), first[0]) == later_ids.end());
}

TEST_CASE("a key that leaked is removed at once, and its tokens with it") {
  Desk desk;
  const std::string token = access_token(desk);
  const auto ids = published_ids(desk);
  desk.bed.finish(keys_of(desk).remove([&](auto p) { p.setKeyId(ids[0]); }));
  CHECK(is(desk.check(token).error(), TokenFault::unknown_key));
  CHECK(desk.check(access_token(desk)).ok());
  CHECK_THROWS_AS(desk.bed.finish(keys_of(desk).remove([](auto p) { p.setKeyId("x"); })), Error);
}

TEST_CASE("an issuer holds so many keys and refuses another") {
  Desk desk;
  for (std::size_t i = 0; i < limits::kMaxHeldKeys; ++i) desk.bed.finish(keys_of(desk).rotate());
  CHECK_THROWS_AS(desk.bed.finish(keys_of(desk).rotate()), Error);
  CHECK(desk.check(access_token(desk)).ok());
}

TEST_CASE("what an issuer publishes of its keys has nothing private") {
  Desk desk;
  desk.bed.finish(keys_of(desk).prepare());
  const auto published = desk.bed.finish(keys_of(desk).publish());
  const auto document = nlohmann::json::parse(published->getJwks().cStr());
  for (const auto& [name, value] : document["keys"][0].items())
    CHECK(std::string(" alg crv kid kty use x y ").find(" " + name + " ") != std::string::npos);
}

TEST_CASE("claims that are none are not signed") {
  Desk desk;
  desk.bed.finish(keys_of(desk).prepare());
  for (const char* claims : {"", "{}", "[]", "x"})
    CHECK_THROWS_AS(desk.bed.finish(keys_of(desk).sign([&](auto p) { p.setClaims(claims); })), Error);
}

TEST_CASE("an issuer may sign with RSA") {
  auto config = shop_config();
  config.algorithm = Algorithm::rs256;
  Desk desk(config);
  CHECK(desk.check(access_token(desk)).ok());
}

}  // namespace
