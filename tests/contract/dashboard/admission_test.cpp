// Who may look at a dashboard and order through it; strangers' pages in a browser of this machine may not.
#include "dashboard/admission.h"

#include "dashboard/limits.h"
#include "dashboard/sessions.h"
#include "stage.h"

using namespace troupe;
using namespace troupe::dashboard;

namespace {

std::string refused_start(DashboardOptions options) {
  auto started = Dashboard::start(std::move(options), [] { return std::vector<ShownNode>(); });
  REQUIRE(!started.ok());
  CHECK(started.error().kind() == ErrorKind::invalid);
  return started.error().message();
}

}  // namespace

TEST_CASE("a host is known when it is an address, localhost, or a name that was given") {
  const std::vector<std::string> names = {"board.example"};

  for (const char* good : {"127.0.0.1", "127.0.0.1:80", "10.0.0.7:9", "[::1]", "[::1]:8080", "localhost", "LOCALHOST:1",
                           "board.example:443"})
    CHECK_MESSAGE(host_is_known(good, names), good);
  for (const char* bad : {"", "evil.example", "127.0.0.1.evil.example", "localhost.evil.example", "[::1",
                          "board.example.x", "x.board.example", "2130706433"})
    CHECK_MESSAGE(!host_is_known(bad, names), bad);
}

TEST_CASE("loopback addresses are those that no other machine reaches") {
  for (const char* near : {"127.0.0.1", "127.9.9.9", "::1"}) CHECK_MESSAGE(is_loopback(near), near);
  for (const char* far : {"", "0.0.0.0", "::", "10.0.0.1", "localhost", "127.0.0.1x"})
    CHECK_MESSAGE(!is_loopback(far), far);
}

TEST_CASE("a dashboard may order what its pages offer, and nothing else of the admin API") {
  for (const char* act :
       {"/quarantine/clear?actor=A%2Fb", "/tree/restart?id=%2F", "/partitions/rebalance", "/members/one/drain",
        "/members/one/serve", "/breakers/Stock.reserve/reset?member=one", "/breakers/Stock.reserve/open",
        "/partitions/7/move?to=two", "/actors/Stock/a%2Fb/dead-letters/retry?number=1",
        "/actors/Stock/a/dead-letters/drop?number=1"})
    CHECK_MESSAGE(is_act(act), act);
  for (const char* no : {"", "/", "x", "/actors/Stock/a/erase", "/actors/Stock/a/call/add", "/store/backup?to=%2Ftmp",
                         "/members/one/leave", "/partitions/7/force?to=x&accept_loss=1", "/partitions/7/move x",
                         "/actors/Stock/a/dead-letters", "//quarantine/clear", "/quarantine/clear/"})
    CHECK_MESSAGE(!is_act(no), no);
}

TEST_CASE("secrets are the same when every byte is") {
  CHECK(same_secret("abc", "abc"));
  CHECK(!same_secret("abd", "abc"));
  CHECK(!same_secret("abcabc", "abc"));
  CHECK(!same_secret("", "abc"));
  CHECK(!same_secret("abc", ""));
}

TEST_CASE("options out of their bounds are refused by name when a dashboard starts") {
  CHECK(refused_start({.address = "0.0.0.0"}).find("wants a token") != std::string::npos);
  CHECK(refused_start({.write = true}).find("write wants a token") != std::string::npos);
  CHECK(refused_start({.token = "short"}).find("16 to 512") != std::string::npos);
  CHECK(refused_start({.token = std::string(kMaxTokenBytes + 1, 'x')}).find("16 to 512") != std::string::npos);
  CHECK(refused_start({.token = "with a space in it"}).find("no spaces") != std::string::npos);
  CHECK(refused_start({.viewers = 0}).find("viewers") != std::string::npos);
  CHECK(refused_start({.viewers = kMaxViewers + 1}).find("viewers") != std::string::npos);
  CHECK(refused_start({.refresh = std::chrono::milliseconds(0)}).find("refresh") != std::string::npos);
  CHECK(refused_start({.refresh = std::chrono::hours::max()}).find("refresh") != std::string::npos);
  CHECK(refused_start({.patience = std::chrono::milliseconds(-1)}).find("patience") != std::string::npos);
  CHECK(refused_start({.address = "not an address"}) != "");
  auto empty = Dashboard::start({}, nullptr);
  CHECK((!empty.ok() && empty.error().kind() == ErrorKind::invalid));
}

