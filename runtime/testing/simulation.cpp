#include "testing/simulation.h"

#include <algorithm>
#include <ostream>

#include "base/check.h"

namespace troupe::testing {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

// Of so many steps one does what nobody waits for.
constexpr std::uint64_t kSometime = 60;
// How slow the nodes are: one life has one of each.
constexpr std::uint64_t kTimePasses[] = {10, 40, 160};
constexpr std::uint64_t kMostMicroseconds[] = {500, 4'000, 30'000};
// A part of a node may be that much slower than another one, each time the node starts.
constexpr std::uint64_t kPaces[] = {1, 1, 1, 4, 16};

constexpr std::size_t kSimulatedLogBytes = std::size_t{64} << 10;

}  // namespace

// A node's place: what stays when it loses its power.
class Simulation::NodeSlot final : public Steps {
 public:
  NodeSlot(Simulation& simulation, std::size_t number, std::string name_in, const std::filesystem::path& directory)
      : name(std::move(name_in)),
        port(static_cast<std::uint16_t>(number + 1)),
        disk(directory / name, simulation.dice_),
        simulation_(simulation),
        wires(simulation.network_, *this, name) {
    hooks.clock = &simulation.clock_;
    hooks.alarms = &simulation.clock_;
    hooks.disk = &disk;
    hooks.steps = this;
    hooks.wires = &wires;
    hooks.chance = &simulation.dice_;
    hooks.log_bytes = kSimulatedLogBytes;
    hooks.begun = [this](host::NodeParts& it) { parts = &it; };
    hooks.ended = [this] { parts = nullptr; };
  }

  void add(const void* owner, Step step) override {
    const std::uint64_t rarely = kPaces[simulation_.dice_.below(std::size(kPaces))];
    steps_.push_back({owner, std::move(step), rarely});
  }
  void drop(const void* owner) noexcept override {
    std::erase_if(steps_, [owner](const Known& known) { return known.owner == owner; });
  }
  void wait() override { simulation_.wait_in(*this); }

  struct Known {
    const void* owner;
    Step step;
    std::uint64_t rarely;
  };
  [[nodiscard]] const std::vector<Known>& steps() const noexcept { return steps_; }

  const std::string name;
  const std::uint16_t port;
  SimulatedDisk disk;
  host::TestHooks hooks;
  std::unique_ptr<Node> node;
  host::NodeParts* parts = nullptr;
  bool has_power = false;

 private:
  Simulation& simulation_;
  std::vector<Known> steps_;

 public:
  SimulatedNetwork::End wires;  // last: it has steps
};

Simulation::Simulation(SimulationOptions options)
    : options_(std::move(options)),
      dice_(options_.seed),
      time_passes_(kTimePasses[dice_.below(std::size(kTimePasses))]),
      most_microseconds_(kMostMicroseconds[dice_.below(std::size(kMostMicroseconds))]),
      network_(dice_, clock_) {
  network_.on_arrival = [this](const std::string&, const std::vector<char>& bytes) {
    trace_.note(stable_hash({bytes.data(), bytes.size()}, 0));
  };
  for (const std::string& name : options_.nodes)
    slots_.push_back(std::make_unique<NodeSlot>(*this, slots_.size(), name, options_.directory));
}

Simulation::~Simulation() {
  for (const auto& slot : slots_) {
    if (std::exchange(slot->has_power, false)) slot->wires.cut_power();
    put_away(*slot);
  }
}

// --- nodes ---

NodeConfig Simulation::config_of(NodeSlot& slot) {
  NodeConfig config{.name = slot.name, .data_dir = slot.disk.directory(), .threads = 1, .admin = false};
  for (const auto& each : slots_) config.members.push_back({.name = each->name, .port = each->port});
  if (options_.configure) options_.configure(config);
  config.test_hooks = std::shared_ptr<const host::TestHooks>(std::shared_ptr<void>(), &slot.hooks);
  return config;
}

void Simulation::start(std::size_t number) {
  NodeSlot& slot = *slots_.at(number);
  put_away(slot);
  if (slot.node) return;
  note("start " + slot.name);
  slot.has_power = true;
  slot.wires.power_up();
  slot.node = std::make_unique<Node>(config_of(slot));
  if (options_.host) options_.host(*slot.node);
  slot.node->start();
}

StopReport Simulation::stop(std::size_t number, milliseconds deadline) {
  NodeSlot& slot = *slots_.at(number);
  if (!slot.node) return {};
  note("stop " + slot.name);
  const StopReport report = slot.node->stop(deadline);
  slot.node.reset();
  if (!std::exchange(slot.has_power, false)) slot.disk.put_image_back();
  return report;
}

Node* Simulation::node(std::size_t number) noexcept {
  NodeSlot& slot = *slots_.at(number);
  return slot.has_power ? slot.node.get() : nullptr;
}

