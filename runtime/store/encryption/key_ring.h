// The keys an encrypted store is sealed with: read from a file or the environment, kept in memory, wiped at the end.
//
// The first key writes; all of them read. No message ever holds a part of one.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/encryption.h"
#include "troupe/error.h"

namespace troupe::store {

using KeyId = std::uint16_t;

// 32 bytes that are wiped when they go. Does not copy.
class Secret {
 public:
  static constexpr std::size_t kBytes = 32;
  Secret() = default;
  ~Secret();
  Secret(Secret&& other) noexcept;
  Secret& operator=(Secret&& other) noexcept;
  [[nodiscard]] unsigned char* data() noexcept { return bytes_.data(); }
  [[nodiscard]] const unsigned char* data() const noexcept { return bytes_.data(); }

 private:
  std::array<unsigned char, kBytes> bytes_{};
};

// Tells whether somebody has the right key, and nothing about the key.
using KeyCheck = std::array<std::byte, 16>;

class KeyRing {
 public:
  struct Key {
    KeyId id = 0;
    Secret secret;
  };
  static constexpr std::size_t kMaxKeys = 64;

  // Null when `keys` names nothing. invalid: both are named, the file is not there or not a file, others than its owner
  // may read it, or what stands there are no keys.
  [[nodiscard]] static Result<std::shared_ptr<const KeyRing>> load(const EncryptionKeys& keys);
  // `where` is for messages.
  [[nodiscard]] static Result<std::shared_ptr<const KeyRing>> parse(std::string_view text, const std::string& where);

  [[nodiscard]] const Key& writing() const noexcept { return keys_.front(); }
  // Null: there is no such key.
  [[nodiscard]] const Key* find(KeyId id) const noexcept;

 private:
  std::vector<Key> keys_;
};

// A key for one purpose, derived from `key` with HKDF-SHA-256.
[[nodiscard]] Secret derive(const Secret& key, std::string_view purpose, std::string_view salt);
[[nodiscard]] KeyCheck check_of(const Secret& key);

}  // namespace troupe::store
