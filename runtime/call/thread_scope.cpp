#include "call/thread_scope.h"

#include <utility>

#include "actor/current.h"

namespace troupe {
namespace {

// A turn goes on wherever there is a thread for it: a scope of one thread would end on another, and cover what others
// do.
void refuse_in_actor(const char* scope, const char* instead) {
  if (actor::current().activation)
    throw Error(ErrorKind::invalid, std::string("a ") + scope + " inside an actor: " + instead);
}

// Whoever is anonymous is always the same one.
CallerPtr shared(Caller caller) {
  static const CallerPtr anonymous = make_counted<SharedCaller>(Caller());
  return caller == Caller() ? anonymous : make_counted<SharedCaller>(std::move(caller));
}

}  // namespace

call::ThreadScope& call::scope_of_thread() noexcept {
  static thread_local ThreadScope scope;
  return scope;
}

TraceScope::TraceScope(const TraceContext& context) : before_(nullptr) {
  refuse_in_actor("TraceScope", "a turn's calls belong to its call's trace already");
  before_ = std::exchange(call::scope_of_thread().trace, SharedTrace::of(context)).detach();
}

TraceScope::~TraceScope() { call::scope_of_thread().trace = TracePtr::adopt(before_); }

CallerScope::CallerScope(Caller caller) : before_(nullptr) {
  refuse_in_actor("CallerScope", "a turn's calls carry its caller already; on_behalf_of() names another one");
  if (auto ok = check_caller(caller); !ok) throw ok.error();
  before_ = std::exchange(call::scope_of_thread().caller, shared(std::move(caller))).detach();
}

CallerScope::~CallerScope() { call::scope_of_thread().caller = CallerPtr::adopt(before_); }

}  // namespace troupe
