// How schemas and configuration files spell placements and ways of balancing.
#include "troupe/placement.h"

namespace troupe {

std::string_view to_string(Balance balance) noexcept {
  switch (balance) {
    case Balance::least_outstanding: return "least_outstanding";
    case Balance::round_robin: return "round_robin";
    case Balance::random: return "random";
    case Balance::weighted: return "weighted";
    case Balance::consistent_hash: return "consistent_hash";
    case Balance::local_first: return "local_first";
  }
  return "?";
}

std::string_view to_string(Placement placement) noexcept {
  switch (placement) {
    case Placement::keyed: return "keyed";
    case Placement::pool: return "pool";
    case Placement::pinned: return "pinned";
    case Placement::singleton: return "singleton";
  }
  return "?";
}

std::optional<Balance> balance_from(std::string_view word) noexcept {
  for (const Balance known : kBalances)
    if (to_string(known) == word) return known;
  return std::nullopt;
}

}  // namespace troupe
