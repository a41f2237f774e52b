// What another process of the suite does: one of a few parts, on the coordinator that the words behind it name. It
// prints a line when it is ready, and ends when its input does.
#include <lmdb.h>
#include <unistd.h>

#include <cstdio>
#include <iostream>
#include <string>

#include "contract/coordinator/ground.h"

namespace troupe::coordinator_test {
namespace {

void say(const std::string& line) {
  std::printf("%s\n", line.c_str());
  std::fflush(stdout);
}

void wait_for_the_end() {
  for (std::string line; std::getline(std::cin, line);) {
  }
}

// Adds one so often, by compare-and-swap, beside others who do.
int add(Coordinator& coordinator, int times) {
  for (int done = 0; done < times;) {
    const auto now = coordinator.get("counter", kPatience).value();
    const int value = now ? std::stoi(now->value) : 0;
    const auto outcome = coordinator.commit(
        {.conditions = {{"counter", now ? now->version : 0}}, .writes = {{"counter", std::to_string(value + 1)}}},
        kPatience);
    if (outcome.value().applied) ++done;
  }
  say("done");
  return 0;
}

// Writes pairs that are equal, as fast as it can, until it is killed.
int pairs(Coordinator& coordinator) {
  for (int i = 1;; ++i) {
    const std::string value(static_cast<std::size_t>(1000 + i % 7000), static_cast<char>('a' + i % 26));
    (void)coordinator.commit({.conditions = {}, .writes = {{"left", value}, {"right", value}}}, kPatience).value();
    if (i == 1) say("writes");
  }
}

// Holds a session and a record of it. With "forks", a child of its own lives on that has all its descriptors.
int member(Coordinator& coordinator, std::chrono::milliseconds ttl, bool forks) {
  Losses losses;
  const auto session = coordinator.open_session("child", ttl, losses, kPatience).value();
  (void)coordinator.commit({.conditions = {}, .writes = {{"members/child", "here", session->id()}}}, kPatience).value();
  pid_t heir = 0;
  if (forks) {
    heir = ::fork();
    if (heir == 0) {
      ::setpgid(0, 0);
      for (;;) ::pause();
    }
  }
  say("ready " + std::to_string(session->id()) + " " + std::to_string(heir));
  std::string line;
  while (std::getline(std::cin, line)) {
    if (line == "alive?") say(session->alive() ? "yes" : "no");
    if (line == "lost?") say(losses.next() == session->id() ? "lost" : "not told");
  }
  return 0;
}

// Reads with LMDB itself, and does not end reading.
int reader(const std::string& directory) {
  MDB_env* env = nullptr;
  MDB_txn* txn = nullptr;
  const bool reads = mdb_env_create(&env) == 0 && mdb_env_open(env, directory.c_str(), 0, 0600) == 0 &&
                     mdb_txn_begin(env, nullptr, MDB_RDONLY, &txn) == 0;
  say(reads ? "reads" : "cannot read");
  wait_for_the_end();
  return 0;
}

}  // namespace

int run_child(const std::vector<std::string>& words) {
  const auto count = static_cast<std::ptrdiff_t>(std::stoul(words.at(0)));
  const std::vector<std::string> part(words.begin() + 1, words.begin() + 1 + count);
  const std::vector<std::string> where(words.begin() + 1 + count, words.end());
  if (part[0] == "reader") return reader(where.at(1));
  const auto coordinator = open_from(where);
  if (part[0] == "add") return add(*coordinator, std::stoi(part.at(1)));
  if (part[0] == "pairs") return pairs(*coordinator);
  if (part[0] == "member")
    return member(*coordinator, std::chrono::milliseconds(std::stoi(part.at(1))), part.size() > 2);
  if (part[0] == "open") {
    say("open");
    wait_for_the_end();
    return 0;
  }
  return 1;
}

}  // namespace troupe::coordinator_test
