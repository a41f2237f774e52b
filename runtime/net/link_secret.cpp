// Proofs by OpenSSL's libcrypto, and the file.
#include "net/link_secret.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "base/check.h"
#include "base/private_files.h"

namespace troupe {
namespace {

constexpr const char* kWhat = "the links' secret";

void wipe(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

// Written in full and synced under a name that nobody else has, which `file` begins; empty: errno says why not.
std::string write_draft(const std::filesystem::path& file, const std::string& content) {
  std::string draft = file.string() + ".XXXXXX";
  const int fd = ::mkostemp(draft.data(), O_CLOEXEC);  // of mode 0600
  if (fd < 0) return {};
  const ssize_t length = ::write(fd, content.data(), content.size());
  const bool whole = length == static_cast<ssize_t>(content.size());
  if (length >= 0 && !whole) errno = ENOSPC;
  const bool written = whole && ::fsync(fd) == 0;
  const int why = errno;
  ::close(fd);
  if (written) return draft;
  ::unlink(draft.c_str());
  errno = why;
  return {};
}

std::string new_secret() {
  unsigned char chance[kMinLinkSecretBytes];
  TROUPE_CHECK(RAND_bytes(chance, sizeof chance) == 1);  // it fails where there is no source of chance at all
  std::string out;
  for (const unsigned char byte : chance) {
    out += "0123456789abcdef"[byte >> 4];
    out += "0123456789abcdef"[byte & 15];
  }
  OPENSSL_cleanse(chance, sizeof chance);
  return out + "\n";
}

}  // namespace

void make_link_secret(const std::filesystem::path& file) {
  const auto refuse = [&](const std::string& why) {
    throw Error(ErrorKind::unavailable, "cannot make the file " + file.string() + " for " + kWhat + ": " + why);
  };
  std::error_code ignored;
  if (std::filesystem::exists(file, ignored)) return;
  if (const auto problem = make_private_directories(file.parent_path())) refuse(problem.message());
  // Under its name only when it is whole; the first one stays.
  std::string secret = new_secret();
  const std::string draft = write_draft(file, secret);
  const int no_draft = errno;
  wipe(secret);
  if (draft.empty()) refuse(std::strerror(no_draft));
  const bool named = ::link(draft.c_str(), file.c_str()) == 0 || errno == EEXIST;
  const int why = errno;
  ::unlink(draft.c_str());
  if (!named) refuse(std::strerror(why));
}

namespace net {

LinkSecret::~LinkSecret() { wipe(bytes_); }

Result<std::shared_ptr<const LinkSecret>> LinkSecret::load(const std::filesystem::path& file) {
  auto read = read_secret(file, kWhat, kMaxLinkSecretBytes);
  if (!read) return read.error();
  std::string content = std::move(read).value();
  constexpr const char* kBlank = " \t\r\n";
  const auto first = content.find_first_not_of(kBlank);
  const auto length = first == std::string::npos ? 0 : content.find_last_not_of(kBlank) - first + 1;
  if (length < kMinLinkSecretBytes) {
    wipe(content);
    return Error(ErrorKind::invalid, std::string("cannot take ") + kWhat + " from " + file.string() + ": it has " +
                                         std::to_string(length) + " bytes, and at least " +
                                         std::to_string(kMinLinkSecretBytes) +
                                         " are wanted; `openssl rand -hex 32` makes one");
  }
  auto secret = std::make_shared<const LinkSecret>(content.substr(first, length));
  wipe(content);
  return secret;
}

wire::Mac LinkSecret::prove(Side side, std::string_view said) const {
  std::string words = side == Side::connects ? "troupe link: connects" : "troupe link: accepts";
  words += '\0';
  words += said;
  wire::Mac mac;
  unsigned length = 0;
  const auto* made = HMAC(EVP_sha256(), bytes_.data(), static_cast<int>(bytes_.size()),
                          reinterpret_cast<const unsigned char*>(words.data()), words.size(), mac.data(), &length);
  TROUPE_CHECK(made != nullptr && length == mac.size());  // it fails for want of memory alone
  return mac;
}

bool LinkSecret::is_proof(const wire::Mac& mac, Side side, std::string_view said) const {
  const wire::Mac wanted = prove(side, said);
  return CRYPTO_memcmp(mac.data(), wanted.data(), wanted.size()) == 0;
}

wire::Nonce new_nonce(Chance* chance) {
  wire::Nonce nonce;
  if (chance) {
    for (unsigned char& byte : nonce) byte = static_cast<unsigned char>(chance->bits());
    return nonce;
  }
  TROUPE_CHECK(RAND_bytes(nonce.data(), static_cast<int>(nonce.size())) == 1);
  return nonce;
}

}  // namespace net
}  // namespace troupe
