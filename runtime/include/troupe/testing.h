// A kit for tests of your services: real nodes with real stores, and real links between them, in the test's own
// process; a clock that the test moves; and everything that goes wrong, when the test wants it. Target
// `Troupe::testing`. runtime/doc/testing_your_services.md is the guide.
//
// It knows no test framework: what it waited for in vain, or found to be otherwise, is thrown as testing::Failure.
// A testbed and its parts are for one thread, the test's, unless a line says otherwise, and never for a handler's.
#pragma once

#include <capnp/message.h>

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <future>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/actor.h"
#include "troupe/call.h"
#include "troupe/duration.h"
#include "troupe/node.h"
#include "troupe/ref.h"
#include "troupe/testing/point.h"
#include "troupe/testing/scratch_directory.h"

namespace troupe::testing {

// What the kit waited for did not come, or is otherwise.
class Failure : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// What a crash that a test ordered throws in the turn; no troupe::Error, and so a crash like any other.
class OrderedCrash : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// "Stock", "sku-1"; or a Ref.
struct ActorName {
  std::string service;
  std::string key;
  ActorName(std::string service_in, std::string key_in) : service(std::move(service_in)), key(std::move(key_in)) {}
  ActorName(const RefBase& ref) : service(ref.service().name), key(ref.key()) {}  // NOLINT: implicit on purpose
  [[nodiscard]] std::string text() const { return service + "/" + key; }
};

enum class Time : std::uint8_t {
  stands,  // until the test moves it
  runs,    // with the machine's clock, and ahead of it when the test moves it
};

// Where the next turn crashes. Its effects are dropped either way; calls it made have been made.
enum class CrashAt : std::uint8_t {
  begin,  // before its handler's first line
  end,    // after its last, before its commit
};

// What of a call is lost, as if its link broke at that moment. What keeps its promises under a repeated call (a durable
// actor, readOnly and retry methods) is asked again by the runtime; anything else ends with `unknown_outcome`.
enum class Loss : std::uint8_t {
  request,  // it never arrives
  answer,   // it is carried out, and nobody hears of it
};

// Where a commit fails. A disk that fails ends the node's store, as every failed write does, until the node is
// restarted.
enum class CommitFault : std::uint8_t {
  before_write,  // nothing of it is on disk: after a restart it did not happen
  before_sync,   // all of it was written and none is known to be on disk: after a restart here it is there
  refused,       // the store refuses this one and goes on: its actor starts again from what was committed before
};

// Which calls and durable messages; what is empty is any. Of one node's own actors among each other, too. Reminders,
// timers, answers to durable messages and monitors are none.
struct Which {
  std::string service{};  // the receiver's: "Stock"
  std::string key{};      // the receiver's
  std::string method{};   // as the schema has it
  std::string from{};     // the node that sends
  std::string to{};       // the node that owns the receiver; a call to a pool is chosen one after this
};

class TestbedCore;
struct NodeSlot;

// The time of a testbed's nodes: of timers, reminders, backoffs, deadlines, expiry, and of Actor::now(). What watches
// sockets, threads and the disk (heartbeats, health, checkpoints, stop()) goes by the machine's.
class TestClock {
 public:
  explicit TestClock(TestbedCore& core) noexcept : core_(core) {}
  // Moves it on, from one thing that comes due to the next, and settles at each: what runs every minute runs five times
  // in five. Returns settled. Throws Failure as settle() does.
  void advance(Nanoseconds by);
  // The wall clock of the nodes, but for those whose was set (TestMember::set_wall_clock()). Any thread.
  [[nodiscard]] std::chrono::system_clock::time_point now() const;

 private:
  TestbedCore& core_;
};

// Calls and durable messages on their way between actors. A rule is for what is sent from then on; the oldest rule that
// fits is the one that acts.
class Traffic {
 public:
  explicit Traffic(TestbedCore& core) noexcept : core_(core) {}
  // The next `count` that fit are lost, tries of one call counted each; then they pass.
  void drop_next(unsigned count, Which which = {}, Loss loss = Loss::request);
  // All are lost that fit. What the runtime would ask again waits, as for a link that is down, until let_through() or
  // its deadline.
  void drop(Which which = {}, Loss loss = Loss::request);
  // All that fit arrive so much later, in their order. By the testbed's clock.
  void delay(Nanoseconds by, Which which = {});
  // Ends every rule; what waits for that goes out now, what is delayed keeps its time.
  void let_through();
  // How many were lost and how many delayed so far, tries of one call counted each. Any thread.
  [[nodiscard]] std::uint64_t lost() const noexcept;
  [[nodiscard]] std::uint64_t delayed() const noexcept;

