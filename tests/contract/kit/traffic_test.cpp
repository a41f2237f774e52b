// Calls and messages that are lost or late.
#include "contract/kit/stage.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

auto ask_to_add(Node& node, std::int64_t amount) {
  return Asked(node.ref<Account>("a").add([&](auto p) { p.setAmount(amount); }));
}

void post(Node& node, std::initializer_list<std::int64_t> amounts) {
  (void)node.ref<Poster>("p")
      .post([&](auto p) {
        p.setTo("l");
        auto list = p.initAmounts(static_cast<unsigned>(amounts.size()));
        unsigned i = 0;
        for (const auto amount : amounts) list.set(i++, amount);
      })
      .get();
}
std::vector<std::int64_t> entries(Node& node) {
  auto reply = node.ref<Ledger>("l").entries().get();
  std::vector<std::int64_t> out;
  for (const auto amount : reply->getAmounts()) out.push_back(amount);
  return out;
}
using Entries = std::vector<std::int64_t>;

}  // namespace

TEST_CASE("a lost request to an actor that keeps nothing ends as unknown, and did not run") {
  auto node = cast_node();
  node.messages().drop_next(1, {.service = "Desk"});

  const auto error = error_from([&] { return count(node.node(), "d"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unknown_outcome);
  CHECK(error->may_have_run());
  CHECK(node.messages().lost() == 1);
  CHECK(calls(node.node(), "d") == 0);
}

TEST_CASE("a lost answer of an actor that keeps nothing ends as unknown, and ran") {
  auto node = cast_node();
  node.messages().drop_next(1, {.service = "Desk"}, Loss::answer);

  const auto error = error_from([&] { return count(node.node(), "d"); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unknown_outcome);
  CHECK(calls(node.node(), "d") == 1);
}

TEST_CASE("a durable actor is asked again, and what it did is done once") {
  for (const Loss loss : {Loss::request, Loss::answer}) {
    auto node = cast_node();
    node.messages().drop_next(3, {.service = "Account", .key = "a", .method = "add"}, loss);

    add(node.node(), "a", 7);

    CHECK(node.messages().lost() == 3);
    CHECK(balance(node.node(), "a") == 7);
  }
}

TEST_CASE("a method that may run twice does when its answer is lost") {
  auto node = cast_node();
  node.messages().drop_next(1, {.method = "countAgain"}, Loss::answer);

  CHECK(node.ref<Desk>("d").countAgain([](auto) {}).get()->getCalls() == 2);
}

TEST_CASE("while everything is lost a call waits for its deadline") {
  auto node = cast_node();
  node.messages().drop({.service = "Account"});
  auto asked = ask_to_add(node.node(), 1);
  node.clock().advance(9s);
  CHECK_FALSE(asked.ended());

  node.clock().advance(1100ms);

  const auto error = asked.error();
  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::deadline);
  CHECK(error->may_have_run());
  node.messages().let_through();
  CHECK(balance(node.node(), "a") == 0);
}

TEST_CASE("what waited while everything was lost goes out when it is let through") {
  auto node = cast_node();
  node.messages().drop({.service = "Account"});
  auto asked = ask_to_add(node.node(), 1);
  node.settle();
  CHECK_FALSE(asked.ended());

  node.messages().let_through();
  node.settle();

  CHECK_FALSE(asked.error());
  CHECK(balance(node.node(), "a") == 1);
}

TEST_CASE("what is delayed comes so much later, in its order") {
  auto node = cast_node();
  node.messages().delay(5s, {.service = "Ledger", .method = "enter"});
  post(node.node(), {1, 2, 3});
  node.clock().advance(4s);
  CHECK(entries(node.node()).empty());

  node.clock().advance(1s);

  CHECK(entries(node.node()) == Entries{1, 2, 3});
  CHECK(node.messages().delayed() >= 3);
}

TEST_CASE("a call between two actors can be lost like one from outside") {
  auto node = cast_node();
  node.messages().drop_next(1, {.service = "Account", .key = "b"}, Loss::answer);

  (void)node.ref<Account>("a").transfer([](auto p) { p.setAmount(3), p.setTo("b"); }).get();

  CHECK(node.messages().lost() == 1);
  CHECK(balance(node.node(), "b") == 3);
  CHECK(balance(node.node(), "a") == -3);
}

TEST_CASE("durable messages arrive once and in order, whatever of them is lost") {
  for (const Loss loss : {Loss::request, Loss::answer}) {
    auto node = cast_node();
    node.messages().drop_next(5, {.service = "Ledger"}, loss);

    post(node.node(), {1, 2, 3, 4});

    CHECK(node.eventually([&] { return entries(node.node()).size() == 4; }));
    CHECK(entries(node.node()) == Entries{1, 2, 3, 4});
    CHECK(node.messages().lost() == 5);
  }
}

TEST_CASE("messages are told apart by service, key and method") {
  auto node = cast_node();
  node.messages().drop({.service = "Desk", .key = "d", .method = "count"});

  CHECK(count(node.node(), "other") == 1);
  CHECK(calls(node.node(), "d") == 0);
  add(node.node(), "d", 1);  // an account of that name
  CHECK(node.messages().lost() == 0);
  CHECK(error_from([&] { return count(node.node(), "d"); }));
  node.messages().let_through();
  node.messages().drop({.service = "Account"});
  CHECK(count(node.node(), "d") == 1);
}

TEST_CASE("messages are told apart by the nodes they go between") {
  TestCluster cluster({.nodes = {"a", "b"}, .clients = {"c"}, .host = host_cast});
  std::string on_a, on_b;
  for (int i = 0; on_a.empty() || on_b.empty(); ++i) {
    const std::string key = "d" + std::to_string(i);
    (cluster.owner_of({"Desk", key}).name() == "a" ? on_a : on_b) = key;
  }
  cluster.messages().drop_next(1, {.service = "Desk", .from = "c", .to = "b"});

  CHECK(count(cluster.node("c"), on_a) == 1);
  CHECK(count(cluster.node("a"), on_b) == 1);
  const auto error = error_from([&] { return count(cluster.node("c"), on_b); });

  REQUIRE(error);
  CHECK(error->kind() == ErrorKind::unknown_outcome);
  CHECK(count(cluster.node("c"), on_b) == 2);
}

TEST_CASE("answers are lost between nodes as within one") {
  TestCluster cluster({.nodes = {"a"}, .clients = {"c"}, .host = host_cast});
  cluster.messages().drop_next(2, {.service = "Account"}, Loss::answer);

  add(cluster.node("c"), "x", 9);

  CHECK(cluster.messages().lost() == 2);
  CHECK(balance(cluster.node("c"), "x") == 9);
}
