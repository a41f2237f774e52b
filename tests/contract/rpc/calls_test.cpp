// Calls by Cap'n Proto's own library: the directory, services by name and key, rules, errors, listing.
#include <capnp/dynamic.h>
#include <capnp/schema-loader.h>

#include <vector>

#include "stage.h"

using namespace troupe;
using namespace troupe::rpc;

TEST_CASE("the directory gives any service by name and key, and its methods run as the schema has them") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());

  auto jotter = client.jotter("a");
  auto request = jotter.jotRequest();
  request.getLine().setText("one");
  request.getLine().setMood(jotter::Mood::MERRY);
  request.getLine().initBefore(1)[0].setText("none");
  const auto first = loop.wait(request.send());
  const auto lines = loop.wait(jotter.readRequest().send());
  const auto others = loop.wait(client.jotter("b").readRequest().send());
  auto sum = Client::service<jotter::Clerk>(client.directory, "Clerk", "").addRequest();
  sum.setLeft(40);
  sum.setRight(2);

  CHECK(first.getCount() == 1);
  REQUIRE(lines.getLines().size() == 1);
  CHECK(lines.getLines()[0].getText() == "one");
  CHECK(lines.getLines()[0].getMood() == jotter::Mood::MERRY);
  CHECK(lines.getLines()[0].getBefore()[0].getText() == "none");
  CHECK(others.getLines().size() == 0);
  CHECK(loop.wait(sum.send()).getSum() == 42);
  const auto within = stage.node().ref<jotter::Jotter>("a").read().get();
  CHECK(within->getLines().size() == 1);
}

TEST_CASE("who has authenticated is known to the actor, by every capability of that directory and by no other") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  const auto asks = [&](Directory::Client from) {
    auto answer = loop.wait(Client::service<jotter::Jotter>(from, "Jotter", "a").asksRequest().send());
    return std::string(answer.getName().cStr()) + "/" + answer.getRoles().cStr();
  };

  auto request = client.directory.authenticateRequest();
  request.setToken("alice:reader,clerk");
  const auto alice = loop.wait(request.send());

  CHECK(alice.getName() == "alice");
  CHECK(alice.getUntilMs() > 0);
  CHECK(asks(alice.getDirectory()) == "alice/reader clerk");
  CHECK(asks(client.as("bob")) == "bob/");
  CHECK(asks(client.directory) == "/");
}

TEST_CASE("a rule lets those call whom it names, and a method without one nobody") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  const auto own = [&](Directory::Client from) {
    return loop.failure(Client::service<jotter::Jotter>(from, "Jotter", "alice").ownRequest().send());
  };
  const auto burn = [&](Directory::Client from) {
    return loop.failure(Client::service<jotter::Jotter>(from, "Jotter", "alice").burnRequest().send());
  };

  CHECK(own(client.as("alice")) == "");
  CHECK(own(client.as("carl:clerk")) == "");
  CHECK(contains(own(client.as("bob")), "denied"));
  CHECK(contains(own(client.directory), "unauthenticated"));
  CHECK(burn(client.as("root:admin:jotters:burn")) == "");
  CHECK(contains(burn(client.as("root:admin")), "denied"));
  CHECK(contains(burn(client.as("alice")), "denied"));
  CHECK(loop.failure(client.jotter("a").knownRequest().send()) ==
        "remote exception: unauthenticated: Jotter.known is for those who are known: send a token");
  CHECK(
      contains(loop.failure(Client::service<jotter::Vault>(client.as("root:admin"), "Vault", "v").openRequest().send()),
               "denied: Vault.open is not called from outside"));
}

TEST_CASE("a host may open methods without a rule, to those who are known or to everybody") {
  Loop loop;
  const auto open = [&](Directory::Client from) {
    return Client::service<jotter::Vault>(from, "Vault", "v").openRequest().send();
  };
  {
    Stage stage({.check_token = believe, .anonymous = true}, {.unruled = Unruled::known});
    Client client(loop, stage.server().port());
    CHECK(loop.wait(open(client.as("alice"))).getAsks() == "the program");
    CHECK(contains(loop.failure(open(client.directory)), "unauthenticated"));
  }
  Stage stage({.anonymous = true}, {.unruled = Unruled::everybody});
  Client client(loop, stage.server().port());
  CHECK(loop.wait(open(client.directory)).getAsks() == "the program");
}

