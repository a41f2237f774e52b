// The public face of the lab.
#include "testing/lab.h"

namespace troupe::testing {

// --- time ---

void TestClock::advance(Nanoseconds by) {
  if (std::chrono::nanoseconds(by).count() < 0) throw Failure("advance(): time does not go back");
  lab_.advance(by);
}

std::chrono::system_clock::time_point TestClock::now() const { return epoch_moment(lab_.clock().wall_ms()); }

// --- messages ---

void Traffic::drop_next(unsigned count, Which which, Loss loss) { lab_.traffic().lose(count, std::move(which), loss); }
void Traffic::drop(Which which, Loss loss) { lab_.traffic().lose(std::nullopt, std::move(which), loss); }
void Traffic::delay(Nanoseconds by, Which which) { lab_.traffic().delay(by, std::move(which)); }
void Traffic::let_through() { lab_.traffic().let_through(); }
std::uint64_t Traffic::lost() const noexcept { return lab_.traffic().lost(); }
std::uint64_t Traffic::delayed() const noexcept { return lab_.traffic().delayed(); }

// --- disk ---

void TestDisk::fail_commits(unsigned count, CommitFault fault) {
  if (fault == CommitFault::refused) return seat_.disk.refuse(static_cast<int>(count));
  const auto at = fault == CommitFault::before_write ? store::DiskWrite::log : store::DiskWrite::log_sync;
  seat_.disk.fail(static_cast<int>(count), at);
}

void TestDisk::full(bool on) { seat_.disk.full(on); }

// --- nodes ---

const std::string& TestMember::name() const noexcept { return seat_.member.name; }

Node& TestMember::node() const {
  if (!seat_.node) throw Failure("node " + seat_.member.name + " does not run; start() it");
  return *seat_.node;
}

bool TestMember::running() const noexcept { return seat_.node != nullptr; }
const std::filesystem::path& TestMember::data_dir() const noexcept { return seat_.data_dir; }
void TestMember::start() { lab_.start(seat_); }
StopReport TestMember::stop(Milliseconds deadline) { return lab_.stop(seat_, deadline); }
void TestMember::set_wall_clock(Milliseconds ahead) { seat_.clock.set_ahead(ahead); }

std::chrono::system_clock::time_point TestMember::wall_clock() const { return epoch_moment(seat_.clock.wall_ms()); }

void TestMember::crash() { lab_.crash(seat_); }

void TestMember::restart() {
  (void)lab_.stop(seat_, std::chrono::seconds(5));
  lab_.start(seat_);
}

// --- testbeds ---

Testbed::Testbed(std::vector<std::string> nodes, std::vector<std::string> clients, TestOptions options)
    : lab_(std::make_shared<Lab>(std::move(nodes), std::move(clients), std::move(options))) {
  try {
    for (const auto& seat : lab_->seats()) lab_->start(*seat);
    if (lab_->seats().size() > 1) lab_->settle();
  } catch (...) {
    lab_->end();  // what runs keeps the lab
    throw;
  }
}

Testbed::~Testbed() { lab_->end(); }

void Testbed::settle() const { lab_->settle(); }

bool Testbed::eventually(const std::function<bool()>& condition, Nanoseconds within) const {
  return lab_->eventually(condition, within);
}

void Testbed::crash_next_turn(const ActorName& actor, CrashAt when) { lab_->crashes().order(actor, when); }
void Testbed::crash_at(std::string_view name, unsigned nth) { lab_->crashes().order(name, ActorName("", ""), nth); }

void Testbed::crash_at(std::string_view name, const ActorName& actor, unsigned nth) {
  lab_->crashes().order(name, actor, nth);
}

std::uint64_t Testbed::times_reached(std::string_view name) const { return lab_->crashes().times_reached(name); }
std::size_t Testbed::crashes_pending() const { return lab_->crashes().pending(); }
bool Testbed::evict(const ActorName& actor) { return lab_->evict(actor); }

TestNode::TestNode(TestOptions options) : Testbed({"node"}, {}, std::move(options)) {}

TestMember TestNode::member() const { return TestMember(lab(), *lab().seats().front()); }

TestCluster::TestCluster(TestClusterOptions options)
    : Testbed(std::move(options.nodes), std::move(options.clients),
              {.host = std::move(options.host), .configure = std::move(options.configure), .time = options.time}) {}

TestMember TestCluster::member(std::string_view name) const { return TestMember(lab(), lab().seat(name)); }
TestMember TestCluster::owner_of(const ActorName& actor) const { return TestMember(lab(), lab().owner_of(actor)); }

void TestCluster::partition(std::string_view one, std::string_view other) {
  lab().part(std::string(one), std::string(other));
}

void TestCluster::isolate(std::string_view one) {
  for (const auto& seat : lab().seats()) {
    if (seat->member.name != one) lab().part(std::string(one), seat->member.name);
  }
}

void TestCluster::heal() { lab().join_all(); }

}  // namespace troupe::testing
