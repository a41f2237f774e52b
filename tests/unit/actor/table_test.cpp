// Tables over their three layers: what the turn wrote, what commits under way wrote, what the store has.
#include <doctest/doctest.h>
#include <malloc.h>

#include <chrono>
#include <map>
#include <memory>
#include <random>
#include <vector>

#include "contract/shelf.h"
#include "one_worker.h"
#include "store/store.h"

using namespace troupe;
using namespace troupe::contract;
using troupe::testing::disk;
using namespace std::chrono_literals;

namespace {

using Seen = std::future<Reply<Shelf::RunResults>>;

class OneShelfOfRows : public testing::OneWorker {
 public:
  [[nodiscard]] Ref<Shelf> shelf() { return ref<Shelf>("s"); }
  [[nodiscard]] std::string run(const std::string& script) { return contract::run(shelf(), script); }
  // Asks for a turn; with a disk that is held, its reply waits.
  [[nodiscard]] Seen ask(const std::string& script) {
    return shelf().run([&](auto p) { p.setScript(script); }).future();
  }
};

std::string seen_by(Seen& turn) { return text(at_once(turn.get())->getSeen()); }

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

// What a script sees of a table that is a std::map.
class Model {
 public:
  std::string play(const std::string& command, const std::string& key, std::int64_t quantity) {
    if (command == "put") return items_[key] = quantity, "";
    if (command == "add") return items_[key] += quantity, "";
    if (command == "erase") return std::to_string(items_.erase(key));
    if (command == "get") return items_.contains(key) ? pair(*items_.find(key)) : "-";
    return std::to_string(items_.size());  // count
  }
  struct Range {
    std::string from, to, prefix, after;
    bool backward = false;
    std::size_t limit = 100;
  };
  std::string page(const Range& range) const {
    std::string seen;
    std::size_t rows = 0;
    const auto visit = [&](const auto& item) {
      const std::string& key = item.first;
      if (key < range.from || (!range.to.empty() && key >= range.to) || !key.starts_with(range.prefix)) return;
      if (!range.after.empty() && (range.backward ? key >= range.after : key <= range.after)) return;
      if (++rows <= range.limit + 1) seen += (seen.empty() ? "" : " ") + (rows <= range.limit ? pair(item) : "+");
    };
    if (range.backward) {
      for (auto item = items_.rbegin(); item != items_.rend(); ++item) visit(*item);
    } else {
      for (const auto& item : items_) visit(item);
    }
    return seen;
  }
  std::uint64_t erase_page(const Range& range) {
    std::vector<std::string> keys;
    for (const auto& item : items_)
      if (item.first >= range.from && item.first.starts_with(range.prefix) && keys.size() < range.limit)
        keys.push_back(item.first);
    for (const auto& key : keys) items_.erase(key);
    return keys.size();
  }

 private:
  static std::string pair(const std::pair<const std::string, std::int64_t>& item) {
    return item.first + "=" + std::to_string(item.second);
  }
  std::map<std::string, std::int64_t> items_;
};

// Random scripts, and what they have to see.
class Author {
 public:
  explicit Author(std::uint64_t seed) : random_(seed) {}
  std::size_t below(std::size_t n) { return random_() % n; }
  // One turn; sometimes it is taken back.
  std::string write(std::string& expected) {
    std::string script;
    expected.clear();
    bool said = false;
    Model before = model_;
    const auto say = [&](const std::string& what) { expected += (std::exchange(said, true) ? "; " : "") + what; };
    for (std::size_t n = 1 + below(6); n > 0; --n) script += (script.empty() ? "" : "; ") + command(say);
    if (below(8) == 0) {
      script += "; refuse";
      expected = "refused";
      model_ = before;
    }
    return script;
  }

 private:
  std::string key() { return std::string(1, static_cast<char>('a' + below(4))) + std::to_string(below(12)); }
  template <class Say>
  std::string command(Say&& say) {
    static const std::vector<std::string> kSimple = {"put", "put", "add", "erase", "erase", "get", "count"};
    if (below(3) > 0) {
      const std::string& name = kSimple[below(kSimple.size())];
      const std::string at = key();
      const auto quantity = static_cast<std::int64_t>(below(1000));
      const std::string seen = model_.play(name, at, quantity);
      if (name == "put" || name == "add") return name + " " + at + " " + std::to_string(quantity);
      say(seen);
      return name == "count" ? name : name + " " + at;
    }
    Model::Range range;
    if (below(3) == 0) range.prefix = key().substr(0, 1);
    if (below(3) == 0) range.from = key();
    range.limit = 1 + below(6);
    std::string words;
    if (!range.prefix.empty()) words += " prefix=" + range.prefix;
    if (!range.from.empty()) words += " from=" + range.from;
    words += " limit=" + std::to_string(range.limit);
    if (below(10) == 0) {
      say(std::to_string(model_.erase_page(range)));
      return "erase_page" + words;
    }
    if (below(3) == 0) words += " to=" + (range.to = key());
    if (below(3) == 0) words += " after=" + (range.after = key());
    if (below(2) == 0) range.backward = true, words += " backward";
    say(model_.page(range));
    return "page" + words;
  }
  std::mt19937_64 random_;
  Model model_;
};

}  // namespace

