#include "troupe/member_client.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "observe/answering.h"
#include "troupe/admin_client.h"

namespace troupe {
namespace {

using SteadyClock = std::chrono::steady_clock;
constexpr std::chrono::milliseconds kLookAtMembersAgain{50};
constexpr std::chrono::seconds kOrderTimeout{10};

MemberReport standing_of(const observe::Json& json) {
  const auto owned = json.value("partitions", observe::Json::object());
  std::vector<MemberReport::Refusal> refused;
  for (const auto& one : json.value("refused", observe::Json::array()))
    refused.push_back({one.value("member", std::string()), one.value("partitions", std::uint64_t{0}),
                       one.value("why", std::string())});
  return {json.value("name", std::string()),
          json.value("state", std::string()),
          json.value("alive", false),
          json.value("client", false),
          json.value("weight", 0U),
          owned.value("withRows", std::uint64_t{0}),
          owned.value("withoutRows", std::uint64_t{0}),
          std::move(refused)};
}

// "; 5 of them cannot go to 'shop-2': ..."
std::string refusals_of(const MemberReport& owner) {
  std::string out;
  for (const auto& one : owner.refused)
    out += "; " + std::to_string(one.partitions) + " of them cannot go to '" + one.member + "': " + one.why;
  return out;
}

// Of `all` partitions, rounded down: whoever divides them gives that many at least.
std::uint64_t share_of(std::uint64_t all, std::uint64_t weight, std::uint64_t weights) {
  return weights == 0 ? 0 : all * weight / weights;
}

}  // namespace

const MemberReport* ClusterStanding::find(std::string_view name) const noexcept {
  const auto found = std::find_if(members.begin(), members.end(), [&](const auto& one) { return one.name == name; });
  return found == members.end() ? nullptr : &*found;
}

std::string ClusterStanding::missing_of(std::string_view name) const {
  const MemberReport* member = find(name);
  if (!member) return "it is no member";
  if (!member->alive) return "it does not live";
  if (member->client || !joined) return {};
  if (member->state != "serving") return "it is " + member->state;
  std::uint64_t weights = 0, with_rows = 0, without_rows = 0;
  for (const MemberReport& one : members) {
    // What lies on the disk of one that does not live is nobody's share.
    if (!one.alive || one.client) continue;
    with_rows += one.with_rows;
    without_rows += one.without_rows;
    if (one.serves()) weights += one.weight;
  }
  const std::uint64_t rows = share_of(with_rows, member->weight, weights);
  const std::uint64_t rest = share_of(without_rows, member->weight, weights);
  if (member->with_rows >= rows && member->without_rows >= rest) return {};
  std::string out = "it owns " + std::to_string(member->owned()) + " partitions of " + std::to_string(rows + rest);
  for (const MemberReport& owner : members)
    for (const auto& one : owner.refused)
      if (one.member == name)
        out += "; " + std::to_string(one.partitions) + " of '" + owner.name + "' cannot come to it: " + one.why;
  return out;
}

Result<std::string> MemberClient::ask(std::string_view method, const std::string& path, Milliseconds timeout) const {
  Error last(ErrorKind::unavailable, "there is no node to ask of the cluster's members");
  for (const auto& place : places_) {
    auto reply = AdminClient(place).request(method, path, {}, timeout);
    if (reply.ok()) return observe::outcome_of({reply->status, std::move(reply->json)});
    last = reply.error();
  }
  return last;
}

Result<ClusterStanding> MemberClient::look(Milliseconds timeout) const {
  auto said = ask("GET", "/members", timeout);
  if (!said.ok()) return said.error();
  const auto json = observe::Json::parse(*said, nullptr, false);
  ClusterStanding standing;
  try {
    standing.joined = json.at("joined").get<bool>();
    for (const auto& one : json.at("members")) standing.members.push_back(standing_of(one));
  } catch (const nlohmann::json::exception& e) {
    return Error(ErrorKind::corrupt,
                 std::string("what a node says of its cluster's members is not as expected: ") + e.what());
  }
  return standing;
}

Result<void> MemberClient::order(std::string_view name, const char* what) const {
  auto done = ask("POST", "/members/" + AdminClient::encode(name) + what, kOrderTimeout);
  if (!done.ok()) return done.error();
  return {};
}

Result<void> MemberClient::drain(std::string_view name) const { return order(name, "/drain"); }
Result<void> MemberClient::serve(std::string_view name) const { return order(name, "/serve"); }
Result<void> MemberClient::leave(std::string_view name) const { return order(name, "/leave"); }

Result<void> MemberClient::await(std::string_view name, const Wait& wait,
                                 const std::function<Result<std::string>(const ClusterStanding&)>& missing) const {
  const auto until = later(SteadyClock::now(), wait.timeout);
  for (;;) {
    auto standing = look();
    std::string why = standing.ok() ? "" : standing.error().message();
    if (standing.ok()) {
      auto what = missing(*standing);
      if (!what.ok()) return what.error();
      if (const auto* member = standing->find(name); wait.look && member) wait.look(member->owned());
      if (what->empty()) return {};
      why = std::move(*what);
    }
    if (wait.stop && wait.stop())
      return Error(ErrorKind::unavailable, "stopped", "nobody waits for '" + std::string(name) + "' any more: " + why);
    if (SteadyClock::now() >= until)
      return Error(ErrorKind::unavailable, "member '" + std::string(name) + "' after " +
                                               std::to_string(std::chrono::milliseconds(wait.timeout).count()) +
                                               " ms: " + why);
    std::this_thread::sleep_for(kLookAtMembersAgain);
  }
}

Result<void> MemberClient::await_empty(std::string_view name, const Wait& wait) const {
  return await(name, wait, [&](const ClusterStanding& standing) -> Result<std::string> {
    const MemberReport* member = standing.find(name);
    if (!member) return Error(ErrorKind::not_found, "there is no member '" + std::string(name) + "'");
    if (member->owned() == 0) return std::string();
    if (member->state == "serving")
      return Error(ErrorKind::failed, "member '" + std::string(name) + "' serves again: somebody undid the drain");
    return "it owns " + std::to_string(member->owned()) + " partitions still" + refusals_of(*member);
  });
}

Result<void> MemberClient::await_share(std::string_view name, const Wait& wait) const {
  return await(name, wait,
               [&](const ClusterStanding& standing) -> Result<std::string> { return standing.missing_of(name); });
}

}  // namespace troupe
