#include "tls/credentials.h"

#include <openssl/err.h>

#include <utility>

#include "tls/session.h"

namespace troupe::tls {
namespace {

// Between a node's certificate and the authority's.
constexpr int kMostBetween = 3;
// Of what a peer shows in the handshake.
constexpr long kMaxShownBytes = 32L << 10;
constexpr const char* kCiphers = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";
constexpr const char* kGroups = "X25519:P-256:P-384";

Error cannot_use(const std::filesystem::path& file, const std::string& why) {
  return Error(ErrorKind::invalid, "cannot use the certificate " + file.string() + " for links: " + why);
}

Error no_memory() { return Error(ErrorKind::unavailable, "TLS cannot begin: " + take_error()); }

}  // namespace

std::string verify_text(int code) {
  const std::string what = X509_verify_cert_error_string(code);
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return what + "; give its node a new one (troupe cert node --renew)";
    case X509_V_ERR_CERT_NOT_YET_VALID: return what + "; look at the clocks of both machines";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE: return "it is not by the cluster's authority (" + what + ")";
    default: return what;
  }
}

std::string why_not_trusted(X509_STORE& trusted, X509& certificate, STACK_OF(X509) * chain) {
  for (const char* purpose : {"ssl_client", "ssl_server"}) {
    const StoreLook look(X509_STORE_CTX_new());
    if (!look || X509_STORE_CTX_init(look.get(), &trusted, &certificate, chain) != 1) return take_error();
    X509_STORE_CTX_set_default(look.get(), purpose);
    X509_VERIFY_PARAM_set_depth(X509_STORE_CTX_get0_param(look.get()), kMostBetween);
    const bool good = X509_verify_cert(look.get()) == 1;
    const int code = X509_STORE_CTX_get_error(look.get());
    ERR_clear_error();
    if (!good) return verify_text(code);
  }
  return {};
}

Result<std::shared_ptr<const Credentials>> Credentials::load(const Files& files, const PeerName& self) {
  auto out = std::make_shared<Credentials>();
  out->self_ = self;
  out->stamps_ = stamps_of(files);
  ERR_clear_error();
  out->context_.reset(SSL_CTX_new(TLS_method()));
  SSL_CTX* context = out->context_.get();
  if (!context || SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) != 1 ||
      SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) != 1 || SSL_CTX_set_ciphersuites(context, kCiphers) != 1 ||
      SSL_CTX_set1_groups_list(context, kGroups) != 1)
    return no_memory();
  // Links last: to resume a session would save a millisecond a day, and let a peer in that has been denied since.
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_max_cert_list(context, kMaxShownBytes);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_verify_depth(context, kMostBetween);
  SSL_CTX_set_cert_verify_callback(context, Session::verify, nullptr);
  auto denied = DenyList::load(files.denied, files.denied_may_be_missing);
  if (!denied) return denied.error();
  out->denied_ = std::move(*denied);
  if (auto ok = out->show(files); !ok) return ok.error();
  if (auto ok = out->trust(files); !ok) return ok.error();
  if (auto ok = out->check_own(files); !ok) return ok.error();
  return std::shared_ptr<const Credentials>(std::move(out));
}

Result<void> Credentials::show(const Files& files) {
  auto chain = load_certificates(files.certificate, "the node's certificate");
  if (!chain) return chain.error();
  auto key = load_key(files.key, "the key of the node's certificate");
  if (!key) return key.error();
  SSL_CTX* context = context_.get();
  if (SSL_CTX_use_certificate(context, chain->front().get()) != 1) return cannot_use(files.certificate, take_error());
  for (std::size_t i = 1; i < chain->size(); ++i)
    if (SSL_CTX_add1_chain_cert(context, (*chain)[i].get()) != 1) return cannot_use(files.certificate, take_error());
  if (X509_check_private_key(chain->front().get(), key->get()) != 1) {
    ERR_clear_error();
    return cannot_use(files.certificate,
                      "the key in " + files.key.string() + " is not its key; name the two that were made together");
  }
  if (SSL_CTX_use_PrivateKey(context, key->get()) != 1) return cannot_use(files.certificate, take_error());
  return {};
}

Result<void> Credentials::trust(const Files& files) {
  auto authorities = load_certificates(files.authority, "the cluster's authority");
  if (!authorities) return authorities.error();
  X509_STORE* store = SSL_CTX_get_cert_store(context_.get());
  X509_STORE_set_flags(store, X509_V_FLAG_PARTIAL_CHAIN);  // each is trusted, whoever vouches for it
  for (const Certificate& one : *authorities) {
    if (X509_check_ca(one.get()) != 1)
      return Error(ErrorKind::invalid, "cannot take the cluster's authority from " + files.authority.string() + ": '" +
                                           subject_of(*one) + "' is not the certificate of an authority");
    if (X509_STORE_add_cert(store, one.get()) != 1) return no_memory();
  }
  return {};
}

Result<void> Credentials::check_own(const Files& files) {
  X509* own = SSL_CTX_get0_certificate(context_.get());
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context_.get(), &chain);
  if (const std::string why = why_not_trusted(*SSL_CTX_get_cert_store(context_.get()), *own, chain); !why.empty())
    return cannot_use(files.certificate, why + "; authority: " + files.authority.string() + "; good from " +
                                             text_of(valid_from(*own)) + " to " + text_of(valid_until(*own)));
  auto name = peer_of(*own);
  if (!name) return cannot_use(files.certificate, name.error().message() + "; `troupe cert node` makes such ones");
  if (*name != self_)
    return cannot_use(files.certificate, "it is of node '" + name->node + "' of cluster '" + name->cluster +
                                             "', and this is node '" + self_.node + "' of cluster '" + self_.cluster +
                                             "'; give each node its own");
  if (denied_.denies(serial_of(*own), self_.node))
    return cannot_use(files.certificate, "it is on the deny list " + files.denied.string());
  until_ = valid_until(*own);
  summary_ = summary_of(*own);
  return {};
}

Result<std::string> Credentials::judge(const X509& certificate) const {
  auto name = peer_of(certificate);
  if (!name) return name.error();
  if (name->cluster != self_.cluster)
    return Error(ErrorKind::denied,
                 "it is of cluster '" + name->cluster + "', and this is cluster '" + self_.cluster + "'");
  if (denied_.denies(serial_of(certificate), name->node)) return Error(ErrorKind::denied, "it is on the deny list");
  return std::move(name->node);
}

}  // namespace troupe::tls
