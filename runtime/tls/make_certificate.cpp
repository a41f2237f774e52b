#include "tls/make_certificate.h"

#include <fcntl.h>
#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/private_files.h"

namespace troupe::tls {
namespace {

constexpr std::size_t kMostCommonName = 64;
constexpr int kSerialBits = 127;  // positive in 16 bytes

Error failed(const std::string& what) {
  return Error(ErrorKind::unavailable, "cannot make " + what + ": " + take_error());
}

bool set_serial(X509& certificate) {
  const BigNumber number(BN_new());
  return number && BN_rand(number.get(), kSerialBits, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1 &&
         BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(&certificate)) != nullptr;
}

bool set_times(X509& certificate, const Validity& validity) {
  const auto from = std::chrono::system_clock::to_time_t(validity.from);
  const auto until = std::chrono::system_clock::to_time_t(validity.from + validity.length);
  return ASN1_TIME_set(X509_getm_notBefore(&certificate), from) &&
         ASN1_TIME_set(X509_getm_notAfter(&certificate), until);
}

bool set_subject(X509& certificate, const std::string& subject) {
  const std::string name = subject.substr(0, kMostCommonName);
  return X509_NAME_add_entry_by_NID(X509_get_subject_name(&certificate), NID_commonName, MBSTRING_ASC,
                                    reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()),
                                    -1, 0) == 1;
}

bool add(X509& certificate, X509V3_CTX& about, int kind, const char* value) {
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &about, kind, value));
  return extension && X509_add_ext(&certificate, extension.get(), -1) == 1;
}

bool add_extensions(X509& certificate, X509* issuer, const Request& request) {
  X509V3_CTX about;
  X509V3_set_ctx_nodb(&about);
  X509V3_set_ctx(&about, issuer, &certificate, nullptr, nullptr, 0);
  const std::string name = "URI:" + request.uri;  // of characters that mean nothing in this notation
  const char* const uses = request.authority ? "critical,keyCertSign,cRLSign" : "critical,digitalSignature";
  return add(certificate, about, NID_basic_constraints, request.authority ? "critical,CA:TRUE" : "critical,CA:FALSE") &&
         add(certificate, about, NID_key_usage, uses) &&
         (request.authority || add(certificate, about, NID_ext_key_usage, "serverAuth,clientAuth")) &&
         add(certificate, about, NID_subject_key_identifier, "hash") &&
         add(certificate, about, NID_authority_key_identifier, "keyid") &&
         add(certificate, about, NID_subject_alt_name, name.c_str());
}

template <class Write>
Result<std::string> written(Write write) {
  const Bio out(BIO_new(BIO_s_mem()));
  if (!out || write(out.get()) != 1) return failed("PEM");
  char* at = nullptr;
  const long length = BIO_get_mem_data(out.get(), &at);
  return std::string(at, static_cast<std::size_t>(length));
}

}  // namespace

Result<Key> new_key() {
  ERR_clear_error();
  Key key(EVP_EC_gen("P-256"));
  if (!key) return failed("a key");
  return key;
}

Result<Certificate> new_certificate(const Request& request, EVP_PKEY& key, X509* issuer, EVP_PKEY& issuer_key) {
  if (request.validity.length < std::chrono::seconds(1) || request.validity.length > kMaxValidity)
    return Error(ErrorKind::invalid,
                 "a certificate is good for a second at least and for a hundred years at most, not for " +
                     std::to_string(request.validity.length.count()) + " s");
  ERR_clear_error();
  Certificate made(X509_new());
  if (!made || X509_set_version(made.get(), X509_VERSION_3) != 1 || !set_serial(*made) ||
      !set_times(*made, request.validity) || !set_subject(*made, request.subject) ||
      X509_set_issuer_name(made.get(), X509_get_subject_name(issuer ? issuer : made.get())) != 1 ||
      X509_set_pubkey(made.get(), &key) != 1 || !add_extensions(*made, issuer ? issuer : made.get(), request) ||
      X509_sign(made.get(), &issuer_key, EVP_sha256()) == 0)
    return failed("a certificate");
  return made;
}

Result<std::string> to_pem(EVP_PKEY& key) {
  return written([&](BIO* out) { return PEM_write_bio_PrivateKey(out, &key, nullptr, nullptr, 0, nullptr, nullptr); });
}

Result<std::string> to_pem(X509& certificate) {
  return written([&](BIO* out) { return PEM_write_bio_X509(out, &certificate); });
}

Result<void> write_private(const std::filesystem::path& file, const std::string& text, bool replace) {
  const auto refuse = [&](int why) {
    return Error(ErrorKind::unavailable, "cannot write " + file.string() + ": " + std::strerror(why));
  };
  std::string draft = file.string() + ".XXXXXX";
  const int fd = ::mkostemp(draft.data(), O_CLOEXEC);  // of mode 0600
  if (fd < 0) return refuse(errno);
  int why = write_all(fd, 0, std::as_bytes(std::span(text)));
  if (why == 0 && ::fsync(fd) != 0) why = errno;
  ::close(fd);
  if (why == 0 && replace && ::rename(draft.c_str(), file.c_str()) != 0) why = errno;
  if (why == 0 && !replace && ::link(draft.c_str(), file.c_str()) != 0) why = errno;
  if (why != 0 || !replace) ::unlink(draft.c_str());
  if (why == EEXIST && !replace)
    return Error(ErrorKind::invalid, "there is " + file.string() + " already, and it is not written over");
  if (why != 0) return refuse(why);
  (void)sync_directory(file.parent_path());
  return {};
}

}  // namespace troupe::tls
