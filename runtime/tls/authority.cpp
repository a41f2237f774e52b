// An authority in a directory: troupe/certificates.h.
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/rand.h>

#include <algorithm>
#include <cstdio>

#include "base/limits.h"
#include "base/private_files.h"
#include "tls/certificate.h"
#include "tls/credentials.h"
#include "tls/deny_list.h"
#include "tls/files.h"
#include "tls/make_certificate.h"
#include "troupe/certificates.h"

namespace troupe {
namespace {

namespace fs = std::filesystem;
using namespace tls;

constexpr const char* kAuthority = "the authority";

fs::path certificate_in(const fs::path& directory) { return directory / "authority.pem"; }
fs::path key_in(const fs::path& directory) { return directory / "authority.key"; }
fs::path nodes_in(const fs::path& directory) { return directory / "nodes"; }

Error refuse(const std::string& why) { return Error(ErrorKind::invalid, why); }

Result<void> check_name(const char* what, const std::string& name) {
  const bool controls = std::any_of(name.begin(), name.end(), [](unsigned char c) { return c < ' ' || c == 0x7f; });
  if (!name.empty() && name.size() <= limits::kMaxNodeNameBytes && !controls) return {};
  return refuse(std::string("the name of a ") + what + " has 1 to " + std::to_string(limits::kMaxNodeNameBytes) +
                " bytes and no control characters");
}

// The one that makes certificates comes first; one more is trusted while the authority is changed.
struct Authority {
  Certificates trusted;
  Key key;
  std::string cluster;

