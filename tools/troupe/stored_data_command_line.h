// The part of the command line that names the commands on what actors keep beside their states.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "saga_commands.h"
#include "stored_data_commands.h"

namespace troupe::tool {

// Adds a command below `parent` that prints what `show` gives.
using AddCommand =
    std::function<CLI::App*(CLI::App& parent, const char* name, const char* text, std::function<std::string()> show)>;

// Of running nodes. `nodes` and `json` are asked when a command runs.
void add_kept(CLI::App& app, StoredDataOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
              const bool& json);
// The same for sagas: `saga ls`.
void add_sagas(CLI::App& app, SagaOptions& options, const AddCommand& add, const std::function<Nodes()>& nodes,
               const bool& json);
// Of the files of a stopped one, below `db`; `add` adds the directory.
void add_kept_in_files(CLI::App& db, StoredDataOptions& options, const AddCommand& add,
                       const std::function<FileStoredData()>& files, const bool& json);
void add_sagas_in_files(CLI::App& db, SagaOptions& options, const AddCommand& add,
                        const std::function<FileStoredData()>& files, const bool& json);

}  // namespace troupe::tool
