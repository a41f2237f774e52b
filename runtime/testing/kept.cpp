// The committed state of an actor, read from its owner's store as an activation would load it.
#include <algorithm>
#include <cstring>
#include <optional>

#include "reflect/json.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"
#include "testing/testbed_core.h"

namespace troupe::testing {
namespace {

struct Found {
  const ServiceInfo* service;
  std::vector<std::uint64_t> words;
};

std::optional<Found> read_state(TestbedCore& core, const ActorName& actor) {
  std::optional<Found> found;
  core.with(core.owner_of(actor), [&](host::NodeParts& running) {
    auto address = running.routing().registry.intern_by_name(actor.service, actor.key);
    if (!address.ok()) throw address.error();
    const ServiceInfo& service = (*address)->service;
    if (!service.durable()) throw Error(ErrorKind::invalid, actor.service + " keeps no durable state");
    auto bytes = running.store()->read(store::actor_key((*address)->partition, (*address)->service_id, actor.key));
    if (!bytes.ok()) throw bytes.error();
    if (!bytes->has_value()) return;
    auto record = store::ActorRecordView::parse(**bytes);
    if (!record.ok()) throw record.error();
    if (record->state_type() != service.state_type)
      throw Error(ErrorKind::invalid,
                  "the state of " + actor.text() + " is of a type that migrate() has yet to change");
    // An actor that has only rows has no words here: one of zeros is a state as it begins.
    const auto state = record->state();
    found.emplace(Found{&service, std::vector<std::uint64_t>(std::max<std::size_t>(1, state.size() / 8))});
    if (!state.empty()) std::memcpy(found->words.data(), state.data(), state.size());
  });
  return found;
}

}  // namespace

bool detail::read_kept(TestbedCore& core, const ActorName& actor, std::vector<std::uint64_t>& words) {
  auto found = read_state(core, actor);
  if (found) words = std::move(found->words);
  return found.has_value();
}

std::string Testbed::kept_json(const ActorName& actor) const {
  settle();
  const auto found = read_state(core(), actor);
  if (!found) return {};
  const auto* words = reinterpret_cast<const capnp::word*>(found->words.data());
  return reflect::to_json(found->service->state_schema(), capnp::readMessageUnchecked<capnp::AnyPointer>(words))
      .value();
}

void Testbed::unexpected_state(const ActorName& actor) const {
  const std::string state = kept_json(actor);
  throw Failure("the committed state of " + actor.text() +
                " is not as expected: " + (state.empty() ? "there is none" : state));
}

}  // namespace troupe::testing