 private:
  TestbedCore& core_;
};

// The disk of one node: what its store asks of it fails with errno's code, and the store does what it does then.
class TestDisk {
 public:
  explicit TestDisk(NodeSlot& slot) noexcept : slot_(slot) {}
  // The next `count` batches of commits fail with EIO, or so many commits are `refused`. The first batch that fails
  // ends the store until the node is restarted, which the count outlasts; 0 ends the faults.
  void fail_commits(unsigned count, CommitFault fault = CommitFault::before_write);
  // While it is full every write fails with ENOSPC, also into space that was taken before, as on a file system that
  // copies on write. A store that met it goes on after a restart with room.
  void full(bool on);

 private:
  NodeSlot& slot_;
};

// One node of a testbed, and what becomes of it. Its directory, address and disk stay when it stops.
class TestMember {
 public:
  TestMember(TestbedCore& core, NodeSlot& slot) noexcept : core_(core), slot_(slot) {}
  [[nodiscard]] const std::string& name() const noexcept;
  // Throws Failure while it does not run. Refs that were taken from it are of no use once it stopped.
  [[nodiscard]] Node& node() const;
  [[nodiscard]] bool running() const noexcept;
  [[nodiscard]] const std::filesystem::path& data_dir() const noexcept;
  [[nodiscard]] TestDisk disk() const noexcept { return TestDisk(slot_); }

  // Sets its wall clock so much ahead of the testbed's, or behind it. Nothing rings by that: what goes by the wall
  // clock notices within a minute of the testbed's time. It outlasts restarts.
  void set_wall_clock(Milliseconds ahead);
  [[nodiscard]] std::chrono::system_clock::time_point wall_clock() const;

  // What Node::start() throws; nothing if it runs.
  void start();
  // In order, as a program that ends: Node::stop().
  StopReport stop(Milliseconds deadline = std::chrono::seconds(5));
  // As a process that is killed: first nothing reaches its disk any more, then its links break without a word, then its
  // threads end; start() finds the commit log as it lay. Unlike in a killed process, destructors and on_passivate() of
  // its actors run, and calls made through its own node end with an error.
  void crash();
  // stop() and start().
  void restart();

 private:
  TestbedCore& core_;
  NodeSlot& slot_;
};

struct TestOptions {
  // The services that every node hosts, and its tree; before each start.
  std::function<void(Node&)> host{};
  // Changes what the kit set: name, data_dir, members, two threads, no admin socket. Before each start.
  std::function<void(NodeConfig&)> configure{};
  Time time = Time::stands;
};

namespace detail {
// The committed state of an actor as words, as its owner has it on disk. False: it has none.
[[nodiscard]] bool read_kept(TestbedCore& core, const ActorName& actor, std::vector<std::uint64_t>& words);
}  // namespace detail

// A committed state, `kept->getOnHand()`.
template <class State>
class Kept {
 public:
  Kept() = default;
  explicit Kept(std::vector<std::uint64_t> words)
      : words_(std::make_shared<const std::vector<std::uint64_t>>(std::move(words))),
        reader_(capnp::readMessageUnchecked<State>(reinterpret_cast<const capnp::word*>(words_->data()))) {}
  // False: the actor has none.
  explicit operator bool() const noexcept { return words_ != nullptr; }
  [[nodiscard]] typename State::Reader operator*() const { return reader_; }
  [[nodiscard]] const typename State::Reader* operator->() const { return &reader_; }

 private:
  std::shared_ptr<const std::vector<std::uint64_t>> words_;
  typename State::Reader reader_;
};

// What one node and many have in common.
class Testbed {
 public:
  // Stops what runs, at once, and removes what was on disk.
  ~Testbed();
  Testbed(const Testbed&) = delete;
  Testbed& operator=(const Testbed&) = delete;

  [[nodiscard]] TestClock clock() const noexcept { return TestClock(*core_); }
  [[nodiscard]] Traffic messages() const noexcept { return Traffic(*core_); }

  // Returns when nothing moves any more until the clock does or somebody acts: no turn runs, no commit, no blocking()
  // work, no message is on its way, nothing is due, and links are up that can be. A turn that waits for time, or for
  // what was dropped, waits still. Throws Failure, saying what moves, after 20 s of the machine's time.
  void settle() const;

  // Whether `condition` comes to hold within so much of the testbed's time: settles, looks, and moves the clock to what
  // is due next. With Time::runs it lets time pass.
  [[nodiscard]] bool eventually(const std::function<bool()>& condition,
                                Nanoseconds within = std::chrono::minutes(1)) const;
  // The answer of a call, for which the clock is moved as far as it takes, `within` at most. Throws the Error it ended
  // with; Failure when it did not end.
  template <class Results>
  Reply<Results> finish(Call<Results>&& call, Nanoseconds within = std::chrono::hours(1)) const {
    auto answer = std::move(call).future();
    const auto ended = [&] { return answer.wait_for(std::chrono::seconds(0)) == std::future_status::ready; };
    if (!eventually(ended, within)) throw Failure("finish(): the call did not end within the time given");
    return answer.get();
  }

