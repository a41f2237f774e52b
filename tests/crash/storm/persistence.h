// A call that is made again under one idempotency key until it is answered.
#pragma once

#include <chrono>
#include <optional>
#include <random>
#include <string>
#include <thread>

#include "crash/storm/books.h"
#include "crash/storm/cluster.h"

namespace troupe::storm {

// How long a caller tries before it says that something is wrong.
inline constexpr std::chrono::seconds kPatience{150};

// `attempt()` throws what it ended with. False: it never succeeded; the books say why.
template <class F>
bool persist(Books& books, std::mt19937_64& random, const std::string& what, F&& attempt) {
  const auto until = std::chrono::steady_clock::now() + kPatience;
  for (;;) {
    ++books.attempts;
    try {
      attempt();
      ++books.operations;
      return true;
    } catch (const Error& error) {
      ++books.errors[std::string(to_string(error.kind()))];
      if (!worth_repeating(error) || std::chrono::steady_clock::now() > until) {
        books.failures.push_back(what + ": " + error.what());
        return false;
      }
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5 + random() % 30));
  }
}

// `call(Ref<Interface>)` makes one attempt. Half of the keys say when they were first used.
template <class Interface, class F>
bool until_done(Cluster& cluster, Books& books, std::mt19937_64& random, const std::string& actor,
                const std::string& key, F&& call) {
  std::optional<std::chrono::system_clock::time_point> first_used;
  if (random() % 2) first_used = std::chrono::system_clock::now();
  return persist(books, random, key + " of " + actor, [&] {
    const auto driver = cluster.driver();
    auto ref = driver->ref<Interface>(actor);
    ref.idempotency_key(key, first_used);
    ref.timeout(std::chrono::milliseconds(200 + random() % 3000));
    call(std::move(ref));
  });
}

}  // namespace troupe::storm
