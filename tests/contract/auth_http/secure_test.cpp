// Cookies under TLS, and keys that are fetched from elsewhere by HTTP and HTTPS.
#include <cstdlib>

#include "auth/http/fetch_jwks.h"
#include "auth/http/limits.h"
#include "auth/limits.h"
#include "stage.h"
#include "unit/http/stage.h"

using namespace web_test;

namespace {

// A certificate for the name "localhost", by nobody but itself.
struct OwnCertificate {
  testing::ScratchDirectory directory;
  OwnCertificate() {
    const std::string command =
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=front "
        "-addext subjectAltName=DNS:localhost -keyout '" +
        files().key.string() + "' -out '" + files().certificate.string() + "' 2>/dev/null";
    REQUIRE_MESSAGE(std::system(command.c_str()) == 0, "openssl is needed for a certificate: " << command);
  }
  [[nodiscard]] http::TlsFiles files() const {
    return {.certificate = directory.path() / "own.pem", .key = directory.path() / "own.key"};
  }
};

std::string failure(const std::function<std::string()>& fetch) {
  try {
    (void)fetch();
  } catch (const Error& error) {
    CHECK(error.kind() == ErrorKind::unavailable);
    return error.message();
  }
  return "";
}

bool refused(web::JwksSource source) {
  try {
    (void)web::fetch_jwks(std::move(source));
  } catch (const Error& error) {
    return error.kind() == ErrorKind::invalid;
  }
  return false;
}

std::string url(const char* scheme, const char* host, std::uint16_t port, const char* path = "/jwks") {
  return std::string(scheme) + host + ":" + std::to_string(port) + path;
}

}  // namespace

TEST_CASE("cookies of an issuer that is reached by TLS are for this host and for TLS alone") {
  StageOptions options;
  options.endpoints.public_url = "https://shop.example";
  Stage stage(options);
  stage.join("ann", "correct horse");
  Browser browser(stage);
  browser.origin = "https://shop.example";

  const auto page = browser.get("/oauth/login");
  CHECK(page.headers.find("Set-Cookie")->starts_with("__Host-troupe_form="));
  CHECK(page.headers.find("Set-Cookie")->find("; Secure") != std::string::npos);
  const auto logged_in = browser.log_in("ann", "correct horse");
  CHECK(logged_in.status == 303);
  CHECK(logged_in.headers.find("Set-Cookie")->starts_with("__Host-troupe_session="));
  CHECK(logged_in.headers.find("Set-Cookie")->find("; Secure") != std::string::npos);
  CHECK(browser.cookies().size() == 1);  // the form's went
  browser.origin = "http://front";
  CHECK(browser.log_in("ann", "correct horse").status == 403);
  const auto about = json::parse(stage.ask("GET", "/.well-known/oauth-authorization-server").body);
  CHECK(about["token_endpoint"] == "https://shop.example/oauth/token");
}

TEST_CASE("keys are fetched by HTTP, and what is no good answer is told as it is") {
  std::atomic<int> status{200};
  std::atomic<std::size_t> size{10};
  const auto server = http::serve([&](const http::Request& request, http::Responder responder) {
    if (request.target.raw == "/never") {
      static std::vector<http::Responder> kept;
      kept.push_back(std::move(responder));
      return;
    }
    CHECK(request.target.raw == "/jwks?a=1");
    CHECK(request.method == "GET");
    http::Response response{.status = status, .body = std::string(size, 'x'), .compress = false};
    if (status == 302) response.headers.add("Location", "/jwks?a=1");
    responder.answer(std::move(response));
  });
  const auto fetch = web::fetch_jwks({.url = url("http://", "127.0.0.1", server->port(), "/jwks?a=1")});

  CHECK(fetch() == "xxxxxxxxxx");
  size = auth::limits::kMaxJwksBytes;
  CHECK(fetch().size() == auth::limits::kMaxJwksBytes);
  size = auth::limits::kMaxJwksBytes + 1;
  CHECK(failure(fetch).find("its answer") != std::string::npos);
  size = 1;
  for (const int bad : {204, 302, 404, 500}) {
    status = bad;
    if (bad == 204) size = 0;
    CHECK(failure(fetch).find(std::to_string(bad)) != std::string::npos);
  }
  const auto slow = web::fetch_jwks(
      {.url = url("http://", "127.0.0.1", server->port(), "/never"), .timeout = std::chrono::milliseconds(50)});
  CHECK(failure(slow).find("took too long") != std::string::npos);
}

TEST_CASE("keys are fetched by HTTPS of whom the authority vouches for, by the name that was asked for") {
  const OwnCertificate own, other;
  http::ServerOptions options;
  options.tls = own.files();
  const auto server = http::serve(
      [](const http::Request&, http::Responder responder) { responder.answer({.body = "{}"}); }, std::move(options));
  const auto from = [&](const char* host, const std::filesystem::path& authority) {
    return web::fetch_jwks({.url = url("https://", host, server->port()), .authority = authority});
  };

  CHECK(from("localhost", own.files().certificate)() == "{}");
  CHECK(failure(from("127.0.0.1", own.files().certificate)) != "");
  CHECK(failure(from("localhost", other.files().certificate)) != "");
  CHECK(failure(from("localhost", {})) != "");
  CHECK(failure(web::fetch_jwks({.url = url("http://", "localhost", server->port())})) != "");
}

TEST_CASE("what no keys can be fetched by is refused at once") {
  CHECK(refused({.url = ""}));
  CHECK(refused({.url = "ftp://id.example/"}));
  CHECK(refused({.url = "http://id.example/"}));
  CHECK_FALSE(refused({.url = "http://id.example/", .plain = true}));
  CHECK_FALSE(refused({.url = "http://localhost/"}));
  CHECK(refused({.url = "https://id.example/", .authority = "/nowhere.pem"}));
  for (const auto bad : {std::chrono::milliseconds(0), std::chrono::milliseconds(-1), std::chrono::milliseconds::max()})
    CHECK(refused({.url = "http://localhost/", .timeout = bad}));
  CHECK_FALSE(refused({.url = "http://localhost/", .timeout = web::kMaxFetchTime}));
}
