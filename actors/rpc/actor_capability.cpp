#include "rpc/actor_capability.h"

#include <kj/debug.h>

#include <algorithm>
#include <utility>

#include "gateway/access.h"
#include "gateway/client_address.h"
#include "gateway/digest.h"
#include "gateway/idempotency_key.h"
#include "gateway/once.h"
#include "rpc/call_error.h"
#include "rpc/elsewhere.h"
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

std::string name_of(const ServiceInfo& service, const MethodInfo& method) {
  return std::string(service.name) + "." + method.name;
}

Error too_many(const gateway::RateLimiter::Denial& denial) {
  const auto& limit = denial.ask.limit;
  return Error(ErrorKind::overloaded, std::string("too many calls of this ") + denial.ask.what + ": " +
                                          std::to_string(limit.per_minute) + " a minute and " +
                                          std::to_string(limit.holds()) + " at once are taken")
      .retry_after(std::max(denial.retry_after, std::chrono::milliseconds(1)));
}

// Of the parameters, however the client laid them out.
std::string fingerprint_of(capnp::AnyPointer::Reader params) {
  const auto words = params.getAs<capnp::AnyStruct>().canonicalize();
  const auto bytes = words.asBytes();
  return gateway::Digest().add({reinterpret_cast<const char*>(bytes.begin()), bytes.size()}).end();
}

// The same call that is under way gets the answer of the first from its actor, which runs it once.
void refuse_other(const gateway::KeyGuard::Verdict& verdict) {
  using Is = gateway::KeyGuard::Verdict::Is;
  if (verdict.is == Is::other)
    throw Error(ErrorKind::invalid, "key_used",
                "this idempotency key was used for this method with other parameters; a new call needs a new key");
  if (verdict.is == Is::unknown)
    throw Error(ErrorKind::unavailable,
                "it cannot be looked up what this idempotency key was used for: " + verdict.why);
}

}  // namespace

// One call, until it has ended or nobody wants its answer. What the runtime's thread holds on to is `slot` alone.
class ActorCapability::Call {
 public:
  struct Slot {
    Call* call = nullptr;  // null: given up
  };

  Call(std::unique_ptr<Standing::UnderWay> under_way, detail::CallHandle handle, std::unique_ptr<gateway::AdminAct> act)
      : under_way_(std::move(under_way)),
        handle_(std::move(handle)),
        act_(std::move(act)),
        slot_(std::make_shared<Slot>()) {
    slot_->call = this;
  }
  ~Call() {
    if (act_ && ended_) tell_outcome();
    if (act_) tell("cancelled", {});
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
  void give_results(Context& context) {
    if (act_) tell_outcome();
    if (const Error* error = handle_.error()) throw *error;
    const auto results = handle_.results();
    const auto size = results.targetSize();
    check_size(size, under_way_->of().limits().message_words, "the results");
    context.getResults(size).set(results);
  }

 private:
  void tell_outcome() noexcept {
    const Error* error = handle_.error();
    tell(error ? to_string(error->kind()) : "ok", error ? error->code() : std::string());
  }
  void tell(std::string_view outcome, std::string code) noexcept {
    const Shared& shared = *under_way_->of().shared;
    const auto act = std::exchange(act_, nullptr);
    try {
      act->outcome = outcome;
      act->code = std::move(code);
      shared.options.audit.acted(std::move(*act));
    } catch (const std::exception& error) {
      shared.log(LogLevel::error, "an act of administration could not be written down: " + std::string(error.what()));
    } catch (...) {
      shared.log(LogLevel::error, "an act of administration could not be written down");
    }
  }
  void ended() {
    ended_ = true;
    ready_->fulfill();
  }

  const std::unique_ptr<Standing::UnderWay> under_way_;
  const detail::CallHandle handle_;
  std::unique_ptr<gateway::AdminAct> act_;  // null: it is none, or was told
  const std::shared_ptr<Slot> slot_;
  kj::Own<kj::PromiseFulfiller<void>> ready_;
  bool ended_ = false;
};

ActorCapability::ActorCapability(std::unique_ptr<Standing::Held> held, std::shared_ptr<Mailbox> loop,
                                 const Offer& offer, RefBase actor, Asker asker, Terms terms)
    : held_(std::move(held)),
      loop_(std::move(loop)),
      offer_(offer),
      actor_(std::move(actor)),
      asker_(std::move(asker)),
      terms_(std::move(terms)) {}

capnp::Capability::Server::DispatchCallResult ActorCapability::dispatchCall(std::uint64_t interface_id,
                                                                            std::uint16_t method, Context context) {
  const ServiceInfo& service = *offer_.service;
  if (interface_id != service.id) return internalUnimplemented(service.name, interface_id);
  if (method >= service.method_count) return internalUnimplemented(service.name, interface_id, method);
  return {kj::evalNow([&] { return with_exceptions([&] { return begin(method, kj::mv(context)); }); }), false};
}

kj::Promise<void> ActorCapability::begin(std::uint16_t ordinal, Context context) {
  context.allowCancellation();
  const MethodInfo& method = offer_.service->methods[ordinal];
  check(method);
  auto act = act_of(method);
  auto under_way = Standing::begin_call(standing()).value();
  auto asks = asks_of(method);
  if (asks.empty()) return run_once(method, kj::mv(context), std::move(under_way), std::move(act));
  auto passes = elsewhere<std::optional<gateway::RateLimiter::Denial>>(loop_);
  standing()->shared->limiter->pass(std::move(asks), std::move(passes.keep));
  return passes.kept.then([this, self = thisCap(), &method, context = kj::mv(context), under_way = std::move(under_way),
                           act = std::move(act)](auto denial) mutable {
    return with_exceptions([&] {
      if (*denial) throw too_many(**denial);
      return run_once(method, kj::mv(context), std::move(under_way), std::move(act));
    });
  });
}

// A key of a call that is about to run, until it has, or nobody wants its answer.
class ActorCapability::KeyUse {
 public:
  KeyUse(std::shared_ptr<gateway::KeyGuard> keys, gateway::KeyGuard::Use use)
      : keys_(std::move(keys)), use_(std::move(use)) {}
  ~KeyUse() { keys_->close(use_); }
  KeyUse(const KeyUse&) = delete;
  KeyUse& operator=(const KeyUse&) = delete;

