// Stands in for the C++ runtime's throw in a program that links Troupe::crash_traces: what an actor throws, and is no
// troupe::Error, is noted with its stack, and goes its way. Needs a dynamic libstdc++, as this finds the real one
// behind it.
#include <dlfcn.h>
#include <unwind.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <typeinfo>
#include <utility>

#include "actor/current.h"
#include "actor/throw_point.h"
#include "troupe/error.h"

namespace {

using Throw = void (*)(void*, std::type_info*, void (*)(void*));

struct Walk {
  troupe::actor::ThrowPoint& point;
  bool in_throw = true;  // its own frame is the first
};

_Unwind_Reason_Code add_frame(_Unwind_Context* context, void* into) {
  auto& walk = *static_cast<Walk*>(into);
  auto& point = walk.point;
  if (std::exchange(walk.in_throw, false)) return _URC_NO_REASON;
  const auto address = _Unwind_GetIP(context);
  if (address == 0 || point.frames == point.addresses.size()) return _URC_END_OF_STACK;
  point.addresses[point.frames++] = reinterpret_cast<const void*>(address);
  return _URC_NO_REASON;
}

bool is_no_crash(const std::type_info& type) {
  return type == typeid(troupe::Error) || type == typeid(troupe::Refusal);
}

}  // namespace

// As the compiler itself declares it.
extern "C" [[noreturn]] __attribute__((visibility("default"))) void __cxa_throw(void* object, void* type_info,
                                                                                void (*destroy)(void*)) {
  auto* type = static_cast<std::type_info*>(type_info);
  static const auto real = reinterpret_cast<Throw>(::dlsym(RTLD_NEXT, "__cxa_throw"));
  if (real == nullptr) {
    std::fputs("Troupe::crash_traces needs libstdc++ as a shared library; link it without -static-libstdc++\n", stderr);
    std::abort();
  }
  if (troupe::actor::current().activation && type && !is_no_crash(*type)) {
    auto& point = troupe::actor::throw_point();
    point.exception = object;
    point.frames = 0;
    Walk walk{point};
    (void)_Unwind_Backtrace(add_frame, &walk);
  }
  real(object, type, destroy);
  std::abort();  // it does not return
}
