// Requests to a token endpoint taken apart: parameters, the client's word, scopes, PKCE, addresses.
#include <capnp/message.h>
#include <doctest/doctest.h>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/scope.h"
#include "auth/token_form.h"

namespace {

using namespace troupe::auth;
using Pairs = std::vector<std::pair<std::string, std::string>>;

Form form_of(const Pairs& pairs) {
  capnp::MallocMessageBuilder message;
  auto list = message.initRoot<TokenEndpoint::TokenParams>().initParameters(static_cast<unsigned>(pairs.size()));
  for (unsigned i = 0; i < pairs.size(); ++i) {
    list[i].setName(pairs[i].first);
    list[i].setValue(pairs[i].second);
  }
  return Form(list.asReader());
}

// The code that it is denied with; "": it is not.
template <class Do>
std::string denied(Do&& act) {
  try {
    act();
  } catch (const Denial& denial) {
    CHECK(is_plain(denial.description));
    return denial.code;
  }
  return "";
}

TEST_CASE("a parameter that is there twice, too long or one too many is an invalid request") {
  CHECK(denied([] { (void)form_of({{"a", "1"}, {"a", "1"}}); }) == "invalid_request");
  CHECK(denied([] { (void)form_of({{"a", std::string(limits::kMaxParameterBytes + 1, 'x')}}); }) == "invalid_request");
  CHECK(denied([] { (void)form_of({{std::string(limits::kMaxNameBytes + 1, 'x'), ""}}); }) == "invalid_request");
  Pairs many;
  for (std::size_t i = 0; i < limits::kMaxParameters; ++i) many.emplace_back(std::to_string(i), "x");
  CHECK(denied([&] { (void)form_of(many); }) == "");
  many.emplace_back("more", "x");
  CHECK(denied([&] { (void)form_of(many); }) == "invalid_request");
  CHECK(denied([] { (void)form_of({{"a", ""}}).need("a"); }) == "invalid_request");
  CHECK(form_of({}).get("a").empty());
}

TEST_CASE("a client says who it is by the header or by parameters, and not by both") {
  const auto by_header = client_word(form_of({}), "Basic YSUzQWI6JTJCeA==");  // a%3Ab:%2Bx
  CHECK(by_header.id == "a:b");
  CHECK(by_header.secret == "+x");
  const auto by_form = client_word(form_of({{"client_id", "a"}, {"client_secret", "s"}}), "");
  CHECK(by_form.id == "a");
  CHECK(by_form.secret == "s");
  CHECK_FALSE(client_word(form_of({{"client_id", "a"}}), "").secret);
  const auto word = [](const Pairs& pairs, const std::string& header) {
    return denied([&] { (void)client_word(form_of(pairs), header); });
  };
  CHECK(word({}, "") == "invalid_client");
  CHECK(word({{"client_secret", "s"}}, "Basic YTpi") == "invalid_request");
  CHECK(word({{"client_id", "b"}}, "Basic YTpi") == "invalid_request");
  CHECK(word({{"client_id", "a"}}, "bAsIc YTpi") == "");
  for (const char* header : {"Basic", "Basic ", "Bearer YTpi", "Basic YTpi!", "Basic YWI=", "Basic YTp", "Basic JTpi",
                             "Basic JXp6OmI=", "x"})
    CHECK(word({}, header) == "invalid_client");
  CHECK(word({}, "Basic " + std::string(limits::kMaxParameterBytes, 'A')) == "invalid_client");
}

TEST_CASE("a scope is given when all of it is allowed") {
  const std::vector<std::string> allowed = {"read", "write"};
  CHECK(choose_scope("", allowed) == allowed);
  CHECK(choose_scope("  ", allowed) == allowed);
  CHECK(choose_scope("write", allowed) == std::vector<std::string>{"write"});
  CHECK(choose_scope("write write  read", allowed) == std::vector<std::string>{"write", "read"});
  CHECK_FALSE(choose_scope("write admin", allowed));
  CHECK_FALSE(choose_scope("WRITE", allowed));
  CHECK_FALSE(choose_scope("x", {}));
  CHECK_FALSE(is_scope(""));
  CHECK_FALSE(is_scope("a b"));
  CHECK_FALSE(is_scope("a\"b"));
  CHECK_FALSE(is_scope(std::string(limits::kMaxNameBytes + 1, 'x')));
}

TEST_CASE("a verifier answers the challenge that was made of it, and no other") {
  // RFC 7636, appendix B.
  const std::string verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
  const std::string challenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
  CHECK(is_challenge(challenge));
  CHECK(answers(verifier, challenge));
  CHECK_FALSE(answers(verifier + "x", challenge));
  CHECK_FALSE(answers(challenge, challenge));  // the method `plain`
  CHECK_FALSE(answers("", to_base64url(sha256(""))));
  CHECK_FALSE(answers(std::string(42, 'a'), to_base64url(sha256(std::string(42, 'a')))));
  CHECK_FALSE(answers(std::string(129, 'a'), to_base64url(sha256(std::string(129, 'a')))));
  CHECK_FALSE(answers(std::string(43, ' '), to_base64url(sha256(std::string(43, ' ')))));
  CHECK(answers(std::string(128, '~'), to_base64url(sha256(std::string(128, '~')))));
  CHECK_FALSE(is_challenge(""));
  CHECK_FALSE(is_challenge(challenge + "A"));
}

TEST_CASE("a refresh token has one form") {
  const std::string good = std::string(22, 'A') + '.' + std::string(43, 'A');
  REQUIRE(read_refresh_token(good));
  CHECK(read_refresh_token(good)->family == std::string(22, 'A'));
  for (const std::string& wrong :
       {std::string(), good + "A", good.substr(1), std::string(66, 'A'),
        std::string(22, '/') + '.' + std::string(43, 'A'), std::string(22, 'B') + '.' + std::string(43, 'A')})
    CHECK_FALSE(read_refresh_token(wrong));
}

TEST_CASE("addresses of one IPv6 network are counted together, others each by itself") {
  CHECK(address_group("2001:db8::1") == address_group("2001:db8:0:0:ffff::2"));
  CHECK(address_group("2001:db8::1") != address_group("2001:db8:0:1::1"));
  CHECK(address_group("::ffff:192.0.2.1") == "192.0.2.1");
  CHECK(address_group("192.0.2.1") != address_group("192.0.2.2"));
  CHECK(address_group("any text") == "any text");
  CHECK(address_group("").empty());
}

TEST_CASE("what goes into a redirect is encoded") {
  CHECK(percent_encoded("a-Z_0.9~") == "a-Z_0.9~");
  CHECK(percent_encoded("a&b=c d\r\n#\xff") == "a%26b%3Dc%20d%0D%0A%23%FF");
}

}  // namespace
