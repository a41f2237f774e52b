// Calls that came over a link: where they go, and which are turned back.
#include <algorithm>
#include <utility>

#include "actor/outbox.h"
#include "base/limits.h"
#include "cluster/router.h"
#include "troupe/service.h"

namespace troupe::cluster {

// --- 5: a call that came over a link ---

Result<wire::AddressPtr> Router::resolve(net::PeerId from, std::uint64_t service_id, std::string_view key) {
  auto address = registry_->intern(service_id, key);
  if (!address) return address;
  const actor::Visitors& visitors = *places_.at(from).visitors;
  if (registry_->is_active(**address) || visitors.room()) return address;
  if (!takes(**address)) return address;  // and on_call() says whose it is
  Error error(ErrorKind::overloaded, "node " + self() + " has " + std::to_string(visitors.count()) +
                                         " actors in memory that calls of node " + places_.at(from).name +
                                         " have made active, and makes no more");
  return error.retry_after(kMostRetryAfter);
}

// A message's number is believed only of the node that owns its sender: any other could make the receiver drop what the
// sender sends. A node that does not own it may be about to, and this one not know of it yet: it may try again.
std::unique_ptr<Error> Router::sender_trouble(net::PeerId from, const wire::Envelope& call) const {
  const wire::DurableMessage* message = wire::message_of(call);
  if (!message) return nullptr;
  const std::string_view sender = message->sender;
  const std::string_view key = sender.substr(std::min(sender.find('/') + 1, sender.size()));
  const std::string peer = "node " + places_.at(from).name;
  if (message->channel != actor::hash_of(message->sender_service, key))
    return std::make_unique<Error>(ErrorKind::denied, peer + " sends a message to " + call.target->text() + " as " +
                                                          message->sender + ", on the channel of another actor");
  const Ownership owner = view_.of(partition_of(message->sender_service, key));
  if (owner.owner == static_cast<MemberIndex>(from)) return nullptr;
  return std::make_unique<Error>(
      ErrorKind::unavailable, peer + " does not own " + message->sender + ", as whose message it sends one to " +
                                  call.target->text() + "; as node " + self() + " knows, node " + name_of(owner.owner) +
                                  " does since epoch " + std::to_string(owner.epoch));
}

void Router::on_call(net::PeerId from, wire::EnvelopePtr call) noexcept {
  if (!newcomers_.load(std::memory_order_acquire)) {
    // A retry may have run; saying "did not run" would be wrong. Its link is about to go, then its node calls again.
    if (call->attempt > 1) return;
    Error error = closed_error(*call);
    return wire::answer(std::move(call), std::move(error));
  }
  call->from_link = true;
  if (!takes(*call->target)) {
    auto error = wrong_owner(*call);
    return wire::answer(std::move(call), std::move(error));
  }
  if (auto trouble = sender_trouble(from, *call)) return wire::answer(std::move(call), std::move(trouble));
  call->went_to.store(view_.self(), std::memory_order_release);
  registry_->deliver_here(std::move(call), places_.at(from).visitors.get());
}

std::unique_ptr<Error> Router::wrong_owner(const wire::Envelope& call) const {
  if (call.target->route == wire::Route::by_name)
    return std::make_unique<Error>(ErrorKind::not_found,
                                   call.target->text() + " lives on the member of that name, and this is " + self());
  const Ownership what = view_.of(call.target->partition);
  const std::string& owner = name_of(what.owner);
  return std::make_unique<wire::WrongOwner>(call.target->text() + " belongs to node " + owner + " since epoch " +
                                                std::to_string(what.epoch) + ", not to " + self(),
                                            owner, what.epoch);
}

}  // namespace troupe::cluster
