#include "rpc/call_error.h"

#include <kj/debug.h>

namespace troupe::rpc {
namespace {

kj::Exception::Type type_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::overloaded:
    case ErrorKind::unavailable: return kj::Exception::Type::OVERLOADED;
    case ErrorKind::unimplemented: return kj::Exception::Type::UNIMPLEMENTED;
    default: return kj::Exception::Type::FAILED;
  }
}

// Whether it is worth saying that the call may have run: where the kind does not say it.
bool says_may_have_run(const Error& error) noexcept {
  const bool open = error.kind() == ErrorKind::deadline || error.kind() == ErrorKind::cancelled ||
                    error.kind() == ErrorKind::unknown_outcome;
  return open && error.may_have_run();
}

}  // namespace

kj::Exception as_exception(const Error& error) {
  std::string text = error.what();
  if (says_may_have_run(error)) text += " [may_have_run]";
  if (error.retry_after().count() > 0) text += " [retry_after_ms=" + std::to_string(error.retry_after().count()) + "]";
  return kj::Exception(type_of(error.kind()), __FILE__, __LINE__, kj::heapString(text.data(), text.size()));
}

void throw_as_exception(const Error& error) { kj::throwFatalException(as_exception(error)); }

void throw_as_unreadable(const kj::Exception& error) {
  throw_as_exception(
      Error(ErrorKind::invalid, std::string("the message cannot be read: ") + error.getDescription().cStr()));
}

void throw_as_failure(const std::exception& error) {
  kj::throwFatalException(as_exception(Error(ErrorKind::failed, error.what())));
}

}  // namespace troupe::rpc
