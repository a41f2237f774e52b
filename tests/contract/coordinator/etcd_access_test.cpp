// Who may use an etcd, and how it is spoken to: users and tokens, TLS, configurations that cannot be.
#include <cstdlib>
#include <fstream>

#include "contract/coordinator/etcd_stage.h"
#include "coordinator/open.h"

namespace troupe::coordinator_test {
namespace {

// Made with the openssl program: an authority, a server's certificate for 127.0.0.1, and a client's without a common
// name.
struct Certificates {
  testing::ScratchDirectory directory;
  bool made = false;
  Certificates() {
    const std::string d = directory.path().string();
    std::ofstream(directory / "server.ext") << "subjectAltName=IP:127.0.0.1,DNS:localhost\n";
    std::ofstream(directory / "client.ext") << "subjectAltName=DNS:node-1\nextendedKeyUsage=clientAuth\n";
    const std::string key = "openssl req -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes ";
    const std::string sign = " -CA " + d + "/ca.pem -CAkey " + d + "/ca.key -CAcreateserial -days 2 ";
    const auto certificate = [&](const std::string& name, const std::string& subject) {
      return key + "-keyout " + d + "/" + name + ".key -subj '" + subject + "' -out " + d + "/" + name +
             ".csr && openssl x509 -req -in " + d + "/" + name + ".csr" + sign + "-extfile " + d + "/" + name +
             ".ext -out " + d + "/" + name + ".pem";
    };
    const std::string all = "(" + key + "-x509 -days 2 -subj /CN=authority -keyout " + d + "/ca.key -out " + d +
                            "/ca.pem && " + certificate("server", "/CN=server") + " && " +
                            certificate("client", "/O=troupe") + ") >/dev/null 2>&1";
    made = std::system(all.c_str()) == 0;
  }
  [[nodiscard]] std::string operator[](const char* name) const { return (directory / name).string(); }
};

std::string refusal(const CoordinatorConfig& config) {
  const auto opened = coordinator::open(config);
  REQUIRE_FALSE(opened);
  CHECK(opened.error().kind() == ErrorKind::invalid);
  return opened.error().message();
}

}  // namespace

TEST_CASE("an etcd with users is shown the password, and a token that is no longer taken is renewed") {
  testing::EtcdServer server({.arguments = {"--auth-token-ttl", "1"}});
  testing::ScratchDirectory directory;
  const std::string file = (directory / "password").string();
  const auto write_password = [&](const char* text) {
    std::ofstream(file) << text;
    std::filesystem::permissions(file, std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  };
  write_password("secret\n");
  (void)raw(server, "/v3/auth/user/add", R"({"name":"root","password":"secret"})");
  (void)raw(server, "/v3/auth/user/add", R"({"name":"guest","password":"secret"})");
  (void)raw(server, "/v3/auth/user/grant", R"({"user":"root","role":"root"})");
  (void)raw(server, "/v3/auth/enable", "{}");
  CoordinatorConfig config{
      .kind = Kind::etcd, .endpoints = {server.url()}, .prefix = "auth", .user = "root", .password_file = file};

  const auto coordinator = coordinator::open(config).value();
  Losses losses;
  Listener listener;
  const Version version = put(*coordinator, "a", "1");
  const auto session = coordinator->open_session("a", 2s, losses, kPatience).value();
  const auto watch = coordinator->watch("w/", version, listener);
  CHECK(losses.next(2500ms) == 0);  // long enough for the token
  (void)put(*coordinator, "w/1", "", session->id());
  CHECK(listener.hears(1));
  CHECK(session->alive());

  config.user = "guest";
  const auto guest = coordinator::open(config).value();
  CHECK(guest->get("a", kPatience).error().kind() == ErrorKind::denied);
  Listener denied;
  const auto nothing = guest->watch("w/", version, denied);
  CHECK(denied.loses());
  write_password("wrong");
  const auto wrong = coordinator::open(config).value()->get("a", kPatience);
  CHECK(wrong.error().kind() == ErrorKind::unauthenticated);
  CHECK(says(wrong.error().message(), "password_file"));
  CHECK_FALSE(says(wrong.error().message(), "wrong"));
  config.user.clear();
  config.password_file.clear();
  const auto nobody = coordinator::open(config).value()->get("a", kPatience);
  CHECK(nobody.error().kind() == ErrorKind::unauthenticated);
}

TEST_CASE("an etcd without users that is shown a password says so") {
  testing::EtcdServer server;
  testing::ScratchDirectory directory;
  std::ofstream(directory / "password") << "secret";
  std::filesystem::permissions(directory / "password", std::filesystem::perms::owner_read);
  const CoordinatorConfig config{.kind = Kind::etcd,
                                 .endpoints = {server.url()},
                                 .prefix = "auth",
                                 .user = "root",
                                 .password_file = directory / "password"};

  const auto refused = coordinator::open(config).value()->get("a", kPatience);

  CHECK(refused.error().kind() == ErrorKind::invalid);
  CHECK(says(refused.error().message(), "not enabled"));
}

TEST_CASE("with TLS, both sides show certificates, and a wrong authority or name is refused") {
  const Certificates certificates;
  if (!certificates.made) {
    MESSAGE("not tried: there is no openssl program");
    return;
  }
  testing::EtcdServer server(
      {.arguments = {"--cert-file", certificates["server.pem"], "--key-file", certificates["server.key"],
                     "--client-cert-auth", "--trusted-ca-file", certificates["ca.pem"]},
       .tls = true});
  CoordinatorConfig config{.kind = Kind::etcd,
                           .endpoints = {server.url()},
                           .prefix = "tls",
                           .ca_file = certificates["ca.pem"],
                           .certificate_file = certificates["client.pem"],
                           .key_file = certificates["client.key"]};

  const auto coordinator = coordinator::open(config).value();
  Listener listener;
  const auto watch = coordinator->watch("w/", put(*coordinator, "a", "1"), listener);
  (void)put(*coordinator, "w/1", std::string(kMaxValueBytes, 'v'));
  CHECK(listener.hears(1));
  CHECK(value_of(*coordinator, "a") == "1");

  const auto fails = [&](const CoordinatorConfig& wrong) {
    const auto answer = coordinator::open(wrong).value()->get("a", 500ms);
    REQUIRE_FALSE(answer);
    CHECK(answer.error().kind() == ErrorKind::unavailable);
    return answer.error().message();
  };
  CoordinatorConfig wrong = config;
  wrong.ca_file = certificates["client.pem"];
  CHECK(says(fails(wrong), "ca_file"));
  wrong = config;
  wrong.endpoints = {"https://127.0.0.2:" + std::to_string(server.port())};
  wrong.endpoints.push_back("https://localhost:" + std::to_string(server.port()));
  CHECK(coordinator::open(wrong).value()->get("a", kPatience).ok());  // by its other name
  wrong = config;
  wrong.certificate_file.clear();
  wrong.key_file.clear();
  (void)fails(wrong);
  wrong = config;
  wrong.endpoints = {"127.0.0.1:" + std::to_string(server.port())};
  wrong.ca_file.clear();
  wrong.certificate_file.clear();
  wrong.key_file.clear();
  CHECK_FALSE(coordinator::open(wrong).value()->get("a", 500ms));
  wrong = config;
  wrong.ca_file = certificates["none.pem"];
  CHECK(says(refusal(wrong), "none.pem"));
  wrong = config;
  wrong.key_file = certificates["server.key"];
  CHECK(says(refusal(wrong), "server.key"));
}

TEST_CASE("a configuration of an etcd that cannot be is refused with what is wrong") {
  CoordinatorConfig config{.kind = Kind::etcd, .endpoints = {"localhost:2379"}, .prefix = "p"};
  CHECK(coordinator::open(config));
  const auto with = [&](auto change) {
    CoordinatorConfig changed = config;
    change(changed);
    return refusal(changed);
  };

  CHECK(says(with([](auto& c) { c.endpoints.clear(); }), "endpoints"));
  CHECK(says(with([](auto& c) { c.endpoints.assign(kMaxEndpoints + 1, "a"); }), "16"));
  CHECK(says(with([](auto& c) { c.prefix.clear(); }), "prefix"));
  CHECK(says(with([](auto& c) { c.prefix = std::string(kMaxPrefixBytes + 1, 'p'); }), "128"));
  CHECK(says(with([](auto& c) { c.prefix = "a b"; }), "printable"));
  CHECK(says(with([](auto& c) { c.user = "u"; }), "password_file"));
  CHECK(says(with([](auto& c) { c.key_file = "k"; }), "certificate_file"));
  CHECK(says(with([](auto& c) { c.ca_file = "k"; }), "https"));
  CHECK(says(with([](auto& c) {
               c.endpoints = {"10.0.0.1:2379"};
               c.user = "u";
               c.password_file = "p";
             }),
             "in clear"));
  CHECK(says(with([](auto& c) {
               c.user = "u";
               c.password_file = "/none/there";
             }),
             "/none/there"));
  config.prefix = std::string(kMaxPrefixBytes, 'p');
  CHECK(coordinator::open(config));
}

}  // namespace troupe::coordinator_test
