// What a mailbox does with calls that no well-behaved caller on this node would make: retries while the first attempt
// still runs, retries of what was forgotten, methods that do not exist.
#include <doctest/doctest.h>

#include <chrono>
#include <future>
#include <thread>

#include "actor/visitors.h"
#include "base/limits.h"
#include "contract/cast.h"
#include "host/running.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

class Home final : public Recipient {
 public:
  bool post(Mail* mail) noexcept override {
    auto call = wire::EnvelopePtr::adopt(static_cast<wire::Envelope*>(mail));
    const auto self = Ptr<Home>::share(this);
    call->reply_to = nullptr;  // or they would own each other
    answer.set_value(std::move(call));
    return true;
  }
  std::promise<wire::EnvelopePtr> answer;
};

class OneNode {
 public:
  OneNode() : core_(make_counted<host::Core>(system_clock(), 10s, 7, std::vector<Member>{{.name = "n"}}, "n")) {
    const auto host = [&](const ServiceInfo& service, std::function<std::unique_ptr<Actor>()> make) {
      core_->registry.host(std::make_shared<actor::Hosted>(service, std::move(make), RestartPolicy{})).value();
    };
    host(ServiceOf<Account>::info(), make_account);
    host(ServiceOf<Latch>::info(), make_latch);
    start();
  }
  ~OneNode() { running_->stop(1s); }

  template <class Interface>
  [[nodiscard]] Ref<Interface> ref(const std::string& key) {
    return Ref<Interface>(core_->registry.intern(ServiceOf<Interface>::info(), key).value().detach());
  }

  struct Attempt {
    std::uint64_t id;
    std::uint32_t attempt = 1;
    std::uint64_t first_sent_ms = system_clock().wall_ms();
    std::uint64_t sequence = 0;  // not 0: it is a durable message of that number
    actor::Visitors* from = nullptr;
  };
  // Puts a call of Account/a into its mailbox, as a link would.
  template <class Params, class Fill>
  [[nodiscard]] std::future<wire::EnvelopePtr> deliver(const Attempt& attempt, std::uint16_t method, Fill&& fill) {
    auto home = make_counted<Home>();
    auto answer = home->answer.get_future();
    auto call = make_counted<wire::Envelope>();
    call->target = core_->registry.intern(ServiceOf<Account>::info(), "a").value();
    call->method = method;
    call->id = {99, attempt.id};
    call->attempt = attempt.attempt;
    call->first_sent_ms = attempt.first_sent_ms;
    call->deadline = system_clock().now() + 10s;
    call->reply_to = std::move(home);
    fill(call->params.build().initAs<Params>());
    if (attempt.sequence != 0) {
      call->delivery = std::make_unique<wire::Delivery>();
      call->delivery->sender = "Account/sender";
      call->delivery->channel = {1, 2};
      call->delivery->sequence = attempt.sequence;
    }
    core_->registry.deliver_here(std::move(call), attempt.from);
    return answer;
  }
  [[nodiscard]] std::future<wire::EnvelopePtr> add(const Attempt& attempt) {
    return deliver<Account::AddParams>(attempt, 0, [](auto p) { p.setAmount(1); });
  }
  void restart() {
    running_.reset();
    start();
  }
  [[nodiscard]] std::int64_t balance() { return ref<Account>("a").balance().get()->getBalance(); }
  void wait_for_arrival() {
    const auto until = std::chrono::steady_clock::now() + 10s;
    while (ref<Latch>("l").arrived().get()->getCount() == 0) REQUIRE(std::chrono::steady_clock::now() < until);
  }

 private:
  void start() {
    running_.emplace(NodeConfig{.name = "n", .data_dir = directory_.path(), .threads = 2, .admin = false}, *core_);
  }
  testing::ScratchDirectory directory_;
  Ptr<host::Core> core_;
  std::optional<host::Running> running_;
};

std::int64_t balance_in(const wire::EnvelopePtr& answer) {
  return answer->results.read().getAs<Account::AddResults>().getBalance();
}

}  // namespace

TEST_CASE("a retry gets the answer of the first attempt, and adds nothing") {
  OneNode node;
  CHECK(balance_in(node.add({.id = 1}).get()) == 1);
  CHECK(balance_in(node.add({.id = 2}).get()) == 2);

  CHECK(balance_in(node.add({.id = 1, .attempt = 2}).get()) == 1);

  CHECK(node.balance() == 2);
}

