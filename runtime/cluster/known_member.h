// A member as other nodes know it: where it is, how it is, and which services it has. What its record in the
// coordinator says (membership/records.h); of a listed member, only what the list says. Values; pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/node.h"

namespace troupe::cluster {

enum class MemberState : std::uint8_t {
  serving,   // owns partitions, and may get more
  draining,  // gives what it owns to others, and gets none
  left       // owns nothing any more and has ended
};
[[nodiscard]] std::string_view to_string(MemberState state) noexcept;

// A service that a member hosts, as the member says.
struct KnownService {
  std::uint64_t id = 0;
  std::string name;
  std::uint64_t schema_hash = 0;
  std::uint32_t state_version = 0;
  bool durable = false;
  bool healthy = true;    // by the service's own check
  std::string trouble{};  // what that finds wrong
  friend bool operator==(const KnownService&, const KnownService&) = default;
};

// A member by its name, which it keeps through all its runs.
struct KnownMember {
  Member member{};      // as it is now, or was last
  bool present = true;  // false: it has left, or was never more than a name in a record
  bool alive = true;    // its session lasts; of a listed member always
  bool ready = true;    // it has started, and what it keeps running runs
  MemberState state = MemberState::serving;
  std::uint64_t incarnation = 0;  // which of its runs; 0: not known
  std::uint32_t weight = JoinConfig{}.weight;
  std::string zone{};
  std::map<std::string, std::string> labels{};
  // By id. Nothing: not known, as of listed members.
  std::optional<std::vector<KnownService>> services{};

  // Null: it does not host it, or its services are not known.
  [[nodiscard]] const KnownService* service(std::uint64_t id) const noexcept;
  // Whether a call that any member may take is well placed there: it lives, is ready and serves, and hosts the service,
  // which is healthy. Of a listed member: it is no client. Says nothing of the link to it, which Router::suspects()
  // knows.
  [[nodiscard]] bool offers(std::uint64_t service_id) const noexcept;
  friend bool operator==(const KnownMember&, const KnownMember&) = default;
};

}  // namespace troupe::cluster
