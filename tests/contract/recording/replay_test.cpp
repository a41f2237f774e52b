// A crash leaves its turn in a file, and that is run again: a production crash as a test that fails until it is mended.
#include <doctest/doctest.h>
#include <sys/stat.h>
#include <troupe/ids.h>
#include <troupe/recorded_turns.h>
#include <troupe/replay.h>
#include <troupe/testing.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <nlohmann/json.hpp>

#include "till.h"

using namespace std::chrono_literals;
using troupe::testing::TestNode;

namespace {

namespace fs = std::filesystem;

// Who has mended it: a rate of 0 is refused.
class MendedTill final : public tills::TillActor {
 public:
  troupe::Task<> exchange(ExchangeParams::Reader in, ExchangeResults::Builder out) override {
    const std::string article = tills::text(in.getArticle());
    auto asked = ref<tills::Bank>(tills::text(in.getBank())).rate([&](auto p) { p.setArticle(in.getArticle()); });
    const auto rate = co_await std::move(asked);
    const auto sale = table<tills::Sale>("sales").get(article);
    if (rate->getRate() == 0) throw troupe::Refusal("no_rate", "the bank has no rate for " + article);
    out.setAmount((*sale)->getAmount() / rate->getRate());
  }
  troupe::Task<> sell(SellParams::Reader, SellResults::Builder) override { co_return; }
  troupe::Task<> refund(RefundParams::Reader, RefundResults::Builder) override { co_return; }
  troupe::Task<> unlock(UnlockParams::Reader, UnlockResults::Builder) override { co_return; }
  troupe::Task<> wait(WaitParams::Reader, WaitResults::Builder) override { co_return; }
};

// Who asks the bank for another article.
class OtherTill final : public tills::TillActor {
 public:
  troupe::Task<> exchange(ExchangeParams::Reader in, ExchangeResults::Builder out) override {
    auto asked = ref<tills::Bank>(tills::text(in.getBank())).rate([&](auto p) { p.setArticle("coffee"); });
    const auto rate = co_await std::move(asked);
    out.setAmount(rate->getRate());
  }
  troupe::Task<> sell(SellParams::Reader, SellResults::Builder) override { co_return; }
  troupe::Task<> refund(RefundParams::Reader, RefundResults::Builder) override { co_return; }
  troupe::Task<> unlock(UnlockParams::Reader, UnlockResults::Builder) override { co_return; }
  troupe::Task<> wait(WaitParams::Reader, WaitResults::Builder) override { co_return; }
};

std::vector<fs::path> files_in(const fs::path& directory) {
  std::vector<fs::path> out;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(directory, none)) out.push_back(entry.path());
  std::sort(out.begin(), out.end());
  return out;
}

// A till that crashes as it asks for a rate: production.
void crash(TestNode& node, const std::string& till) {
  node.finish(node.ref<tills::Till>(till).sell([](auto p) { p.setArticle("tea"), p.setAmount(10); }));
  CHECK_THROWS_AS(
      node.finish(node.ref<tills::Till>(till).exchange([](auto p) { p.setArticle("tea"), p.setBank("b"); })),
      troupe::Error);
  node.settle();
}

// What a crash left, out of its node's life.
fs::path crash_file(const fs::path& directory) {
  TestNode node(tills::host);
  crash(node, "a");
  const auto files = files_in(node.data_dir() / "crashes");
  REQUIRE(files.size() == 1);
  fs::create_directories(directory);
  fs::copy_file(files[0], directory / "crash.turns");
  return directory / "crash.turns";
}

}  // namespace

