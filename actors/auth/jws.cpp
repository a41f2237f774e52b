#include "auth/jws.h"

#include <cctype>
#include <utility>

#include "auth/encoding.h"
#include "auth/limits.h"
#include "auth/strict_json.h"
#include "auth/token_error.h"

namespace troupe::auth {
namespace {

Error malformed(const std::string& why) { return token_error(TokenFault::malformed, "the token is malformed: " + why); }

// The text of a header member; false: it is there and no text of a sensible length.
bool read_member(const nlohmann::json& header, const char* name, std::string& into) {
  const auto it = header.find(name);
  if (it == header.end()) return true;
  if (!it->is_string()) return false;
  into = it->get<std::string>();
  return is_name(into, limits::kMaxKidBytes);
}

// The type as RFC 7515 compares it: without regard to case, and to a leading "application/".
std::string plain_type(std::string type) {
  for (char& c : type) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  constexpr std::string_view kPrefix = "application/";
  if (type.starts_with(kPrefix)) type.erase(0, kPrefix.size());
  return type;
}

Result<Jws> read_header(const std::string& text) {
  std::string why;
  const auto header = parse_strictly(text, why);
  if (!header) return malformed("of its header " + why);
  if (!header->is_object()) return malformed("its header is no object");
  if (header->contains("crit"))
    return token_error(TokenFault::critical, "the token's header has crit, which nothing here understands");
  for (const char* foreign : {"jku", "x5u", "jwk", "x5c"})
    if (header->contains(foreign))
      return malformed(std::string("its header brings a key of its own or says where to get one (") + foreign + ")");
  Jws jws;
  if (!read_member(*header, "alg", jws.algorithm) || !read_member(*header, "kid", jws.key_id) ||
      !read_member(*header, "typ", jws.type))
    return malformed("its alg, kid or typ is no text, or not one of 1 to " + std::to_string(limits::kMaxKidBytes) +
                     " bytes");
  if (jws.algorithm != "ES256" && jws.algorithm != "RS256")
    return token_error(TokenFault::algorithm, "the token's alg is neither ES256 nor RS256");
  if (jws.key_id.empty()) return token_error(TokenFault::no_key_id, "the token does not name its key (kid)");
  jws.type = plain_type(std::move(jws.type));
  return jws;
}

}  // namespace

Result<Jws> read_jws(std::string_view token) {
  if (token.size() > limits::kMaxTokenBytes)
    return token_error(TokenFault::too_large, "the token has " + std::to_string(token.size()) + " bytes; " +
                                                  std::to_string(limits::kMaxTokenBytes) + " are the most");
  const auto first = token.find('.');
  const auto second = first == token.npos ? token.npos : token.find('.', first + 1);
  if (second == token.npos || token.find('.', second + 1) != token.npos) return malformed("it has not three parts");
  const auto header = from_base64url(token.substr(0, first));
  auto payload = from_base64url(token.substr(first + 1, second - first - 1));
  auto signature = from_base64url(token.substr(second + 1));
  if (!header || !payload || !signature) return malformed("a part of it is not base64url without padding");
  auto jws = read_header(*header);
  if (!jws) return jws;
  jws->payload = std::move(*payload);
  jws->signature = std::move(*signature);
  jws->signed_bytes = token.substr(0, second);
  return jws;
}

}  // namespace troupe::auth
