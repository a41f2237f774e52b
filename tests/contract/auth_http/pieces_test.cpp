// Forms, cookies and addresses to the letter, without a socket.
#include <doctest/doctest.h>

#include "auth/http/cookies.h"
#include "auth/http/form_body.h"
#include "auth/http/limits.h"
#include "auth/http/web_address.h"
#include "auth/limits.h"

using namespace troupe;
using namespace troupe::auth;

namespace {

http::Request with(std::initializer_list<http::Field> headers) {
  http::Request request;
  request.host = "front:8080";
  for (const auto& field : headers) request.headers.add(field.name, field.value);
  return request;
}

}  // namespace

TEST_CASE("a form is read to the letter, and written as it is read") {
  auto form = web::FormBody::read("a=1&b=x+y%C3%A9&&c&d=%3D");
  REQUIRE(form.ok());
  CHECK(form->get("a") == "1");
  CHECK(form->get("b") == "x y\xc3\xa9");
  CHECK(form->get("c") == "");
  CHECK(form->get("d") == "=");
  CHECK(form->get("e") == "");
  CHECK(web::FormBody::read(form->text())->get("b") == "x y\xc3\xa9");
  CHECK(web::FormBody::read("").ok());
  for (const char* bad : {"a=%", "a=%1", "a=%gg", "a=%00", "a=%80", "a=%ed%a0%80", "a=%c0%80", "=1", "a=1&a=2", "a= b",
                          "a=\x01", "a=\x7f", "a=\xc3\xa9", "%=1"})
    CHECK_MESSAGE(!web::FormBody::read(bad).ok(), bad);
  CHECK(web::FormBody::read("a=" + std::string(web::kMaxFormBytes - 2, 'x')).ok());
  CHECK_FALSE(web::FormBody::read("a=" + std::string(web::kMaxFormBytes - 1, 'x')).ok());
  std::string many;
  for (std::size_t i = 0; i < auth::limits::kMaxParameters; ++i) many += "p" + std::to_string(i) + "&";
  CHECK(web::FormBody::read(many).ok());
  CHECK_FALSE(web::FormBody::read(many + "more").ok());
}

TEST_CASE("a cookie is found by its whole name, and is written for this host alone") {
  const auto found = [](std::string_view value) { return web::cookie_of(with({{"Cookie", value}}), "name"); };
  CHECK(found("name=1").value() == "1");
  CHECK(found("xname=2; name=1; namex=3").value() == "1");
  CHECK(found(";; name = 1 ;").value() == "1");
  CHECK(found("NAME=1; name").value() == "");
  CHECK_FALSE(found("name=1; name=1").ok());
  CHECK_FALSE(web::cookie_of(with({{"Cookie", "name=1"}, {"cookie", "name=2"}}), "name").ok());
  CHECK(web::set_cookie({.name = "__Host-a", .value = "v", .secure = true, .life = std::chrono::seconds(60)}) ==
        "__Host-a=v; Path=/; HttpOnly; SameSite=Lax; Secure; Max-Age=60");
  CHECK(web::set_cookie({.name = "a", .value = "", .life = std::chrono::seconds(-1)}) ==
        "a=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0");
}

TEST_CASE("a request is of a page of this origin as far as its browser says so") {
  const auto own = [](std::initializer_list<http::Field> headers, std::string_view origin = "") {
    return web::is_from_own_page(with(headers), origin);
  };
  CHECK(own({}));
  CHECK(own({{"Origin", "http://front:8080"}}));
  CHECK(own({{"Origin", "https://front:8080"}, {"Sec-Fetch-Site", "same-origin"}}));
  CHECK(own({{"Origin", "https://shop.example"}}, "https://shop.example"));
  CHECK_FALSE(own({{"Origin", "http://shop.example"}}, "https://shop.example"));
  CHECK_FALSE(own({{"Origin", "http://front:8080"}}, "https://shop.example"));
  CHECK(own({{"Origin", "null"}, {"Sec-Fetch-Site", "same-origin"}}));
  CHECK_FALSE(own({{"Origin", "null"}, {"Sec-Fetch-Site", "cross-site"}}));
  for (const char* bad : {"null", "", "http://front", "http://front:80800", "front:8080", "http://evil/front:8080"})
    CHECK_FALSE(own({{"Origin", bad}}));
  for (const char* bad : {"cross-site", "same-site", "none", "", "Same-Origin"})
    CHECK_FALSE(own({{"Origin", "http://front:8080"}, {"Sec-Fetch-Site", bad}}));
  CHECK_FALSE(own({{"Origin", "http://front:8080"}, {"Origin", "http://evil"}}));
  CHECK_FALSE(own({{"Sec-Fetch-Site", "same-origin"}, {"Sec-Fetch-Site", "same-origin"}}));
}

TEST_CASE("an address of HTTP is taken apart, or refused with the reason") {
  const auto one = web::read_address("https://id.example/jwks?a=1").value();
  CHECK(one.secure);
  CHECK(one.host == "id.example");
  CHECK(one.shown == "id.example");
  CHECK(one.port == 443);
  CHECK(one.target == "/jwks?a=1");
  CHECK(one.origin() == "https://id.example");
  CHECK_FALSE(one.is_here());
  const auto six = web::read_address("http://[::1]:8080").value();
  CHECK(six.host == "::1");
  CHECK(six.shown == "[::1]:8080");
  CHECK(six.port == 8080);
  CHECK(six.target == "/");
  CHECK(six.is_here());
  CHECK(web::read_address("http://127.1.2.3?x").value().is_here());
  CHECK_FALSE(web::read_address("http://128.0.0.1").value().is_here());
  CHECK_FALSE(web::read_address("http://127.0.0.1.evil.test").value().is_here());
  for (const char* bad : {"", "id.example", "ftp://a", "http://", "http:///x", "http://a:0", "http://a:65536",
                          "http://a:b", "http://a:", "http://u@a", "http://a/#x", "http://a b", "http://[::1",
                          "http://[x]", "http://[::1]x", "http://a\\b", "http://\xc3\xa9", "http://a%41"})
    CHECK_MESSAGE(!web::read_address(bad).ok(), bad);
}
