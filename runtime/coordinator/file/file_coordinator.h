// The coordinator in a directory that the processes of one machine share. A commit is an LMDB write transaction,
// synced; a session lives as long as its process has a lock; watchers read the history that lies with the records.
#pragma once

#include <memory>

#include "coordinator/coordinator.h"
#include "coordinator/file/shared_environment.h"

namespace troupe::coordinator::file {

[[nodiscard]] Result<std::unique_ptr<Coordinator>> open_file(const EnvironmentOptions& options);

}  // namespace troupe::coordinator::file
