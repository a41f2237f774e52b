// An actor as a capability: calls of the schema's methods by their ordinals become calls of the runtime, for one
// caller. Its loop's thread.
#pragma once

#include <capnp/capability.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "rpc/mailbox.h"
#include "rpc/standing.h"
#include "troupe/ref.h"
#include "troupe/trace.h"

namespace troupe::rpc {

// Who asks through a directory, and what it gives.
struct Asker {
  Caller caller{};
  std::chrono::system_clock::time_point until = std::chrono::system_clock::time_point::max();
};

// What a client wants of all calls through a capability.
struct Terms {
  TraceContext trace{};
  std::string once{};                    // the idempotency key; empty: none
  std::chrono::milliseconds timeout{0};  // zero: the method's own, or the node's
};

class ActorCapability final : public capnp::Capability::Server {
 public:
  ActorCapability(std::unique_ptr<Standing::Held> held, std::shared_ptr<Mailbox> loop, const Offer& offer,
                  RefBase actor, Asker asker, Terms terms);

  DispatchCallResult dispatchCall(std::uint64_t interface_id, std::uint16_t method,
                                  capnp::CallContext<capnp::AnyPointer, capnp::AnyPointer> context) override;

 private:
  class Call;
  using Context = capnp::CallContext<capnp::AnyPointer, capnp::AnyPointer>;

  // Throws Error.
  [[nodiscard]] kj::Promise<void> begin(std::uint16_t method, Context context);
  void check(const MethodInfo& method) const;
  // Null: the call is no act of administration, or nobody wants to know. Throws `unavailable`: it cannot be told.
  [[nodiscard]] std::unique_ptr<gateway::AdminAct> act_of(const MethodInfo& method) const;
  [[nodiscard]] std::vector<gateway::RateLimiter::Ask> asks_of(const MethodInfo& method) const;
  [[nodiscard]] kj::Promise<void> run(const MethodInfo& method, Context context,
                                      std::unique_ptr<Standing::UnderWay> under_way,
                                      std::unique_ptr<gateway::AdminAct> act) const;
  // The same, or not at all: what is under way under a key, and ends with it.
  class KeyUse;
  [[nodiscard]] kj::Promise<void> run_once(const MethodInfo& method, Context context,
                                           std::unique_ptr<Standing::UnderWay> under_way,
                                           std::unique_ptr<gateway::AdminAct> act);
  [[nodiscard]] detail::CallHandle start(const MethodInfo& method, capnp::AnyPointer::Reader params) const;
  [[nodiscard]] const std::shared_ptr<Standing>& standing() const noexcept { return held_->of(); }

  const std::unique_ptr<Standing::Held> held_;
  const std::shared_ptr<Mailbox> loop_;
  const Offer& offer_;
  const RefBase actor_;
  const Asker asker_;
  const Terms terms_;
};

}  // namespace troupe::rpc