 private:
  const std::shared_ptr<gateway::KeyGuard> keys_;
  const gateway::KeyGuard::Use use_;
};

kj::Promise<void> ActorCapability::run_once(const MethodInfo& method, Context context,
                                            std::unique_ptr<Standing::UnderWay> under_way,
                                            std::unique_ptr<gateway::AdminAct> act) {
  const auto& keys = standing()->shared->keys;
  if (terms_.once.empty() || !keys || method.read_only)
    return run(method, kj::mv(context), std::move(under_way), std::move(act));
  const auto params = context.getParams();
  check_size(params.targetSize(), standing()->limits().message_words, "the parameters");
  // A capability is one actor's, and its key one use of each of the methods.
  const std::string who = asker_.caller.known() ? "caller " + asker_.caller.name : "address " + standing()->peer;
  const std::string what = gateway::key_id(name_of(*offer_.service, method), actor_.key());
  auto use = keys->use(gateway::key_id(gateway::key_id(who, what), terms_.once));
  auto verdict = elsewhere<gateway::KeyGuard::Verdict>(loop_);
  keys->open(use, fingerprint_of(params), gateway::longest_of(method, terms_.timeout), std::move(verdict.keep));
  return verdict.kept.then([this, self = thisCap(), &method, context = kj::mv(context),
                            under_way = std::move(under_way), act = std::move(act),
                            held = std::make_unique<KeyUse>(keys, std::move(use))](auto told) mutable {
    return with_exceptions([&] {
      refuse_other(*told);
      return run(method, kj::mv(context), std::move(under_way), std::move(act)).attach(kj::mv(held));
    });
  });
}

kj::Promise<void> ActorCapability::run(const MethodInfo& method, Context context,
                                       std::unique_ptr<Standing::UnderWay> under_way,
                                       std::unique_ptr<gateway::AdminAct> act) const {
  auto call = kj::heap<Call>(std::move(under_way), start(method, context.getParams()), std::move(act));
  context.releaseParams();
  Call& of = *call;
  return of.end(loop_)
      .then([&of, context = kj::mv(context)]() mutable { with_exceptions([&] { of.give_results(context); }); })
      .attach(kj::mv(call));
}

std::vector<gateway::RateLimiter::Ask> ActorCapability::asks_of(const MethodInfo& method) const {
  const auto& rates = standing()->shared->options.rates;
  const auto& of_method = offer_.limits[method.ordinal];
  const std::string address = gateway::client_of(standing()->peer);
  std::vector<gateway::RateLimiter::Ask> out;
  if (rates.per_address.limits()) out.push_back({"address", address, rates.per_address});
  if (rates.per_caller.limits() && asker_.caller.known())
    out.push_back({"caller", asker_.caller.name, rates.per_caller});
  if (of_method.limits()) {
    const std::string who = asker_.caller.known() ? "caller " + asker_.caller.name : "address " + address;
    out.push_back({"route", name_of(*offer_.service, method) + " " + who, of_method});
  }
  return out;
}

std::unique_ptr<gateway::AdminAct> ActorCapability::act_of(const MethodInfo& method) const {
  const auto& audit = standing()->shared->options.audit;
  const std::string key(actor_.key());
  if (!audit.acted || method.read_only || !gateway::is_by_role(method.access, asker_.caller, key)) return nullptr;
  if (audit.ready && !audit.ready())
    throw Error(ErrorKind::unavailable,
                name_of(*offer_.service, method) + " is written down, and the log takes nothing now; try again");
  gateway::AdminAct act;
  act.at = std::chrono::system_clock::now();
  act.who = asker_.caller;
  act.service = offer_.service->name;
  act.method = method.name;
  act.key = key;
  act.address = standing()->peer;
  if (terms_.trace.is_set()) act.trace_id = terms_.trace.traceparent().substr(3, 32);
  return std::make_unique<gateway::AdminAct>(std::move(act));
}

void ActorCapability::check(const MethodInfo& method) const {
  const std::string name = name_of(*offer_.service, method);
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
  if (terms_.trace.is_set()) traced.emplace(terms_.trace);
  auto call = actor_.begin_call(method.ordinal);
  call.params().set(params);
  actor_.start_call(call);
  return call;
}

}  // namespace troupe::rpc