  // The actor's next turn, on whichever node, of whatever kind, throws OrderedCrash. Several orders are for one turn
  // after the other.
  void crash_next_turn(const ActorName& actor, CrashAt when = CrashAt::end);
  // The `nth` time from now that a turn comes to point(name), its actor's turn throws OrderedCrash there; of `actor`
  // alone, or of any.
  void crash_at(std::string_view name, unsigned nth = 1);
  void crash_at(std::string_view name, const ActorName& actor, unsigned nth = 1);
  // How often turns of this testbed came to point(name). Any thread.
  [[nodiscard]] std::uint64_t times_reached(std::string_view name) const;
  // Ordered crashes that have not come. A test that ends with some tests something else than it says.
  [[nodiscard]] std::size_t crashes_pending() const;

  // Puts the actor away after settling, as if it had been idle for long: its next call loads it from disk. True: it is
  // not active, now or before. False: it cannot go, for a turn waits, or it has timers, monitors or children, or a tree
  // keeps it.
  [[nodiscard]] bool evict(const ActorName& actor);

  // The state that is committed, after settling. Throws Error `not_found` for a service its owner does not host,
  // `unavailable` when the owner does not run.
  template <class State>
  [[nodiscard]] Kept<State> kept(const ActorName& actor) const {
    settle();
    std::vector<std::uint64_t> words;
    return detail::read_kept(*core_, actor, words) ? Kept<State>(std::move(words)) : Kept<State>();
  }
  // The same as JSON; "" for none.
  [[nodiscard]] std::string kept_json(const ActorName& actor) const;
  // Throws Failure, with the state as JSON, unless there is a committed state and `holds(reader)`.
  template <class State, class Holds>
  void expect_state(const ActorName& actor, Holds&& holds) const {
    const auto state = kept<State>(actor);
    if (!state || !holds(*state)) unexpected_state(actor);
  }

 protected:
  Testbed(std::vector<std::string> nodes, std::vector<std::string> clients, TestOptions options);
  [[noreturn]] void unexpected_state(const ActorName& actor) const;
  [[nodiscard]] TestbedCore& core() const noexcept { return *core_; }

 private:
  std::shared_ptr<TestbedCore> core_;
};

// One node, started. Throws what Node::start() throws.
class TestNode : public Testbed {
 public:
  explicit TestNode(TestOptions options);
  explicit TestNode(std::function<void(Node&)> host) : TestNode(TestOptions{.host = std::move(host)}) {}

  [[nodiscard]] TestMember member() const;
  [[nodiscard]] Node& node() const { return member().node(); }
  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(std::string_view key) const {
    return node().template ref<Interface>(key);
  }
  [[nodiscard]] TestDisk disk() const { return member().disk(); }
  [[nodiscard]] const std::filesystem::path& data_dir() const { return member().data_dir(); }
  // As TestMember's.
  void start() { member().start(); }
  StopReport stop() { return member().stop(); }
  void crash() { member().crash(); }
  void restart() { member().restart(); }
};

struct TestClusterOptions {
  std::vector<std::string> nodes{"a", "b"};  // who own the actors
  std::vector<std::string> clients{};        // who call and own none
  std::function<void(Node&)> host{};         // as in TestOptions, for each of them
  std::function<void(NodeConfig&)> configure{};
  Time time = Time::stands;
};

// Several nodes, started and connected by links over loopback. A port is free when it is chosen; that another program
// takes it before the node does ends with the node's own `unavailable`.
class TestCluster : public Testbed {
 public:
  explicit TestCluster(TestClusterOptions options);

  // Throws Failure when there is none of that name.
  [[nodiscard]] TestMember member(std::string_view name) const;
  [[nodiscard]] Node& node(std::string_view name) const { return member(name).node(); }
  // Who owns the actor; it need not run.
  [[nodiscard]] TestMember owner_of(const ActorName& actor) const;

  // Cuts the link between the two without a word and keeps it down; returns when both know. Calls that were on it are
  // lost as on any link: asked again when it is up, or `unknown_outcome`.
  void partition(std::string_view one, std::string_view other);
  // Cuts one off from all others.
  void isolate(std::string_view one);
  // Ends that; returns when the links are up between all that run.
  void heal();
};

// Runs `condition` until it holds; false: not within so much of the machine's time. For what no testbed sees: another
// process, a thread of the test's own. Any thread.
[[nodiscard]] bool eventually(const std::function<bool()>& condition, Milliseconds patience = std::chrono::seconds(10));

// A TCP port of the loopback that was free a moment ago, and none of those given last. Any thread.
[[nodiscard]] std::uint16_t free_port();

}  // namespace troupe::testing
