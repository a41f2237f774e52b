#include "rpc/actor_capability.h"

#include <kj/debug.h>

#include <utility>

#include "gateway/access.h"
#include "rpc/call_error.h"
#include "troupe/caller.h"

namespace troupe::rpc {
namespace {

// A message that holds capabilities is none for an actor, and what is too large is not copied.
void check_size(capnp::MessageSize size, std::size_t most_words, const char* what) {
  if (size.capCount > 0)
    throw Error(ErrorKind::invalid, std::string(what) + " hold capabilities, and those do not travel to actors");
  if (size.wordCount > most_words)
    throw Error(ErrorKind::invalid, std::string(what) + " have " + std::to_string(size.wordCount) +
                                        " words, and at most " + std::to_string(most_words) +
                                        " are taken (limit message_words)");
}

}  // namespace

// One call, until it has ended or nobody wants its answer. What the runtime's thread holds on to is `slot` alone.
class ActorCapability::Call {
 public:
  struct Slot {
    Call* call = nullptr;  // null: given up
  };

  Call(std::unique_ptr<Standing::UnderWay> under_way, detail::CallHandle handle)
      : under_way_(std::move(under_way)), handle_(std::move(handle)), slot_(std::make_shared<Slot>()) {
    slot_->call = this;
  }
  ~Call() {
    slot_->call = nullptr;
    auto& counts = under_way_->of().shared->counts;
    ++(ended_ ? counts.answered : counts.cancelled);
    if (!ended_) handle_.cancel();
  }
  Call(const Call&) = delete;
  Call& operator=(const Call&) = delete;

  // Ready when it has ended. Once.
  [[nodiscard]] kj::Promise<void> end(const std::shared_ptr<Mailbox>& loop) {
    auto pair = kj::newPromiseAndFulfiller<void>();
    ready_ = kj::mv(pair.fulfiller);
    handle_.on_end([loop, slot = slot_] {
      loop->post([slot] {
        if (slot->call) slot->call->ended();
      });
    });
    return kj::mv(pair.promise);
  }

  // Throws Error.
  void give_results(Context& context) const {
    if (const Error* error = handle_.error()) throw *error;
    const auto results = handle_.results();
    const auto size = results.targetSize();
    check_size(size, under_way_->of().limits().message_words, "the results");
    context.getResults(size).set(results);
  }

 private:
  void ended() {
    ended_ = true;
    ready_->fulfill();
  }

  const std::unique_ptr<Standing::UnderWay> under_way_;
  const detail::CallHandle handle_;
  const std::shared_ptr<Slot> slot_;
  kj::Own<kj::PromiseFulfiller<void>> ready_;
  bool ended_ = false;
};

ActorCapability::ActorCapability(std::unique_ptr<Standing::Held> held, std::shared_ptr<Mailbox> loop,
                                 const Offer& offer, RefBase actor, Asker asker, const TraceContext& trace)
    : held_(std::move(held)),
      loop_(std::move(loop)),
      offer_(offer),
      actor_(std::move(actor)),
      asker_(std::move(asker)),
      trace_(trace) {}

capnp::Capability::Server::DispatchCallResult ActorCapability::dispatchCall(std::uint64_t interface_id,
                                                                            std::uint16_t method, Context context) {
  const ServiceInfo& service = *offer_.service;
  if (interface_id != service.id) return internalUnimplemented(service.name, interface_id);
  if (method >= service.method_count) return internalUnimplemented(service.name, interface_id, method);
  return {kj::evalNow([&] { return with_exceptions([&] { return begin(method, kj::mv(context)); }); }), false};
}

kj::Promise<void> ActorCapability::begin(std::uint16_t method, Context context) {
  context.allowCancellation();
  check(offer_.service->methods[method]);
  auto under_way = Standing::begin_call(standing()).value();
  auto call = kj::heap<Call>(std::move(under_way), start(offer_.service->methods[method], context.getParams()));
  context.releaseParams();
  Call& of = *call;
  return of.end(loop_)
      .then([&of, context = kj::mv(context)]() mutable { with_exceptions([&] { of.give_results(context); }); })
      .attach(kj::mv(call));
}

void ActorCapability::check(const MethodInfo& method) const {
  const std::string name = std::string(offer_.service->name) + "." + method.name;
  if (std::chrono::system_clock::now() >= asker_.until)
    throw Error(ErrorKind::unauthenticated, "token_expired", "the token has ended: authenticate again");
  const bool unruled = method.access.who == AccessRule::Who::nobody;
  if (unruled && offer_.options.unruled == Unruled::everybody) return;
  if (unruled && offer_.options.unruled == Unruled::known) {
    if (asker_.caller.known()) return;
    throw Error(ErrorKind::unauthenticated, name + " is for those who are known: authenticate");
  }
  // Of a pool nobody owns an actor, whatever its key.
  const bool has_owner = offer_.service->placement == troupe::Placement::keyed;
  gateway::allows(method.access, asker_.caller, has_owner ? actor_.key() : std::string_view(), name).value();
}

detail::CallHandle ActorCapability::start(const MethodInfo& method, capnp::AnyPointer::Reader params) const {
  check_size(params.targetSize(), standing()->limits().message_words, "the parameters");
  std::optional<CallerScope> asks;
  // A method without a rule, which the host opened: the call is the program's own, or the actor's node would refuse it.
  if (method.access.who != AccessRule::Who::nobody) asks.emplace(asker_.caller);
  std::optional<TraceScope> traced;
  if (trace_.is_set()) traced.emplace(trace_);
  auto call = actor_.begin_call(method.ordinal);
  call.params().set(params);
  actor_.start_call(call);
  return call;
}

}  // namespace troupe::rpc