TEST_CASE("a page of a stranger cannot read the dashboard of its visitor, by no name and from no origin") {
  BoardStage stage({telling("one", "{}")});

  CHECK(stage.status("GET /api/about") == 200);
  CHECK(stage.status("GET /api/about", "", "evil.example") == 403);
  CHECK(stage.status("GET /", "", "evil.example") == 403);
  CHECK(stage.status("GET /api/about", "Origin: http://evil.example\r\n") == 403);
  CHECK(stage.status("GET /api/about", "Origin: null\r\n") == 403);
  CHECK(stage.status("GET /api/about", "Sec-Fetch-Site: cross-site\r\n") == 403);
  CHECK(stage.status("GET /api/about", "Sec-Fetch-Site: same-origin\r\n") == 200);
  const auto page = stage.ask("GET /", "Sec-Fetch-Site: cross-site\r\n");
  CHECK(page.status == 200);
  CHECK(page.headers.find("Content-Security-Policy")->find("default-src 'none'") == 0);
  CHECK(page.headers.find("X-Frame-Options") == "DENY");
  CHECK(page.headers.find("Cross-Origin-Resource-Policy") == "same-origin");
  CHECK(!page.headers.has("Access-Control-Allow-Origin"));
}

TEST_CASE("a dashboard with a token shows nothing without it, and trades it for a cookie once") {
  BoardStage stage({telling("one", "{}")}, {.token = kToken});

  CHECK(stage.status("GET /") == 401);
  CHECK(stage.status("GET /js/main.js") == 401);
  CHECK(stage.status("GET /api/about") == 401);
  CHECK(stage.status("GET /api/live?path=/node") == 401);
  CHECK(stage.status("GET /?token=0123456789abcdeX") == 401);
  CHECK(stage.status("GET /api/about", "Authorization: Bearer 0123456789abcdeX\r\n") == 401);
  CHECK(stage.status("GET /api/about", "Authorization: Bearer " + std::string(kToken) + "\r\n") == 200);

  const auto in = stage.ask("GET /?token=" + std::string(kToken));

  CHECK(in.status == 303);
  CHECK(in.headers.find("Location") == "/");
  const std::string set(in.headers.find("Set-Cookie").value());
  CHECK(set.find("HttpOnly; SameSite=Strict") != std::string::npos);
  CHECK(set.find(kToken) == std::string::npos);
  const std::string cookie = set.substr(0, set.find(';'));
  CHECK(stage.status("GET /api/about", "Cookie: other=1; " + cookie + "\r\n") == 200);
  CHECK(stage.status("GET /api/about", "Cookie: " + cookie + "0\r\n") == 401);
}

TEST_CASE("a dashboard orders changes only when it was opened for them, from its own pages or with its token") {
  const std::string said = "Authorization: Bearer " + std::string(kToken) + "\r\n";
  const std::string act = "POST /api/act?node=one&path=/partitions/rebalance";
  BoardStage looks({telling("one", "{}")}, {.token = kToken});
  BoardStage writes({telling("one", R"({"moves": []})")}, {.token = kToken, .write = true});
  const std::string own = "Origin: http://127.0.0.1:" + std::to_string(writes.board().port()) + "\r\n";

  CHECK(looks.status(act, said) == 403);
  CHECK(writes.status(act) == 403);
  CHECK(writes.status(act, own) == 401);
  CHECK(writes.status(act, said + "Origin: http://evil.example\r\n") == 403);
  CHECK(writes.status("POST /api/act?node=one&path=/actors/A/b/erase", said) == 403);
  CHECK(writes.status("GET /api/act?node=one&path=/partitions/rebalance", said) == 405);
  CHECK(writes.board().counts().changes == 0);
  CHECK(writes.status(act, said + own) == 200);
  CHECK(writes.board().counts().changes == 1);
}

TEST_CASE("of more sessions than are kept the oldest is forgotten") {
  Sessions sessions;
  const std::string first = sessions.open();
  std::string last;
  for (std::size_t i = 1; i < kMaxSessions; ++i) last = sessions.open();

  CHECK(sessions.has(first));
  (void)sessions.open();
  CHECK(!sessions.has(first));
  CHECK(sessions.has(last));
  CHECK(!sessions.has(""));
}
