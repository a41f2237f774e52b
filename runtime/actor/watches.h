// The monitors and links of one actor, on both sides: its watches on others, and the watches of others on it.
//
// A watch is a call that runs nothing and is answered when its actor goes down; so it is told of once, across nodes as
// within one, and ends with the link it came over. It is on what is live when it arrives. An actor that is passivated
// does not go down: the watch stays on its address, and holds for the activation that comes next.
//
// The actor's own thread. What becomes of an actor that hears of another one's end is its activation's to do
// (watching.cpp).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/hash_seed.h"
#include "troupe/monitor.h"
#include "wire/envelope.h"

namespace troupe::actor {

class Watches {
 public:
  // `self`: the actor's, which outlives this.
  explicit Watches(wire::Address& self) noexcept : self_(self) {}
  Watches(const Watches&) = delete;
  Watches& operator=(const Watches&) = delete;

  // What the actor hears when another one went down: by on_down(), unless it crashes with it.
  struct News {
    Down down;
    bool crashes;
  };

  // --- its watches on others; `target` may be null, of an empty Ref ---
  // Gives the number of the watch; the answer goes to `home`. Throws `invalid`, or `overloaded` past
  // limits::kMaxMonitors.
  std::uint64_t watch(wire::Address* target, bool linked, Ptr<Recipient> home);
  void unwatch(std::uint64_t monitor) noexcept;
  // Does nothing if the two are linked already, from whichever side.
  void link(wire::Address* target, Ptr<Recipient> home);
  void unlink(const wire::Address* target) noexcept;
  // From now on the actor hears of the end of those it is linked to, and does not crash with them.
  void trap_links(bool on) noexcept { traps_links_ = on; }
  // A watch of this actor's came back. Nothing: it was taken back meanwhile, or what it says concerns nobody.
  [[nodiscard]] std::optional<News> answered(const wire::Envelope& call);

  // --- the watches of others on it ---
  // `call` begins one. Refuses it past limits::kMaxWatchers.
  void add_watcher(wire::EnvelopePtr call);
  // `call` ends one, and is answered.
  [[nodiscard]] std::optional<News> watcher_left(wire::EnvelopePtr call);

  // The actor goes down, and says so to both sides of every watch. It traps links no more.
  void go_down(DownReason reason, const std::string& why) noexcept;

  [[nodiscard]] std::size_t monitors() const noexcept { return monitors_.size(); }
  [[nodiscard]] std::size_t watchers() const noexcept { return watchers_.size(); }

 private:
  void end(wire::Envelope& call, DownReason reason, const std::string& why) noexcept;
  [[nodiscard]] std::optional<News> of_link(Down down) const;

  wire::Address& self_;
  bool traps_links_ = false;
  std::unordered_map<std::uint64_t, wire::EnvelopePtr> monitors_;          // by their numbers; links among them
  std::unordered_map<RequestId, wire::EnvelopePtr, SeededHash> watchers_;  // by the ids of their calls
};

// Begins no watch, and refuses that of another actor.
void refuse_watch(wire::EnvelopePtr call, DownReason reason, std::string why) noexcept;

}  // namespace troupe::actor
