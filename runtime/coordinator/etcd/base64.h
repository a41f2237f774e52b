// Base64 as protobuf's JSON has it for bytes: the standard alphabet, padded. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace troupe::coordinator::etcd {

[[nodiscard]] std::string to_base64(std::string_view bytes);
// Nothing: it is none.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace troupe::coordinator::etcd
