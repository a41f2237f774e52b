// Who is asking, as a gateway knows it from a token, and how it travels.
//
// A caller comes with a call from outside and goes on with everything that the call leads to: nested calls, durable
// messages and their answers, reminders; timers carry none. At the first actor it decides: the method's rule
// (troupe/http_route.h) is held against it before the turn begins. Further on it is information (Actor::caller()).
#pragma once

#include <string>
#include <string_view>

#include "troupe/limits.h"

namespace troupe {

class SharedCaller;

// A value; any thread.
struct Caller {
  std::string name;    // empty: anonymous, who asks without a token. Up to limits::kMaxCallerNameBytes
  std::string roles;   // "admin clerk", parted by spaces. Up to limits::kMaxCallerWordsBytes
  std::string scopes;  // of the token, as the roles

  [[nodiscard]] bool known() const noexcept { return !name.empty(); }
  [[nodiscard]] bool has_role(std::string_view role) const noexcept;
  [[nodiscard]] bool has_scope(std::string_view scope) const noexcept;
  friend bool operator==(const Caller&, const Caller&) = default;
};

// As long as it lives, the calls that this thread makes outside turns come from outside, and carry `caller`; inside of
// another scope, the inner one's. For one thread of the program, and to be ended where it was begun. Throws `invalid`
// past the limits, and inside actors.
//
// Calls of a thread without a scope are the program's own: no rule holds for them, and they carry nobody.
class CallerScope {
 public:
  explicit CallerScope(Caller caller);
  ~CallerScope();
  CallerScope(const CallerScope&) = delete;
  CallerScope& operator=(const CallerScope&) = delete;

 private:
  SharedCaller* before_;
};

}  // namespace troupe
