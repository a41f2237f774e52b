// Cap'n Proto's texts as the standard library's.
#pragma once

#include <capnp/blob.h>

#include <string_view>

namespace troupe::topic {

[[nodiscard]] inline std::string_view words(capnp::Text::Reader text) noexcept { return {text.begin(), text.size()}; }

}  // namespace troupe::topic
