#include "auth/jwt.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <unordered_map>
#include <utility>

#include "auth/encoding.h"
#include "auth/jws.h"
#include "auth/limits.h"
#include "auth/token_error.h"
#include "troupe/duration.h"

namespace troupe::auth {

std::string make_token(const SigningKey& key, const Claims& claims, TokenType type) {
  const nlohmann::json header = {{"alg", to_string(key.verifying().algorithm())},
                                 {"kid", key.verifying().id()},
                                 {"typ", type == TokenType::access ? "at+jwt" : "JWT"}};
  std::string token = to_base64url(header.dump()) + '.' + to_base64url(write_claims(claims));
  token += '.' + to_base64url(key.sign(token));
  if (token.size() > limits::kMaxTokenBytes)
    throw Error(ErrorKind::invalid, "a token of " + std::to_string(token.size()) + " bytes would be taken by nobody; " +
                                        std::to_string(limits::kMaxTokenBytes) + " are the most: name fewer roles");
  return token;
}

// A token whose signature is right, with what made it so.
struct TokenCheck::Good {
  std::shared_ptr<const Claims> claims;
  const TrustedIssuer* issuer;
  std::shared_ptr<const VerifyingKey> key;
};

// The good tokens by their digests, the oldest gone first: the digest, and not the token, is compared, so that the time
// it takes says nothing about tokens of others. In parts, each with a lock of its own.
class TokenCheck::Remembered {
 public:
  explicit Remembered(std::size_t most) : most_per_part_(std::max<std::size_t>(1, most / kParts)) {}

  [[nodiscard]] std::optional<Good> find(const std::string& digest) {
    Part& part = part_of(digest);
    const std::lock_guard lock(part.mutex);
    const auto it = part.good.find(digest);
    if (it == part.good.end()) return std::nullopt;
    return it->second;
  }
  void keep(const std::string& digest, const Good& good) {
    Part& part = part_of(digest);
    const std::lock_guard lock(part.mutex);
    if (!part.good.emplace(digest, good).second) return;
    part.order.push_back(digest);
    while (part.order.size() > most_per_part_) {
      part.good.erase(part.order.front());
      part.order.pop_front();
    }
  }
  void forget(const std::string& digest) {
    Part& part = part_of(digest);
    const std::lock_guard lock(part.mutex);
    if (part.good.erase(digest) > 0) std::erase(part.order, digest);
  }

 private:
  static constexpr std::size_t kParts = 16;
  struct DigestHash {
    std::size_t operator()(const std::string& digest) const noexcept {
      std::size_t hash = 0;
      std::memcpy(&hash, digest.data(), sizeof hash);
      return hash;
    }
  };
  struct Part {
    std::mutex mutex;
    std::unordered_map<std::string, Good, DigestHash> good;
    std::list<std::string> order;
  };
  Part& part_of(const std::string& digest) { return parts_[static_cast<unsigned char>(digest.back()) % kParts]; }

