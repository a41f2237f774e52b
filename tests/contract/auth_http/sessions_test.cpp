// What is kept of the log-ins of browsers, and for how long.
#include "auth/encoding.h"
#include "auth/http/endpoints.h"
#include "auth/http/limits.h"
#include "auth/http/sessions.capnp.troupe.h"
#include "auth/words.h"
#include "stage.h"
#include "troupe/testing.h"

using namespace web_test;

namespace {

class Sessions {
 public:
  Sessions() : bed([](Node& node) { web::Endpoints::host(node); }) {}
  void open(const std::string& user, int number, std::chrono::milliseconds life = 10h,
            std::chrono::milliseconds idle = 1h) {
    const auto at = place(user);
    bed.finish(bed.ref<web::BrowserSessions>(at.actor).open([&](auto p) {
      p.setPlace(at.place);
      p.setHash(data_of(hash(number)));
      p.setUser(user);
      p.setLifeMs(static_cast<std::uint64_t>(life.count()));
      p.setIdleMs(static_cast<std::uint64_t>(idle.count()));
    }));
  }
  std::string resume(const std::string& user, int number) {
    const auto at = place(user);
    const auto reply = bed.finish(bed.ref<web::BrowserSessions>(at.actor).resume([&](auto p) {
      p.setPlace(at.place);
      p.setHash(data_of(hash(number)));
    }));
    CHECK(reply->getGood() == (reply->getUser().size() > 0));
    return reply->getUser();
  }
  static web::SessionPlace place(const std::string& user) { return web::session_place("https://front.test", user); }
  static std::string hash(int number) { return sha256(std::to_string(number)); }

  testing::TestNode bed;
};

}  // namespace

TEST_CASE("a session of a browser is good for its time, and as long as it is used") {
  Sessions sessions;
  sessions.open("ann", 1);

  CHECK(sessions.resume("ann", 1) == "ann");
  CHECK(sessions.resume("ann", 2) == "");
  CHECK(sessions.resume("bob", 1) == "");
  for (int i = 0; i < 15; ++i) {
    sessions.bed.clock().advance(40min);
    CHECK(sessions.resume("ann", 1) == (i < 14 ? "ann" : ""));  // ten hours are its most
  }
  sessions.open("ann", 3);
  sessions.bed.clock().advance(1h);
  CHECK(sessions.resume("ann", 3) == "");
  sessions.open("ann", 4, std::chrono::milliseconds::max(), std::chrono::milliseconds::max());
  sessions.bed.clock().advance(20h);
  CHECK(sessions.resume("ann", 4) == "ann");
}

TEST_CASE("a user has so many sessions, and the one that was used least goes for one more") {
  Sessions sessions;
  const int most = static_cast<int>(web::kMaxSessionsPerUser);
  for (int i = 0; i < most; ++i) {
    sessions.open("ann", i);
    sessions.bed.clock().advance(10s);
  }
  sessions.bed.clock().advance(20min);
  CHECK(sessions.resume("ann", 0) == "ann");  // used again

  sessions.open("ann", most);

  CHECK(sessions.resume("ann", 0) == "ann");
  CHECK(sessions.resume("ann", 1) == "");
  CHECK(sessions.resume("ann", 2) == "ann");
  CHECK(sessions.resume("ann", most) == "ann");
}

TEST_CASE("sessions survive a crash, and an end of all of a user's ends those of nobody else") {
  Sessions sessions;
  sessions.open("ann", 1);
  sessions.open("ann", 2);
  sessions.open("bob", 3);
  sessions.bed.crash();
  sessions.bed.start();

  CHECK(sessions.resume("ann", 1) == "ann");
  const auto at = Sessions::place("ann");
  const auto ended = sessions.bed.finish(
      sessions.bed.ref<web::BrowserSessions>(at.actor).endAll([&](auto p) { p.setPlace(at.place); }));
  CHECK(ended->getEnded() == 2);
  CHECK(sessions.resume("ann", 1) == "");
  CHECK(sessions.resume("ann", 2) == "");
  CHECK(sessions.resume("bob", 3) == "bob");
  CHECK(web::session_place("https://other.test", "ann").place != at.place);
}

TEST_CASE("what is no session is refused") {
  Sessions sessions;
  const auto at = Sessions::place("ann");
  const auto refused = [&](const std::string& actor, const std::string& place, const std::string& hash,
                           const std::string& user) {
    try {
      sessions.bed.finish(sessions.bed.ref<web::BrowserSessions>(actor).open([&](auto p) {
        p.setPlace(place);
        p.setHash(data_of(hash));
        p.setUser(user);
      }));
    } catch (const Error& error) {
      return error.kind() == ErrorKind::invalid;
    }
    return false;
  };
  CHECK(refused("zz", at.place, Sessions::hash(1), "ann"));
  CHECK(refused(at.actor, at.place + "x", Sessions::hash(1), "ann"));
  CHECK(refused(at.actor, at.place, "short", "ann"));
  CHECK(refused(at.actor, at.place, Sessions::hash(1), ""));
  CHECK_FALSE(refused(at.actor, at.place, Sessions::hash(1), "ann"));
}
