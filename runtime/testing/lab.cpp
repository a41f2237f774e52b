#include "testing/lab.h"

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

Seat::Seat(Lab& lab_in, Member member_in, std::filesystem::path directory)
    : lab(lab_in), member(std::move(member_in)), data_dir(std::move(directory)), clock(lab_in.clock_) {
  rig.clock = &clock;
  rig.alarms = &lab.clock_;
  rig.disk = &disk;
  rig.gate = this;
  rig.messages = &lab.traffic_;
  rig.turns = &lab.crashes_;
  rig.begun = [this](host::Running& it) {
    const std::lock_guard lock(lab.mutex_);
    running = &it;
  };
  rig.ended = [this] {
    host::Running* it = nullptr;
    {
      const std::lock_guard lock(lab.mutex_);
      it = std::exchange(running, nullptr);
    }
    if (it) lab.traffic_.forget(it->core().router);
  };
}

bool Seat::open(const std::string& peer) const noexcept { return !lab.parted(member.name, peer); }

Lab::Lab(std::vector<std::string> nodes, std::vector<std::string> clients, TestOptions options)
    : options_(std::move(options)), clock_(options_.time == Time::runs), traffic_(clock_) {
  const bool linked = nodes.size() + clients.size() > 1;
  const auto add = [&](const std::string& name, bool client) {
    const std::uint16_t port = linked ? free_port() : std::uint16_t{0};
    seats_.push_back(
        std::make_unique<Seat>(*this, Member{.name = name, .port = port, .client = client}, *directory_ / name));
  };
  for (const auto& name : nodes) add(name, false);
  for (const auto& name : clients) add(name, true);
}

Seat& Lab::seat(std::string_view name) const {
  std::string known;
  for (const auto& seat : seats_) {
    if (seat->member.name == name) return *seat;
    known += (known.empty() ? "" : ", ") + seat->member.name;
  }
  throw Failure("the testbed has no node \"" + std::string(name) + "\"; it has " + known);
}

// --- nodes ---

NodeConfig Lab::config_of(Seat& seat) {
  NodeConfig config{.name = seat.member.name, .data_dir = seat.data_dir, .threads = kThreads, .admin = false};
  if (seats_.size() > 1) {
    for (const auto& each : seats_) config.members.push_back(each->member);
  }
  if (options_.configure) options_.configure(config);
  config.rig = std::shared_ptr<const host::Rig>(shared_from_this(), &seat.rig);
  return config;
}

void Lab::start(Seat& seat) {
  if (seat.node) return;
  auto node = std::make_unique<Node>(config_of(seat));
  if (options_.host) options_.host(*node);
  node->start();
  seat.node = std::move(node);
}

StopReport Lab::stop(Seat& seat, std::chrono::milliseconds deadline) {
  if (!seat.node) return {};
  const StopReport report = seat.node->stop(deadline);
  seat.node.reset();
  return report;
}

// What a process that is killed had written is in its files, and what it had not is nowhere; nobody hears from it.
void Lab::crash(Seat& seat) {
  if (!seat.node) return;
  const std::string& name = seat.member.name;
  seat.disk.freeze(true);
  {
    const std::lock_guard lock(gates_);
    cut_off_.insert(name);
  }
  for (const auto& other : seats_) {
    if (other.get() != &seat) wait_until_parted(name, other->member.name);
  }
  (void)stop(seat, std::chrono::milliseconds(0));
  {
    const std::lock_guard lock(gates_);
    cut_off_.erase(name);
  }
  seat.disk.freeze(false);
}

void Lab::end() noexcept {
  for (auto at = seats_.rbegin(); at != seats_.rend(); ++at) (void)stop(**at, std::chrono::milliseconds(0));
  directory_.reset();
}

// --- links ---

bool Lab::parted(const std::string& one, const std::string& other) const noexcept {
  const std::lock_guard lock(gates_);
  return cut_off_.contains(one) || cut_off_.contains(other) || parted_.contains(in_order(one, other));
}

void Lab::part(const std::string& one, const std::string& other) {
  if (one == other) throw Failure("partition(): node " + one + " cannot be parted from itself");
  (void)seat(one);
  (void)seat(other);
  {
    const std::lock_guard lock(gates_);
    parted_.insert(in_order(one, other));
  }
  wait_until_parted(one, other);
}

void Lab::join_all() {
  {
    const std::lock_guard lock(gates_);
    parted_.clear();
  }
  settle();
}

void Lab::wait_until_parted(const std::string& one, const std::string& other) {
  const auto is_down = [this](const std::string& at, const std::string& to) {
    const std::lock_guard lock(mutex_);
    host::Running* running = seat(at).running;
    if (!running || !running->links()) return true;
    (void)running->links()->tick_now();
    const auto all = running->links()->status();
    return std::none_of(all.begin(), all.end(), [&](const auto& link) { return link.peer == to && link.up; });
  };
  if (!testing::eventually([&] { return is_down(one, other) && is_down(other, one); }, kConnects))
    throw Failure("the link between " + one + " and " + other + " does not go down");
}

void Lab::with(Seat& seat, const std::function<void(host::Running&)>& work) const {
  const std::lock_guard lock(mutex_);
  if (!seat.running) throw Error(ErrorKind::unavailable, "node " + seat.member.name + " does not run");
  work(*seat.running);
}

Seat& Lab::owner_of(const ActorName& actor) const {
  for (const auto& at : seats_) {
    if (!at->node) continue;
    Seat* owner = nullptr;
    with(*at, [&](host::Running& running) {
      auto& core = running.core();
      auto address = core.registry.intern_by_name(actor.service, actor.key);
      if (!address.ok()) throw address.error();
      owner = &seat(core.router.view().owner_name((*address)->partition));
    });
    return *owner;
  }
  throw Error(ErrorKind::unavailable, "no node of the testbed runs that could say who owns " + actor.text());
}

}  // namespace troupe::testing
