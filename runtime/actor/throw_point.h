// Where the last exception of this thread's actors was thrown, as far as somebody writes it down: a program that links
// Troupe::crash_traces does (cxa_throw.cpp); in any other nothing is known, and nothing is paid.
#pragma once

#include <array>
#include <cstddef>
#include <exception>
#include <vector>

#include "base/limits.h"

namespace troupe::actor {

struct ThrowPoint {
  const void* exception = nullptr;  // the object thrown; null: none yet
  std::size_t frames = 0;
  std::array<const void*, limits::kMaxTraceFrames> addresses{};  // of returns, innermost first
};

// Of this thread.
[[nodiscard]] ThrowPoint& throw_point() noexcept;

// Where that exception was thrown; empty: not known, for another was thrown since, elsewhere, or nobody writes it down.
[[nodiscard]] std::vector<const void*> trace_of(const std::exception_ptr& exception);

}  // namespace troupe::actor
