// What a orchestrator writes down of a step that went well.
#include <fmt/format.h>

#include "saga/orchestrator.h"

namespace troupe::saga {

Outcome Orchestrator::outcome_of(const Branch& branch) const {
  return {.name = branch.name,
          .kind = branch.kind,
          .attempts = branch.attempts + 1,
          .started_ms = begun_.wall_ms,
          .finished = now(),
          .compensable = static_cast<bool>(branch.undo)};
}

// The step took effect, whatever becomes of its result: it is in doubt, and not one that failed.
void Orchestrator::keep(const RunRecord& run, const Branch& branch, capnp::AnyPointer::Reader result) {
  auto outcome = outcome_of(branch);
  outcome.result = result;
  try {
    journal().add(run.number, branch.position, outcome);
  } catch (const Error& e) {
    throw Error(ErrorKind::failed, fmt::format("what step \"{}\" brought cannot be kept: {}", branch.name, e.message()))
        .may_have_run(true);
  }
}

}  // namespace troupe::saga
