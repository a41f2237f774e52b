#include "auth/token_error.h"

namespace troupe::auth {

std::string_view to_string(TokenFault fault) noexcept {
  switch (fault) {
    case TokenFault::too_large: return "token_too_large";
    case TokenFault::malformed: return "token_malformed";
    case TokenFault::algorithm: return "token_algorithm";
    case TokenFault::critical: return "token_critical";
    case TokenFault::type: return "token_type";
    case TokenFault::no_key_id: return "token_no_key_id";
    case TokenFault::unknown_key: return "token_unknown_key";
    case TokenFault::signature: return "token_signature";
    case TokenFault::claims: return "token_claims";
    case TokenFault::issuer: return "token_issuer";
    case TokenFault::audience: return "token_audience";
    case TokenFault::expired: return "token_expired";
    case TokenFault::not_yet: return "token_not_yet";
  }
  return "token_unknown_fault";
}

Error token_error(TokenFault fault, const std::string& message) {
  return {ErrorKind::unauthenticated, std::string(to_string(fault)), message};
}

bool is(const Error& error, TokenFault fault) noexcept {
  return error.kind() == ErrorKind::unauthenticated && error.code() == to_string(fault);
}

}  // namespace troupe::auth
