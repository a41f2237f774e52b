// A store's schema catalogue as a set of schemas, and the guard before it: a build whose schemas do not go with what
// the store remembers does not start on it.
#pragma once

#include <cstdint>
#include <filesystem>
#include <set>

#include "reflect/schema_set.h"
#include "reflect/way_back.h"
#include "store/store.h"
#include "troupe/log.h"

namespace troupe::host {

[[nodiscard]] Result<reflect::SchemaSet> read_catalogue(const store::SchemaCatalogue& catalogue);

// Remembers it, but for the nodes of `without`.
[[nodiscard]] Result<void> write_catalogue(store::SchemaCatalogue& catalogue, const reflect::SchemaSet& set,
                                           const std::set<std::uint64_t>& without);

// What another store has seen, with rows that come from there; of each type the later form stays. `refused`, and
// nothing is written: the two have seen forms of a type of which neither followed the other.
[[nodiscard]] Result<void> learn_schemas(store::SchemaCatalogue& catalogue, reflect::SchemaSet theirs);

// Remembers `now` beside what is there, and forgets what stands in its way and no row is of any more. True: the store
// has seen a later form of some of it, which stays remembered, and what that has more is to be kept
// (reflect/way_back.h). `invalid`, and nothing is written: some changes are refused (runtime/doc/schema_evolution.md);
// the message names each and what to do. What only people notice is logged.
[[nodiscard]] Result<bool> remember_schemas(store::Store& store, const reflect::SchemaSet& now,
                                            const std::filesystem::path& directory, const LogSink& log);

}  // namespace troupe::host
