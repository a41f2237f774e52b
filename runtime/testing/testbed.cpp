// The public face of the core.
#include "testing/testbed_core.h"

namespace troupe::testing {

// --- time ---

void TestClock::advance(Nanoseconds by) {
  if (std::chrono::nanoseconds(by).count() < 0) throw Failure("advance(): time does not go back");
  core_.advance(by);
}

std::chrono::system_clock::time_point TestClock::now() const { return epoch_moment(core_.clock().wall_ms()); }

// --- messages ---

void Traffic::drop_next(unsigned count, Which which, Loss loss) { core_.traffic().lose(count, std::move(which), loss); }
void Traffic::drop(Which which, Loss loss) { core_.traffic().lose(std::nullopt, std::move(which), loss); }
void Traffic::delay(Nanoseconds by, Which which) { core_.traffic().delay(by, std::move(which)); }
void Traffic::let_through() { core_.traffic().let_through(); }
std::uint64_t Traffic::lost() const noexcept { return core_.traffic().lost(); }
std::uint64_t Traffic::delayed() const noexcept { return core_.traffic().delayed(); }

// --- disk ---

void TestDisk::fail_commits(unsigned count, CommitFault fault) {
  if (fault == CommitFault::refused) return slot_.disk.refuse(static_cast<int>(count));
  const auto at = fault == CommitFault::before_write ? store::DiskWrite::log : store::DiskWrite::log_sync;
  slot_.disk.fail(static_cast<int>(count), at);
}

void TestDisk::full(bool on) { slot_.disk.full(on); }

// --- nodes ---

const std::string& TestMember::name() const noexcept { return slot_.member.name; }

Node& TestMember::node() const {
  if (!slot_.node) throw Failure("node " + slot_.member.name + " does not run; start() it");
  return *slot_.node;
}

bool TestMember::running() const noexcept { return slot_.node != nullptr; }
const std::filesystem::path& TestMember::data_dir() const noexcept { return slot_.data_dir; }
void TestMember::start() { core_.start(slot_); }
StopReport TestMember::stop(Milliseconds deadline) { return core_.stop(slot_, deadline); }
void TestMember::set_wall_clock(Milliseconds ahead) { slot_.clock.set_ahead(ahead); }

std::chrono::system_clock::time_point TestMember::wall_clock() const { return epoch_moment(slot_.clock.wall_ms()); }

void TestMember::crash() { core_.crash(slot_); }

void TestMember::restart() {
  (void)core_.stop(slot_, std::chrono::seconds(5));
  core_.start(slot_);
}

// --- testbeds ---

Testbed::Testbed(std::vector<std::string> nodes, std::vector<std::string> clients, TestOptions options)
    : core_(std::make_shared<TestbedCore>(std::move(nodes), std::move(clients), std::move(options))) {
  try {
    for (const auto& slot : core_->slots()) core_->start(*slot);
    if (core_->slots().size() > 1) core_->settle();
  } catch (...) {
    core_->end();  // what runs keeps the core
    throw;
  }
}

Testbed::~Testbed() { core_->end(); }

void Testbed::settle() const { core_->settle(); }

bool Testbed::eventually(const std::function<bool()>& condition, Nanoseconds within) const {
  return core_->eventually(condition, within);
}

void Testbed::crash_next_turn(const ActorName& actor, CrashAt when) { core_->crashes().order(actor, when); }
void Testbed::crash_at(std::string_view name, unsigned nth) { core_->crashes().order(name, ActorName("", ""), nth); }

void Testbed::crash_at(std::string_view name, const ActorName& actor, unsigned nth) {
  core_->crashes().order(name, actor, nth);
}

std::uint64_t Testbed::times_reached(std::string_view name) const { return core_->crashes().times_reached(name); }
std::size_t Testbed::crashes_pending() const { return core_->crashes().pending(); }
bool Testbed::evict(const ActorName& actor) { return core_->evict(actor); }

TestNode::TestNode(TestOptions options) : Testbed({"node"}, {}, std::move(options)) {}

TestMember TestNode::member() const { return TestMember(core(), *core().slots().front()); }

TestCluster::TestCluster(TestClusterOptions options)
    : Testbed(std::move(options.nodes), std::move(options.clients),
              {.host = std::move(options.host), .configure = std::move(options.configure), .time = options.time}) {}

TestMember TestCluster::member(std::string_view name) const { return TestMember(core(), core().slot(name)); }
TestMember TestCluster::owner_of(const ActorName& actor) const { return TestMember(core(), core().owner_of(actor)); }

void TestCluster::partition(std::string_view one, std::string_view other) {
  core().part(std::string(one), std::string(other));
}

void TestCluster::isolate(std::string_view one) {
  for (const auto& slot : core().slots()) {
    if (slot->member.name != one) core().part(std::string(one), slot->member.name);
  }
}

void TestCluster::heal() { core().join_all(); }

}  // namespace troupe::testing
