// What an activation does with a record of another version than its service's.
#include <doctest/doctest.h>

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <future>

#include "actor/flat_state.h"
#include "contract/cast.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"
#include "store/store.h"
#include "support/scratch_directory.h"
#include "troupe/node.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

class OneCommit final : public store::Commit {
 public:
  void durable() noexcept override { ended.set_value(); }
  void failed(const Error& error) noexcept override { ended.set_exception(std::make_exception_ptr(error)); }
  std::promise<void> ended;
};

// Leaves a store in which Account/a has a balance of 5, kept by a build whose state had that version.
void leave(const std::filesystem::path& directory, std::uint32_t state_version) {
  capnp::MallocMessageBuilder message;
  message.initRoot<AccountState>().setBalance(5);
  const auto state = actor::flatten(message.getRoot<capnp::AnyPointer>().asReader()).value();
  const ServiceInfo& service = ServiceOf<Account>::info();
  OneCommit commit;
  commit.partition = partition_of(service.id, "a");
  commit.writes.push_back({store::actor_key(service.id, "a"),
                           store::value_of(store::encode(std::as_bytes(std::span(state)), service.state_type, {},
                                                         {.state_version = state_version}))});
  auto opened = store::Store::open({.directory = directory, .cluster = "troupe", .node = "n"});
  auto store = std::move(opened).value();
  store->commits().submit(&commit);
  commit.ended.get_future().get();
  store->stop();
}

std::unique_ptr<Node> node_on(const std::filesystem::path& directory) {
  auto node = std::make_unique<Node>(NodeConfig{.name = "n", .data_dir = directory, .threads = 2});
  host_cast(*node);
  node->start();
  return node;
}

}  // namespace

TEST_CASE("a state of the same version is taken as it is") {
  testing::ScratchDirectory directory;
  leave(directory.path(), 0);

  CHECK(node_on(directory.path())->ref<Account>("a").balance().get()->getBalance() == 5);
}

TEST_CASE("an actor whose state is of a later version does not run, and the state stays") {
  testing::ScratchDirectory directory;
  leave(directory.path(), 3);
  auto node = node_on(directory.path());

  for (int i = 0; i < 2; ++i) {
    try {
      (void)node->ref<Account>("a").add([](auto p) { p.setAmount(1); }).get();
      FAIL("it ran");
    } catch (const Error& error) {
      CHECK(error.kind() == ErrorKind::unimplemented);
      CHECK(error.message() ==
            "the state of Account/a is of version 3, and this build knows up to version 0; it stays as it is, start "
            "the build that wrote it or a later one");
    }
  }
  CHECK(node->ref<Account>("b").add([](auto p) { p.setAmount(1); }).get()->getBalance() == 1);
  node.reset();

  auto store = store::Store::open_read_only({.directory = directory.path()}).value();
  const auto bytes = store->read(store::actor_key(ServiceOf<Account>::info().id, "a")).value();
  CHECK(store::ActorRecordView::parse(bytes.value())->meta().state_version == 3);
}