  std::size_t most_per_part_;
  std::array<Part, kParts> parts_;
};

TokenCheck::TokenCheck(CheckOptions options) : options_(std::move(options)) {
  const auto refuse = [](const std::string& why) { throw Error(ErrorKind::invalid, "a check of tokens " + why); };
  if (options_.issuers.empty()) refuse("trusts no issuer");
  for (const auto& issuer : options_.issuers) {
    if (issuer.name.empty() || issuer.name.size() > limits::kMaxNameBytes)
      refuse("trusts an issuer whose name has not 1 to " + std::to_string(limits::kMaxNameBytes) + " bytes");
    if (!issuer.find_key) refuse("has no keys of the issuer '" + issuer.name + "'");
    if (std::count_if(options_.issuers.begin(), options_.issuers.end(),
                      [&](const auto& other) { return other.name == issuer.name; }) > 1)
      refuse("names the issuer '" + issuer.name + "' twice");
  }
  if (options_.audience.empty()) refuse("has no audience: it would take tokens that are for others");
  if (options_.skew < std::chrono::seconds(0) || options_.skew > limits::kMaxClockSkew)
    refuse("has a skew of " + std::to_string(options_.skew.count()) + " s; 0 to " +
           std::to_string(limits::kMaxClockSkew.count()) + " are allowed");
  if (options_.remembered > limits::kMaxRemembered)
    refuse("remembers at most " + std::to_string(limits::kMaxRemembered) + " tokens");
  if (options_.remembered > 0) remembered_ = std::make_unique<Remembered>(options_.remembered);
}

TokenCheck::~TokenCheck() = default;
TokenCheck::TokenCheck(TokenCheck&&) noexcept = default;

Result<std::shared_ptr<const Claims>> TokenCheck::check(std::string_view token,
                                                        std::chrono::system_clock::time_point now) const {
  return check(token, now, true);
}

std::optional<Result<std::shared_ptr<const Claims>>> TokenCheck::check_at_once(
    std::string_view token, std::chrono::system_clock::time_point now) const {
  try {
    return check(token, now, false);
  } catch (const MustWait&) {
    return std::nullopt;
  }
}

// Throws MustWait: seldom, as keys are fetched seldom.
std::shared_ptr<const VerifyingKey> TokenCheck::find_key(const TrustedIssuer& issuer, std::string_view key_id,
                                                         bool may_wait) const {
  if (!may_wait && issuer.would_wait && issuer.would_wait(key_id)) throw MustWait{};
  return issuer.find_key(key_id);
}

Result<std::shared_ptr<const Claims>> TokenCheck::check(std::string_view token,
                                                        std::chrono::system_clock::time_point now,
                                                        bool may_wait) const {
  const Moment moment = moment_of(now);
  std::string digest;
  if (remembered_ && token.size() <= limits::kMaxTokenBytes) {
    digest = sha256(token);
    if (const auto good = remembered_->find(digest)) {
      // A key that its issuer has no more takes its tokens with it.
      const bool held = find_key(*good->issuer, good->key->id(), may_wait) == good->key;
      if (auto timely = in_time(*good->claims, moment); held && timely.ok()) return good->claims;
      remembered_->forget(digest);
    }
  }
  auto good = verify(token, may_wait);
  if (!good) return good.error();
  if (auto timely = in_time(*good->claims, moment); !timely.ok()) return timely.error();
  if (remembered_) remembered_->keep(digest, *good);
  return good->claims;
}

Result<TokenCheck::Good> TokenCheck::verify(std::string_view token, bool may_wait) const {
  auto jws = read_jws(token);
  if (!jws) return jws.error();
  // Whose key to look for; nothing else of the claims counts before the signature does.
  auto claims = read_claims(jws->payload);
  if (!claims) return claims.error();
  const auto issuer = std::find_if(options_.issuers.begin(), options_.issuers.end(),
                                   [&](const auto& trusted) { return trusted.name == claims->issuer; });
  if (issuer == options_.issuers.end())
    return token_error(TokenFault::issuer, "the token's issuer is not one that is trusted here");

  auto key = find_key(*issuer, jws->key_id, may_wait);
  if (!key) return token_error(TokenFault::unknown_key, "the token's issuer has no key of the id that it names");
  if (jws->algorithm != to_string(key->algorithm()))
    return token_error(TokenFault::algorithm, "the token's alg is not that of its key");
  if (!key->verifies(jws->signed_bytes, jws->signature))
    return token_error(TokenFault::signature, "the token is not signed by the key that it names");

  const bool typed =
      jws->type == "at+jwt" || (issuer->type == TokenType::any && (jws->type.empty() || jws->type == "jwt"));
  if (!typed) return token_error(TokenFault::type, "the token's typ is not that of an access token (at+jwt)");
  if (std::find(claims->audience.begin(), claims->audience.end(), options_.audience) == claims->audience.end())
    return token_error(TokenFault::audience, "the token is for another audience");
  return Good{std::make_shared<const Claims>(std::move(*claims)), &*issuer, std::move(key)};
}

Result<void> TokenCheck::in_time(const Claims& claims, Moment now) const {
  if (later(claims.expires, options_.skew) <= now)
    return token_error(TokenFault::expired, "the token has expired; get another one");
  const Moment soon = later(now, options_.skew);
  if ((claims.not_before && *claims.not_before > soon) || (claims.issued && *claims.issued > soon))
    return token_error(TokenFault::not_yet, "the token is not valid yet: its clock is ahead of this one");
  return {};
}

}  // namespace troupe::auth
