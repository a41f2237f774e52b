#include "auth/claims.h"

#include <cmath>
#include <utility>

#include "auth/limits.h"
#include "auth/strict_json.h"
#include "auth/token_error.h"

namespace troupe::auth {
namespace {

using nlohmann::json;

// Reads the claims one by one, and remembers the first that is wrong.
class ClaimReader {
 public:
  explicit ClaimReader(const json& payload) : payload_(payload) {}

  std::string text(const char* name, bool needed) {
    const auto it = payload_.find(name);
    if (it == payload_.end()) return needed ? wrong(name, "is missing"), "" : "";
    if (!it->is_string() || !is_name(it->get_ref<const std::string&>(), limits::kMaxNameBytes))
      return wrong(name, "is no text of 1 to " + std::to_string(limits::kMaxNameBytes) + " bytes"), "";
    return it->get<std::string>();
  }

  std::optional<Moment> moment(const char* name, bool needed) {
    const auto it = payload_.find(name);
    if (it == payload_.end()) {
      if (needed) wrong(name, "is missing");
      return std::nullopt;
    }
    const double seconds = it->is_number() ? it->get<double>() : -1.0;
    if (!(seconds >= 0 && seconds <= static_cast<double>(limits::kMaxMoment))) {
      wrong(name, "is no count of seconds since 1970, up to " + std::to_string(limits::kMaxMoment));
      return std::nullopt;
    }
    return Moment(std::chrono::seconds(static_cast<long long>(std::floor(seconds))));
  }

  // A list of names, or one name; `parted`: names parted by spaces in one text.
  std::vector<std::string> names(const char* name, bool needed, bool parted) {
    const auto it = payload_.find(name);
    std::vector<std::string> found;
    if (it == payload_.end()) {
      if (needed) wrong(name, "is missing");
      return found;
    }
    if (it->is_string()) {
      const auto& text = it->get_ref<const std::string&>();
      found = parted ? split(text) : std::vector<std::string>{text};
    } else if (it->is_array() && it->size() <= limits::kMaxListEntries) {
      for (const auto& entry : *it) found.push_back(entry.is_string() ? entry.get<std::string>() : std::string());
    } else {
      wrong(name, "is neither a text nor a list of at most " + std::to_string(limits::kMaxListEntries));
    }
    if (found.size() > limits::kMaxListEntries)
      wrong(name, "has more than " + std::to_string(limits::kMaxListEntries) + " entries");
    for (const auto& entry : found)
      if (!is_name(entry, limits::kMaxNameBytes))
        wrong(name, "has an entry that is no text of 1 to " + std::to_string(limits::kMaxNameBytes) + " bytes");
    if (needed && found.empty()) wrong(name, "is empty");
    return found;
  }

  [[nodiscard]] const std::string& complaint() const noexcept { return complaint_; }

 private:
  void wrong(const char* name, const std::string& how) {
    if (complaint_.empty()) complaint_ = std::string("its ") + name + " " + how;
  }

  static std::vector<std::string> split(std::string_view text) {
    std::vector<std::string> parts;
    while (!text.empty()) {
      const auto end = text.find(' ');
      if (end != 0) parts.emplace_back(text.substr(0, end));
      text.remove_prefix(end == text.npos ? text.size() : end + 1);
    }
    return parts;
  }

  const json& payload_;
  std::string complaint_;
};

std::string joined(const std::vector<std::string>& parts) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : " ") + part;
  return text;
}

}  // namespace

Moment moment_of(std::chrono::system_clock::time_point time) noexcept {
  return std::chrono::floor<std::chrono::seconds>(time);
}

std::string write_claims(const Claims& claims) {
  json payload = {{"iss", claims.issuer}, {"sub", claims.subject}, {"exp", claims.expires.time_since_epoch().count()}};
  if (claims.audience.size() == 1) {
    payload["aud"] = claims.audience.front();
  } else {
    payload["aud"] = claims.audience;
  }
  if (claims.not_before) payload["nbf"] = claims.not_before->time_since_epoch().count();
  if (claims.issued) payload["iat"] = claims.issued->time_since_epoch().count();
  if (!claims.scope.empty()) payload["scope"] = joined(claims.scope);
  if (!claims.roles.empty()) payload["roles"] = claims.roles;
  if (!claims.id.empty()) payload["jti"] = claims.id;
  if (!claims.client.empty()) payload["client_id"] = claims.client;
  for (const auto& scope : claims.scope)
    if (scope.find(' ') != scope.npos) throw Error(ErrorKind::invalid, "a scope has a space: '" + scope + "'");
  std::string text;
  try {
    text = payload.dump();
  } catch (const json::exception&) {
    throw Error(ErrorKind::invalid, "claims that are no UTF-8 cannot stand in a token");
  }
  if (const auto back = read_claims(text); !back)
    throw Error(ErrorKind::invalid, "these claims cannot stand in a token: " + back.error().message());
  return text;
}

Result<Claims> read_claims(std::string_view payload) {
  std::string why;
  const auto parsed = parse_strictly(payload, why);
  if (!parsed) return token_error(TokenFault::malformed, "the token is malformed: of its payload " + why);
  if (!parsed->is_object()) return token_error(TokenFault::malformed, "the token's payload is no object");
  ClaimReader read(*parsed);
  Claims claims;
  claims.issuer = read.text("iss", true);
  claims.subject = read.text("sub", true);
  claims.audience = read.names("aud", true, false);
  claims.expires = read.moment("exp", true).value_or(Moment());
  claims.not_before = read.moment("nbf", false);
  claims.issued = read.moment("iat", false);
  claims.scope = read.names("scope", false, true);
  claims.roles = read.names("roles", false, false);
  claims.id = read.text("jti", false);
  claims.client = read.text("client_id", false);
  if (!read.complaint().empty())
    return token_error(TokenFault::claims, "the token's claims are not taken: " + read.complaint());
  return claims;
}

}  // namespace troupe::auth