host::NodeParts* Simulation::parts(std::size_t number) noexcept {
  NodeSlot& slot = *slots_.at(number);
  return slot.has_power ? slot.parts : nullptr;
}

SimulatedDisk& Simulation::disk(std::size_t number) noexcept { return slots_.at(number)->disk; }

void Simulation::cut_power(std::size_t number) {
  NodeSlot& slot = *slots_.at(number);
  if (!slot.has_power) return;
  note("cut the power of " + slot.name);
  slot.has_power = false;
  slot.disk.keep_image();
  slot.wires.cut_power();
}

void Simulation::cut_power_at(std::size_t number, SimulatedDisk::Moment moment, std::uint64_t nth) {
  slots_.at(number)->disk.cut_at(moment, nth, [this, number] { cut_power(number); });
}

void Simulation::break_connections(std::size_t number) {
  note("break the connections of " + slots_.at(number)->name);
  network_.break_connections(slots_.at(number)->wires);
}

void Simulation::hold_network(milliseconds time) {
  note("hold the network");
  network_.hold(time);
}

// Nobody sees what it still does.
void Simulation::put_away(NodeSlot& slot) {
  if (slot.has_power || !slot.node) return;
  (void)slot.node->stop(milliseconds(0));
  slot.node.reset();
  slot.disk.put_image_back();
}

// --- steps ---

void Simulation::note(std::string_view what) {
  trace_.note(stable_hash(what, 0));
  if (options_.lines) *options_.lines << what << '\n';
}

bool Simulation::step() {
  for (const auto& slot : slots_) put_away(*slot);
  ++trace_.steps;
  ways_.clear();
  if (dice_.one_in(time_passes_)) {
    clock_.advance(microseconds(dice_.below(most_microseconds_)));
  } else if (dice_.one_in(kSometime)) {
    for (const auto& slot : slots_) collect(*slot, Pace::sometime);
    if (take_one_of_collected()) return true;
  }
  for (const auto& slot : slots_) collect(*slot, Pace::soon);
  // Alarms are one part more, and no slower than others.
  if (clock_.due() > 0 && dice_.below(ways_.size() + 1) == 0) return ring_one();
  return take_one_of_collected() || ring_one() || pass_time();
}

bool Simulation::until(const std::function<bool()>& condition, std::uint64_t most_steps) {
  for (std::uint64_t i = 0; i < most_steps; ++i) {
    if (condition()) return true;
    if (!step()) return condition();
  }
  return condition();
}

void Simulation::collect(NodeSlot& slot, Pace pace) {
  const auto& steps = slot.steps();
  for (std::size_t i = 0; i < steps.size(); ++i) {
    if (steps[i].step.pace != pace) continue;
    if (const std::size_t ways = steps[i].step.ways(); ways > 0) ways_.push_back({&slot, i, ways});
  }
}

// A slow part is passed over most of the time, unless all that wait are.
bool Simulation::take_one_of_collected() {
  if (ways_.empty()) return false;
  Way way = ways_[dice_.below(ways_.size())];
  for (int again = 0; again < 3 && !dice_.one_in(way.slot->steps()[way.step].rarely); ++again)
    way = ways_[dice_.below(ways_.size())];
  take(way);
  return true;
}

void Simulation::take(const Way& way) {
  const auto take_it = way.slot->steps()[way.step].step.take;  // the step may be dropped meanwhile
  const std::string_view name = way.slot->steps()[way.step].step.name;
  const std::size_t which = dice_.below(way.ways);
  trace_.note(stable_hash(name, way.slot->port));
  trace_.note(which << 32 | way.ways);
  trace_.note(static_cast<std::uint64_t>(clock_.now().time_since_epoch().count()));
  if (options_.lines)
    *options_.lines << trace_.steps << ' ' << clock_.now().time_since_epoch().count() << ' ' << way.slot->name << ": "
                    << name << ", " << which << " of " << way.ways << '\n';
  const auto before = std::exchange(at_work_, way.slot->port - 1u);
  take_it(which);
  at_work_ = before;
}

bool Simulation::ring_one() {
  const std::size_t due = clock_.due();
  if (due == 0) return false;
  const std::size_t which = dice_.below(due);
  trace_.note(which << 32 | due);
  if (options_.lines) *options_.lines << trace_.steps << " alarm " << which << " of " << due << '\n';
  clock_.ring(which);
  return true;
}

bool Simulation::pass_time() {
  const auto next = clock_.next();
  if (!next) return false;
  clock_.move_to(*next + microseconds(dice_.below(most_microseconds_)));
  return true;
}

// A part of that node would sleep now. A node without power goes on alone, unseen; others go on with all.
void Simulation::wait_in(NodeSlot& slot) {
  if (slot.has_power) return void(step());
  ways_.clear();
  collect(slot, Pace::soon);
  if (take_one_of_collected() || ring_one()) return;
  clock_.advance(milliseconds(1));
}

}  // namespace troupe::testing
