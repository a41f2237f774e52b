// Looks at tokens on threads that may wait, so that a loop's does not. Its functions are the loops' threads'.
#pragma once

#include <kj/async.h>

#include <memory>
#include <string>

#include "gateway/slow_pool.h"
#include "rpc/mailbox.h"
#include "rpc/shared.h"

namespace troupe::rpc {

// What was found, for whoever waits.
using LookedAt = std::shared_ptr<const Result<Bearer>>;

class TokenLooks {
 public:
  // Throws std::system_error. `shared` outlives it.
  explicit TokenLooks(const Shared& shared);

  // Whose the token is. An error: it is none, or `overloaded`: too many wait. Dropping the promise drops the answer.
  [[nodiscard]] kj::Promise<LookedAt> look(std::string token, const std::shared_ptr<Mailbox>& loop);
  // Waits for those that are being looked at; the others get no answer.
  void stop() { pool_.stop(); }

 private:
  const Shared& shared_;
  gateway::SlowPool pool_;
};

}  // namespace troupe::rpc
