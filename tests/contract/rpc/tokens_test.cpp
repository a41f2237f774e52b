// Who is known, for how long, and who is not let in.
#include <memory>
#include <vector>

#include "stage.h"

using namespace troupe;
using namespace troupe::rpc;

TEST_CASE("where a token is asked for, nothing is seen or called without one") {
  Stage stage({.check_token = believe});
  Loop loop;
  Client client(loop, stage.server().port());

  CHECK(contains(loop.failure(client.directory.servicesRequest().send()), "unauthenticated: "));
  CHECK(contains(loop.failure(client.jotter("a").readRequest().send()), "unauthenticated: "));
  auto schema = client.directory.schemaRequest();
  schema.setName("Jotter");
  CHECK(contains(loop.failure(schema.send()), "unauthenticated: "));
  CHECK(loop.failure(Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a").readRequest().send()) == "");
  CHECK(contains(loop.failure(client.jotter("a").readRequest().send()), "unauthenticated: "));
}

TEST_CASE("a token that is not good is refused with what is wrong, and opens nothing") {
  Stage stage({.limits = {.bad_tokens = 100}, .check_token = believe});
  Loop loop;
  Client client(loop, stage.server().port());
  const auto tried = [&](const std::string& token) {
    auto request = client.directory.authenticateRequest();
    request.setToken(token.c_str());
    return loop.failure(request.send());
  };

  CHECK(tried("bad") == "remote exception: unauthenticated(token_malformed): the token is none");
  CHECK(tried("old") == "remote exception: unauthenticated(token_expired): the token has ended");
  CHECK(contains(tried(""), "unauthenticated: the token is empty"));
  CHECK(contains(tried(":admin"), "unauthenticated: the token names nobody"));
  CHECK(contains(tried(std::string(257, 'n')), "invalid"));
  CHECK(contains(tried("throws"), "unauthenticated: the token could not be looked at"));
  CHECK(contains(stage.log(), "a secret of the program"));
  CHECK(contains(loop.failure(Client::service<jotter::Jotter>(client.as("bad"), "Jotter", "a").readRequest().send()),
                 "token_malformed"));
  CHECK(stage.server().counts().bad_tokens == 7);
}

TEST_CASE("a port that knows nobody takes no tokens") {
  Stage stage({.anonymous = true});
  Loop loop;
  Client client(loop, stage.server().port());

  CHECK(contains(loop.failure(client.as("alice").servicesRequest().send()), "knows nobody"));
  CHECK(loop.failure(client.jotter("a").readRequest().send()) == "");
}

TEST_CASE("limit token: what a token opened is closed again after that time, and another token opens it anew") {
  Stage stage({.limits = {.token = std::chrono::milliseconds(200)}, .check_token = believe});
  Loop loop;
  Client client(loop, stage.server().port());
  auto alice = client.as("alice");
  auto jotter = Client::service<jotter::Jotter>(alice, "Jotter", "a");

  CHECK(loop.failure(jotter.readRequest().send()) == "");
  std::string refused;
  CHECK(soon([&] { return !(refused = loop.failure(jotter.readRequest().send())).empty(); }));
  CHECK(refused == "remote exception: unauthenticated(token_expired): the token has ended: authenticate again");
  CHECK(contains(loop.failure(alice.servicesRequest().send()), "token_expired"));
  CHECK(loop.failure(Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a").readRequest().send()) == "");
}

TEST_CASE("limit bad_tokens: who tries that many is closed") {
  Stage stage({.limits = {.bad_tokens = 2}, .check_token = believe});
  Loop loop;
  Client client(loop, stage.server().port());

  CHECK(contains(loop.failure(client.as("bad").servicesRequest().send()), "token_malformed"));
  (void)loop.failure(client.as("bad").servicesRequest().send());
  loop.wait(client.until_closed());

  CHECK(contains(loop.failure(client.as("alice").servicesRequest().send()), "limit bad_tokens"));
  CHECK(soon([&] { return stage.server().counts().connections == 0; }));
}

TEST_CASE("a token that takes long to look at holds up neither calls nor other connections") {
  const auto gate = std::make_shared<Gate>();
  Stage stage({.check_token =
                   [gate](std::string_view token) {
                     if (token == "slow") gate->wait();
                     return believe(token);
                   },
               .anonymous = true});
  Loop loop;
  Client client(loop, stage.server().port());
  auto slow = client.as("slow").servicesRequest().send();
  CHECK(loop.failure(client.directory.servicesRequest().send()) == "");
  REQUIRE(gate->is_waited_for());

  CHECK(loop.failure(client.jotter("a").readRequest().send()) == "");
  Client other(loop, stage.server().port());
  CHECK(loop.failure(Client::service<jotter::Jotter>(other.as("alice"), "Jotter", "a").readRequest().send()) == "");
  gate->open();

  CHECK(loop.wait(kj::mv(slow)).getServices().size() == 3);
}

TEST_CASE("limits tokens and waiting_tokens: one more is overloaded, and is looked at when there is room") {
  for (const bool of_connection : {true, false}) {
    const auto gate = std::make_shared<Gate>();
    Limits limits;
    (of_connection ? limits.tokens : limits.waiting_tokens) = 1;
    Stage stage({.limits = limits,
                 .check_token =
                     [gate](std::string_view token) {
                       gate->wait();
                       return believe(token);
                     },
                 .token_threads = 1});
    Loop loop;
    Client client(loop, stage.server().port());
    std::vector<kj::Promise<void>> kept;
    std::string refused;
    const auto ask = [&] {
      kept.push_back(client.as("alice")
                         .servicesRequest()
                         .send()
                         .ignoreResult()
                         .then([] {}, [&](kj::Exception&& error) { refused = error.getDescription().cStr(); })
                         .eagerlyEvaluate(nullptr));
    };
    ask();
    CHECK(contains(loop.failure(client.directory.servicesRequest().send()), "unauthenticated"));
    REQUIRE(gate->is_waited_for());
    ask();
    ask();
    while (refused.empty()) CHECK(loop.failure(client.directory.servicesRequest().send()) != "");
    gate->open();
    for (auto& one : kept) loop.wait(kj::mv(one));

    CHECK(contains(refused, of_connection ? "(limit tokens)" : "(limit waiting_tokens)"));
    CHECK(loop.failure(client.as("alice").servicesRequest().send()) == "");
  }
}

TEST_CASE("limit token_bytes: a longer token is none") {
  Stage stage({.limits = {.token_bytes = 5}, .check_token = believe});
  Loop loop;
  Client client(loop, stage.server().port());

  CHECK(loop.failure(client.as("alice").servicesRequest().send()) == "");
  CHECK(contains(loop.failure(client.as("alicia").servicesRequest().send()), "limit token_bytes"));
}

TEST_CASE("limit without_token: who shows none in that time is closed, and who has shown one is not") {
  Stage stage({.limits = {.without_token = std::chrono::milliseconds(150)}, .check_token = believe});
  Loop loop;
  Client known(loop, stage.server().port());
  auto jotter = Client::service<jotter::Jotter>(known.as("alice"), "Jotter", "a");
  CHECK(loop.failure(jotter.readRequest().send()) == "");
  Client unknown(loop, stage.server().port());

  loop.wait(unknown.until_closed());

  CHECK(contains(loop.failure(unknown.directory.servicesRequest().send()), "limit without_token"));
  CHECK(loop.failure(jotter.readRequest().send()) == "");
  CHECK(stage.server().counts().closed == 1);
}
