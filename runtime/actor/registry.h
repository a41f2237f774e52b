// Who is who on this node: the services it hosts, and every address anybody refers to.
//
// Addresses are interned: one object per (service, key), so that a Ref finds its mailbox without a search. An
// address lives as long as somebody refers to it or its actor is active.
#pragma once

#include <array>
#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "actor/activation.h"
#include "actor/context.h"
#include "base/hash_seed.h"
#include "troupe/error.h"
#include "wire/address.h"

namespace troupe::actor {

class Registry {
 public:
  // `owner` holds the registry and the sink; addresses hold it, so that a Ref may outlive its node.
  Registry(wire::CallSink& sink, const Counted& owner) : sink_(sink), owner_(owner) {}
  ~Registry();
  Registry(const Registry&) = delete;
  Registry& operator=(const Registry&) = delete;

  // --- before the node starts ---
  // `invalid`: hosted already, or another service has its name.
  Result<void> host(std::shared_ptr<Hosted> hosted);
  // Calls to a service that `way_in` gives a sink for enter there, and not at the node's own. Before any address is
  // made; `way_in` outlives the registry.
  void divert(std::function<wire::CallSink*(const ServiceInfo&)> way_in) { way_in_ = std::move(way_in); }
  // Before the first call is delivered.
  void attach(Context& context) noexcept { context_ = &context; }

  // --- any thread ---
  // `invalid` for a key that is empty or too long.
  [[nodiscard]] Result<wire::AddressPtr> intern(const ServiceInfo& service, std::string_view key);
  // A reference without a key: of a singleton, of a pool, or of this node's own actor of a pinned service. `invalid`
  // for a keyed one.
  [[nodiscard]] Result<wire::AddressPtr> intern_alone(const ServiceInfo& service);
  // By what came over the wire or was typed in; `not_found` for a service that is not hosted here.
  [[nodiscard]] Result<wire::AddressPtr> intern(std::uint64_t service_id, std::string_view key);
  [[nodiscard]] Result<wire::AddressPtr> intern_by_name(std::string_view service, std::string_view key);
  // A child lives where its parent lives, and is made by `make`.
  [[nodiscard]] Result<wire::AddressPtr> intern_child(const ServiceInfo& service, std::string_view key,
                                                      PartitionId partition,
                                                      std::function<std::unique_ptr<Actor>()> make);
  // This node's name in the cluster, before anything is called; the key of its pinned actors.
  void named(std::string node) { node_ = std::move(node); }
  // As the node's configuration says of its pools. Before the node starts.
  void pool_of(std::uint64_t service_id, std::uint32_t instances) { pool_sizes_[service_id] = instances; }
  // Puts a call into its target's mailbox on this node, making the activation if there is none; of a pool, into that of
  // the actor with the fewest calls.
  // `from`: of the peer whose call it is, which has room for one more activation.
  void deliver_here(wire::EnvelopePtr call, Visitors* from = nullptr) noexcept;
  // Tells the activation of a call that its caller has settled it.
  void cancel_here(const wire::EnvelopePtr& call) noexcept;
  // The activation of an actor of this node, made if there is none; null: its service is not hosted here.
  [[nodiscard]] Ptr<Activation> activate(wire::Address& address);
  // Asks an activation to stop; what it has not finished ends with `why`.
  void stop(wire::Address& address, Error why);
  // The activation, if the address ever had one here.
  [[nodiscard]] static Ptr<Activation> activation_of(const wire::Address& address) noexcept;
  // Whether anything is active behind the address: in it, or of a pool in one of its actors here.
  [[nodiscard]] bool is_active(const wire::Address& address) const noexcept;

  [[nodiscard]] std::vector<std::shared_ptr<Hosted>> services() const { return services_; }
  [[nodiscard]] Hosted* find(std::uint64_t service_id) const noexcept;
  [[nodiscard]] Hosted* find(std::string_view name) const noexcept;
  // Every address that has an activation, at some moment of the walk. `visit` must not block.
  void for_each(const std::function<void(const wire::AddressPtr&, Activation&)>& visit) const;
  // Those of one partition.
  void for_each_of(PartitionId partition, const std::function<void(const wire::AddressPtr&, Activation&)>& visit) const;
  // Asks activations that did nothing since the sweep `before` to put themselves away.
  void passivate_unused(std::uint32_t before);
  // From now on no turn begins; those that run go on. Otherwise a turn that ends with the actor it had called would let
  // in what waited behind it, in an actor that has not heard yet that the node stops.
  void start_no_turns() noexcept;
  // Stops every activation, and starts no turns; returns how many were asked.
  std::size_t stop_all(const Error& why);
  [[nodiscard]] std::uint64_t live() const noexcept;
  // Whether anything runs, waits or is being committed.
  [[nodiscard]] bool busy() const;
  // Lets go of every mailbox; nothing may be delivered any more. The engine can go then.
  void detach_all();

 private:
  class Interned;
  struct Pooled;
  struct Name {
    std::uint64_t service;
    std::string_view key;  // of the address itself
    std::uint16_t instance = 0;
    friend bool operator==(const Name&, const Name&) = default;
  };
  struct NameHash {
    std::size_t operator()(const Name& n) const noexcept {
      return stable_hash(n.key, n.service ^ hash_seed() ^ mix(n.instance));
    }
  };
  struct Shard {
    mutable std::mutex mutex;
    std::unordered_map<Name, Interned*, NameHash> addresses;
  };
  static constexpr std::size_t kShards = 64;

  [[nodiscard]] Shard& shard(const Name& name) const noexcept { return shards_[(NameHash{}(name) >> 16) % kShards]; }
  struct Place {
    PartitionId partition;
    wire::Route route = wire::Route::by_partition;
    std::uint16_t instance = 0;
  };
  [[nodiscard]] Result<wire::AddressPtr> intern_at(const ServiceInfo& service, std::string_view key, Place place,
                                                   std::shared_ptr<Hosted> own);
  [[nodiscard]] std::uint16_t metered(const ServiceInfo& service) const noexcept;
  [[nodiscard]] wire::CallSink& way_in(const ServiceInfo& service) const;
  void retire(Interned& address) noexcept;
  [[nodiscard]] Recipient* mailbox_for(wire::Address& address, Visitors* from);
  // registry_pools.cpp: the actors of a pool on this node.
  [[nodiscard]] Recipient* mailbox_in_pool(wire::Envelope& call, Visitors* from);
  [[nodiscard]] static Interned* instance_of(const wire::Envelope& call) noexcept;
  [[nodiscard]] Pooled* pooled(Interned& front);
  [[nodiscard]] std::uint32_t pool_size(const ServiceInfo& service) const;
  template <class Wanted>
  void walk(Wanted&& wanted, const std::function<void(const wire::AddressPtr&, Activation&)>& visit) const;

  wire::CallSink& sink_;
  const Counted& owner_;
  std::function<wire::CallSink*(const ServiceInfo&)> way_in_;
  Context* context_ = nullptr;
  std::string node_;
  std::vector<std::shared_ptr<Hosted>> services_;
  std::unordered_map<std::uint64_t, std::uint32_t> pool_sizes_;  // of services whose configuration says one
  mutable std::array<Shard, kShards> shards_;
  std::atomic<std::size_t> pool_turn_{0};  // where the next look for a free actor of a pool begins
  std::mutex pools_mutex_;
  std::vector<wire::AddressPtr> kept_pools_;  // until the node stops
};

}  // namespace troupe::actor
