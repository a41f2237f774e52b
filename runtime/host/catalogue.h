// A store's schema catalogue as a set of schemas, and the guard before it: a build whose schemas do not go with what
// the store remembers does not start on it.
#pragma once

#include <filesystem>

#include "store/schema_catalogue.h"
#include "troupe/log.h"
#include "wire/schema_set.h"

namespace troupe::host {

[[nodiscard]] Result<wire::SchemaSet> read_catalogue(const store::SchemaCatalogue& catalogue);

// Remembers `now` beside what is there. `invalid`, and nothing is written: some changes are refused
// (runtime/doc/schema_evolution.md); the message names each and what to do. What only people notice is logged.
[[nodiscard]] Result<void> remember_schemas(store::SchemaCatalogue& catalogue, const wire::SchemaSet& now,
                                            const std::filesystem::path& directory, const LogSink& log);

}  // namespace troupe::host
