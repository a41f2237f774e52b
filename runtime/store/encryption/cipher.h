// Encryption at rest: each value is sealed with AES-256-GCM before it leaves for the log and opened when it is read,
// so that log, overlays and LMDB hold sealed values alone. Durable keys stay in clear, since they are what LMDB sorts.
//
// A sealed value, numbers little-endian:
//    0  u8   'S'
//    1  u8   sealing format (1)
//    2  u16  id of the key
//    4  16   run: random, one for each time a store is opened for writing
//   20  12   nonce: counts the values of the run
//   32  ...  ciphertext, as long as the value
//    .  16   tag, over the value, the first four bytes and the durable key: a value does not open under another key
//
// Never twice the same nonce. A random nonce of 96 bits is good for 2^32 values, hours of a busy node; a counter kept
// in the store would go back when a backup is restored or a torn tail dropped, and then count over what was used. So a
// run's values are sealed under a key of their own, derived from the store's with the run's 128 random bits; within it
// the nonce counts in memory and starts from nothing at each opening. Two runs that draw the same bits are what would
// have to happen. A value says its run, so it opens wherever the store's key is, on another node too.
#pragma once

#include <openssl/types.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <string_view>
#include <vector>

#include "store/encryption/key_ring.h"
#include "troupe/error.h"

namespace troupe::store {

inline constexpr std::size_t kSealBytes = 48;  // what a sealed value is longer than the value

struct CipherContextFree {
  void operator()(EVP_CIPHER_CTX* context) const noexcept;
};
using CipherContext = std::unique_ptr<EVP_CIPHER_CTX, CipherContextFree>;
using Run = std::array<unsigned char, 16>;

// Seals with the ring's first key. One thread at a time.
class Sealer {
 public:
  // A new run begins after so many values.
  static constexpr std::uint64_t kRunValues = std::uint64_t{1} << 32;
  explicit Sealer(std::shared_ptr<const KeyRing> keys, std::uint64_t run_values = kRunValues);

  // In place: `value` becomes kSealBytes longer. False: libcrypto failed, `value` is as it was.
  [[nodiscard]] bool seal(std::string_view key, std::vector<std::byte>& value);

 private:
  [[nodiscard]] bool begin_run();

  std::shared_ptr<const KeyRing> keys_;
  const std::uint64_t run_values_;
  CipherContext context_;
  Run run_{};
  std::uint64_t sealed_ = 0;  // in this run
  bool running_ = false;
};

// Opens what any of the ring's keys sealed. Any thread.
class Opener {
 public:
  explicit Opener(std::shared_ptr<const KeyRing> keys);
  // corrupt: it is damaged, or belongs to another durable key. denied: its key is not in the ring. The messages name
  // neither.
  [[nodiscard]] Result<std::vector<std::byte>> open(std::string_view key, std::span<const std::byte> sealed) const;

 private:
  [[nodiscard]] CipherContext context_of(const KeyRing::Key& key, const Run& run) const;

  std::shared_ptr<const KeyRing> keys_;
  // Deriving costs as much as opening a value of some kilobytes.
  mutable std::mutex mutex_;
  mutable std::map<std::pair<KeyId, Run>, Secret> derived_;
};

// The id of the key that a value says it was sealed with; nothing when it is no sealed value.
[[nodiscard]] Result<KeyId> key_of_sealed(std::span<const std::byte> sealed);

}  // namespace troupe::store
