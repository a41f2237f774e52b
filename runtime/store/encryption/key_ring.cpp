#include "store/encryption/key_ring.h"

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/kdf.h>
#include <openssl/params.h>

#include <algorithm>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <optional>

#include "base/check.h"
#include "base/private_files.h"

namespace troupe::store {
namespace {

constexpr std::size_t kMaxFileBytes = 64 << 10;
constexpr std::size_t kKeyDigits = 2 * Secret::kBytes;

// Text that is wiped when it goes.
struct SecretText {
  std::string text;
  ~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }
};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::optional<Secret> secret_of(std::string_view digits) {
  if (digits.size() != kKeyDigits) return std::nullopt;
  Secret secret;
  for (std::size_t i = 0; i < Secret::kBytes; ++i) {
    const int high = digit(digits[2 * i]), low = digit(digits[2 * i + 1]);
    if (high < 0 || low < 0) return std::nullopt;
    secret.data()[i] = static_cast<unsigned char>(high << 4 | low);
  }
  return secret;
}

std::string_view trimmed(std::string_view text) {
  constexpr std::string_view kBlank = " \t\r";
  const auto first = text.find_first_not_of(kBlank);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kBlank) - first + 1);
}

// A key with its id; the message names no part of what stands there.
Result<KeyRing::Key> key_of(std::string_view entry) {
  KeyRing::Key key{.id = 1};
  const auto colon = entry.find(':');
  if (colon != std::string_view::npos) {
    const std::string_view id = trimmed(entry.substr(0, colon));
    const auto [end, problem] = std::from_chars(id.data(), id.data() + id.size(), key.id);
    if (problem != std::errc{} || end != id.data() + id.size() || key.id == 0)
      return Error(ErrorKind::invalid, "the id of a key is a number from 1 to 65535");
    entry = trimmed(entry.substr(colon + 1));
  }
  auto secret = secret_of(entry);
  if (!secret)
    return Error(ErrorKind::invalid, "a key is 64 hexadecimal digits, or id:digits; `openssl rand -hex 32` makes one");
  key.secret = std::move(*secret);
  return key;
}

}  // namespace

Secret::~Secret() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

Secret::Secret(Secret&& other) noexcept : bytes_(other.bytes_) {
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
}

Secret& Secret::operator=(Secret&& other) noexcept {
  if (this == &other) return *this;
  bytes_ = other.bytes_;
  OPENSSL_cleanse(other.bytes_.data(), other.bytes_.size());
  return *this;
}

Result<std::shared_ptr<const KeyRing>> KeyRing::load(const EncryptionKeys& keys) {
  if (!keys.named()) return std::shared_ptr<const KeyRing>();
  if (!keys.file.empty() && !keys.environment.empty())
    return Error(ErrorKind::invalid, "the store's keys are to come from the file " + keys.file.string() +
                                         " and from the environment; name one of them");
  if (!keys.file.empty()) {
    auto read = read_secret(keys.file, "the store's keys", kMaxFileBytes);
    if (!read) return read.error();
    const SecretText content{std::move(read).value()};
    return parse(content.text, keys.file.string());
  }
  const char* value = std::getenv(keys.environment.c_str());
  if (value == nullptr)
    return Error(ErrorKind::invalid,
                 "cannot take the store's keys from the environment variable " + keys.environment + ": it is not set");
  return parse(value, "the environment variable " + keys.environment);
}

Result<std::shared_ptr<const KeyRing>> KeyRing::parse(std::string_view text, const std::string& where) {
  auto ring = std::make_shared<KeyRing>();
  const auto refuse = [&](std::size_t line, const std::string& why) {
    return Error(ErrorKind::invalid,
                 "cannot take the store's keys from " + where + ", line " + std::to_string(line) + ": " + why);
  };
  for (std::size_t line = 1; !text.empty(); ++line) {
    const auto end = std::min(text.find('\n'), text.size());
    std::string_view entries = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    entries = entries.substr(0, entries.find('#'));
    while (!entries.empty()) {
      const auto comma = std::min(entries.find(','), entries.size());
      const std::string_view entry = trimmed(entries.substr(0, comma));
      entries.remove_prefix(std::min(comma + 1, entries.size()));
      if (entry.empty()) continue;
      auto key = key_of(entry);
      if (!key) return refuse(line, key.error().message());
      if (ring->find(key->id) != nullptr) return refuse(line, "key " + std::to_string(key->id) + " is there twice");
      if (ring->keys_.size() == kMaxKeys) return refuse(line, "there are more than " + std::to_string(kMaxKeys));
      ring->keys_.push_back(std::move(*key));
    }
  }
  if (ring->keys_.empty())
    return Error(ErrorKind::invalid, "there is no key in " + where + "; `openssl rand -hex 32` makes one");
  return std::shared_ptr<const KeyRing>(std::move(ring));
}

const KeyRing::Key* KeyRing::find(KeyId id) const noexcept {
  const auto found = std::find_if(keys_.begin(), keys_.end(), [&](const Key& key) { return key.id == id; });
  return found == keys_.end() ? nullptr : &*found;
}

Secret derive(const Secret& key, std::string_view purpose, std::string_view salt) {
  EVP_KDF* const kdf = EVP_KDF_fetch(nullptr, "HKDF", nullptr);
  EVP_KDF_CTX* const context = EVP_KDF_CTX_new(kdf);
  EVP_KDF_free(kdf);
  char digest[] = "SHA256";
  const auto bytes = [](const void* at) { return const_cast<void*>(at); };
  const OSSL_PARAM parameters[] = {
      OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_KEY, bytes(key.data()), Secret::kBytes),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SALT, bytes(salt.data()), salt.size()),
      OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_INFO, bytes(purpose.data()), purpose.size()),
      OSSL_PARAM_construct_end()};
  Secret derived;
  const int done = EVP_KDF_derive(context, derived.data(), Secret::kBytes, parameters);
  EVP_KDF_CTX_free(context);
  TROUPE_CHECK(done == 1);  // it fails for want of memory alone
  return derived;
}

KeyCheck check_of(const Secret& key) {
  const Secret derived = derive(key, "troupe store: key check", "");
  KeyCheck check;
  std::memcpy(check.data(), derived.data(), check.size());
  return check;
}

}  // namespace troupe::store