TEST_CASE("a durable actor that crashes leaves its last turn in a file that its user alone may read") {
  TestNode node(tills::host);
  crash(node, "a");

  const auto files = files_in(node.data_dir() / "crashes");

  REQUIRE(files.size() == 1);
  struct stat about {};
  REQUIRE(::stat(files[0].c_str(), &about) == 0);
  CHECK((about.st_mode & 0777) == 0600);
  const auto json = nlohmann::json::parse(troupe::recorded_turns_json(files[0]).value());
  CHECK(json["actor"] == "Till/a");
  const auto& turn = json["turns"][0];
  CHECK(turn["method"] == "exchange");
  CHECK(turn["outcome"] == "crashed");
  CHECK(turn["before"]["total"] == "10");
  CHECK(turn["input"]["article"] == "tea");
  CHECK(turn["missing"] == "");
  CHECK(turn["told"][0]["call"]["to"] == "Bank/b");
  CHECK(turn["told"][1]["answer"]["results"]["rate"] == "0");
  CHECK(turn["told"][2]["row"]["row"] == "tea");
}

TEST_CASE("a crash that is run again crashes as it did, with nobody else hosted") {
  const troupe::testing::ScratchDirectory folder;
  const fs::path file = crash_file(folder / "kept");

  const auto report = troupe::replay(file, [](troupe::Node& node) { node.host<tills::TillOf2026>(); });

  CHECK_MESSAGE(report.same(), report.text());
  CHECK(report.crashed());
  CHECK(report.actor == "Till/a");
  REQUIRE(report.turns.size() == 1);
  CHECK(report.turns[0].replayed.find("a rate of 0 for tea") != std::string::npos);
}

TEST_CASE("a crash that was mended is told as the first difference, and crashes no more") {
  const troupe::testing::ScratchDirectory folder;
  const fs::path file = crash_file(folder / "kept");

  const auto report = troupe::replay(file, [](troupe::Node& node) { node.host<MendedTill>(); });

  CHECK_FALSE(report.crashed());
  REQUIRE(report.difference);
  CHECK(report.difference->what == "outcome");
  CHECK(report.difference->replayed.find("refused(no_rate)") != std::string::npos);
  CHECK(report.text().find("first difference: turn 0, outcome") != std::string::npos);
}

TEST_CASE("a call with other parameters is the first difference, with both in words") {
  const troupe::testing::ScratchDirectory folder;
  const fs::path file = crash_file(folder / "kept");

  const auto report = troupe::replay(file, [](troupe::Node& node) { node.host<OtherTill>(); });

  REQUIRE(report.difference);
  CHECK(report.difference->what == "call 1");
  CHECK(report.difference->recorded.find("tea") != std::string::npos);
  CHECK(report.difference->replayed.find("coffee") != std::string::npos);
}

TEST_CASE("a file of recorded turns that cannot be run is refused with the reason") {
  const troupe::testing::ScratchDirectory folder;
  const fs::path file = crash_file(folder / "kept");
  const auto host = [](troupe::Node& node) { node.host<tills::TillOf2026>(); };
  const auto kind_of = [](const fs::path& which, const std::function<void(troupe::Node&)>& given) {
    try {
      (void)troupe::replay(which, given);
    } catch (const troupe::Error& e) {
      return e.kind();
    }
    return troupe::ErrorKind::refused;
  };
  const auto with_byte = [&](std::size_t at, char value) {
    std::ifstream in(file, std::ios::binary);
    std::string bytes((std::istreambuf_iterator<char>(in)), {});
    bytes[at < bytes.size() ? at : bytes.size() - 1] = value;
    std::ofstream(folder / "changed.turns", std::ios::binary) << bytes;
    return folder / "changed.turns";
  };

  CHECK(kind_of(folder / "none.turns", host) == troupe::ErrorKind::not_found);
  CHECK(kind_of(with_byte(8, 2), host) == troupe::ErrorKind::unimplemented);
  CHECK(kind_of(with_byte(0, 'x'), host) == troupe::ErrorKind::corrupt);
  CHECK(kind_of(with_byte(100, 'x'), host) == troupe::ErrorKind::corrupt);
  CHECK(kind_of(file, [](troupe::Node& node) { node.host<tills::BankOf2026>(); }) == troupe::ErrorKind::not_found);
  CHECK(kind_of(file, nullptr) == troupe::ErrorKind::invalid);
  CHECK(troupe::recorded_turns_json(with_byte(100, 'x')).error().kind() == troupe::ErrorKind::corrupt);
}

