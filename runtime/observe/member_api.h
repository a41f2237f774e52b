// The mapping of the paths about members: GET /members, GET /partitions, POST /members/NAME/drain, serve, leave.
#pragma once

#include "observe/answering.h"
#include "observe/member_source.h"

namespace troupe::observe {

[[nodiscard]] bool asks_for_members(const Target& target);
// Only what asks_for_members().
[[nodiscard]] AdminAnswer answer_members(MemberSource& source, std::string_view method, const Target& target);

}  // namespace troupe::observe
