// `troupe cert` as its user meets it: files, what is printed, exit codes, and openssl's opinion of what it makes.
#include <doctest/doctest.h>
#include <sys/stat.h>

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>

#include "support/command_line.h"
#include "support/scratch_directory.h"

namespace {

namespace fs = std::filesystem;
using troupe::testing::command;
using troupe::testing::Outcome;
using troupe::testing::ScratchDirectory;
using troupe::testing::tool;

// An authority for cluster "shop" with certificates of two nodes.
struct MadeAuthority {
  const ScratchDirectory scratch;
  const std::string dir = (scratch / "tls").string();
  MadeAuthority() {
    REQUIRE(tool("cert init " + dir + " --cluster shop").code == 0);
    REQUIRE(tool("cert node " + dir + " shop-1 'shop 2'").code == 0);
  }
  [[nodiscard]] std::string node(const std::string& name) const { return "'" + dir + "/nodes/" + name + "'"; }
  [[nodiscard]] std::string serial(const std::string& name) const {
    return tool("--json cert show " + node(name + ".pem")).parsed()[0]["serial"];
  }
};

void fails(const Outcome& outcome, int code, const std::string& words) {
  INFO(outcome.out);
  CHECK(outcome.code == code);
  CHECK(outcome.says(words));
}

}  // namespace

TEST_CASE("cert makes an authority and certificates that openssl takes, closed to others, and shows them") {
  const MadeAuthority made;

  const auto verified = command("openssl verify -x509_strict -purpose sslserver -CAfile " + made.dir +
                                "/authority.pem " + made.node("shop-1.pem") + " " + made.node("shop 2.pem"));
  const auto text = command("openssl x509 -noout -text -in " + made.node("shop 2.pem"));
  const auto modes = command("find " + made.dir + " -type f -not -perm 0600");
  const auto table = tool("cert show " + made.dir);
  const auto json = tool("--json cert show " + made.dir);

  INFO(verified.out << text.out << table.out << json.out);
  CHECK(verified.code == 0);
  CHECK(text.says("URI:troupe://shop/shop%202"));
  CHECK(text.says("TLS Web Server Authentication, TLS Web Client Authentication"));
  CHECK(text.says("prime256v1"));
  CHECK(modes.out.empty());
  CHECK(table.code == 0);
  CHECK(table.says("troupe://shop/shop-1"));
  REQUIRE(json.code == 0);
  REQUIRE(json.parsed().size() == 3);
  CHECK(json.parsed()[0]["authority"] == true);
  CHECK(json.parsed()[1]["names"][0] == "troupe://shop/shop%202");
  CHECK(json.parsed()[1]["refused"] == "");
  CHECK(command("openssl x509 -noout -serial -in " + made.node("shop-1.pem")).says("serial=" + made.serial("shop-1")));
}

TEST_CASE("cert writes nothing over, and says what would") {
  const MadeAuthority made;

  fails(tool("cert init " + made.dir), 2, "is not written over");
  fails(tool("cert node " + made.dir + " shop-1"), 2, "--renew makes another one in its place");
  const std::string before = made.serial("shop-1");
  CHECK(tool("cert node " + made.dir + " shop-1 --renew --valid 30m").code == 0);
  CHECK(made.serial("shop-1") != before);
  fails(tool("cert node " + made.dir + "/none shop-1"), 2, "cannot take the authority from");
  fails(tool("cert node " + made.dir + " a/b"), 2, "has no slash");
  fails(tool("cert node " + made.dir), 2, "NAME");
  fails(tool("cert init " + (made.scratch / "other").string() + " --valid 0"), 2, "--valid");
  fails(tool("cert init " + (made.scratch / "other").string() + " --valid 200000d"), 2, "--valid");
  fails(tool("cert show " + made.dir + "/none"), 4, "there is no");
  fails(tool("cert show " + made.node("shop-1.key")), 2, "no certificate stands in it");
  fails(tool("--json cert init " + made.dir), 2, "\"kind\": \"invalid\"");
  CHECK(tool("cert --help").says("security.md"));
}

TEST_CASE("cert show ends with 1 when a node would refuse a certificate, and says why") {
  const MadeAuthority made;
  const MadeAuthority other;
  std::ofstream(made.dir + "/denied") << "serial " << made.serial("shop-1") << "\n";

  fails(tool("cert show " + made.dir), 1, "it is on the deny list");
  fails(tool("cert show " + other.node("shop-1.pem") + " --authority " + made.dir + "/authority.pem"), 1,
        "it is not by the cluster's authority");
  CHECK(tool("cert show " + other.node("shop-1.pem") + " --authority " + other.dir + "/authority.pem").code == 0);
  CHECK(tool("cert node " + other.dir + " shop-1 --renew --valid 60s").code == 0);
  CHECK(tool("cert show " + other.dir).code == 0);
}

TEST_CASE("cert rotate trusts two authorities until every node has a certificate by the new one") {
  const MadeAuthority made;

  const auto begun = tool("cert rotate " + made.dir);
  const auto two = tool("--json cert show " + made.dir + "/authority.pem");
  const auto early = tool("cert rotate --finish " + made.dir);
  const auto renewed = tool("cert node " + made.dir + " --renew shop-1 'shop 2'");
  const auto done = tool("--json cert rotate --finish " + made.dir);

  CHECK(begun.code == 0);
  CHECK(begun.says("troupe cert rotate --finish"));
  CHECK(two.parsed().size() == 2);
  fails(early, 2, "these nodes have certificates by the authority before: ");
  CHECK(renewed.code == 0);
  CHECK(done.code == 0);
  CHECK(done.parsed()["trusted"] == 1);
  CHECK(tool("cert show " + made.dir).code == 0);
  fails(tool("cert rotate --finish " + made.dir), 2, "no change of the authority");
}
