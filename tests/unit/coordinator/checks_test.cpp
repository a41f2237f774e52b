// What is decided before any back end is asked.
#include <doctest/doctest.h>

#include "coordinator/checks.h"

namespace troupe::coordinator {

TEST_CASE("keys, prefixes, sessions and times are checked alike for every back end") {
  CHECK(check_key("a"));
  CHECK(check_key(std::string(kMaxKeyBytes, '~')));
  for (const std::string& key :
       {std::string(), std::string(kMaxKeyBytes + 1, 'a'), std::string("a b"), std::string("\0", 1)})
    CHECK(check_key(key).error().kind() == ErrorKind::invalid);
  CHECK(check_prefix(""));
  CHECK_FALSE(check_prefix("\n"));
  CHECK(check_session("", kMinTtl).value() == kMinTtl);
  CHECK(check_session("", std::chrono::milliseconds::max()).value() == kMaxTtl);
  CHECK_FALSE(check_session("", std::chrono::milliseconds(999)));
  CHECK_FALSE(check_session("", std::chrono::milliseconds::min()));
  CHECK(check_session(std::string(kMaxSessionName, 'n'), kMinTtl));
  CHECK_FALSE(check_session(std::string(kMaxSessionName + 1, 'n'), kMinTtl));
  CHECK(check_timeout("x", std::chrono::milliseconds(1)));
  CHECK(check_timeout("x", std::chrono::milliseconds(0)).error().kind() == ErrorKind::unavailable);
}

TEST_CASE("a message shows no more of a bad key than it bears") {
  const std::string message = check_key("a\x1b[31m" + std::string(10'000, 'x')).error().message();

  CHECK(message.size() < 200);
  CHECK(message.find('\x1b') == std::string::npos);
}

}  // namespace troupe::coordinator
