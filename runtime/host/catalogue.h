// A store's schema catalogue as a set of schemas, and the guard before it: a build whose schemas do not go with what
// the store remembers does not start on it.
#pragma once

#include <filesystem>

#include "reflect/schema_set.h"
#include "store/schema_catalogue.h"
#include "troupe/log.h"

namespace troupe::host {

[[nodiscard]] Result<reflect::SchemaSet> read_catalogue(const store::SchemaCatalogue& catalogue);

// Remembers `now` beside what is there. `invalid`, and nothing is written: some changes are refused
// (runtime/doc/schema_evolution.md); the message names each and what to do. What only people notice is logged.
[[nodiscard]] Result<void> remember_schemas(store::SchemaCatalogue& catalogue, const reflect::SchemaSet& now,
                                            const std::filesystem::path& directory, const LogSink& log);

}  // namespace troupe::host
