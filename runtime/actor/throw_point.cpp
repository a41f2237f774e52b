#include "actor/throw_point.h"

#include <cstring>

namespace troupe::actor {

ThrowPoint& throw_point() noexcept {
  static thread_local ThrowPoint point;
  return point;
}

std::vector<const void*> trace_of(const std::exception_ptr& exception) {
  static_assert(sizeof exception == sizeof(void*));  // libstdc++'s holds the object's address
  const void* object = nullptr;
  std::memcpy(&object, &exception, sizeof object);
  const ThrowPoint& point = throw_point();
  if (!object || object != point.exception) return {};
  // Not in braces: pointers are `const void*` themselves, and would be taken for two frames.
  return std::vector<const void*>(point.addresses.begin(),
                                  point.addresses.begin() + static_cast<std::ptrdiff_t>(point.frames));
}

}  // namespace troupe::actor
