#include "actor/registry.h"

#include <cstring>

#include "actor/access.h"
#include "actor/admission.h"
#include "actor/interned_address.h"
#include "base/limits.h"
#include "telemetry/meters.h"
#include "wire/actor_name.h"
#include "wire/monitor_request.h"

namespace troupe::actor {

namespace {

class StopMail final : public Control {
 public:
  explicit StopMail(Error why) : why_(std::move(why)) {}
  void act(Activation& activation) noexcept override {
    activation.stop(why_);
    delete this;
  }
  void discard() noexcept override { delete this; }

 private:
  Error why_;
};

class CancelMail final : public Control {
 public:
  explicit CancelMail(wire::EnvelopePtr call) : call_(std::move(call)) {}
  void act(Activation& activation) noexcept override {
    activation.cancel(*call_);
    delete this;
  }
  void discard() noexcept override { delete this; }

 private:
  wire::EnvelopePtr call_;
};

class PassivateMail final : public Control {
 public:
  explicit PassivateMail(wire::AddressPtr address) : address_(std::move(address)) {}
  void act(Activation& activation) noexcept override {
    activation.passivate();
    delete this;
  }
  void discard() noexcept override { delete this; }

 private:
  wire::AddressPtr address_;  // keeps the address until the activation is done with it
};

void post(Activation& activation, Mail* mail) {
  if (!activation.post(mail)) mail->discard();
}

// Its actors send messages and watch others, over links too.
Result<void> check_name(const ServiceInfo& service) {
  const std::string_view name = service.name;
  if (name.size() <= wire::kMaxServiceNameBytes) return {};
  return Error(ErrorKind::invalid, "the name of a service has " + std::to_string(name.size()) + " bytes; at most " +
                                       std::to_string(wire::kMaxServiceNameBytes) + " are allowed (it begins with \"" +
                                       std::string(name.substr(0, 32)) + "\")");
}

}  // namespace

Registry::~Registry() = default;

Result<void> Registry::host(std::shared_ptr<Hosted> hosted) {
  if (auto ok = check_name(hosted->service); !ok) return ok;
  for (const auto& other : services_) {
    if (other->service.id == hosted->service.id)
      return Error(ErrorKind::invalid, std::string("service ") + hosted->service.name + " is hosted twice");
    if (std::strcmp(other->service.name, hosted->service.name) == 0)
      return Error(ErrorKind::invalid, std::string("two services are named ") + hosted->service.name + " (" +
                                           other->service.schema_file + ", " + hosted->service.schema_file + ")");
  }
  services_.push_back(std::move(hosted));
  return {};
}

Hosted* Registry::find(std::uint64_t service_id) const noexcept {
  for (const auto& hosted : services_) {
    if (hosted->service.id == service_id) return hosted.get();
  }
  return nullptr;
}

Hosted* Registry::find(std::string_view name) const noexcept {
  for (const auto& hosted : services_) {
    if (name == hosted->service.name) return hosted.get();
  }
  return nullptr;
}

Result<wire::AddressPtr> Registry::intern(const ServiceInfo& service, std::string_view key) {
  switch (service.placement) {
    case Placement::pool: return intern_at(service, key, {kEverywhere, wire::Route::by_pool}, nullptr);
    case Placement::pinned: return intern_at(service, key, {kEverywhere, wire::Route::by_name}, nullptr);
    case Placement::singleton:
      if (key == kSingletonKey) break;
      return Error(ErrorKind::invalid, std::string(service.name) + " is a singleton, and its one key is \"" +
                                           std::string(kSingletonKey) + "\", not \"" + std::string(key.substr(0, 32)) +
                                           "\"; leave the key out");
    case Placement::keyed: break;
  }
  return intern_at(service, key, {partition_of(service.id, key, service.durable())}, nullptr);
}

Result<wire::AddressPtr> Registry::intern_alone(const ServiceInfo& service) {
  switch (service.placement) {
    case Placement::singleton: return intern(service, kSingletonKey);
    case Placement::pool: return intern(service, kPoolKey);
    case Placement::pinned: return intern(service, node_);
    case Placement::keyed: break;
  }
  return Error(ErrorKind::invalid, std::string("a reference to ") + service.name + " needs a key");
}

Result<wire::AddressPtr> Registry::intern(std::uint64_t service_id, std::string_view key) {
  const Hosted* hosted = find(service_id);
  if (!hosted) {
    return Error(ErrorKind::not_found,
                 "no service with the type id " + std::to_string(service_id) + " is hosted on this node");
  }
  return intern(hosted->service, key);
}

Result<wire::AddressPtr> Registry::intern_by_name(std::string_view service, std::string_view key) {
  const Hosted* hosted = find(service);
  if (!hosted) {
    std::string known;
    for (const auto& s : services_) known += (known.empty() ? "" : ", ") + std::string(s->service.name);
    return Error(ErrorKind::not_found,
                 "no service named " + std::string(service) + "; this node hosts: " + (known.empty() ? "none" : known));
  }
  return intern(hosted->service, key);
}

Result<wire::AddressPtr> Registry::intern_child(const ServiceInfo& service, std::string_view key, PartitionId partition,
                                                std::function<std::unique_ptr<Actor>()> make) {
  if (auto ok = check_name(service); !ok) return ok.error();
  auto hosted = std::make_shared<Hosted>(service, std::move(make), RestartPolicy{});
  const auto route = partition == kEverywhere ? wire::Route::here : wire::Route::by_partition;
  return intern_at(service, key, {partition, route}, std::move(hosted));
}

Result<wire::AddressPtr> Registry::intern_at(const ServiceInfo& service, std::string_view key, Place place,
                                             std::shared_ptr<Hosted> own) {
  if (key.empty()) return Error(ErrorKind::invalid, std::string("a reference to ") + service.name + " needs a key");
  if (key.size() > limits::kMaxActorKeyBytes) {
    return Error(ErrorKind::invalid, std::string("a key of ") + service.name + " has " + std::to_string(key.size()) +
                                         " bytes; at most " + std::to_string(limits::kMaxActorKeyBytes) +
                                         " are allowed (it begins with \"" + std::string(key.substr(0, 32)) + "\")");
  }
  const Name name{service.id, key, place.instance};
  Shard& s = shard(name);
  std::lock_guard lock(s.mutex);
  auto at = s.addresses.find(name);
  if (at != s.addresses.end()) {
    if (at->second->try_add_ref()) return wire::AddressPtr::adopt(at->second);
    s.addresses.erase(at);  // on its way out: nobody refers to it, nothing is active in it
  }
  auto* address = new Interned(*this, service, key, place, std::move(own));
  s.addresses.emplace(address->name(), address);
  return wire::AddressPtr::adopt(address);
}

wire::CallSink& Registry::way_in(const ServiceInfo& service) const {
  wire::CallSink* own = way_in_ ? way_in_(service) : nullptr;
  return own ? *own : sink_;
}

std::uint16_t Registry::metered(const ServiceInfo& service) const noexcept {
  telemetry::Meters* meters = sink_.origin.meters;
  return meters ? meters->number_of(service) : telemetry::kOther;
}

void Registry::retire(Interned& address) noexcept {
  {
    Shard& s = shard(address.name());
    std::lock_guard lock(s.mutex);
    auto at = s.addresses.find(address.name());
    if (at != s.addresses.end() && at->second == &address) s.addresses.erase(at);
  }
  delete &address;
}

Recipient* Registry::mailbox_for(wire::Address& address, Visitors* from) {
  auto& interned = static_cast<Interned&>(address);
  std::lock_guard lock(interned.making);
  if (auto* mailbox = address.mailbox.load(std::memory_order_acquire)) return mailbox;
  std::shared_ptr<Hosted> hosted = interned.own_hosted;
  if (!hosted) {
    for (const auto& s : services_) {
      if (s->service.id == address.service_id) hosted = s;
    }
  }
  if (!hosted) return nullptr;
  auto* activation = new Activation(*context_, address, std::move(hosted), Ptr<Visitors>::share(from));
  address.mailbox.store(activation, std::memory_order_release);
  return activation;
}

void Registry::deliver_here(wire::EnvelopePtr call, Visitors* from) noexcept {
  wire::Address& address = *call->target;
  if (call->from_outside) [[unlikely]] {  // before it makes an activation, or takes room from others
    if (auto refused = refused_access(*call)) return wire::answer(std::move(call), std::move(refused));
  }
  Recipient* mailbox = address.mailbox.load(std::memory_order_acquire);
  if (!mailbox)
    mailbox = address.route == wire::Route::by_pool ? mailbox_in_pool(*call, from) : mailbox_for(address, from);
  if (!mailbox) {
    Error error(ErrorKind::not_found, std::string("service ") + address.service.name + " is not hosted on this node");
    return wire::answer(std::move(call), std::move(error));
  }
  const auto& activation = static_cast<const Activation&>(*mailbox);
  if (const Bound bound = admit(*context_, activation, *call); bound != Bound::none)
    return turn_away(*context_, activation, std::move(call), bound);
  wire::Envelope* mail = call.detach();
  if (!mailbox->post(mail)) mail->discard();
}

// One that has not started is passed over when its time comes.
void Registry::cancel_here(const wire::EnvelopePtr& call) noexcept {
  if (call->in_line.load(std::memory_order_relaxed)) return;
  auto* address = static_cast<Interned*>(call->target.get());
  if (address->route == wire::Route::by_pool) address = instance_of(*call);
  if (!address) return;
  Ptr<Activation> activation;
  {
    std::lock_guard lock(address->making);  // against detach_all()
    activation = activation_of(*address);
  }
  if (activation) post(*activation, new CancelMail(call));
}

Ptr<Activation> Registry::activate(wire::Address& address) {
  return Ptr<Activation>::share(static_cast<Activation*>(mailbox_for(address, nullptr)));
}

Ptr<Activation> Registry::activation_of(const wire::Address& address) noexcept {
  return Ptr<Activation>::share(static_cast<Activation*>(address.mailbox.load(std::memory_order_acquire)));
}

void Registry::stop(wire::Address& address, Error why) {
  if (auto activation = activation_of(address)) post(*activation, new StopMail(std::move(why)));
}

template <class Wanted>
void Registry::walk(Wanted&& wanted, const std::function<void(const wire::AddressPtr&, Activation&)>& visit) const {
  std::vector<wire::AddressPtr> held;
  for (auto& s : shards_) {
    held.clear();
    {
      std::lock_guard lock(s.mutex);
      for (auto& [name, address] : s.addresses) {
        if (wanted(*address) && address->mailbox.load(std::memory_order_relaxed) && address->try_add_ref())
          held.push_back(wire::AddressPtr::adopt(address));
      }
    }
    for (const auto& address : held) {
      if (auto activation = activation_of(*address)) visit(address, *activation);
    }
  }
}

void Registry::for_each(const std::function<void(const wire::AddressPtr&, Activation&)>& visit) const {
  walk([](const wire::Address&) { return true; }, visit);
}

void Registry::for_each_of(PartitionId partition,
                           const std::function<void(const wire::AddressPtr&, Activation&)>& visit) const {
  walk([partition](const wire::Address& address) { return address.partition == partition; }, visit);
}

void Registry::passivate_unused(std::uint32_t before) {
  for_each([before](const wire::AddressPtr& address, Activation& activation) {
    if (!activation.live() || static_cast<std::int32_t>(activation.last_used() - before) >= 0) return;
    post(activation, new PassivateMail(address));
  });
}

void Registry::start_no_turns() noexcept { context_->starts_no_turns.store(true, std::memory_order_relaxed); }

std::size_t Registry::stop_all(const Error& why) {
  start_no_turns();
  std::size_t asked = 0;
  for_each([&](const wire::AddressPtr&, Activation& activation) {
    post(activation, new StopMail(why));
    ++asked;
  });
  return asked;
}

bool Registry::busy() const {
  bool found = false;
  for_each([&](const wire::AddressPtr&, Activation& activation) { found = found || activation.busy(); });
  return found;
}

void Registry::detach_all() {
  std::vector<wire::AddressPtr> pools;
  {
    std::lock_guard lock(pools_mutex_);
    pools.swap(kept_pools_);
  }
  for_each([](const wire::AddressPtr& address, Activation&) {
    std::lock_guard lock(static_cast<Interned&>(*address).making);
    if (Recipient* mailbox = address->mailbox.exchange(nullptr, std::memory_order_acq_rel)) mailbox->release();
  });
}

std::uint64_t Registry::live() const noexcept {
  std::uint64_t sum = 0;
  for (const auto& hosted : services_) sum += hosted->live.load(std::memory_order_relaxed);
  return sum;
}

}  // namespace troupe::actor
