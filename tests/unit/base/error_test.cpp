// Errors: what a caller may rely on when a call fails.
#include "troupe/error.h"

#include <doctest/doctest.h>

#include <set>
#include <string>

namespace troupe {
namespace {

constexpr ErrorKind kLastKind = ErrorKind::cancelled;

TEST_CASE("every error kind has a name of its own and an HTTP error status") {
  std::set<std::string_view> names;

  for (int number = 1; number <= static_cast<int>(kLastKind); ++number) {
    const auto kind = static_cast<ErrorKind>(number);
    names.insert(to_string(kind));
    CHECK(http_status(kind) >= 400);
    CHECK(http_status(kind) < 600);
  }

  CHECK(names.size() == static_cast<std::size_t>(kLastKind));
}

TEST_CASE("an error kind off the wire that nobody knows reads as failed") {
  const auto unknown = static_cast<ErrorKind>(200);

  CHECK(to_string(unknown) == "failed");
  CHECK(http_status(unknown) == 500);
}

TEST_CASE("only errors that cannot tell admit that the call may have run") {
  CHECK(Error(ErrorKind::unknown_outcome, "lost").may_have_run());
  CHECK(Error(ErrorKind::deadline, "late").may_have_run());
  CHECK_FALSE(Error(ErrorKind::unavailable, "gone").may_have_run());
  CHECK_FALSE(Error(ErrorKind::overloaded, "full").may_have_run());
  CHECK_FALSE(Refusal("out_of_stock", "none left").may_have_run());
}

TEST_CASE("a deadline that passed before the call was sent can say that it did not run") {
  Error late(ErrorKind::deadline, "2 s were over before the call was sent");

  late.may_have_run(false);

  CHECK_FALSE(late.may_have_run());
}

TEST_CASE("a refusal shows its kind, its code and its sentence") {
  const Refusal refusal("out_of_stock", "2 wanted, 1 on hand");

  CHECK(refusal.kind() == ErrorKind::refused);
  CHECK(refusal.code() == "out_of_stock");
  CHECK(std::string(refusal.what()) == "refused(out_of_stock): 2 wanted, 1 on hand");
}

TEST_CASE("an error without a code shows no brackets") {
  const Error error(ErrorKind::unavailable, "no link to shop-2");

  CHECK(std::string(error.what()) == "unavailable: no link to shop-2");
}

TEST_CASE("a result gives its value or throws its error") {
  Result<int> good = 7;
  Result<int> bad = Error(ErrorKind::invalid, "key is empty");

  CHECK(good.ok());
  CHECK(*good == 7);
  CHECK_FALSE(bad.ok());
  CHECK(bad.error().kind() == ErrorKind::invalid);
  CHECK_THROWS_AS(bad.value(), Error);
}

TEST_CASE("a result of nothing is fine until it holds an error") {
  const Result<> good;
  const Result<> bad = Error(ErrorKind::corrupt, "bad magic");

  CHECK(good.ok());
  CHECK_NOTHROW(good.value());
  CHECK_FALSE(bad.ok());
  CHECK_THROWS_AS(bad.value(), Error);
}

}  // namespace
}  // namespace troupe