TEST_CASE("a message whose number jumps is refused, and the honest ones that follow it are taken") {
  OneNode node;
  CHECK(balance_in(node.add({.id = 1, .sequence = 1}).get()) == 1);

  const auto forged = node.add({.id = 2, .sequence = limits::kMaxSequenceJump + 2}).get();

  REQUIRE(forged->error);
  CHECK(forged->error->kind() == ErrorKind::invalid);
  CHECK(forged->error->message().find("jumps: 1 was the last one that was taken") != std::string::npos);
  CHECK(balance_in(node.add({.id = 3, .sequence = 2}).get()) == 2);
  CHECK(balance_in(node.add({.id = 4, .sequence = limits::kMaxSequenceJump + 2}).get()) == 3);  // as far as is allowed
}

TEST_CASE("an activation counts for the peer whose call made it, until it leaves memory") {
  OneNode node;
  const auto first = make_counted<actor::Visitors>(10), second = make_counted<actor::Visitors>(10);

  (void)node.add({.id = 1, .from = first.get()}).get();
  (void)node.add({.id = 2, .from = second.get()}).get();

  CHECK(first->count() == 1);
  CHECK(second->count() == 0);
  node.restart();
  CHECK(first->count() == 0);
}

TEST_CASE("a retry of a call that still runs waits for its end") {
  for (const std::uint16_t method :
       {std::uint16_t{3}, std::uint16_t{4}}) {  // addAround, and addBeside, which interleaves
    CAPTURE(method);
    OneNode node;
    const auto fill = [](Account::AddAroundParams::Builder p) { p.setAmount(10), p.setLatch("l"); };
    auto first = node.deliver<Account::AddAroundParams>({.id = 1}, method, fill);
    node.wait_for_arrival();
    auto again = node.deliver<Account::AddAroundParams>({.id = 1, .attempt = 2}, method, fill);

    (void)node.ref<Latch>("l").open().get();

    CHECK(balance_in(first.get()) == 10);
    CHECK(balance_in(again.get()) == 10);
    CHECK(node.balance() == 10);
    CHECK(node.ref<Latch>("l").arrived().get()->getCount() == 1);
  }
}

TEST_CASE("a retry of what may have been forgotten does not run") {
  OneNode node;
  const auto before = system_clock().wall_ms();
  const std::uint64_t calls = limits::kRememberedReplies + 2 * limits::kRepliesInRecord;
  for (std::uint64_t id = 1; id <= calls; ++id) (void)node.add({.id = id}).get();

  const auto forgotten = node.add({.id = 1, .attempt = 2, .first_sent_ms = before}).get();
  const auto remembered = node.add({.id = calls, .attempt = 2, .first_sent_ms = before}).get();

  REQUIRE(forgotten->error);
  CHECK(forgotten->error->kind() == ErrorKind::unknown_outcome);
  CHECK_FALSE(remembered->error);
  CHECK(node.balance() == static_cast<std::int64_t>(calls));
}

TEST_CASE("as many replies as the limit says are remembered, across restarts of the actor too") {
  OneNode node;
  const auto before = system_clock().wall_ms();
  const std::uint64_t calls = limits::kRememberedReplies + 100;
  for (std::uint64_t id = 1; id <= calls; ++id) (void)node.add({.id = id}).get();

  node.restart();
  for (std::uint64_t id = calls - limits::kRememberedReplies + 1; id <= calls; id += 37) {
    const auto again = node.add({.id = id, .attempt = 2, .first_sent_ms = before}).get();
    REQUIRE_FALSE(again->error);
    CHECK(balance_in(again) == static_cast<std::int64_t>(id));
  }

  CHECK(node.balance() == static_cast<std::int64_t>(calls));
}

TEST_CASE("a method that the service does not have is not found") {
  OneNode node;
  for (const std::uint16_t method : {std::uint16_t{77}, wire::kNoMethod}) {
    const auto answer = node.deliver<Account::AddParams>({.id = 1}, method, [](auto) {}).get();

    REQUIRE(answer->error);
    CHECK(answer->error->kind() == ErrorKind::not_found);
  }
}

TEST_CASE("a call that was given up while it waited does not run") {
  OneNode node;
  auto first = node.deliver<Account::AddAroundParams>({.id = 1}, 3, [](auto p) { p.setAmount(1), p.setLatch("l"); });
  node.wait_for_arrival();
  auto account = node.ref<Account>("a");
  account.timeout(30ms);
  CHECK_THROWS_AS((void)account.add([](auto p) { p.setAmount(100); }).get(), Error);

  (void)node.ref<Latch>("l").open().get();

  CHECK(balance_in(first.get()) == 1);
  CHECK(node.balance() == 1);
}
