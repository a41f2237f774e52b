// A cluster's secret in memory, and what is proved with it. The secret itself goes nowhere.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/random.h"
#include "troupe/error.h"
#include "troupe/link_secret.h"
#include "wire/frame.h"

namespace troupe::net {

// Who proves: the two sides of a link never say the same, so that neither can be given its own words back.
enum class Side : std::uint8_t { connects, accepts };

// Pure; any thread. One without a secret has proofs too, which anybody can make.
class LinkSecret {
 public:
  LinkSecret() = default;
  explicit LinkSecret(std::string bytes) : bytes_(std::move(bytes)) {}
  ~LinkSecret();
  LinkSecret(const LinkSecret&) = delete;
  LinkSecret& operator=(const LinkSecret&) = delete;

  // `invalid`, and what to do: no such file, one that others may use, too short or too long.
  [[nodiscard]] static Result<std::shared_ptr<const LinkSecret>> load(const std::filesystem::path& file);

  [[nodiscard]] bool given() const noexcept { return !bytes_.empty(); }
  // HMAC-SHA256 over the side and what both have said.
  [[nodiscard]] wire::Mac prove(Side side, std::string_view said) const;
  // In a time that does not depend on where they differ.
  [[nodiscard]] bool is_proof(const wire::Mac& mac, Side side, std::string_view said) const;

 private:
  std::string bytes_;
};

// 32 bytes that nobody has seen before, unless `chance` is a simulation's.
[[nodiscard]] wire::Nonce new_nonce(Chance* chance = nullptr);

}  // namespace troupe::net
