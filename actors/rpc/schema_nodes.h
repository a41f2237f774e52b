// The schema of a service for those who load schemas while they run: its interface and every type that it reaches.
#pragma once

#include <capnp/schema.h>

#include <map>

namespace troupe::rpc {

// By id.
[[nodiscard]] std::map<std::uint64_t, capnp::Schema> reached_by(capnp::InterfaceSchema service);

}  // namespace troupe::rpc
