// The keys that an issuer holds: one signs, the next one is announced before it does, and older ones verify until the
// tokens that they signed have expired. Times are milliseconds since 1970. A value, for one thread at a time.
#pragma once

#include <chrono>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "auth/jwks.h"
#include "auth/key.h"
#include "troupe/duration.h"

namespace troupe::auth {

struct HeldKey {
  KeyPointer verifying;
  std::optional<SigningKey> signing;  // gone as soon as it signs no more
  std::uint64_t signs_from_ms = 0;
  std::uint64_t retires_ms = std::numeric_limits<std::uint64_t>::max();  // from then on it verifies nothing
};

class KeySet {
 public:
  KeySet() = default;
  explicit KeySet(std::vector<HeldKey> held) : held_(std::move(held)) {}

  // The key signs from `announce` after now on, at once if it is the first; the others retire `overlap` after that.
  // Throws `invalid` for negative times, Refusal `too_many_keys` past limits::kMaxHeldKeys.
  void add(SigningKey key, std::uint64_t now_ms, Milliseconds announce, Milliseconds overlap);
  // Drops keys that have retired, and the secret parts of those that sign no more. False: there was nothing to do.
  bool tidy(std::uint64_t now_ms);
  // At once, for a key that has leaked: its tokens are good no more. The last one goes too. False: no such key.
  bool remove(std::string_view key_id);

  // The one that signs now, or null.
  [[nodiscard]] const SigningKey* signing(std::uint64_t now_ms) const;
  // Those that verify now, the next one too.
  [[nodiscard]] std::vector<KeyPointer> verifying(std::uint64_t now_ms) const;
  [[nodiscard]] KeyPointer find(std::string_view key_id, std::uint64_t now_ms) const;
  [[nodiscard]] const std::vector<HeldKey>& held() const noexcept { return held_; }
  // When tidy() has something to do next; all ones: never.
  [[nodiscard]] std::uint64_t next_change_ms(std::uint64_t now_ms) const;

 private:
  // Where the signing key is; held_.size(): nowhere.
  [[nodiscard]] std::size_t signing_index(std::uint64_t now_ms) const;
  std::vector<HeldKey> held_;  // in the order they were added
};

}  // namespace troupe::auth
