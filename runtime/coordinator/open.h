// Opens the coordinator that a configuration names.
#pragma once

#include <memory>
#include <optional>
#include <string_view>

#include "coordinator/config.h"
#include "coordinator/coordinator.h"

namespace troupe::coordinator {

// "static", "file" or "etcd"; nothing: another word.
[[nodiscard]] std::optional<Kind> kind_of(std::string_view word) noexcept;
[[nodiscard]] std::string_view to_string(Kind kind) noexcept;

// `invalid`: a configuration that cannot be, and kind none, which has no coordinator. An etcd is not asked yet: whether
// it can be reached, and takes the credentials, the first call says.
[[nodiscard]] Result<std::unique_ptr<Coordinator>> open(const CoordinatorConfig& config);

}  // namespace troupe::coordinator