TEST_CASE("an error of a call is told with its kind and its code, and the connection goes on") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  auto jotter = client.jotter("a");
  auto refuse = jotter.refuseRequest();
  refuse.setCode("sold_out");
  auto slow =
      Client::service<jotter::Jotter>(client.directory, "Jotter", "w", [](auto options) { options.setTimeoutMs(30); });

  CHECK(loop.failure(refuse.send()) == "remote exception: refused(sold_out): it is not done");
  CHECK(contains(loop.failure(jotter.crashRequest().send()), "failed: "));
  CHECK(contains(loop.failure(slow.waitRequest().send()), "deadline: "));
  CHECK(contains(loop.failure(Client::service<jotter::Jotter>(client.directory, "Nobody", "a").readRequest().send()),
                 "not_found: there is no service \"Nobody\" here"));
  CHECK(contains(loop.failure(client.jotter("").readRequest().send()), "invalid: "));
  CHECK(contains(loop.failure(client.jotter(std::string(257, 'k').c_str()).readRequest().send()), "invalid: "));
  CHECK(loop.wait(jotter.readRequest().send()).getLines().size() == 0);
}

TEST_CASE("a method or an interface that a service does not have is unimplemented") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  auto clerk = client.jotter("a").castAs<jotter::Clerk>();
  auto beyond = capnp::Capability::Client(client.jotter("a"))
                    .typelessRequest(stage.node().ref<jotter::Jotter>("a").service().id, 11, nullptr);
  const auto type_of = [&](auto&& promise) {
    KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] { loop.wait(promise.ignoreResult()); })) return error->getType();
    return kj::Exception::Type::FAILED;
  };

  CHECK(type_of(clerk.addRequest().send()) == kj::Exception::Type::UNIMPLEMENTED);
  CHECK(type_of(beyond.send()) == kj::Exception::Type::UNIMPLEMENTED);
}

TEST_CASE("a call that is sent again under one idempotency key runs once, and another caller's key is another") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  const auto jot = [&](Directory::Client from, const char* key) {
    auto request = Client::service<jotter::Jotter>(from, "Jotter", "a", [&](auto options) {
                     options.setIdempotencyKey(key);
                   }).jotRequest();
    return loop.wait(request.send()).getCount();
  };

  CHECK(jot(client.as("alice"), "k") == 1);
  CHECK(jot(client.as("alice"), "k") == 1);
  CHECK(jot(client.as("bob"), "k") == 2);
  CHECK(jot(client.directory, "k") == 3);
  CHECK(jot(client.directory, "k") == 3);
  CHECK(jot(client.as("alice"), "l") == 4);
}

TEST_CASE(
    "a call under a used idempotency key is refused with other parameters, and one of another method or actor is not") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  const auto jotter = [&](const char* actor) {
    return Client::service<jotter::Jotter>(client.as("alice"), "Jotter", actor,
                                           [](auto options) { options.setIdempotencyKey("k"); });
  };
  const auto send = [&](jotter::Jotter::Client to, const char* text) {
    auto request = to.jotRequest();
    request.initLine().setText(text);
    return request.send();
  };
  const auto jot = [&](jotter::Jotter::Client to, const char* text) { return loop.wait(send(to, text)).getCount(); };
  auto a = jotter("a");

  CHECK(jot(a, "x") == 1);
  CHECK(jot(a, "x") == 1);
  CHECK(contains(loop.failure(send(jotter("a"), "y")),
                 "invalid(key_used): this idempotency key was used for this method with other parameters"));
  CHECK(jot(jotter("b"), "y") == 1);
  auto refuse = a.refuseRequest();
  refuse.setCode("code");
  CHECK(contains(loop.failure(refuse.send()), "refused(code)"));
  CHECK(loop.wait(a.readRequest().send()).getLines().size() == 1);  // what changes nothing needs no key
  CHECK(jot(a, "x") == 1);
}

