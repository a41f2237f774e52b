#include "rpc/certificate.h"

#include <kj/exception.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <cerrno>
#include <fstream>
#include <iterator>
#include <optional>
#include <system_error>

namespace troupe::rpc {
namespace {

// Larger than any bundle, and small enough to be read at once.
constexpr std::size_t kMostFileBytes = std::size_t{1} << 20;

Error cannot_take(const char* what, const std::filesystem::path& file, const std::string& why) {
  return Error(ErrorKind::invalid,
               std::string("cannot take the RPC server's ") + what + " from " + file.string() + ": " + why);
}

Result<std::string> read_file(const char* what, const std::filesystem::path& file) {
  std::ifstream in(file, std::ios::binary);
  if (!in) return cannot_take(what, file, std::error_code(errno, std::generic_category()).message());
  std::string text{std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
  if (text.empty() || text.size() > kMostFileBytes) return cannot_take(what, file, "it is empty, or no PEM file");
  return text;
}

// kj takes a key that is not its certificate's, and every handshake fails then. Of files that can be read.
bool fit(const Certificate& certificate) {
  using Text = std::unique_ptr<BIO, decltype(&BIO_free)>;
  const auto open = [](const std::string& text) {
    return Text(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())), BIO_free);
  };
  const Text chain = open(certificate.chain), key = open(certificate.key);
  const std::unique_ptr<X509, decltype(&X509_free)> own(
      chain ? PEM_read_bio_X509(chain.get(), nullptr, nullptr, nullptr) : nullptr, X509_free);
  const auto no_passphrase = [](char*, int, int, void*) { return 0; };
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> its(
      key ? PEM_read_bio_PrivateKey(key.get(), nullptr, no_passphrase, nullptr) : nullptr, EVP_PKEY_free);
  const bool good = own && its && X509_check_private_key(own.get(), its.get()) == 1;
  ERR_clear_error();
  return good;
}

// What kj finds wrong, or nothing.
template <class F>
std::optional<std::string> trouble(F&& attempt) {
  KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] { attempt(); })) return std::string(error->getDescription().cStr());
  return std::nullopt;
}

}  // namespace

Result<std::shared_ptr<const Certificate>> read_certificate(const TlsFiles& files) {
  const http::FileMarks marks = http::marks_of(files);
  auto chain = read_file("certificate", files.certificate);
  if (!chain.ok()) return chain.error();
  auto key = read_file("key", files.key);
  if (!key.ok()) return key.error();
  const auto read =
      std::make_shared<const Certificate>(Certificate{marks, std::move(chain).value(), std::move(key).value()});
  if (const auto why = trouble([&] { const kj::TlsCertificate certificate(read->chain.c_str()); }))
    return cannot_take("certificate", files.certificate, *why + "; it is PEM, the server's own first");
  if (const auto why = trouble([&] { const kj::TlsPrivateKey private_key(read->key.c_str(), nullptr); }))
    return cannot_take("key", files.key, *why + "; it is PEM, without a passphrase");
  if (!fit(*read))
    return cannot_take("key", files.key, "it is not that of the certificate, which is the first in its file");
  if (const auto why = trouble([&] { (void)context_of(*read); })) return cannot_take("key", files.key, *why);
  return std::shared_ptr<const Certificate>(read);
}

Result<void> renew_certificate(Shared& shared) {
  const std::lock_guard lock(shared.reading_certificate);
  auto read = read_certificate(shared.options.tls);
  if (!read.ok()) return read.error();
  shared.certificate = std::move(read).value();
  return {};
}

kj::Own<kj::TlsContext> context_of(const Certificate& certificate) {
  const kj::TlsKeypair pair{kj::TlsPrivateKey(certificate.key.c_str(), nullptr),
                            kj::TlsCertificate(certificate.chain.c_str())};
  kj::TlsContext::Options options;
  options.useSystemTrustStore = false;  // clients show no certificate
  options.minVersion = kj::TlsVersion::TLS_1_2;
  options.defaultKeypair = pair;
  return kj::heap<kj::TlsContext>(kj::mv(options));
}

}  // namespace troupe::rpc
