// Owners of OpenSSL's objects, and what every call that cannot fail does when it does. For this component's own files.
#pragma once

#include <openssl/bn.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>

#include <memory>
#include <string>

#include "troupe/error.h"

namespace troupe::auth {

template <auto kFree>
struct Freed {
  template <class T>
  void operator()(T* it) const noexcept {
    kFree(it);
  }
};
template <class T, auto kFree>
using Owned = std::unique_ptr<T, Freed<kFree>>;

using Number = Owned<BIGNUM, BN_free>;
using Digest = Owned<EVP_MD_CTX, EVP_MD_CTX_free>;
using Signature = Owned<ECDSA_SIG, ECDSA_SIG_free>;

inline void require_openssl(bool done, const char* what) {
  if (done) return;
  ERR_clear_error();
  throw Error(ErrorKind::failed, std::string("OpenSSL could not ") + what);
}

[[nodiscard]] inline const unsigned char* octets(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}
[[nodiscard]] inline unsigned char* octets(std::string& text) noexcept {
  return reinterpret_cast<unsigned char*>(text.data());
}

}  // namespace troupe::auth
