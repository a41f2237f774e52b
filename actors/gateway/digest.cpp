#include "gateway/digest.h"

#include <openssl/evp.h>

#include <cstdint>

#include "troupe/error.h"

namespace troupe::gateway {
namespace {

EVP_MD_CTX* of(void* context) { return static_cast<EVP_MD_CTX*>(context); }

void require(int done) {
  if (done != 1) throw Error(ErrorKind::overloaded, "there is no memory to hash a request");
}

}  // namespace

Digest::Digest() : context_(EVP_MD_CTX_new()) {
  if (context_ && EVP_DigestInit_ex(of(context_), EVP_sha256(), nullptr) == 1) return;
  EVP_MD_CTX_free(of(context_));
  require(0);
}
Digest::~Digest() { EVP_MD_CTX_free(of(context_)); }

Digest& Digest::add(std::string_view text) {
  const std::uint64_t size = text.size();
  require(EVP_DigestUpdate(of(context_), &size, sizeof size));
  require(EVP_DigestUpdate(of(context_), text.data(), text.size()));
  return *this;
}

std::string Digest::end() {
  unsigned char hash[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  require(EVP_DigestFinal_ex(of(context_), hash, &size));
  return {reinterpret_cast<const char*>(hash), size};
}

}  // namespace troupe::gateway
