// What a node finds wrong with its own files before it listens, and what an authority makes.
#include <sys/stat.h>

#include "tls_stage.h"

using namespace troupe;
using namespace troupe::tls;
using namespace troupe::tls::testing;

namespace {

std::string why(const Result<std::shared_ptr<const Credentials>>& loaded) {
  REQUIRE(!loaded.ok());
  CHECK(loaded.error().kind() == ErrorKind::invalid);
  return loaded.error().message();
}
bool says(const std::string& text, const std::string& part) {
  INFO(text);
  CHECK(text.find(part) != std::string::npos);
  return text.find(part) != std::string::npos;
}
mode_t mode_of(const fs::path& file) {
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  return status.st_mode & 07777;
}

}  // namespace

TEST_CASE("what an authority makes is closed to others, and a node takes it") {
  TestAuthority authority;
  authority.issue("a");

  CHECK(authority.load("a").ok());
  for (const fs::path& file :
       {authority.bundle(), authority.path() / "authority.key", authority.certificate("a"), authority.key("a")})
    CHECK(mode_of(file) == 0600);
  CHECK(mode_of(authority.path()) == 0700);
  const auto view = read_certificates(authority.certificate("a"), authority.config()).value();
  REQUIRE(view.size() == 1);
  CHECK(view[0].names == std::vector<std::string>{"troupe://shop/a"});
  CHECK(view[0].refused.empty());
  CHECK(!view[0].authority);
  CHECK(view[0].until > std::chrono::system_clock::now() + 24h * 360);
}

TEST_CASE("nothing that an authority made is written over") {
  TestAuthority authority;
  authority.issue("a");
  const std::string before =
      text_in(authority.bundle()) + text_in(authority.certificate("a")) + text_in(authority.key("a"));

  const auto again = make_authority(authority.path(), "other");
  const auto node = make_node_certificate(authority.path(), "a");

  REQUIRE(!again.ok());
  says(again.error().message(), "is not written over");
  REQUIRE(!node.ok());
  says(node.error().message(), "--renew");
  CHECK(before == text_in(authority.bundle()) + text_in(authority.certificate("a")) + text_in(authority.key("a")));
}

TEST_CASE("a validity or a name out of range makes no certificate") {
  TestAuthority authority;
  const auto make = [&](const std::string& node, std::chrono::seconds length) {
    return make_node_certificate(authority.path(), node, {.length = length});
  };

  CHECK(!make("a", 0s));
  CHECK(!make("a", -1s));
  CHECK(!make("a", kMaxValidity + 1s));
  CHECK(!make("a", std::chrono::seconds::max()));
  CHECK(!make("", 1h));
  CHECK(!make("a/b", 1h));
  CHECK(!make("a\nb", 1h));
  CHECK(!make(std::string(257, 'a'), 1h));
  CHECK(!make_authority(authority.path() / "new", ""));
  CHECK(!make("a", kMaxValidity));
  says(make("a", kAuthorityValidity + 1h).error().message(), "longer than the authority's");
  CHECK(!make_authority(authority.path() / "long", "shop", {.length = kMaxValidity + 1s}));
  CHECK(make_authority(authority.path() / "long", "shop", {.length = kMaxValidity}));
  CHECK(make("b", 1s));
  CHECK(make(std::string(200, 'c'), 1h));
}

TEST_CASE("a certificate that peers would refuse is refused by its own node, with what to do") {
  TestAuthority authority;
  TestAuthority other;
  authority.issue("a").issue("b").issue("old", past()).issue("new", future());
  other.issue("foreign");
  fs::copy(other.certificate("foreign"), authority.certificate("foreign"));
  fs::copy(other.key("foreign"), authority.key("foreign"));
  ::chmod(authority.key("foreign").c_str(), 0600);
  fs::copy(authority.certificate("a"), authority.certificate("thief"));
  fs::copy(authority.key("a"), authority.key("thief"));
  fs::copy(authority.certificate("a"), authority.certificate("mixed"));
  fs::copy(authority.key("b"), authority.key("mixed"));

  says(why(authority.load("old")), "expired; give its node a new one");
  says(why(authority.load("new")), "look at the clocks");
  says(why(authority.load("foreign")), "not by the cluster's authority");
  says(why(authority.load("thief")), "it is of node 'a' of cluster 'shop', and this is node 'thief'");
  says(why(authority.load("a", "other")), "this is node 'a' of cluster 'other'");
  says(why(authority.load("mixed")), "is not its key");
  says(why(authority.load("nobody")), "No such file");
}

