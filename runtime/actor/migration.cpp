// A stored state of an earlier version becomes one of this build's, in memory: the actor's migrate() says how.
//
// Nothing is written here. The first turn that commits writes the record anyway, and with it the new state and its
// version; so reading a million old actors writes nothing, and a migration that fails loses nothing.
#include <capnp/message.h>
#include <capnp/serialize.h>

#include <optional>
#include <stdexcept>
#include <utility>
#include <vector>

#include "actor/activation.h"
#include "actor/activation_parts.h"
#include "actor/flat_state.h"
#include "troupe/actor.h"

namespace troupe::actor {

void Activation::migrate() {
  const std::uint32_t from = active_->durable.meta().state_version, to = hosted_->service.state_version;
  if (from == to) return;
  std::optional<std::vector<capnp::word>> migrated;
  if (const auto& old = active_->durable.words(); !old.empty()) {
    const kj::ArrayPtr<const capnp::word> segments[] = {kj::arrayPtr(old.data(), old.size())};
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(segments, 1), {old.size() * 64 + 1024, kMaxStateDepth});
    capnp::MallocMessageBuilder message;
    try {
      auto made = message.getRoot<capnp::AnyPointer>();
      active_->actor->migrate(from, reader.getRoot<capnp::AnyPointer>(), made);
      auto flat = flatten(made.asReader()).value();
      if (flat.empty()) throw Error(ErrorKind::failed, "migrate() made no state");
      migrated = std::move(flat);
    } catch (const std::exception& e) {
      throw std::runtime_error("its state cannot be migrated from version " + std::to_string(from) + " to " +
                               std::to_string(to) + ": " + e.what());
    }
  }
  active_->durable.migrate(std::move(migrated), to);
}

}  // namespace troupe::actor
