// The actors of sentry.capnp, and what tests ask of them.
#pragma once

#include <troupe/node.h>

#include <string>
#include <vector>

#include "sentry.capnp.troupe.h"

namespace troupe::contract {

void host_sentries(Node& node);

// Each of these is a call of the sentry with that key, made from `node`.
std::uint64_t watch(Node& node, const std::string& sentry, const std::string& actor);
void link(Node& node, const std::string& sentry, const std::string& actor);
void touch(Node& node, const std::string& sentry);
void crash(Node& node, const std::string& sentry);
// What it was told so far.
[[nodiscard]] std::vector<std::string> downs(Node& node, const std::string& sentry);
// Waits until it was told `count` times; what it was told.
[[nodiscard]] std::vector<std::string> wait_for_downs(Node& node, const std::string& sentry, std::size_t count);
// How many monitors and links it holds, and how many others hold on it, as the admin API of `owner` says.
struct Watches {
  std::uint64_t monitors = 0;
  std::uint64_t watchers = 0;
  friend bool operator==(const Watches&, const Watches&) = default;
};
[[nodiscard]] Watches watches(Node& owner, const std::string& sentry);

}  // namespace troupe::contract
