// Sagas, as the journals of their actors have them: the row "run" of the table "saga" (actors/saga/saga.capnp).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "stored_data.h"

namespace troupe::tool {

struct SagaOptions {
  std::string service;
  std::vector<std::string> states;  // phases; empty: those that are not done
  bool stuck = false;
  bool all = false;
  std::size_t limit = 100;
};

[[nodiscard]] std::string show_sagas(const StoredData& kept, const SagaOptions& options, bool json);

}  // namespace troupe::tool