namespace {

// Three turns of a till, recorded.
fs::path recorded_turns(TestNode& node) {
  const auto started = node.node().admin("POST", "/recordings/start?actor=Till%2Fa&turns=3", "");
  REQUIRE(started.first == 200);
  for (const char* article : {"tea", "milk"})
    node.finish(node.ref<tills::Till>("a").sell([&](auto p) { p.setArticle(article), p.setAmount(10); }));
  CHECK_THROWS_AS(node.finish(node.ref<tills::Till>("a").refund()), troupe::Error);
  node.finish(node.ref<tills::Till>("a").sell([](auto p) { p.setArticle("one too many"), p.setAmount(1); }));
  const auto [status, json] = node.node().admin("POST", "/recordings/stop?actor=Till%2Fa", "");
  INFO(json);
  REQUIRE(status == 200);
  const auto stopped = nlohmann::json::parse(json);
  CHECK(stopped["turns"] == 3);
  CHECK(stopped["left"] == 1);
  return stopped["file"].get<std::string>();
}

// Whose sums are wrong.
class WrongTill final : public tills::TillActor {
 public:
  troupe::Task<> sell(SellParams::Reader in, SellResults::Builder out) override {
    edit().setTotal(state().getTotal() + 2 * in.getAmount());
    out.setTotal(state().getTotal());
    co_return;
  }
  troupe::Task<> exchange(ExchangeParams::Reader, ExchangeResults::Builder) override { co_return; }
  troupe::Task<> refund(RefundParams::Reader, RefundResults::Builder) override { co_return; }
  troupe::Task<> unlock(UnlockParams::Reader, UnlockResults::Builder) override { co_return; }
  troupe::Task<> wait(WaitParams::Reader, WaitResults::Builder) override { co_return; }
};

}  // namespace

TEST_CASE("turns that were recorded run again as they ran: states, rows, times and refusals") {
  const troupe::testing::ScratchDirectory folder;
  TestNode node(tills::host);
  node.finish(node.ref<tills::Till>("a").sell([](auto p) { p.setArticle("before"), p.setAmount(5); }));
  const fs::path file = recorded_turns(node);

  const auto report = troupe::replay(file, [](troupe::Node& n) { n.host<tills::TillOf2026>(); });

  CHECK_MESSAGE(report.same(), report.text());
  REQUIRE(report.turns.size() == 3);
  CHECK(report.turns[2].replayed.find("refused(no_refunds)") != std::string::npos);
  const auto json = nlohmann::json::parse(troupe::recorded_turns_json(file).value());
  CHECK(json["why"] == "asked for");
  CHECK(json["turns"][0]["before"]["total"] == "5");
  CHECK(json["turns"][1]["after"]["total"] == "25");
  CHECK(json["turns"][0]["writes"].size() == 2);
}

TEST_CASE("a turn that answers otherwise is the first difference, with both results") {
  TestNode node(tills::host);
  const fs::path file = recorded_turns(node);

  const auto report = troupe::replay(file, [](troupe::Node& n) { n.host<WrongTill>(); });

  REQUIRE(report.difference);
  CHECK(report.difference->turn == 0);
  CHECK(report.difference->what == "results");
  CHECK(report.difference->recorded.find("10") != std::string::npos);
  CHECK(report.difference->replayed.find("20") != std::string::npos);
}

