#include "crash/stages.h"

#include <signal.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <thread>

#include "contract/cast.h"
#include "contract/second_process.h"
#include "contract/sleeper.h"

namespace troupe::crash {
namespace {

std::string chosen;
std::atomic<int> left{0};
std::atomic<std::int64_t> sync_delay_ms{0};
std::atomic<std::int64_t> slow_until{0};  // of the steady clock

[[noreturn]] void die() {
  ::kill(::getpid(), SIGKILL);
  for (;;) ::pause();
}

// Whether this is the time to die at `stage`.
bool its_time(std::string_view stage) { return chosen == stage && left.fetch_sub(1) == 1; }

enum class File { other, log, mark, data };

File file_of(int fd) {
  std::array<char, 512> name{};
  const std::string link = "/proc/self/fd/" + std::to_string(fd);
  if (::readlink(link.c_str(), name.data(), name.size() - 1) <= 0) return File::other;
  const auto says = [&](std::string_view part) { return std::string_view(name.data()).find(part) != part.npos; };
  if (says("commit.0.log") || says("commit.1.log")) return File::log;
  if (says("commit.mark")) return File::mark;
  return says("data.mdb") ? File::data : File::other;
}

// Writes half of it.
[[noreturn]] void die_within(int fd, const void* bytes, std::size_t count, off_t at) {
  (void)::syscall(SYS_pwrite64, fd, bytes, count / 2, at);
  die();
}

using contract::text;

class DyingVault final : public contract::VaultActor {
  Task<> add(AddParams::Reader in, AddResults::Builder out) override {
    come_to("begins");
    edit().setBalance(state().getBalance() + in.getAmount());
    come_to("edited");
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> balance(BalanceParams::Reader, BalanceResults::Builder out) override {
    out.setBalance(state().getBalance());
    co_return;
  }
  Task<> transfer(TransferParams::Reader in, TransferResults::Builder) override {
    edit().setBalance(state().getBalance() - in.getAmount());
    co_await ref<contract::Vault>(text(in.getTo())).add([&](auto p) { p.setAmount(in.getAmount()); });
    come_to("nested");
  }
};

// Each reminder adds one here, and by a call to the vault "rung".
class DyingSleeper final : public contract::SleeperActor {
  Task<> remindMany(RemindManyParams::Reader in, RemindManyResults::Builder) override {
    const auto when = now() + std::chrono::milliseconds(in.getMilliseconds());
    for (unsigned i = 0; i < in.getCount(); ++i) remind_at(text(in.getName()) + std::to_string(i), when);
    co_return;
  }
  Task<> rings(RingsParams::Reader, RingsResults::Builder out) override {
    out.setCount(state().getCount());
    co_return;
  }
  Task<> on_reminder(std::string_view) override {
    come_to("begins");
    edit().setCount(state().getCount() + 1);
    come_to("edited");
    co_await ref<contract::Vault>("rung").add([](auto p) { p.setAmount(1); });
    come_to("nested");
  }
  // Not asked for.
  Task<> remindIn(RemindInParams::Reader, RemindInResults::Builder) override { co_return; }
  Task<> remindEvery(RemindEveryParams::Reader, RemindEveryResults::Builder) override { co_return; }
  Task<> cancel(CancelParams::Reader, CancelResults::Builder) override { co_return; }
  Task<> remindReadOnly(RemindReadOnlyParams::Reader, RemindReadOnlyResults::Builder) override { co_return; }
  Task<> beLenient(BeLenientParams::Reader, BeLenientResults::Builder) override { co_return; }
  Task<> eraseAll(EraseAllParams::Reader, EraseAllResults::Builder) override { co_return; }
};

}  // namespace

void die_at(std::string_view stage, int nth) {
  chosen = stage;
  left = nth;
}

void die_after(int nth) { left = nth; }

void slow_disk(std::chrono::milliseconds delay, std::chrono::milliseconds duration) {
  sync_delay_ms = delay.count();
  slow_until = (std::chrono::steady_clock::now() + duration).time_since_epoch().count();
}

void come_to(std::string_view stage) {
  if (its_time(stage)) die();
}

int run_staged_member(const std::vector<std::string>& arguments) {
  const auto port = [&](std::size_t i) { return static_cast<std::uint16_t>(std::stoi(arguments.at(i))); };
  try {
    Node node({.name = "owner",
               .data_dir = arguments.at(2),
               .members = {{.name = "owner", .port = port(3)}, {.name = "caller", .port = port(4), .client = true}},
               .threads = 2,
               .default_timeout = std::chrono::seconds(60)});
    node.host<DyingVault>();
    node.host<DyingSleeper>();
    node.start();
    die_at(arguments.at(0), std::stoi(arguments.at(1)));
    testing::say_ready_and_wait();
    return 0;
  } catch (const Error& error) {
    testing::say(error.what());
    return 1;
  }
}

}  // namespace troupe::crash

// Stand in for libc's: the linker takes these for the whole program.
extern "C" ssize_t pwrite(int fd, const void* bytes, std::size_t count, off_t at) {
  using namespace troupe::crash;
  const File file = left.load() > 0 ? file_of(fd) : File::other;
  if (file == File::log) come_to("unwritten");
  if (file == File::data) come_to("checkpoint");
  if ((file == File::log && its_time("torn")) || (file == File::mark && its_time("half_noted")))
    die_within(fd, bytes, count, at);
  const ssize_t written = ::syscall(SYS_pwrite64, fd, bytes, count, at);
  if (file == File::log) come_to("unsynced");
  if (file == File::mark) come_to("noted");
  return written;
}

extern "C" int fdatasync(int fd) {
  using namespace troupe::crash;
  if (std::chrono::steady_clock::now().time_since_epoch().count() < slow_until.load() && file_of(fd) == File::log)
    std::this_thread::sleep_for(std::chrono::milliseconds(sync_delay_ms.load()));
  const int code = static_cast<int>(::syscall(SYS_fdatasync, fd));
  if (left.load() > 0 && file_of(fd) == File::log) come_to("synced");
  return code;
}
