// What the commands of `shop` end with. Supervisors read them: a wrong configuration does not heal by a restart.
#pragma once

#include <troupe/processes.h>

namespace demo::exit_code {

inline constexpr int kGood = 0;
inline constexpr int kNotGood = 1;     // it ran, and what it was to show did not hold
inline constexpr int kWrongUsage = 2;  // arguments or configuration
inline constexpr int kNoStart = 3;     // a port, a directory, a node that cannot be reached
inline constexpr int kUnhealthy =
    troupe::kUnhealthyExitCode;       // 4: the node found itself unhealthy; a new process may do better
inline constexpr int kStopped = 130;  // by a signal, before it was done

}  // namespace demo::exit_code