TEST_CASE("whatever stands in a file of recorded turns is shown or refused, also where its checksum fits") {
  const troupe::testing::ScratchDirectory folder;
  const fs::path file = crash_file(folder / "kept");
  std::ifstream in(file, std::ios::binary);
  const std::string whole((std::istreambuf_iterator<char>(in)), {});
  constexpr std::size_t kHeader = 32, kHash = 24;
  std::uint64_t chance = 1;
  const auto next = [&chance](std::size_t below) {
    chance = troupe::mix(chance + 0x9e3779b97f4a7c15ULL);
    return static_cast<std::size_t>(chance % below);
  };
  int shown = 0, refused = 0;

  for (int round = 0; round < 1'000; ++round) {
    std::string bytes = whole;
    for (std::size_t changes = 1 + next(4); changes > 0; --changes)
      bytes[kHeader + next(bytes.size() - kHeader)] = static_cast<char>(next(256));
    const std::uint64_t hash = troupe::stable_hash(std::string_view(bytes).substr(kHeader), 0);
    std::memcpy(bytes.data() + kHash, &hash, sizeof hash);
    std::ofstream(folder / "changed.turns", std::ios::binary) << bytes;
    (troupe::recorded_turns_json(folder / "changed.turns").ok() ? shown : refused) += 1;
  }
  for (std::size_t cut = 0; cut < whole.size(); cut += 97) {
    std::ofstream(folder / "changed.turns", std::ios::binary) << whole.substr(0, cut);
    CHECK_FALSE(troupe::recorded_turns_json(folder / "changed.turns").ok());
  }

  CHECK(shown > 0);
  CHECK(refused > 0);
}

TEST_CASE("an actor is recorded once at a time, within bounds, and stopped once") {
  TestNode node(tills::host);
  const auto post = [&](const std::string& path) { return node.node().admin("POST", path, "").first; };

  CHECK(post("/recordings/stop?actor=Till%2Fa") == 404);
  CHECK(post("/recordings/start?actor=Till%2Fa") == 200);
  CHECK(post("/recordings/start?actor=Till%2Fa") == 400);
  CHECK(post("/recordings/start?actor=Till%2Fb&turns=10001") == 400);
  CHECK(post("/recordings/start?actor=Till%2Fb&bytes=99999999999") == 400);
  CHECK(post("/recordings/start?actor=None%2Fb") == 404);
  for (int i = 0; i < 15; ++i) CHECK(post("/recordings/start?actor=Till%2Fx" + std::to_string(i)) == 200);
  CHECK(post("/recordings/start?actor=Till%2Fone-more") == 429);
  CHECK(post("/recordings/stop?actor=Till%2Fa") == 200);
  CHECK(post("/recordings/stop?actor=Till%2Fa") == 404);
}

TEST_CASE("crash files are as many as is allowed, and none when none is") {
  TestNode some({.host = tills::host, .configure = [](troupe::NodeConfig& c) { c.crash_files.files = 2; }});
  for (const char* till : {"a", "b", "c", "d"}) crash(some, till);
  CHECK(files_in(some.data_dir() / "crashes").size() == 2);

  TestNode none({.host = tills::host, .configure = [](troupe::NodeConfig& c) { c.crash_files.files = 0; }});
  crash(none, "a");
  CHECK(files_in(none.data_dir() / "crashes").empty());

  TestNode narrow({.host = tills::host, .configure = [](troupe::NodeConfig& c) { c.crash_files.bytes = 64; }});
  crash(narrow, "a");
  CHECK(files_in(narrow.data_dir() / "crashes").empty());
}

TEST_CASE("an encrypted store leaves no crash in clear") {
  const troupe::testing::ScratchDirectory keys;
  const fs::path file = keys / "keys";
  std::ofstream(file) << std::string(64, 'a') << "\n";
  fs::permissions(file, fs::perms::owner_read | fs::perms::owner_write);
  TestNode node({.host = tills::host, .configure = [&](troupe::NodeConfig& c) { c.encryption_keys.file = file; }});

  crash(node, "a");

  CHECK(files_in(node.data_dir() / "crashes").empty());
}
