// Each limit by its name, draining, stopping, and options that cannot be.
#include <thread>
#include <vector>

#include "stage.h"

using namespace troupe;
using namespace troupe::rpc;

namespace {

constexpr auto kBrief = std::chrono::milliseconds(150);

ServerOptions with(Limits limits) { return {.limits = limits, .check_token = believe, .anonymous = true}; }

std::string read(Loop& loop, Client& client) { return loop.failure(client.jotter("a").readRequest().send()); }

}  // namespace

TEST_CASE("limit connections: one more is told so and closed, and there is room when one has gone") {
  Stage stage(with({.connections = 1}));
  Loop loop;
  {
    Client first(loop, stage.server().port());
    CHECK(read(loop, first) == "");
    Client second(loop, stage.server().port());
    loop.wait(second.until_closed());
    CHECK(stage.server().counts().refused_connections == 1);
  }
  CHECK(soon([&] { return stage.server().counts().connections == 0; }));
  Client third(loop, stage.server().port());
  CHECK(read(loop, third) == "");
}

TEST_CASE("limit connections_per_peer: one more of an address is closed") {
  Stage stage(with({.connections_per_peer = 1}));
  Loop loop;
  Client first(loop, stage.server().port());
  CHECK(read(loop, first) == "");
  Client second(loop, stage.server().port());

  loop.wait(second.until_closed());

  CHECK(stage.server().counts().refused_connections_per_peer == 1);
  CHECK(stage.server().counts().refused_connections == 0);
}

TEST_CASE("limits calls and calls_per_connection: one more is overloaded, and is taken when another has ended") {
  for (const bool all : {true, false}) {
    Limits limits;
    (all ? limits.calls : limits.calls_per_connection) = 2;
    Stage stage(with(limits));
    Loop loop;
    Client client(loop, stage.server().port());
    auto first = client.jotter("a").waitRequest().send();
    auto second = client.jotter("b").waitRequest().send();
    const auto flushed = loop.failure(client.directory.servicesRequest().send());
    REQUIRE(stage.gate().is_waited_for(2));

    const auto refused = loop.failure(client.jotter("c").readRequest().send());
    stage.gate().open();
    loop.wait(first.ignoreResult());
    loop.wait(second.ignoreResult());

    CHECK(flushed == "");
    CHECK(contains(refused, "overloaded: "));
    CHECK(contains(refused, all ? "(limit calls)" : "(limit calls_per_connection)"));
    CHECK(stage.server().counts().overloaded == 1);
    CHECK(read(loop, client) == "");
  }
}

TEST_CASE("limit capabilities: one more is refused, and is given when others are dropped") {
  Stage stage(with({.capabilities = 3}));  // the bootstrap's is one
  Loop loop;
  Client client(loop, stage.server().port());
  {
    auto first = client.jotter("a"), second = client.jotter("b");
    CHECK(loop.failure(first.readRequest().send()) == "");
    CHECK(loop.failure(second.readRequest().send()) == "");
    CHECK(contains(loop.failure(client.jotter("c").readRequest().send()), "(limit capabilities)"));
  }
  CHECK(soon([&] { return read(loop, client).empty(); }));
}

TEST_CASE("limit answers: who never says that an answer is done with is closed") {
  Stage stage(with({.answers = 5}));
  Loop loop;
  Client client(loop, stage.server().port());
  auto jotter = client.jotter("a");

  std::vector<capnp::Response<jotter::Jotter::ReadResults>> kept;
  std::string end;
  for (int i = 0; i < 10 && end.empty(); ++i) {
    KJ_IF_MAYBE (error, kj::runCatchingExceptions([&] { kept.push_back(loop.wait(jotter.readRequest().send())); }))
      end = error->getDescription().cStr();
  }

  CHECK(contains(end, "(limit answers)"));
  CHECK(kept.size() <= 5);
}

