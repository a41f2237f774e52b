#include "testing/testbed_core.h"

#include <algorithm>

namespace troupe::testing {
namespace {

constexpr unsigned kThreads = 2;
// For nodes to see each other, by the machine's clock.
constexpr std::chrono::seconds kConnects{20};

std::pair<std::string, std::string> in_order(const std::string& one, const std::string& other) {
  return one < other ? std::pair(one, other) : std::pair(other, one);
}

}  // namespace

NodeSlot::NodeSlot(TestbedCore& lab_in, Member member_in, std::filesystem::path directory)
    : core(lab_in), member(std::move(member_in)), data_dir(std::move(directory)), clock(lab_in.clock_) {
  test_hooks.clock = &clock;
  test_hooks.alarms = &core.clock_;
  test_hooks.disk = &disk;
  test_hooks.gate = this;
  test_hooks.messages = &core.traffic_;
  test_hooks.turns = &core.crashes_;
  test_hooks.begun = [this](host::NodeParts& it) {
    const std::lock_guard lock(core.mutex_);
    running = &it;
  };
  test_hooks.ended = [this] {
    host::NodeParts* it = nullptr;
    {
      const std::lock_guard lock(core.mutex_);
      it = std::exchange(running, nullptr);
    }
    if (it) core.traffic_.forget(it->routing().router);
  };
}

bool NodeSlot::open(const std::string& peer) const noexcept { return !core.parted(member.name, peer); }

TestbedCore::TestbedCore(std::vector<std::string> nodes, std::vector<std::string> clients, TestOptions options)
    : options_(std::move(options)), clock_(options_.time == Time::runs), traffic_(clock_) {
  const bool linked = nodes.size() + clients.size() > 1;
  const auto add = [&](const std::string& name, bool client) {
    const std::uint16_t port = linked ? free_port() : std::uint16_t{0};
    slots_.push_back(
        std::make_unique<NodeSlot>(*this, Member{.name = name, .port = port, .client = client}, *directory_ / name));
  };
  for (const auto& name : nodes) add(name, false);
  for (const auto& name : clients) add(name, true);
}

NodeSlot& TestbedCore::slot(std::string_view name) const {
  std::string known;
  for (const auto& slot : slots_) {
    if (slot->member.name == name) return *slot;
    known += (known.empty() ? "" : ", ") + slot->member.name;
  }
  throw Failure("the testbed has no node \"" + std::string(name) + "\"; it has " + known);
}

// --- nodes ---

NodeConfig TestbedCore::config_of(NodeSlot& slot) {
  NodeConfig config{.name = slot.member.name, .data_dir = slot.data_dir, .threads = kThreads, .admin = false};
  if (slots_.size() > 1) {
    for (const auto& each : slots_) config.members.push_back(each->member);
  }
  if (options_.configure) options_.configure(config);
  config.test_hooks = std::shared_ptr<const host::TestHooks>(shared_from_this(), &slot.test_hooks);
  return config;
}

void TestbedCore::start(NodeSlot& slot) {
  if (slot.node) return;
  auto node = std::make_unique<Node>(config_of(slot));
  if (options_.host) options_.host(*node);
  node->start();
  slot.node = std::move(node);
}

StopReport TestbedCore::stop(NodeSlot& slot, std::chrono::milliseconds deadline) {
  if (!slot.node) return {};
  const StopReport report = slot.node->stop(deadline);
  slot.node.reset();
  return report;
}

// What a process that is killed had written is in its files, and what it had not is nowhere; nobody hears from it.
void TestbedCore::crash(NodeSlot& slot) {
  if (!slot.node) return;
  const std::string& name = slot.member.name;
  slot.disk.freeze(true);
  {
    const std::lock_guard lock(gates_);
    cut_off_.insert(name);
  }
  for (const auto& other : slots_) {
    if (other.get() != &slot) wait_until_parted(name, other->member.name);
  }
  (void)stop(slot, std::chrono::milliseconds(0));
  {
    const std::lock_guard lock(gates_);
    cut_off_.erase(name);
  }
  slot.disk.freeze(false);
}

void TestbedCore::end() noexcept {
  for (auto at = slots_.rbegin(); at != slots_.rend(); ++at) (void)stop(**at, std::chrono::milliseconds(0));
  directory_.reset();
}

// --- links ---

bool TestbedCore::parted(const std::string& one, const std::string& other) const noexcept {
  const std::lock_guard lock(gates_);
  return cut_off_.contains(one) || cut_off_.contains(other) || parted_.contains(in_order(one, other));
}

void TestbedCore::part(const std::string& one, const std::string& other) {
  if (one == other) throw Failure("partition(): node " + one + " cannot be parted from itself");
  (void)slot(one);
  (void)slot(other);
  {
    const std::lock_guard lock(gates_);
    parted_.insert(in_order(one, other));
  }
  wait_until_parted(one, other);
}

void TestbedCore::join_all() {
  {
    const std::lock_guard lock(gates_);
    parted_.clear();
  }
  settle();
}

void TestbedCore::wait_until_parted(const std::string& one, const std::string& other) {
  const auto is_down = [this](const std::string& at, const std::string& to) {
    const std::lock_guard lock(mutex_);
    host::NodeParts* running = slot(at).running;
    if (!running || !running->links()) return true;
    (void)running->links()->tick_now();
    const auto all = running->links()->status();
    return std::none_of(all.begin(), all.end(), [&](const auto& link) { return link.peer == to && link.up; });
  };
  if (!testing::eventually([&] { return is_down(one, other) && is_down(other, one); }, kConnects))
    throw Failure("the link between " + one + " and " + other + " does not go down");
}

void TestbedCore::with(NodeSlot& slot, const std::function<void(host::NodeParts&)>& work) const {
  const std::lock_guard lock(mutex_);
  if (!slot.running) throw Error(ErrorKind::unavailable, "node " + slot.member.name + " does not run");
  work(*slot.running);
}

NodeSlot& TestbedCore::owner_of(const ActorName& actor) const {
  for (const auto& at : slots_) {
    if (!at->node) continue;
    NodeSlot* owner = nullptr;
    with(*at, [&](host::NodeParts& running) {
      auto& core = running.routing();
      auto address = core.registry.intern_by_name(actor.service, actor.key);
      if (!address.ok()) throw address.error();
      owner = &slot(core.router.node_of(**address));
    });
    return *owner;
  }
  throw Error(ErrorKind::unavailable, "no node of the testbed runs that could say who owns " + actor.text());
}

}  // namespace troupe::testing
