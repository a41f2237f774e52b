// What a schema calls $Troupe.secret: the actor has it, and nobody sees it who looks at what is kept.
#include "office.h"

using namespace parcels;

namespace {

constexpr const char* kLock = R"({"owner": "ann", "pin": "hunter2"})";

void check_masked(const std::string& what, const json& shown) {
  CAPTURE(what);
  const std::string text = shown.dump();
  CAPTURE(text);
  CHECK(text.find("***") != std::string::npos);
  CHECK(text.find("hunter2") == std::string::npos);
}

std::string pin_of(const Office& office) {
  auto reply = office.node->ref<Safe>("a").pin().get(10s);
  return std::string(reply->getPin());
}

}  // namespace

TEST_CASE("a secret given to an admin call reaches the actor, and what the call answers shows none") {
  Office office;

  const auto [status, answer] = office.node->admin("POST", "/actors/Safe/a/call/lock", kLock);

  CHECK(status == 200);
  CHECK(answer.find("ann") != std::string::npos);
  check_masked("an answer", json::parse(answer));
  CHECK(pin_of(office) == "hunter2");
  const auto [refused, why] = office.node->admin("POST", "/actors/Safe/a/call/lock", R"({"pin": ["hunter2"]})");
  CHECK(refused == 400);
  CHECK(why.find("hunter2") == std::string::npos);
}

TEST_CASE("states, history, rows, messages and dead letters show no secret, live and in the files") {
  Office office;
  (void)office.node->admin("POST", "/actors/Safe/a/call/lock", kLock);
  (void)office.node->admin("POST", "/actors/Safe/a/call/send", R"({"to": "b", "pin": "hunter2"})");
  const std::string letters = "/actors/Safe/a/dead-letters";
  REQUIRE(eventually([&] { return office.get(letters)["deadLetters"].size() == 1; }));

  check_masked("a state", office.get("/actors/Safe/a/state"));
  check_masked("history", office.get("/actors/Safe/a/history"));
  check_masked("a dead letter", office.get(letters));
  check_masked("rows", office.get("/actors/Safe/a/tables/coins"));
  CHECK(office.get("/actors/Safe/a/state")["state"]["owner"] == "ann");
  office.stop();
  const std::string place = office.place();
  check_masked("a state in a file", tool("--json db get " + place + " Safe/a").parsed());
  check_masked("history in a file", tool("--json db history " + place + " Safe/a").parsed());
  check_masked("rows in a file", tool("--json db tables " + place + " Safe/a coins").parsed());
  check_masked("a dead letter in a file", tool("--json db dead-letters " + place).parsed());
}

TEST_CASE("a message that waits for its receiver shows no secret") {
  Office office(1'000'000);
  (void)office.node->admin("POST", "/actors/Safe/a/call/send", R"({"to": "b", "pin": "hunter2"})");

  check_masked("a message", office.get("/actors/Safe/a/outbox"));
}

TEST_CASE("what is on disk has secrets as they are") {
  Office office;
  (void)office.node->admin("POST", "/actors/Safe/a/call/lock", kLock);

  office.restart();

  CHECK(pin_of(office) == "hunter2");
}