  [[nodiscard]] X509& current() const { return *trusted.front(); }
};

// An authority's name is that of its cluster: troupe://CLUSTER/.
std::string authority_uri(const std::string& cluster) {
  std::string uri = to_uri({cluster, "x"});
  uri.pop_back();
  return uri;
}

Result<Authority> load_authority(const fs::path& directory) {
  auto trusted = load_certificates(certificate_in(directory), kAuthority);
  if (!trusted) return trusted.error();
  auto key = load_key(key_in(directory), "the authority's key");
  if (!key) return key.error();
  Authority out{std::move(*trusted), std::move(*key), {}};
  const auto current = std::find_if(out.trusted.begin(), out.trusted.end(), [&](const Certificate& one) {
    return X509_check_private_key(one.get(), out.key.get()) == 1;
  });
  ERR_clear_error();
  if (current == out.trusted.end())
    return refuse(key_in(directory).string() + " is the key of no certificate in " +
                  certificate_in(directory).string());
  std::iter_swap(out.trusted.begin(), current);
  for (const std::string& name : names_of(out.current()))
    if (auto peer = from_uri(name + "x"); peer && name == authority_uri(peer->cluster)) out.cluster = peer->cluster;
  if (out.cluster.empty())
    return refuse(certificate_in(directory).string() + " was not made by `troupe cert init`: it names no cluster");
  return out;
}

struct Made {
  std::string certificate;
  std::string key;
  ~Made() { OPENSSL_cleanse(key.data(), key.size()); }
};

// By itself where `by` is null.
Result<Made> make(const Request& request, const Authority* by) {
  auto key = new_key();
  if (!key) return key.error();
  auto certificate = new_certificate(request, **key, by ? &by->current() : nullptr, by ? *by->key : **key);
  if (!certificate) return certificate.error();
  auto text = to_pem(**certificate);
  if (!text) return text.error();
  auto secret = to_pem(**key);
  if (!secret) return secret.error();
  return Made{std::move(*text), std::move(*secret)};
}

Result<Made> make_authority_for(const std::string& cluster, const Validity& validity) {
  // Two of one cluster are told apart.
  unsigned number = 0;
  if (RAND_bytes(reinterpret_cast<unsigned char*>(&number), sizeof number) != 1)
    return Error(ErrorKind::unavailable, "cannot make an authority: " + take_error());
  char digits[12];
  std::snprintf(digits, sizeof digits, "%08X", number);
  return make({.subject = std::string("Troupe authority ") + digits + " of " +
                          authority_uri(cluster).substr(kNameScheme.size()),
               .uri = authority_uri(cluster),
               .authority = true,
               .validity = validity},
              nullptr);
}

// Whether `certificate` is signed with the key of that authority.
bool is_by(X509& certificate, X509& authority) {
  EVP_PKEY* key = X509_get0_pubkey(&authority);
  const bool yes = key && X509_verify(&certificate, key) == 1;
  ERR_clear_error();
  return yes;
}

CertificateView view_of(X509& certificate) {
  CertificateView out;
  out.subject = subject_of(certificate);
  out.issuer = issuer_of(certificate);
  out.names = names_of(certificate);
  out.serial = serial_of(certificate);
  out.from = valid_from(certificate);
  out.until = valid_until(certificate);
  out.authority = X509_check_ca(&certificate) == 1;
  return out;
}

void free_list(STACK_OF(X509) * list) { sk_X509_free(list); }

Result<std::string> why_refused(const Certificates& chain, const TlsConfig& trust) {
  auto files = Files::of({.directory = trust.directory,
                          .certificate = "-",
                          .key = "-",
                          .authority = trust.authority,
                          .denied = trust.denied},
                         "-");
  if (!files) return files.error();
  auto denied = DenyList::load(files->denied, files->denied_may_be_missing);
  if (!denied) return denied.error();
  auto trusted = load_certificates(files->authority, "the cluster's authority");
  if (!trusted) return trusted.error();
  const Store store(X509_STORE_new());
  X509_STORE_set_flags(store.get(), X509_V_FLAG_PARTIAL_CHAIN);
  for (const Certificate& one : *trusted) X509_STORE_add_cert(store.get(), one.get());
  const std::unique_ptr<STACK_OF(X509), FreedBy<free_list>> between(sk_X509_new_null());
  for (std::size_t i = 1; i < chain.size(); ++i) sk_X509_push(between.get(), chain[i].get());
  X509& own = *chain.front();
  if (std::string why = why_not_trusted(*store, own, between.get()); !why.empty()) return why;
  auto peer = peer_of(own);
  if (!peer) return peer.error().message();
  return denied->denies(serial_of(own), peer->node) ? std::string("it is on the deny list") : std::string();
}

}  // namespace

Result<void> make_authority(const fs::path& directory, const std::string& cluster, const Validity& validity) {
  if (auto ok = check_name("cluster", cluster); !ok) return ok;
  std::error_code ignored;
  if (fs::exists(certificate_in(directory), ignored) || fs::exists(key_in(directory), ignored))
    return refuse("there is an authority in " + directory.string() + " already, and it is not written over");
  auto made = make_authority_for(cluster, validity);
  if (!made) return made.error();
  if (const auto problem = make_private_directories(nodes_in(directory)))
    return Error(ErrorKind::unavailable, "cannot make " + nodes_in(directory).string() + ": " + problem.message());
  if (auto ok = write_private(key_in(directory), made->key, false); !ok) return ok;
  return write_private(certificate_in(directory), made->certificate, false);
}

Result<void> make_node_certificate(const fs::path& directory, const std::string& node, const Validity& validity,
                                   bool renew) {
  if (auto ok = check_name("node", node); !ok) return ok;
  if (node.find('/') != std::string::npos) return refuse("the name of a node has no slash, and '" + node + "' has one");
  auto authority = load_authority(directory);
  if (!authority) return authority.error();
  const fs::path file = nodes_in(directory) / (node + ".pem");
  const fs::path key = nodes_in(directory) / (node + ".key");
  std::error_code ignored;
  if (!renew && (fs::exists(file, ignored) || fs::exists(key, ignored)))
    return refuse("node '" + node + "' has a certificate, " + file.string() +
                  ", and it is not written over; --renew makes another one in its place");
  const WallTime end = valid_until(authority->current());
  if (validity.length > kMaxValidity || validity.from + validity.length > end)
    return refuse("it would be good for longer than the authority's, which ends " + text_of(end) +
                  "; give a shorter time (--valid), or change the authority (troupe cert rotate)");
  auto made = make({.subject = to_uri({authority->cluster, node}).substr(kNameScheme.size()),
                    .uri = to_uri({authority->cluster, node}),
                    .validity = validity},
                   &*authority);
  if (!made) return made.error();
  if (const auto problem = make_private_directories(nodes_in(directory)))
    return Error(ErrorKind::unavailable, "cannot make " + nodes_in(directory).string() + ": " + problem.message());
  if (auto ok = write_private(key, made->key, renew); !ok) return ok;
  return write_private(file, made->certificate, renew);
}

Result<void> begin_authority_change(const fs::path& directory, const Validity& validity) {
  auto authority = load_authority(directory);
  if (!authority) return authority.error();
  if (authority->trusted.size() > 1)
    return refuse("nodes trust " + std::to_string(authority->trusted.size()) + " authorities in " +
                  certificate_in(directory).string() + " already; finish the last change first (--finish)");
  auto made = make_authority_for(authority->cluster, validity);
  if (!made) return made.error();
  auto before = to_pem(authority->current());
  if (!before) return before.error();
  // Whoever is interrupted in between has the key of before, and trusts one authority too many.
  if (auto ok = write_private(certificate_in(directory), made->certificate + *before, true); !ok) return ok;
  return write_private(key_in(directory), made->key, true);
}

Result<void> finish_authority_change(const fs::path& directory) {
  auto authority = load_authority(directory);
  if (!authority) return authority.error();
  if (authority->trusted.size() < 2)
    return refuse("no change of the authority in " + directory.string() + " is under way");
  std::error_code failure;
  std::string left;
  for (const auto& entry : fs::directory_iterator(nodes_in(directory), failure)) {
    if (entry.path().extension() != ".pem") continue;
    auto chain = load_certificates(entry.path(), "a node's certificate");
    if (!chain) return chain.error();
    if (!is_by(*chain->front(), authority->current()))
      left += (left.empty() ? "" : ", ") + entry.path().stem().string();
  }
  if (failure)
    return Error(ErrorKind::unavailable, "cannot read " + nodes_in(directory).string() + ": " + failure.message());
  if (!left.empty())
    return refuse("these nodes have certificates by the authority before: " + left +
                  "; give them new ones first (troupe cert node --renew)");
  auto text = to_pem(authority->current());
  if (!text) return text.error();
  return write_private(certificate_in(directory), *text, true);
}

Result<std::vector<CertificateView>> read_certificates(const fs::path& file, const TlsConfig& trust) {
  auto chain = load_certificates(file, "certificates");
  if (!chain) return chain.error();
  std::vector<CertificateView> out;
  for (const Certificate& one : *chain) out.push_back(view_of(*one));
  if (!trust.named() || out.front().authority) return out;
  auto why = why_refused(*chain, trust);
  if (!why) return why.error();
  out.front().refused = std::move(*why);
  return out;
}

}  // namespace troupe