TEST_CASE(
    "calls under one idempotency key that are under way together run once, however their parameters are laid out") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  auto a = Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a",
                                           [](auto options) { options.setIdempotencyKey("k"); });

  auto first = a.jotRequest();
  first.initLine().setText("x");
  auto again = a.jotRequest();
  again.initLine().setText("something longer that leaves a hole");
  again.getLine().setText("x");
  auto one = first.send(), other = again.send();

  CHECK(loop.wait(kj::mv(one)).getCount() == 1);
  CHECK(loop.wait(kj::mv(other)).getCount() == 1);
}

TEST_CASE(
    "where it cannot be looked up what a key was used for nothing runs, and a server that is told not to look runs "
    "on") {
  const auto jot = [](Stage& stage) {
    Loop loop;
    Client client(loop, stage.server().port());
    auto a = Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a",
                                             [](auto options) { options.setIdempotencyKey("k"); });
    return loop.failure(a.jotRequest().send());
  };
  ServerOptions options{.check_token = believe};
  Stage alone(options, {}, Stage::Shares::nothing);
  options.keys_kept = std::chrono::milliseconds(0);
  Stage blind(options, {}, Stage::Shares::nothing);

  CHECK(contains(jot(alone), "unavailable: it cannot be looked up what this idempotency key was used for"));
  CHECK(jot(blind) == "");
  CHECK(jot(blind) == "");
  options.keys_kept = std::chrono::hours(24 * 7) + std::chrono::milliseconds(1);
  CHECK_THROWS_WITH_AS(Stage{options}, doctest::Contains("keys_kept is 604800001 ms; 0 to a week are possible"), Error);
  options.keys_kept = std::chrono::milliseconds(-1);
  CHECK_THROWS_AS(Stage{options}, Error);
}

TEST_CASE("services are listed with their types, from which a client that knows no schema makes its calls") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());

  const auto listed = loop.wait(client.directory.servicesRequest().send());
  auto asked = client.directory.schemaRequest();
  asked.setName("Jotter");
  const auto schema = loop.wait(asked.send());
  capnp::SchemaLoader loader;
  for (auto node : schema.getNodes()) loader.load(node);
  auto request = client.directory.serviceRequest();
  request.setName("Jotter");
  request.setKey("a");
  auto jotter = request.send().getService().castAs<capnp::DynamicCapability>(loader.get(schema.getId()).asInterface());
  auto jot = jotter.newRequest("jot");
  jot.init("line").as<capnp::DynamicStruct>().set("text", "from afar");
  const auto count = loop.wait(jot.send());
  const auto read = loop.wait(jotter.newRequest("read").send());

  REQUIRE(listed.getServices().size() == 3);
  CHECK(listed.getServices()[0].getName() == "Clerk");
  CHECK(listed.getServices()[0].getPlacement() == rpc::Placement::POOL);
  CHECK(listed.getServices()[1].getName() == "Jotter");
  CHECK(listed.getServices()[1].getId() == schema.getId());
  CHECK(count.get("count").as<unsigned>() == 1);
  const auto line = read.get("lines").as<capnp::DynamicList>()[0].as<capnp::DynamicStruct>();
  CHECK(line.get("text").as<capnp::Text>() == "from afar");
}

TEST_CASE("many calls at once on one connection are all answered, each with its own results") {
  Stage stage({.limits = {.calls_per_connection = 3'000}, .check_token = believe, .anonymous = true});
  Loop loop;
  Client client(loop, stage.server().port());
  auto clerk = Client::service<jotter::Clerk>(client.directory, "Clerk", "");

  std::vector<kj::Promise<void>> sums;
  int right = 0;
  for (int i = 0; i < 2'000; ++i) {
    auto request = clerk.addRequest();
    request.setLeft(i);
    request.setRight(1);
    sums.push_back(request.send().then([i, &right](auto&& answer) { right += answer.getSum() == i + 1; }));
  }
  for (auto& sum : sums) loop.wait(kj::mv(sum));

  CHECK(right == 2'000);
  CHECK(stage.server().counts().answered == 2'000);
  CHECK(stage.server().counts().calls == 0);
}
