#include "auth/jwks.h"

#include <algorithm>
#include <utility>

#include "auth/limits.h"
#include "auth/strict_json.h"

namespace troupe::auth {

Result<PublishedKeys> read_jwks(std::string_view document) {
  const auto refuse = [](const std::string& why) {
    return Error(ErrorKind::invalid, "a published set of keys is refused: " + why);
  };
  if (document.size() > limits::kMaxJwksBytes)
    return refuse("it has " + std::to_string(document.size()) + " bytes; " + std::to_string(limits::kMaxJwksBytes) +
                  " are the most");
  std::string why;
  const auto parsed = parse_strictly(document, why);
  if (!parsed) return refuse(why);
  if (!parsed->is_object() || !parsed->contains("keys") || !(*parsed)["keys"].is_array())
    return refuse("it has no list of keys");
  const auto& list = (*parsed)["keys"];
  if (list.size() > limits::kMaxJwksKeys)
    return refuse("it has " + std::to_string(list.size()) + " keys; " + std::to_string(limits::kMaxJwksKeys) +
                  " are the most");

  PublishedKeys published;
  for (const auto& jwk : list) {
    auto key = VerifyingKey::from_jwk(jwk.dump());
    if (!key) {
      published.refused.push_back(key.error().message());
      continue;
    }
    const bool twice = std::any_of(published.keys.begin(), published.keys.end(),
                                   [&](const auto& other) { return other->id() == key->id(); });
    if (twice) {
      published.refused.push_back("a published key is refused: another one before it has the same kid");
    } else {
      published.keys.push_back(std::make_shared<const VerifyingKey>(std::move(*key)));
    }
  }
  if (published.keys.empty())
    return refuse(published.refused.empty() ? "it has no key" : "it has no key of use; " + published.refused.front());
  return published;
}

std::string write_jwks(const std::vector<KeyPointer>& keys) {
  auto list = nlohmann::json::array();
  for (const auto& key : keys) list.push_back(nlohmann::json::parse(key->jwk()));
  return nlohmann::json{{"keys", std::move(list)}}.dump();
}

}  // namespace troupe::auth
