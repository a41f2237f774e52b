// Errors of calls as exceptions of Cap'n Proto's RPC, which has four kinds and a text.
//
//   refused(out_of_stock): 2 wanted, 1 on hand
//   overloaded: this server has too many calls under way (limit calls) [retry_after_ms=50]
//   unknown_outcome: ... [may_have_run]
//
// The text begins with Error::what(): the kind's name, and a code in parentheses where there is one. What else is known
// stands in brackets at its end.
#pragma once

#include <kj/exception.h>

#include <exception>

#include "troupe/error.h"

namespace troupe::rpc {

// OVERLOADED for `overloaded` and `unavailable`: try later. UNIMPLEMENTED for `unimplemented`. FAILED for the others.
[[nodiscard]] kj::Exception as_exception(const Error& error);

[[noreturn]] void throw_as_exception(const Error& error);
[[noreturn]] void throw_as_unreadable(const kj::Exception& error);
[[noreturn]] void throw_as_failure(const std::exception& error);

// Runs what may throw an Error, and throws that as such an exception. Cap'n Proto's own, of a message that cannot be
// read, become `invalid`, others `failed`.
template <class F>
auto with_exceptions(F&& run) -> decltype(run()) {
  try {
    return run();
  } catch (const Error& error) {
    throw_as_exception(error);
  } catch (const kj::Exception& error) {  // before its base
    throw_as_unreadable(error);
  } catch (const std::exception& error) {
    throw_as_failure(error);
  }
}

}  // namespace troupe::rpc
