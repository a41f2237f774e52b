#include "host/deliver.h"

#include "call/host_call.h"

namespace troupe::host {

Result<void> deliver(NodeRouting& routing, wire::AddressPtr target, wire::Delivery delivery,
                     std::chrono::milliseconds timeout) {
  auto call = make_counted<wire::Envelope>();
  call->target = std::move(target);
  call->method = wire::kNoMethod;
  call->id = routing.origin.new_id();
  call->sent = routing.origin.clock.now();
  call->deadline = TimePoint::max();  // who waits here gives up, the turn does not
  call->first_sent_ms = routing.origin.time.at(call->sent);
  call->delivery = std::make_unique<wire::Delivery>(std::move(delivery));
  auto waiting = make_counted<call::HostCall>();
  call->reply_to = waiting;
  const std::string whom = call->target->text();
  routing.registry.deliver_here(call);
  if (!waiting->wait(timeout)) {
    return Error(ErrorKind::deadline, whom + " was busy for " + std::to_string(timeout.count()) +
                                          " ms; what was asked of it may still happen");
  }
  if (call->error) return *call->error;
  return {};
}

}  // namespace troupe::host
