#include "hand_over.h"

#include <fcntl.h>
#include <troupe/node.h>
#include <troupe/table.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <nlohmann/json.hpp>
#include <stdexcept>
#include <string>
#include <thread>
#include <vector>

#include "bench.capnp.troupe.h"
#include "pace.h"

namespace troupe::bench {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

constexpr std::uint32_t kMovedShelves = 128;
constexpr std::uint32_t kWriters = 8;
constexpr std::uint32_t kShelvedRowBytes = 4096, kRowsATurn = 128, kTurns = 2;  // 128 MiB in all
constexpr std::uint64_t kShelfBytes = std::uint64_t{kShelvedRowBytes} * kRowsATurn * kTurns;
constexpr auto kLookAtMembers = 1ms;
constexpr double kGoalUs = 50'000;

class Shelving final : public RowShelfActor {
  Task<> fill(FillParams::Reader in, FillResults::Builder) override {
    auto rows = table<ShelfRow>("rows");
    const auto first = state().getTotal();
    for (std::uint32_t i = 0; i < in.getRows(); ++i)
      rows.put(std::to_string(first + i), [&](auto row) { row.initNote(in.getNoteBytes()); });
    edit().setTotal(first + in.getRows());
    co_return;
  }
};

std::string shelf(std::uint32_t number) { return "shelf-" + std::to_string(number); }

class TwoMembers {
 public:
  explicit TwoMembers(const std::filesystem::path& dir) : dir_(dir), first(config("one")) {
    first.host<Shelving>();
    first.start();
    await(kLookAtMembers, [&] { return owned(first.name()) == kPartitionsOfBoth; });
  }
  void add_second() {
    second = std::make_unique<Node>(config("two"));
    second->host<Shelving>();
    second->start();
  }
  void order(const std::string& what) {
    if (first.admin("POST", "/members/two/" + what, "").first != 200)
      throw std::runtime_error("member two takes no order to " + what);
  }
  void await_second(std::size_t partitions) {
    await(kLookAtMembers, [&] { return owned("two") == partitions; });
  }
  void fill(std::uint32_t number, std::uint32_t rows, std::uint32_t bytes) {
    (void)first.ref<RowShelf>(shelf(number))
        .fill([&](auto params) {
          params.setRows(rows);
          params.setNoteBytes(bytes);
        })
        .get(60s);
  }
  // Of the shelves, in bytes, what the second has.
  [[nodiscard]] std::uint64_t bytes_of_second() {
    std::uint64_t bytes = 0;
    for (std::uint32_t i = 0; i < kMovedShelves; ++i)
      if (first.admin("GET", "/actors/RowShelf/" + shelf(i), "").first == kElsewhere) bytes += kShelfBytes;
    return bytes;
  }
  [[nodiscard]] static double pause_us(Node& node) {
    return nlohmann::json::parse(node.admin("GET", "/partitions", "").second)["handOvers"]["pauseP99Us"].get<double>();
  }

  static constexpr std::size_t kPartitionsOfBoth = 512;

 private:
  static constexpr int kElsewhere = 421;
  [[nodiscard]] NodeConfig config(const std::string& name) const {
    NodeConfig out{.name = name, .cluster = "bench", .data_dir = dir_ / name, .threads = 2, .admin = false};
    out.join.coordinator = {.kind = CoordinatorKind::file, .directory = dir_ / "coordinator"};
    return out;
  }
  [[nodiscard]] std::size_t owned(const std::string& name) {
    const auto told = nlohmann::json::parse(first.admin("GET", "/partitions", "").second);
    const auto& all = told["partitions"];
    return static_cast<std::size_t>(std::count_if(all.begin(), all.end(), [&](const auto& one) {
      return one["owner"] == name && one["target"].template get<std::string>().empty();
    }));
  }

  const std::filesystem::path dir_;

 public:
  Node first;
  std::unique_ptr<Node> second;
};

}  // namespace

double hand_over_pause_us(const Effort& effort) {
  TwoMembers members(effort.dir);
  std::atomic<bool> stop{false};
  std::vector<std::thread> callers;
  for (std::uint32_t caller = 0; caller < kWriters; ++caller)
    callers.emplace_back([&, caller] {
      for (std::uint32_t i = caller; !stop; ++i) members.fill(i % kMovedShelves, 1, 64);
    });
  double worst = 0;
  const auto end = Clock::now() + effort.time;
  members.add_second();
  do {
    members.await_second(TwoMembers::kPartitionsOfBoth / 2);
    members.order("drain");
    members.await_second(0);
    worst = std::max({worst, TwoMembers::pause_us(members.first), TwoMembers::pause_us(*members.second)});
    members.order("serve");
  } while (Clock::now() < end);
  stop = true;
  for (auto& caller : callers) caller.join();
  return worst;
}

double hand_over_goal_us(const Effort&) { return kGoalUs; }

double join_bytes_per_second(const Effort& effort) {
  TwoMembers members(effort.dir);
  for (std::uint32_t i = 0; i < kMovedShelves; ++i)
    for (std::uint32_t turn = 0; turn < kTurns; ++turn) members.fill(i, kRowsATurn, kShelvedRowBytes);
  const auto start = Clock::now();
  members.add_second();
  members.await_second(TwoMembers::kPartitionsOfBoth / 2);
  const std::chrono::duration<double> took = Clock::now() - start;
  return static_cast<double>(members.bytes_of_second()) / took.count();
}

double copied_bytes_per_second(const Effort& effort) {
  const auto from = effort.dir / "from", to = effort.dir / "to";
  const std::uint64_t bytes = kMovedShelves * kShelfBytes / 2;
  const auto open = [](const std::filesystem::path& path, int flags) {
    const int fd = ::open(path.c_str(), flags, 0600);
    if (fd < 0) throw std::runtime_error("cannot open " + path.string());
    return fd;
  };
  const int in = open(from, O_RDWR | O_CREAT | O_TRUNC), out = open(to, O_WRONLY | O_CREAT | O_TRUNC);
  const std::vector<char> block(1 << 20, 'x');
  for (std::uint64_t done = 0; done < bytes; done += block.size())
    if (::write(in, block.data(), block.size()) < 0) throw std::runtime_error("cannot write " + from.string());
  std::vector<char> copied(block.size());
  const auto start = Clock::now();
  for (std::uint64_t done = 0; done < bytes; done += block.size())
    if (::pread(in, copied.data(), copied.size(), static_cast<off_t>(done)) < 0 ||
        ::write(out, copied.data(), copied.size()) < 0)
      throw std::runtime_error("cannot copy to " + to.string());
  if (::fsync(out) != 0) throw std::runtime_error("cannot sync " + to.string());
  const std::chrono::duration<double> took = Clock::now() - start;
  ::close(in);
  ::close(out);
  return static_cast<double>(bytes) / took.count();
}

}  // namespace troupe::bench