TEST_CASE("a turn sees the rows of earlier turns before their commits are on disk") {
  OneShelfOfRows node;
  CHECK(node.run("put a 1; put c 3; put e 5").empty());
  disk().hold();
  auto first = node.ask("put b 2; erase c");
  REQUIRE(disk().wait_for_sync());

  auto second = node.ask("get b; get c; count; page; put d 4; put b 20");
  auto third = node.ask("put a 10; erase e; page limit=2; page after=b; page backward limit=2; count; first backward");
  auto fourth = node.ask("page; count");
  node.let_earlier_calls_run();
  disk().release();

  CHECK(seen_by(first) == "1");
  CHECK(seen_by(second) == "b=2; -; 3; a=1 b=2 e=5");
  CHECK(seen_by(third) == "1; a=10 b=20 +; d=4; d=4 b=20 +; 3; d=4");
  CHECK(seen_by(fourth) == "a=10 b=20 d=4; 3");
  node.restart();
  CHECK(node.run("page; count") == "a=10 b=20 d=4; 3");
}

TEST_CASE("rows that a turn read do not leave before they are on disk") {
  OneShelfOfRows node;
  disk().hold();
  auto writer = node.ask("put a 1");
  REQUIRE(disk().wait_for_sync());

  auto reader = node.shelf().look([](auto p) { p.setScript("get a"); }).future();
  node.let_earlier_calls_run();
  CHECK(reader.wait_for(0s) != std::future_status::ready);

  disk().release();
  CHECK(text(at_once(reader.get())->getSeen()) == "a=1");
  CHECK(seen_by(writer).empty());
}

TEST_CASE("a table reads like a map, whatever is in which layer") {
  const auto seed = std::random_device{}();
  CAPTURE(seed);
  Author author(seed);
  OneShelfOfRows node;

  for (int round = 0; round < 150; ++round) {
    CAPTURE(round);
    const bool held = author.below(2) == 0;
    if (held) disk().hold();
    struct Asked {
      std::string script, expected;
      Seen turn;
    };
    std::vector<Asked> asked;
    for (std::size_t n = 1 + author.below(5); n > 0; --n) {
      auto& one = asked.emplace_back();
      one.script = author.write(one.expected);
      one.turn = node.ask(one.script);
    }
    if (held) node.let_earlier_calls_run();
    disk().release();
    for (auto& one : asked) {
      CAPTURE(one.script);
      std::string seen;
      try {
        seen = seen_by(one.turn);
      } catch (const Error& e) {
        seen = to_string(e.kind());
      }
      CHECK(seen == one.expected);
    }
    if (author.below(30) == 0) node.restart();
  }
}

TEST_CASE("an actor has many more rows than it holds in memory") {
  constexpr int kRows = 120'000, kInATurn = 2'000;
  constexpr std::size_t kNoteBytes = 400;
  OneShelfOfRows node;
  for (int n = 0; n < kRows; n += kInATurn)
    CHECK(node.run("fill " + std::to_string(n) + " " + std::to_string(n + kInATurn) + " " + std::to_string(kNoteBytes))
              .empty());
  node.restart();  // what the store itself held for its log is gone
  const std::size_t before = ::mallinfo2().uordblks;

  CHECK(node.run("count; first; first backward; get 077777") ==
        std::to_string(kRows) + "; 000000=0; 119999=119999; 077777=77777");
  CHECK(node.run("page from=05 limit=2; page to=05 backward limit=2; erase 060000; put 060000x 1; count; "
                 "page from=059999 limit=3") ==
        "050000=50000 050001=50001 +; 049999=49999 049998=49998 +; 1; 120000; "
        "059999=59999 060000x=1 060001=60001 +");
  std::string after = "0";
  for (int pages = 0; pages < 12; ++pages) {
    const auto seen = node.run("page limit=10000 after=" + after);
    after = seen.substr(seen.size() - 1) == "+" ? seen.substr(seen.rfind(' ', seen.size() - 3) + 1, 6) : "999999";
  }
  CHECK(node.run("count") == "120000");

  const std::size_t grown = ::mallinfo2().uordblks - before;
  CHECK(grown < kRows * kNoteBytes / 4);
}

TEST_CASE("a damaged row is corrupt by its table and key, and the others are read") {
  OneShelfOfRows node;
  CHECK(node.run("put a 1; put b 2; put c 3; put z 9").empty());
  node.stop();
  const auto address = [](std::string_view rest) {
    const auto& info = ServiceOf<Shelf>::info();
    return store::row_key(store::KeyKind::table, {partition_of(info.id, "s"), info.id, "s"},
                          "\x05items" + std::string(rest));
  };
  {
    auto store = store::Store::open({.directory = node.data(), .cluster = NodeConfig{}.cluster, .node = "n"}).value();
    struct Damage final : store::Commit {
      void durable() noexcept override {}
      void failed(const Error&) noexcept override {}
    } damage;
    damage.partition = partition_of(ServiceOf<Shelf>::info().id, "s");
    for (const std::string_view key : {"b", "d"}) {
      auto value = store->read(address("b")).value().value();
      value.back() ^= std::byte{1};
      if (key == "d") value.resize(5);
      damage.writes.push_back({address(key), store::value_of(std::move(value))});
    }
    store->commits().submit(&damage);
    store->stop();
  }
  node.start();

  for (const std::string script : {"get b", "page", "add b 1", "get d"}) {
    CAPTURE(script);
    try {
      (void)node.run(script);
      FAIL("it was read");
    } catch (const Error& e) {
      CHECK(e.kind() == ErrorKind::corrupt);
      CHECK(contains(e.message(),
                     std::string("row \"") + (script == "get d" ? "d" : "b") + "\" of table \"items\" of Shelf/s"));
    }
  }

  CHECK(node.run("get a; has b; page from=c to=d; count") == "a=1; 1; c=3; 4");
  CHECK(node.run("put b 5; erase d; page") == "1; a=1 b=5 c=3 z=9");
}