TEST_CASE("files that others may read, that are none or hold something else are refused by name") {
  TestAuthority authority;
  authority.issue("a").issue("b").issue("c").issue("d");
  ::chmod(authority.key("a").c_str(), 0640);
  write_text(authority.key("b"), "no key");
  write_text(authority.certificate("c"), "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  fs::remove(authority.certificate("d"));
  fs::create_directory(authority.certificate("d"));

  says(why(authority.load("a")), "cannot take the key of the node's certificate from " + authority.key("a").string());
  says(why(authority.load("a")), "chmod 600");
  says(why(authority.load("b")), "no private key stands in it");
  says(why(authority.load("c")), "certificate 1 of it: ");
  says(why(authority.load("d")), "it is not a regular file");
  authority.issue("e");
  write_text(authority.bundle(), "");
  says(why(authority.load("e")), "no certificate stands in it");
  fs::copy_file(authority.certificate("e"), authority.bundle(), fs::copy_options::overwrite_existing);
  says(why(authority.load("e")), "is not the certificate of an authority");
}

TEST_CASE("files that are longer than such files are, are not read") {
  TestAuthority authority;
  authority.issue("a");
  const std::string bundle = text_in(authority.bundle());

  write_text(authority.bundle(), bundle + std::string(kMaxCertificateFileBytes, '\n'));
  says(why(authority.load("a")), "it has more than " + std::to_string(kMaxCertificateFileBytes) + " bytes");
  write_text(authority.bundle(), bundle);
  authority.deny(std::string(kMaxDenyListBytes, '#'));
  says(why(authority.load("a")), "it has more than " + std::to_string(kMaxDenyListBytes) + " bytes");
  write_text(authority.key("a"), std::string(kMaxKeyFileBytes + 1, '#'));
  authority.deny("");
  says(why(authority.load("a")), "it has more than " + std::to_string(kMaxKeyFileBytes) + " bytes");
}

TEST_CASE("three certificates may lie between a node's and the authority's, and no more") {
  for (const int between : {0, 3, 4}) {
    TestAuthority authority;
    authority.issue("a");
    const auto root = load_certificates(authority.bundle(), "it").value();
    Key above_key = load_key(authority.path() / "authority.key", "it").value();
    X509* above = root.front().get();
    std::string chain;
    Certificates kept;
    for (int i = 0; i < between; ++i) {
      Key key = new_key().value();
      kept.push_back(new_certificate({.subject = "between " + std::to_string(i), .uri = "https://x", .authority = true},
                                     *key, above, *above_key)
                         .value());
      above = kept.back().get();
      above_key = std::move(key);
      chain = to_pem(*above).value() + chain;
    }
    const Key own = new_key().value();
    const Certificate leaf =
        new_certificate({.subject = "a", .uri = tls_name(kCluster, "a")}, *own, above, *above_key).value();
    write_private(authority.certificate("a"), to_pem(*leaf).value() + chain, true).value();
    write_private(authority.key("a"), to_pem(*own).value(), true).value();

    const auto loaded = authority.load("a");

    CHECK(loaded.ok() == (between <= 3));
    if (!loaded.ok()) says(why(loaded), "certificate chain too long");
  }
}

TEST_CASE("a key under a passphrase is refused, and nobody is asked for it") {
  TestAuthority authority;
  authority.issue("a");
  const Key key = load_key(authority.key("a"), "a key").value();
  const Bio out(BIO_new_file(authority.key("a").c_str(), "w"));
  REQUIRE(PEM_write_bio_PKCS8PrivateKey(out.get(), key.get(), EVP_aes_256_cbc(), "secret", 6, nullptr, nullptr) == 1);
  BIO_flush(out.get());

  says(why(authority.load("a")), "sealed with a passphrase");
}

TEST_CASE("a node whose own certificate is denied does not start, nor with a list that is none") {
  TestAuthority authority;
  authority.issue("a");

  authority.deny("node a");
  says(why(authority.load("a")), "it is on the deny list");
  authority.deny("serial " + authority.serial("a"));
  says(why(authority.load("a")), "it is on the deny list");
  authority.deny("whoever");
  says(why(authority.load("a")), "denied:1: ");
}

TEST_CASE("a certificate is judged as a node would: why it is refused is shown") {
  TestAuthority authority;
  authority.issue("a").issue("old", past());
  const auto judged = [&](const std::string& node) {
    return read_certificates(authority.certificate(node), authority.config()).value().front().refused;
  };

  CHECK(judged("a").empty());
  says(judged("old"), "expired");
  authority.deny("node a");
  says(judged("a"), "deny list");
  CHECK(read_certificates(authority.certificate("none")).error().kind() == ErrorKind::invalid);
}

TEST_CASE("a change of the authority ends when every node has a certificate by the new one") {
  TestAuthority authority;
  authority.issue("a").issue("b");

  CHECK(!finish_authority_change(authority.path()));
  REQUIRE(begin_authority_change(authority.path()));
  CHECK(!begin_authority_change(authority.path()));
  CHECK(authority.load("a").ok());
  authority.issue("a");
  CHECK(authority.load("a").ok());
  const auto early = finish_authority_change(authority.path());
  REQUIRE(!early.ok());
  says(early.error().message(), "the authority before: b;");
  authority.issue("b");
  REQUIRE(finish_authority_change(authority.path()));

  CHECK(authority.load("a").ok());
  CHECK(authority.load("b").ok());
  CHECK(read_certificates(authority.bundle()).value().size() == 1);
}