TEST_CASE("limit message_words: larger parameters close the connection, larger results are an error") {
  Stage stage(with({.message_words = 1'024}));
  Loop loop;
  Client client(loop, stage.server().port());
  const auto swell = [&](unsigned bytes) {
    auto request = client.jotter("a").swellRequest();
    request.setBytes(bytes);
    return loop.failure(request.send());
  };

  CHECK(swell(7'000) == "");
  CHECK(contains(swell(9'000), "(limit message_words)"));
  CHECK(swell(7'000) == "");
  auto large = client.jotter("a").jotRequest();
  large.getLine().setText(std::string(9'000, 'x').c_str());
  CHECK(contains(loop.failure(large.send()), "(limit message_words)"));
  CHECK(soon([&] { return stage.server().counts().closed == 1; }));
  Client next(loop, stage.server().port());
  CHECK(read(loop, next) == "");
}

TEST_CASE("limit idle: a connection without a message and without a call is closed, and one that waits is not") {
  Stage stage(with({.idle = kBrief}));
  Loop loop;
  Client waits(loop, stage.server().port());
  auto waiting = waits.jotter("a").waitRequest().send();
  CHECK(loop.failure(waits.directory.servicesRequest().send()) == "");
  REQUIRE(stage.gate().is_waited_for());
  Client quiet(loop, stage.server().port());

  loop.wait(quiet.until_closed());
  CHECK(contains(read(loop, quiet), "limit idle"));
  stage.gate().open();

  CHECK(loop.failure(kj::mv(waiting)) == "");
}

TEST_CASE("limits queue_bytes and write: who reads nothing is not read from, and closed in time") {
  Stage stage(with({.queue_bytes = 1, .write = kBrief}));
  Loop loop;
  Client client(loop, stage.server().port());
  auto stream = loop.connect(stage.server().port());
  const int small = 4'096;
  stream->setsockopt(SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
  Client slow(loop, kj::mv(stream));
  auto jotter = slow.jotter("a");
  // Answers of a megabyte each, for a client whose loop does not turn any more.
  std::vector<kj::Promise<void>> answers;
  for (int i = 0; i < 40; ++i) {
    auto request = jotter.swellRequest();
    request.setBytes(1'000'000);
    answers.push_back(request.send().ignoreResult());
  }
  loop.io.waitScope.poll();

  CHECK(soon([&] { return stage.server().counts().closed == 1; }));
  CHECK(read(loop, client) == "");
}

TEST_CASE("a port that drains refuses new calls, lets those under way end, and closes") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  Client idle(loop, stage.server().port());
  CHECK(read(loop, idle) == "");
  auto jotter = client.jotter("a");
  auto waiting = jotter.waitRequest().send();
  CHECK(loop.failure(client.directory.servicesRequest().send()) == "");
  REQUIRE(stage.gate().is_waited_for());

  bool all_gone = false;
  std::thread drain([&] { all_gone = stage.server().drain(kPatience); });
  loop.wait(idle.until_closed());
  CHECK(contains(loop.failure(jotter.readRequest().send()), "unavailable: "));
  stage.gate().open();
  CHECK(loop.failure(kj::mv(waiting)) == "");
  loop.wait(client.until_closed());
  drain.join();

  CHECK(all_gone);
  CHECK(stage.server().counts().closed == 0);
  CHECK_THROWS(loop.connect(stage.server().port()));
  CHECK(stage.server().drain(std::chrono::milliseconds(0)));
  stage.server().stop();
}

TEST_CASE("a port that stops gives up the calls that are under way") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  auto waiting = client.jotter("a").waitRequest().send();
  CHECK(loop.failure(client.directory.servicesRequest().send()) == "");
  REQUIRE(stage.gate().is_waited_for());

  CHECK_FALSE(stage.server().drain(std::chrono::milliseconds(1)));

  CHECK(loop.failure(kj::mv(waiting)) != "");
  CHECK(stage.server().counts().cancelled == 1);
  CHECK(stage.server().counts().connections == 0);
  stage.server().stop();
}

TEST_CASE("a port whose node has stopped, or has not started, says so to every call") {
  Loop loop;
  {
    Stage stage;
    Client client(loop, stage.server().port());
    CHECK(read(loop, client) == "");
    stage.node().stop();
    CHECK(read(loop, client) != "");
    CHECK(loop.failure(client.directory.servicesRequest().send()) == "");
    CHECK(stage.server().drain(kPatience));
  }
  Node node({.name = "n", .admin = false});
  Server early(node, {.anonymous = true});
  early.offer<jotter::Clerk>().start();
  Client client(loop, early.port());
  CHECK(loop.failure(Client::service<jotter::Clerk>(client.directory, "Clerk", "").addRequest().send()) != "");
}

TEST_CASE("several threads serve, and a connection's calls all come back") {
  Stage stage({.threads = 3, .check_token = believe, .anonymous = true});
  Loop loop;
  std::vector<std::unique_ptr<Client>> clients;
  for (int i = 0; i < 12; ++i) clients.push_back(std::make_unique<Client>(loop, stage.server().port()));

  for (auto& client : clients)
    for (int i = 0; i < 20; ++i) CHECK(read(loop, *client) == "");

  CHECK(stage.server().counts().connections == 12);
  clients.clear();
  CHECK(soon([&] { return stage.server().counts().connections == 0; }));
}

TEST_CASE("a port that cannot be is refused, and says why") {
  testing::ScratchDirectory directory;
  Node node({.name = "n", .data_dir = directory / "data", .admin = false});
  node.start();
  const auto refused = [&](ServerOptions options, const std::string& why) {
    Server server(node, std::move(options));
    try {
      server.start();
      FAIL("it started");
    } catch (const Error& error) {
      CHECK_MESSAGE(contains(error.message(), why), error.message());
    }
  };

  refused({}, "nobody could call anything");
  refused({.address = "localhost", .anonymous = true}, "address 'localhost'");
  refused({.address = "192.0.2.1", .anonymous = true}, "cannot have the address 192.0.2.1");
  refused({.threads = 0, .anonymous = true}, "threads");
  refused({.threads = 65, .anonymous = true}, "threads");
  refused({.token_threads = 0, .anonymous = true}, "token_threads");
  refused({.token_threads = 65, .anonymous = true}, "token_threads");
  refused({.anonymous = true, .timeout = std::chrono::milliseconds(-1)}, "timeout");
  refused({.rates = {.per_caller = {.per_minute = 0, .burst = 1}}, .anonymous = true}, "per_caller");
  refused({.tls = {.certificate = "a"}, .anonymous = true}, "wants both");
  refused({.tls = {.certificate = "/nowhere", .key = "/nowhere"}, .anonymous = true}, "/nowhere");
  for (const LimitRow& row : limit_rows({})) {
    INFO(row.name);
    CHECK(row.value >= row.least);
    CHECK(row.value <= row.most);
  }
  refused({.limits = {.message_words = 0}, .anonymous = true}, "limit message_words");
  refused({.limits = {.message_words = std::size_t{1} << 40}, .anonymous = true}, "limit message_words");
  refused({.limits = {.idle = std::chrono::milliseconds(-1)}, .anonymous = true}, "limit idle");
  Server server(node, {.limits = {.idle = std::chrono::hours::max()}, .anonymous = true});
  CHECK_THROWS_AS((void)server.port(), Error);
  CHECK_THROWS_AS(server.reload_certificate().value(), Error);
  CHECK(server.drain(std::chrono::milliseconds(0)));
  server.stop();
  server.offer<jotter::Clerk>();
  CHECK_THROWS_WITH_AS(server.offer<jotter::Clerk>(), doctest::Contains("offered twice"), Error);
  Server again(node, {.anonymous = true});
  again.start();
  CHECK_THROWS_WITH_AS(again.start(), doctest::Contains("started before"), Error);
  CHECK_THROWS_WITH_AS(again.offer<jotter::Clerk>(), doctest::Contains("after start()"), Error);
  Server same(node, {.port = again.port(), .anonymous = true});
  CHECK_THROWS_WITH_AS(same.start(), doctest::Contains("cannot have the address"), Error);
}
