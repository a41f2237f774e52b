#include "store/encryption/cipher.h"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <cstring>

namespace troupe::store {
namespace {

constexpr unsigned char kMark = 'S';
constexpr unsigned char kSealFormat = 1;
constexpr std::size_t kFrontBytes = 4;  // mark, format, key id: authenticated as they are
constexpr std::size_t kRunAt = 4;
constexpr std::size_t kNonceAt = 20;
constexpr std::size_t kNonceBytes = 12;
constexpr std::size_t kTextAt = 32;
constexpr std::size_t kTagBytes = 16;
static_assert(kNonceAt + kNonceBytes == kTextAt && kTextAt + kTagBytes == kSealBytes);
// More derived keys are not kept: a store has one run for each time it was opened since its last rotation.
constexpr std::size_t kMaxDerived = 1024;

std::string_view as_text(const Run& run) { return {reinterpret_cast<const char*>(run.data()), run.size()}; }

Secret key_of_run(const Secret& key, const Run& run) { return derive(key, "troupe store: values", as_text(run)); }

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

const EVP_CIPHER* aes_256_gcm() {
  static const EVP_CIPHER* const cipher = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return cipher;
}

bool authenticate(EVP_CIPHER_CTX* context, const unsigned char* front, std::string_view key) {
  int length = 0;
  return EVP_CipherUpdate(context, nullptr, &length, front, kFrontBytes) == 1 &&
         EVP_CipherUpdate(context, nullptr, &length, bytes_of(key), static_cast<int>(key.size())) == 1;
}

// GCM is a stream: as many bytes come out as go in. `in` and `out` may be the same.
bool translate(EVP_CIPHER_CTX* context, const unsigned char* in, std::size_t bytes, unsigned char* out) {
  int length = 0;
  return bytes == 0 || EVP_CipherUpdate(context, out, &length, in, static_cast<int>(bytes)) == 1;
}

}  // namespace

void CipherContextFree::operator()(EVP_CIPHER_CTX* context) const noexcept { EVP_CIPHER_CTX_free(context); }

Sealer::Sealer(std::shared_ptr<const KeyRing> keys, std::uint64_t run_values)
    : keys_(std::move(keys)), run_values_(run_values), context_(EVP_CIPHER_CTX_new()) {}

bool Sealer::begin_run() {
  running_ = false;
  if (context_ == nullptr || RAND_bytes(run_.data(), run_.size()) != 1) return false;
  const Secret key = key_of_run(keys_->writing().secret, run_);
  running_ = EVP_EncryptInit_ex2(context_.get(), aes_256_gcm(), key.data(), nullptr, nullptr) == 1;
  sealed_ = 0;
  return running_;
}

bool Sealer::seal(std::string_view key, std::vector<std::byte>& value) {
  if ((!running_ || sealed_ == run_values_) && !begin_run()) return false;
  std::vector<std::byte> sealed(value.size() + kSealBytes);
  auto* const at = reinterpret_cast<unsigned char*>(sealed.data());
  at[0] = kMark;
  at[1] = kSealFormat;
  const KeyId id = keys_->writing().id;
  std::memcpy(at + 2, &id, sizeof id);
  std::memcpy(at + kRunAt, run_.data(), run_.size());
  // Counted before it is used: a nonce that failed once is not used again.
  const std::uint64_t number = sealed_++;
  std::memcpy(at + kNonceAt, &number, sizeof number);

  EVP_CIPHER_CTX* const context = context_.get();
  int length = 0;
  const bool done =
      EVP_EncryptInit_ex2(context, nullptr, nullptr, at + kNonceAt, nullptr) == 1 && authenticate(context, at, key) &&
      translate(context, reinterpret_cast<const unsigned char*>(value.data()), value.size(), at + kTextAt) &&
      EVP_EncryptFinal_ex(context, at + kTextAt + value.size(), &length) == 1 &&
      EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, kTagBytes, at + kTextAt + value.size()) == 1;
  if (done) value = std::move(sealed);
  return done;
}

Opener::Opener(std::shared_ptr<const KeyRing> keys) : keys_(std::move(keys)) {}

CipherContext Opener::context_of(const KeyRing::Key& key, const Run& run) const {
  CipherContext context(EVP_CIPHER_CTX_new());
  if (context == nullptr) return nullptr;
  const std::lock_guard lock(mutex_);
  if (derived_.size() == kMaxDerived && !derived_.contains({key.id, run})) derived_.clear();
  const auto [found, added] = derived_.try_emplace({key.id, run});
  if (added) found->second = key_of_run(key.secret, run);
  if (EVP_DecryptInit_ex2(context.get(), aes_256_gcm(), found->second.data(), nullptr, nullptr) != 1) return nullptr;
  return context;
}

Result<std::vector<std::byte>> Opener::open(std::string_view key, std::span<const std::byte> sealed) const {
  const auto id = key_of_sealed(sealed);
  if (!id) return id.error();
  const KeyRing::Key* const with = keys_->find(id.value());
  if (with == nullptr)
    return Error(ErrorKind::denied, "it is sealed with key " + std::to_string(id.value()) + ", which was not given");
  const auto* const at = reinterpret_cast<const unsigned char*>(sealed.data());
  Run run;
  std::memcpy(run.data(), at + kRunAt, run.size());
  const CipherContext context = context_of(*with, run);

  std::vector<std::byte> value(sealed.size() - kSealBytes);
  std::array<unsigned char, kTagBytes> tag;
  std::memcpy(tag.data(), at + sealed.size() - kTagBytes, tag.size());
  unsigned char rest[16];
  int length = 0;
  const bool ready =
      context != nullptr && EVP_DecryptInit_ex2(context.get(), nullptr, nullptr, at + kNonceAt, nullptr) == 1 &&
      authenticate(context.get(), at, key) &&
      translate(context.get(), at + kTextAt, value.size(), reinterpret_cast<unsigned char*>(value.data())) &&
      EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_SET_TAG, kTagBytes, tag.data()) == 1;
  if (!ready) return Error(ErrorKind::unavailable, "libcrypto cannot open it; the process may be out of memory");
  if (EVP_DecryptFinal_ex(context.get(), rest, &length) != 1)
    return Error(ErrorKind::corrupt, "it does not open with key " + std::to_string(with->id) +
                                         ": it is damaged, or was put in another's place");
  return value;
}

Result<KeyId> key_of_sealed(std::span<const std::byte> sealed) {
  if (sealed.size() < kSealBytes || sealed[0] != std::byte{kMark})
    return Error(ErrorKind::corrupt, "it is not sealed, in a store whose values are");
  if (sealed[1] != std::byte{kSealFormat})
    return Error(ErrorKind::unimplemented, "it has sealing format " + std::to_string(static_cast<int>(sealed[1])) +
                                               "; this build reads format " + std::to_string(kSealFormat));
  KeyId id = 0;
  std::memcpy(&id, sealed.data() + 2, sizeof id);
  return id;
}

}  // namespace troupe::store
