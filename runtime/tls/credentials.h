// What a node shows and whom it trusts, of one moment: its files, read and checked. Never changes; the next look at the
// files makes the next one.
#pragma once

#include <memory>
#include <string>

#include "tls/certificate.h"
#include "tls/deny_list.h"
#include "tls/files.h"
#include "tls/openssl.h"

namespace troupe::tls {

class Credentials {
 public:
  // `invalid`: what is wrong with which file, and what to do. A certificate that peers would refuse is refused here
  // first: of another name, run out, not good yet, by another authority, on the deny list, or with another's key.
  [[nodiscard]] static Result<std::shared_ptr<const Credentials>> load(const Files& files, const PeerName& self);

  [[nodiscard]] SSL_CTX* context() const noexcept { return context_.get(); }
  [[nodiscard]] const DenyList& denied() const noexcept { return denied_; }
  [[nodiscard]] const PeerName& self() const noexcept { return self_; }
  // Its own certificate's.
  [[nodiscard]] WallTime until() const noexcept { return until_; }
  [[nodiscard]] const std::string& summary() const noexcept { return summary_; }
  // Of the files, from before they were read.
  [[nodiscard]] const Stamps& stamps() const noexcept { return stamps_; }

  // Whether a certificate that has been verified may have a link: the name of its node, or `denied`.
  [[nodiscard]] Result<std::string> judge(const X509& certificate) const;

 private:
  Result<void> show(const Files& files);
  Result<void> trust(const Files& files);
  Result<void> check_own(const Files& files);

  PeerName self_;
  Context context_;
  DenyList denied_;
  WallTime until_{};
  std::string summary_;
  Stamps stamps_{};
};

// Why `certificate` with what follows it is not good for a node's links now; empty: it is. Also checks the purposes:
// a node connects and is connected to.
[[nodiscard]] std::string why_not_trusted(X509_STORE& trusted, X509& certificate, STACK_OF(X509) * chain);
// OpenSSL's word for a failed verification, and what to do.
[[nodiscard]] std::string verify_text(int code);

}  // namespace troupe::tls
