// The actor that holds an issuer's keys, and signs with them: private keys leave it for its store alone.
#pragma once

#include <memory>
#include <optional>

#include "auth/config.h"
#include "auth/key_set.h"
#include "auth/tokens.capnp.troupe.h"

namespace troupe::auth {

class TokenKeysRole final : public TokenKeysActor {
 public:
  explicit TokenKeysRole(std::shared_ptr<const IssuerConfig> config) : config_(std::move(config)) {}

 private:
  Task<> prepare(PrepareParams::Reader in, PrepareResults::Builder out) override;
  Task<> sign(SignParams::Reader in, SignResults::Builder out) override;
  Task<> publish(PublishParams::Reader in, PublishResults::Builder out) override;
  Task<> rotate(RotateParams::Reader in, RotateResults::Builder out) override;
  Task<> remove(RemoveParams::Reader in, RemoveResults::Builder out) override;
  Task<> on_reminder(std::string_view name) override;

  [[nodiscard]] KeySet stored_keys() const;
  void store(const KeySet& keys);
  // Of the committed state, read once for each of its revisions.
  [[nodiscard]] const KeySet& committed_keys();
  // Gives the new key's id.
  [[nodiscard]] Task<std::string> add_key(KeySet keys);
  void wake_for(const KeySet& keys);

  std::shared_ptr<const IssuerConfig> config_;
  std::optional<KeySet> committed_;
  std::uint64_t committed_revision_ = 0;
};

}  // namespace troupe::auth
