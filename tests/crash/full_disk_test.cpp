// A disk that takes no more: durable calls fail and say so, and what was acknowledged is there when space is.
#include <doctest/doctest.h>
#include <sys/mount.h>

#include <fstream>
#include <optional>

#include "contract/cast.h"
#include "support/log_lines.h"
#include "support/scratch_directory.h"

using namespace troupe;
using namespace troupe::contract;
using namespace std::chrono_literals;

namespace {

// Room for the commit log, whose files are taken at the start, and for some megabytes beside it.
class SmallDisk {
 public:
  SmallDisk() : mounted_(::mount("tmpfs", directory_.path().c_str(), "tmpfs", 0, "size=64m") == 0) {}
  ~SmallDisk() {
    if (mounted_) ::umount2(directory_.path().c_str(), MNT_DETACH);
  }
  [[nodiscard]] bool mounted() const noexcept { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return directory_.path(); }

 private:
  testing::ScratchDirectory directory_;
  bool mounted_;
};

std::unique_ptr<Node> start(const std::filesystem::path& directory, testing::LogLines* log = nullptr) {
  NodeConfig config{.name = "small", .data_dir = directory, .threads = 2};
  if (log) config.log = log->sink(LogLevel::error);
  auto node = std::make_unique<Node>(std::move(config));
  host_cast(*node);
  node->start();
  return node;
}

std::optional<Error> grow(Node& node, int i) {
  try {
    (void)node.ref<Account>("a" + std::to_string(i)).grow([](auto p) { p.setBytes(30'000); }).get();
    return {};
  } catch (const Error& error) {
    return error;
  }
}

}  // namespace

TEST_CASE("on a full disk durable calls fail clearly, and a restart with room has all that was acknowledged") {
  SmallDisk disk;
  if (!disk.mounted()) {
    MESSAGE("skipped: a tmpfs cannot be mounted here");
    return;
  }
  std::ofstream(disk.path() / "ballast") << std::string(24 << 20, 'b');
  testing::LogLines log;
  auto node = start(disk.path() / "data", &log);
  int acknowledged = 0;
  std::optional<Error> error;
  while (acknowledged < 1000 && !(error = grow(*node, acknowledged))) ++acknowledged;

  REQUIRE(error);
  CHECK(acknowledged > 5);
  CHECK((error->kind() == ErrorKind::unavailable || error->kind() == ErrorKind::unknown_outcome));
  INFO(error->what());
  CHECK(error->message().find("space") != std::string::npos);
  const auto next = grow(*node, 0);
  REQUIRE(next);
  CHECK(next->kind() == ErrorKind::unavailable);
  CHECK(node->ref<Desk>("d").count([](auto) {}).get()->getCalls() == 1);  // what keeps nothing goes on
  node.reset();
  CHECK(log.size() > 0);

  std::filesystem::remove(disk.path() / "ballast");
  auto again = start(disk.path() / "data");
  for (int i = 0; i < acknowledged; ++i) {
    auto reply = again->ref<Account>("a" + std::to_string(i)).readAround([](auto p) { p.setLatch("l"); });
    (void)again->ref<Latch>("l").open().get();
    CHECK(at_once(std::move(reply).get())->getNote().size() == 30'000);
  }
  CHECK_FALSE(grow(*again, 1000));
}
