// The Directory of directory.capnp, for one caller on one connection. Its loop's thread.
#pragma once

#include <memory>
#include <string>

#include "rpc/actor_capability.h"
#include "rpc/directory.capnp.h"

namespace troupe::rpc {

class DirectoryOf final : public Directory::Server {
 public:
  DirectoryOf(std::unique_ptr<Standing::Held> held, std::shared_ptr<Mailbox> loop, Asker asker)
      : held_(std::move(held)), loop_(std::move(loop)), asker_(std::move(asker)) {}

 protected:
  kj::Promise<void> authenticate(AuthenticateContext context) override;
  kj::Promise<void> service(ServiceContext context) override;
  kj::Promise<void> services(ServicesContext context) override;
  kj::Promise<void> schema(SchemaContext context) override;

 private:
  [[nodiscard]] const std::shared_ptr<Standing>& standing() const noexcept { return held_->of(); }
  [[nodiscard]] Shared& shared() const noexcept { return *standing()->shared; }
  // Throws `unauthenticated` where nothing is to be seen without a token.
  void insist_on_token() const;
  // Throws `not_found`.
  [[nodiscard]] const Offer& find(capnp::Text::Reader name) const;
  [[nodiscard]] RefBase actor(const Offer& offer, capnp::Text::Reader key, const Terms& terms) const;
  [[nodiscard]] Terms terms_of(CallOptions::Reader options) const;
  // Throws what the token was not good for.
  void welcome(const Result<Bearer>& bearer, AuthenticateContext& context);

  const std::unique_ptr<Standing::Held> held_;
  const std::shared_ptr<Mailbox> loop_;
  const Asker asker_;
};

}  // namespace troupe::rpc
