#include "rpc/directory.h"

#include <kj/debug.h>

#include <algorithm>
#include <limits>
#include <utility>

#include "rpc/call_error.h"
#include "rpc/schema_nodes.h"
#include "rpc/token_look.h"

namespace troupe::rpc {
namespace {

std::string_view text_of(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

std::uint64_t epoch_ms(std::chrono::system_clock::time_point moment) {
  if (moment == std::chrono::system_clock::time_point::max()) return std::numeric_limits<std::uint64_t>::max();
  const auto since = std::chrono::duration_cast<std::chrono::milliseconds>(moment.time_since_epoch()).count();
  return since < 0 ? 0 : static_cast<std::uint64_t>(since);
}

Placement placement_of(const ServiceInfo& service) {
  switch (service.placement) {
    case troupe::Placement::keyed: return Placement::KEYED;
    case troupe::Placement::pool: return Placement::POOL;
    case troupe::Placement::pinned: return Placement::PINNED;
    case troupe::Placement::singleton: return Placement::SINGLETON;
  }
  return Placement::KEYED;
}

}  // namespace

kj::Promise<void> DirectoryOf::authenticate(AuthenticateContext context) {
  context.allowCancellation();
  return with_exceptions([&] {
    auto looking = Standing::look_at_token(standing()).value();
    auto bearer = shared().looks->look(std::string(text_of(context.getParams().getToken())), loop_);
    return bearer.then([this, self = thisCap(), context, looking = std::move(looking)](LookedAt found) mutable {
      with_exceptions([&] { welcome(*found, context); });
    });
  });
}

void DirectoryOf::welcome(const Result<Bearer>& bearer, AuthenticateContext& context) {
  if (!bearer.ok()) {
    if (bearer.error().kind() == ErrorKind::overloaded) throw bearer.error();  // it was not looked at
    ++shared().counts.bad_tokens;
    if (++standing()->bad_tokens >= standing()->limits().bad_tokens)
      standing()->close(KJ_EXCEPTION(DISCONNECTED, "too many tokens were not good (limit bad_tokens)"));
    throw bearer.error();
  }
  const Bearer& good = bearer.value();
  const auto until = std::min(good.until, later(std::chrono::system_clock::now(), standing()->limits().token));
  auto results = context.getResults();
  results.setDirectory(kj::heap<DirectoryOf>(Standing::hold(standing()).value(), loop_, Asker{good.caller, until}));
  results.setName(good.caller.name);
  results.setUntilMs(epoch_ms(until));
  standing()->times.authenticated = true;
}

void DirectoryOf::insist_on_token() const {
  if (!asker_.caller.known() && !shared().options.anonymous)
    throw Error(ErrorKind::unauthenticated, "this server is for those who are known: authenticate(token) first");
  if (std::chrono::system_clock::now() >= asker_.until)
    throw Error(ErrorKind::unauthenticated, "token_expired", "the token has ended: authenticate again");
}

const Offer& DirectoryOf::find(capnp::Text::Reader name) const {
  const auto found = shared().offers.find(text_of(name));
  if (found == shared().offers.end())
    throw Error(ErrorKind::not_found, "there is no service \"" + std::string(text_of(name).substr(0, 100)) +
                                          "\" here; services() says which there are");
  return found->second;
}

RefBase DirectoryOf::actor(const Offer& offer, capnp::Text::Reader key, const Terms& terms) const {
  Shared& all = shared();
  RefBase ref = key.size() == 0 ? all.node.ref(*offer.service) : all.node.ref(*offer.service, text_of(key));
  if (terms.timeout.count() > 0) ref.timeout(terms.timeout);
  // Of those who are not known nobody takes another's answer, but from the same address.
  if (!terms.once.empty())
    ref.idempotency_key(asker_.caller.known() ? terms.once : standing()->peer + " " + terms.once);
  return ref;
}

Terms DirectoryOf::terms_of(CallOptions::Reader options) const {
  const std::chrono::milliseconds own(options.getTimeoutMs()), usual(shared().options.timeout);
  return {.trace = TraceContext::of_traceparent(text_of(options.getTraceparent())),
          .once = std::string(text_of(options.getIdempotencyKey())),
          .timeout = own.count() > 0 ? own : usual};
}

kj::Promise<void> DirectoryOf::service(ServiceContext context) {
  with_exceptions([&] {
    insist_on_token();
    const auto params = context.getParams();
    const Offer& offer = find(params.getName());
    Terms terms = terms_of(params.getOptions());
    RefBase ref = actor(offer, params.getKey(), terms);
    context.getResults().setService(capnp::Capability::Client(kj::heap<ActorCapability>(
        Standing::hold(standing()).value(), loop_, offer, std::move(ref), asker_, std::move(terms))));
  });
  return kj::READY_NOW;
}

kj::Promise<void> DirectoryOf::services(ServicesContext context) {
  with_exceptions([&] {
    insist_on_token();
    auto list = context.getResults().initServices(static_cast<unsigned>(shared().offers.size()));
    unsigned at = 0;
    for (const auto& [name, offer] : shared().offers) {
      auto one = list[at++];
      one.setName(name);
      one.setId(offer.service->id);
      one.setPlacement(placement_of(*offer.service));
    }
  });
  return kj::READY_NOW;
}

kj::Promise<void> DirectoryOf::schema(SchemaContext context) {
  with_exceptions([&] {
    insist_on_token();
    const Offer& offer = find(context.getParams().getName());
    const auto types = reached_by(offer.service->schema());
    auto results = context.getResults();
    results.setId(offer.service->id);
    auto nodes = results.initNodes(static_cast<unsigned>(types.size()));
    unsigned at = 0;
    for (const auto& [id, type] : types) nodes.setWithCaveats(at++, type.getProto());
  });
  return kj::READY_NOW;
}

}  // namespace troupe::rpc
