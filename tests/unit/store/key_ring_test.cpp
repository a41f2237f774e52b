#include "store/encryption/key_ring.h"

#include <doctest/doctest.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>

#include "store_fixture.h"

using namespace troupe;
using namespace troupe::store;

namespace {

const std::string kDigits(64, 'a');
const std::string kOther(64, 'B');

std::filesystem::path key_file(const TemporaryDirectory& directory, const std::string& content, mode_t mode = 0600) {
  const auto path = directory.path() / "keys";
  std::ofstream(path, std::ios::trunc) << content;
  ::chmod(path.c_str(), mode);
  return path;
}

Error refusal(const std::string& text) {
  auto ring = KeyRing::parse(text, "here");
  REQUIRE_FALSE(ring.ok());
  return ring.error();
}

}  // namespace

TEST_CASE("keys stand one to a line, the first for writing") {
  auto ring = KeyRing::parse("# two keys\n\n 7 : " + kDigits + "  # the new one\r\n3:" + kOther + "\n", "here").value();

  CHECK(ring->writing().id == 7);
  CHECK(ring->writing().secret.data()[0] == 0xaa);
  REQUIRE(ring->find(3) != nullptr);
  CHECK(ring->find(3)->secret.data()[31] == 0xbb);
  CHECK(ring->find(1) == nullptr);
}

TEST_CASE("a key alone is key 1, and a comma separates as a line does") {
  CHECK(KeyRing::parse(kDigits, "here").value()->writing().id == 1);
  CHECK(KeyRing::parse("2:" + kDigits + ",1:" + kOther, "here").value()->find(1) != nullptr);
}

TEST_CASE("what is no key is refused, and no message shows a part of it") {
  for (const std::string& text :
       {kDigits.substr(1), kDigits + "a", "1:" + kDigits.substr(2) + "zz", "0:" + kDigits, "65536:" + kDigits,
        "x:" + kDigits, ":" + kDigits, "1:" + kDigits + "\n1:" + kOther, std::string("# nothing"), std::string()}) {
    const Error error = refusal(text);

    CAPTURE(error.message());
    CHECK(error.kind() == ErrorKind::invalid);
    CHECK(error.message().find("here") != std::string::npos);
    CHECK(error.message().find("aaa") == std::string::npos);
  }
  std::string many;
  for (int id = 1; id <= 65; ++id) many += std::to_string(id) + ":" + kDigits + "\n";
  CHECK(refusal(many).message().find("more than 64") != std::string::npos);
}

TEST_CASE("a file of keys that others may use is refused") {
  TemporaryDirectory directory;

  CHECK(KeyRing::load({.file = key_file(directory, kDigits)}).ok());
  CHECK(KeyRing::load({.file = key_file(directory, kDigits, 0400)}).ok());
  for (const mode_t mode : {0640, 0604, 0620, 0602}) {
    const auto refused = KeyRing::load({.file = key_file(directory, kDigits, mode)});
    REQUIRE_FALSE(refused.ok());
    CHECK(refused.error().kind() == ErrorKind::invalid);
    CHECK(refused.error().message().find("others than its owner") != std::string::npos);
  }
}

TEST_CASE("a file of keys that is not there, no file or too large is refused") {
  TemporaryDirectory directory;

  CHECK(KeyRing::load({.file = directory.path() / "no"}).error().message().find("No such file") != std::string::npos);
  CHECK(KeyRing::load({.file = directory.path()}).error().message().find("not a regular file") != std::string::npos);
  CHECK(KeyRing::load({.file = key_file(directory, std::string(100'000, '\n'))}).error().message().find("more than") !=
        std::string::npos);
}

TEST_CASE("keys come from a file or from the environment, not from both, or there are none") {
  TemporaryDirectory directory;
  ::setenv("TROUPE_TEST_KEY", ("9:" + kDigits).c_str(), 1);
  ::unsetenv("TROUPE_TEST_NO_KEY");

  CHECK(KeyRing::load({}).value() == nullptr);
  CHECK(KeyRing::load({.environment = "TROUPE_TEST_KEY"}).value()->writing().id == 9);
  CHECK(KeyRing::load({.environment = "TROUPE_TEST_NO_KEY"}).error().message().find("not set") != std::string::npos);
  CHECK(KeyRing::load({.file = key_file(directory, kDigits), .environment = "TROUPE_TEST_KEY"}).error().kind() ==
        ErrorKind::invalid);
}

TEST_CASE("a key's check differs from key to key and is the same each time") {
  auto ring = KeyRing::parse("1:" + kDigits + "\n2:" + kOther, "here").value();

  CHECK(check_of(ring->find(1)->secret) == check_of(ring->find(1)->secret));
  CHECK(check_of(ring->find(1)->secret) != check_of(ring->find(2)->secret));
}
