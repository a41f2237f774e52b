#include "tls/files.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "base/private_files.h"

namespace troupe::tls {
namespace {

Error cannot(const std::string& what, const std::filesystem::path& file, const std::string& why) {
  return Error(ErrorKind::invalid, "cannot take " + what + " from " + file.string() + ": " + why);
}

FileStamp stamp_of(const std::filesystem::path& file) noexcept {
  struct stat status {};
  if (file.empty() || ::stat(file.c_str(), &status) != 0) return {};
  return {status.st_dev, status.st_ino, status.st_size,
          std::int64_t{status.st_ctim.tv_sec} * 1'000'000'000 + status.st_ctim.tv_nsec};
}

Bio reader_of(const std::string& text) { return Bio(BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))); }

// Without one OpenSSL would ask whoever sits at the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

std::string take_error() {
  const unsigned long code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return "an unknown error";
  const char* reason = ERR_reason_error_string(code);
  return reason ? reason : "error " + std::to_string(code);
}

Result<Files> Files::of(const TlsConfig& config, const std::string& node) {
  const auto& directory = config.directory;
  Files out{config.certificate, config.key, config.authority, config.denied};
  if (!directory.empty()) {
    if (out.certificate.empty()) out.certificate = directory / "nodes" / (node + ".pem");
    if (out.key.empty()) out.key = directory / "nodes" / (node + ".key");
    if (out.authority.empty()) out.authority = directory / "authority.pem";
    out.denied_may_be_missing = out.denied.empty();
    if (out.denied.empty()) out.denied = directory / "denied";
  }
  for (const auto& [field, path] :
       {std::pair("certificate", &out.certificate), std::pair("key", &out.key), std::pair("authority", &out.authority)})
    if (path->empty())
      return Error(ErrorKind::invalid, std::string("NodeConfig: tls.") + field +
                                           " is not named; name certificate, key and authority, or the directory that "
                                           "`troupe cert` made");
  return out;
}

Stamps stamps_of(const Files& files) noexcept {
  return {stamp_of(files.certificate), stamp_of(files.key), stamp_of(files.authority), stamp_of(files.denied)};
}

Result<std::string> read_file(const std::filesystem::path& file, const std::string& what, std::size_t most) {
  const int fd = open_regular(file, O_RDONLY);
  if (fd < 0) return cannot(what, file, errno == kNotRegular ? "it is not a regular file" : std::strerror(errno));
  std::string text(most + 1, '\0');
  std::size_t length = 0;
  ssize_t n = 0;
  do {
    n = ::read(fd, text.data() + length, text.size() - length);
    if (n > 0) length += static_cast<std::size_t>(n);
  } while ((n > 0 && length < text.size()) || (n < 0 && errno == EINTR));
  const int why = errno;
  ::close(fd);
  if (n < 0) return cannot(what, file, std::strerror(why));
  if (length > most) return cannot(what, file, "it has more than " + std::to_string(most) + " bytes");
  text.resize(length);
  return text;
}

Result<Certificates> load_certificates(const std::filesystem::path& file, const std::string& what) {
  auto text = read_file(file, what, kMaxCertificateFileBytes);
  if (!text) return text.error();
  ERR_clear_error();
  const Bio reader = reader_of(*text);
  Certificates out;
  while (X509* one = PEM_read_bio_X509(reader.get(), nullptr, no_passphrase, nullptr)) out.emplace_back(one);
  const bool at_end = ERR_GET_REASON(ERR_peek_last_error()) == PEM_R_NO_START_LINE;
  const std::string why = take_error();
  if (!at_end) return cannot(what, file, "certificate " + std::to_string(out.size() + 1) + " of it: " + why);
  if (out.empty()) return cannot(what, file, "no certificate stands in it (-----BEGIN CERTIFICATE-----)");
  return out;
}

Result<Key> load_key(const std::filesystem::path& file, const std::string& what) {
  auto text = read_secret(file, what, kMaxKeyFileBytes);
  if (!text) return text.error();
  ERR_clear_error();
  Key out(PEM_read_bio_PrivateKey(reader_of(*text).get(), nullptr, no_passphrase, nullptr));
  const bool is_sealed = text->find("ENCRYPTED") != std::string::npos;
  OPENSSL_cleanse(text->data(), text->size());
  const std::string why = take_error();
  if (out) return out;
  if (is_sealed) return cannot(what, file, "it is sealed with a passphrase; a node has nobody to ask for it");
  return cannot(what, file, "no private key stands in it (-----BEGIN PRIVATE KEY-----): " + why);
}

}  // namespace troupe::tls
