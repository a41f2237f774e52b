#include "auth/password.h"

#include <argon2.h>

#include <charconv>

#include "auth/encoding.h"

namespace troupe::auth {
namespace {

constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kHashBytes = 32;
// Of one lane, by Argon2's own rule.
constexpr std::uint32_t kLeastLaneKib = 8;
constexpr std::size_t kMaxEncodedBytes = 512;
constexpr std::string_view kFastHash = "sha256$";

[[noreturn]] void argon_failed(int code) {
  throw Error(ErrorKind::failed, std::string("argon2id failed: ") + argon2_error_message(code));
}

bool within_limits(const PasswordCosts& costs) noexcept {
  return costs.passes >= 1 && costs.passes <= limits::kMaxArgonPasses && costs.lanes >= 1 &&
         costs.lanes <= limits::kMaxArgonLanes && costs.memory_kib >= limits::kMinArgonMemoryKib &&
         costs.memory_kib <= limits::kMaxArgonMemoryKib && costs.memory_kib >= kLeastLaneKib * costs.lanes;
}

// Takes `literal` and a number from the front.
bool take_number(std::string_view& text, std::string_view literal, std::uint32_t& number) {
  if (!text.starts_with(literal)) return false;
  text.remove_prefix(literal.size());
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc()) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

// The costs that a stored hash names; nothing: it is none of this kind.
std::optional<PasswordCosts> costs_of(std::string_view stored) {
  PasswordCosts costs;
  std::uint32_t version = 0;
  const bool read = stored.size() <= kMaxEncodedBytes && take_number(stored, "$argon2id$v=", version) &&
                    take_number(stored, "$m=", costs.memory_kib) && take_number(stored, ",t=", costs.passes) &&
                    take_number(stored, ",p=", costs.lanes) && stored.starts_with('$');
  return read && within_limits(costs) ? std::optional(costs) : std::nullopt;
}

// The work of one check, for nothing.
void work_as_hard(std::string_view password, const PasswordCosts& costs) {
  char salt[kSaltBytes] = {};
  unsigned char hash[kHashBytes];
  const int code = argon2id_hash_raw(costs.passes, costs.memory_kib, costs.lanes, password.data(), password.size(),
                                     salt, sizeof salt, hash, sizeof hash);
  if (code != ARGON2_OK) argon_failed(code);
}

}  // namespace

void check_rules(const PasswordRules& rules) {
  if (!within_limits(rules.costs))
    throw Error(ErrorKind::invalid,
                "the costs of passwords are out of their limits: memory " + std::to_string(rules.costs.memory_kib) +
                    " KiB (8 a lane to " + std::to_string(limits::kMaxArgonMemoryKib) + "), passes " +
                    std::to_string(rules.costs.passes) + " (1 to " + std::to_string(limits::kMaxArgonPasses) +
                    "), lanes " + std::to_string(rules.costs.lanes) + " (1 to " +
                    std::to_string(limits::kMaxArgonLanes) + ")");
  if (rules.min_bytes == 0 || rules.max_bytes > limits::kMaxPasswordBytes || rules.min_bytes > rules.max_bytes)
    throw Error(ErrorKind::invalid, "passwords have " + std::to_string(rules.min_bytes) + " to " +
                                        std::to_string(rules.max_bytes) + " bytes by these rules; 1 to " +
                                        std::to_string(limits::kMaxPasswordBytes) + " are possible");
}

void require_password(std::string_view password, const PasswordRules& rules) {
  if (password.size() >= rules.min_bytes && password.size() <= rules.max_bytes) return;
  throw Refusal("weak_password", "a password has " + std::to_string(rules.min_bytes) + " to " +
                                     std::to_string(rules.max_bytes) + " bytes, this one " +
                                     std::to_string(password.size()));
}

std::string hash_password(std::string_view password, const PasswordRules& rules) {
  check_rules(rules);
  if (password.size() > rules.max_bytes)
    throw Error(ErrorKind::invalid, "a password has at most " + std::to_string(rules.max_bytes) + " bytes, this one " +
                                        std::to_string(password.size()));
  const PasswordCosts& costs = rules.costs;
  const std::string salt = random_bytes(kSaltBytes);
  std::string encoded(argon2_encodedlen(costs.passes, costs.memory_kib, costs.lanes, kSaltBytes, kHashBytes, Argon2_id),
                      '\0');
  const int code = argon2id_hash_encoded(costs.passes, costs.memory_kib, costs.lanes, password.data(), password.size(),
                                         salt.data(), salt.size(), kHashBytes, encoded.data(), encoded.size());
  if (code != ARGON2_OK) argon_failed(code);
  encoded.resize(encoded.find('\0'));
  return encoded;
}

PasswordMatch check_password(std::string_view password, const std::optional<std::string>& stored,
                             const PasswordRules& rules) {
  check_rules(rules);
  if (password.size() > rules.max_bytes) return PasswordMatch::no;
  if (!stored || stored->empty()) {
    work_as_hard(password, rules.costs);
    return PasswordMatch::no;
  }
  const auto costs = costs_of(*stored);
  if (!costs) throw Error(ErrorKind::corrupt, "a stored password is no argon2id hash with costs within their limits");
  // Its comparison takes as long wherever the hashes differ.
  const int code = argon2id_verify(stored->c_str(), password.data(), password.size());
  if (code == ARGON2_VERIFY_MISMATCH) return PasswordMatch::no;
  if (code == ARGON2_MEMORY_ALLOCATION_ERROR || code == ARGON2_THREAD_FAIL) argon_failed(code);
  if (code != ARGON2_OK)
    throw Error(ErrorKind::corrupt, std::string("a stored password cannot be read: ") + argon2_error_message(code));
  const bool grown = costs->memory_kib < rules.costs.memory_kib || costs->passes < rules.costs.passes ||
                     costs->lanes < rules.costs.lanes;
  return grown ? PasswordMatch::yes_rehash : PasswordMatch::yes;
}

std::string new_secret() { return to_base64url(random_bytes(32)); }

std::string hash_secret(std::string_view secret) { return std::string(kFastHash) + to_base64url(sha256(secret)); }

bool secret_matches(std::string_view secret, const std::string& hash) {
  if (hash.starts_with(kFastHash)) return equal_secrets(hash, hash_secret(secret));
  return check_password(secret, hash) != PasswordMatch::no;
}

}  // namespace troupe::auth
