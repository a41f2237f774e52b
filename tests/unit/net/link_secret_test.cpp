// The file of a cluster's secret: made once, closed to others, and refused when it is not.
#include "net/link_secret.h"

#include <doctest/doctest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>
#include <thread>
#include <vector>

#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::net;

namespace {

std::string file_refusal(const std::filesystem::path& file, const std::string& content, mode_t mode = 0600) {
  std::ofstream(file) << content;
  REQUIRE(::chmod(file.c_str(), mode) == 0);
  const auto loaded = LinkSecret::load(file);
  return loaded ? "taken" : loaded.error().message();
}

bool tells(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }

const std::string kLong(32, 's');

}  // namespace

TEST_CASE("a secret is taken from a file that is closed to others, white space left out") {
  const troupe::testing::ScratchDirectory directory;
  const auto file = directory.path() / "secret";

  CHECK(file_refusal(file, "  " + kLong + "\n") == "taken");
  const auto spaced = LinkSecret::load(file).value();
  CHECK(spaced->prove(Side::connects, "said") == LinkSecret(kLong).prove(Side::connects, "said"));
}

TEST_CASE("a secret that others can read, that is missing, too short, too long or no file is refused with what to do") {
  const troupe::testing::ScratchDirectory directory;
  const auto file = directory.path() / "secret";

  CHECK(tells(file_refusal(file, kLong, 0644), "chmod 600"));
  CHECK(tells(file_refusal(file, kLong, 0620), "chmod 600"));
  CHECK(tells(file_refusal(file, ""), "it has 0 bytes, and at least 32"));
  CHECK(tells(file_refusal(file, " \n\n"), "it has 0 bytes"));
  CHECK(tells(file_refusal(file, std::string(31, 's')), "`openssl rand -hex 32` makes one"));
  CHECK(tells(file_refusal(file, std::string(5000, 's')), "more than 4096 bytes"));
  CHECK(tells(LinkSecret::load(directory.path() / "none").error().message(), "No such file"));
  CHECK(tells(LinkSecret::load(directory.path()).error().message(), "not a regular file"));
  for (const auto& message : {file_refusal(file, std::string(31, 'x')), file_refusal(file, kLong, 0644)})
    CHECK(!tells(message, "xxx"));
}

TEST_CASE("several that make a secret at once find the same one, and it is private") {
  const troupe::testing::ScratchDirectory directory;
  const auto file = directory.path() / "below" / "secret";
  {
    std::vector<std::jthread> makers;
    for (int i = 0; i < 8; ++i) makers.emplace_back([&] { make_link_secret(file); });
  }
  const auto made = LinkSecret::load(file).value();

  make_link_secret(file);

  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777) == 0600);
  CHECK(made->prove(Side::accepts, "x") == LinkSecret::load(file).value()->prove(Side::accepts, "x"));
  CHECK(std::distance(std::filesystem::directory_iterator(file.parent_path()), {}) == 1);  // no drafts
}

TEST_CASE("what a process left that was killed while it made a secret stands in nobody's way") {
  const troupe::testing::ScratchDirectory directory;
  const auto file = directory.path() / "secret";
  std::ofstream(file.string() + "." + std::to_string(::getpid()) + ".new") << "x";

  make_link_secret(file);

  CHECK(LinkSecret::load(file).ok());
}

TEST_CASE("a secret that cannot be made says on what and why") {
  const troupe::testing::ScratchDirectory directory;
  std::ofstream(directory.path() / "file") << "x";
  const auto below = directory.path() / "file" / "secret";

  std::string what;
  try {
    make_link_secret(below);
  } catch (const Error& e) {
    what = e.message();
  }

  CHECK(tells(what, "cannot make the file " + below.string()));
  CHECK(tells(what, "Not a directory"));
}

TEST_CASE("the two sides of a link prove different things, and other words another") {
  const LinkSecret secret(kLong);
  const auto mac = secret.prove(Side::connects, "said");

  CHECK(secret.is_proof(mac, Side::connects, "said"));
  CHECK(!secret.is_proof(mac, Side::accepts, "said"));
  CHECK(!secret.is_proof(mac, Side::connects, "sais"));
  CHECK(!LinkSecret(kLong + "s").is_proof(mac, Side::connects, "said"));
  std::set<wire::Nonce> nonces;
  for (int i = 0; i < 100; ++i) nonces.insert(new_nonce());
  CHECK(nonces.size() == 100);
}
