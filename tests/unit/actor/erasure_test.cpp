// Erasing an actor that keeps more than one commit erases: what others see meanwhile, and what a death in between
// leaves.
#include <doctest/doctest.h>

#include <chrono>
#include <filesystem>
#include <future>
#include <memory>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "contract/cast.h"
#include "contract/shelf.h"
#include "held_disk.h"
#include "support/scratch_directory.h"
#include "troupe/offline.h"

using namespace troupe;
using namespace troupe::contract;
using troupe::testing::disk;
using namespace std::chrono_literals;
using nlohmann::json;

namespace {

// Three commits' worth.
constexpr std::size_t kRows = 2 * limits::kErasedRowsPerCommit + 500;
constexpr int kCommits = 3;

class OneShelf {
 public:
  explicit OneShelf(std::filesystem::path data) : data_(std::move(data)) { start(); }
  ~OneShelf() { disk().release(); }
  void start() {
    node_ = std::make_unique<Node>(
        NodeConfig{.name = "n", .data_dir = data_, .threads = 2, .default_timeout = 120s, .admin = false});
    host_cast(*node_);
    node_->start();
  }
  void stop() { node_.reset(); }
  void fill() { (void)run("fill 0 " + std::to_string(kRows) + "; in others; put a 1; state"); }
  [[nodiscard]] std::string run(const std::string& script) { return contract::run(node_->ref<Shelf>("s"), script); }
  // With a disk that is held, its reply waits.
  [[nodiscard]] auto ask(const std::string& script) {
    auto shelf = node_->ref<Shelf>("s");
    shelf.timeout(60s);
    return shelf.run([&](auto p) { p.setScript(script); }).future();
  }
  [[nodiscard]] std::future<int> erase() {
    return std::async(std::launch::async, [this] { return node_->admin("POST", "/actors/Shelf/s/erase", "").first; });
  }
  [[nodiscard]] json view() { return json::parse(node_->admin("GET", "/actors/Shelf/s", "").second); }

 private:
  std::filesystem::path data_;
  std::unique_ptr<Node> node_;
};

// What is in files that nobody uses: the kinds of rows of Shelf/s, and how many of each.
json kinds_in(const std::filesystem::path& data) {
  json kinds = json::object();
  auto files = OfflineStore::open(data).value();
  const json told = json::parse(files.look("/actors/Shelf/s/rows").value());
  for (const auto& line : told["kinds"]) kinds[line["kind"].get<std::string>()] = line["rows"];
  return kinds;
}

}  // namespace

TEST_CASE("an actor that keeps more rows than one commit erases is erased, and what comes meanwhile finds it new") {
  testing::ScratchDirectory directory;
  OneShelf shelf(directory / "data");
  shelf.fill();
  const auto commits = shelf.view()["commitsSubmitted"].get<int>();
  disk().hold();

  auto erased = shelf.erase();
  REQUIRE(disk().wait_for_sync());
  auto meanwhile = shelf.ask("count; in others; count; put b 2; state");
  for (int commit = 1; commit < kCommits; ++commit) {
    CHECK(erased.wait_for(0s) == std::future_status::timeout);
    disk().release_one();
    REQUIRE(disk().wait_for_sync());
  }
  disk().release();

  CHECK(erased.get() == 200);
  CHECK(std::string(at_once(meanwhile.get())->getSeen().cStr()) == "0; 0; 1");
  CHECK(shelf.run("count; in others; each") == "0; b=2");
  CHECK(shelf.view()["commitsSubmitted"].get<int>() - commits >= kCommits + 1);
  shelf.stop();
  CHECK(kinds_in(directory / "data") == json{{"table", 2}});
}

TEST_CASE("a node that dies while an actor is erased in several commits erases the rest when it starts again") {
  testing::ScratchDirectory directory;
  OneShelf shelf(directory / "data");
  shelf.fill();
  disk().hold();
  auto erased = shelf.erase();

  for (int commit = 1; commit <= kCommits; ++commit) {
    CAPTURE(commit);
    REQUIRE(disk().wait_for_sync());
    const auto left = directory / ("left-" + std::to_string(commit));
    std::filesystem::copy(directory / "data", left, std::filesystem::copy_options::recursive);
    commit == kCommits ? disk().release() : disk().release_one();
    const json before = kinds_in(left);
    CHECK(before.contains("erasure") == (commit < kCommits));
    CHECK(before.contains("table") == (commit < kCommits));
  }
  CHECK(erased.get() == 200);
  shelf.stop();

  for (int commit = 1; commit <= kCommits; ++commit) {
    CAPTURE(commit);
    const auto left = directory / ("left-" + std::to_string(commit));
    {
      OneShelf after(left);
      CHECK(after.run("count; in others; count; state") == "0; 0; 1");
    }
    CHECK(kinds_in(left).empty());
  }
}
