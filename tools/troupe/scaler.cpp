#include "scaler.h"

#include <troupe/admin_client.h>

#include <algorithm>
#include <string>

namespace troupe::tool {
namespace {

constexpr std::chrono::milliseconds kScaleLook{1'000};

}  // namespace

Scaler::Scaler(RunningCluster& cluster, Reloads& reloads)
    : cluster_(cluster), reloads_(reloads), thread_([this] { run(); }) {}

Scaler::~Scaler() {
  {
    const std::lock_guard lock(mutex_);
    stops_ = true;
  }
  woken_.notify_all();
  thread_.join();
}

void Scaler::run() {
  std::optional<ScalePolicy> policy;
  std::unique_lock lock(mutex_);
  while (!stops_) {
    lock.unlock();
    look(policy);
    lock.lock();
    const auto scale = cluster_.file().scale;
    woken_.wait_until(lock, later(std::chrono::steady_clock::now(), scale ? scale->look_every : kScaleLook),
                      [this] { return stops_; });
  }
}

void Scaler::look(std::optional<ScalePolicy>& policy) {
  ClusterFile file = cluster_.file();
  if (!file.scale) return policy.reset();
  if (!policy || policy->rules() != file.scale->rules) policy.emplace(file.scale->rules);
  const Waits waits = waits_of(file);
  const unsigned count = scaled_in(file);
  const auto now = std::chrono::steady_clock::now();
  const ScaleStep step = policy->look(now, count, waits);
  if (step == ScaleStep::stay) return;
  const bool grows = step == ScaleStep::grow;
  std::chrono::milliseconds longest{0};
  for (const auto& wait : waits) longest = std::max(longest, wait.value_or(longest));
  set_scaled(file, grows ? count + 1 : count - 1);
  const std::string why = std::string(grows ? "grows" : "shrinks") + " to " + std::to_string(scaled_in(file)) +
                          " of [scale]: calls wait for " + std::to_string(longest.count()) + " ms";
  if (reloads_.change(why, std::move(file))) policy->stepped(now);
}

Scaler::Waits Scaler::waits_of(const ClusterFile& file) {
  Waits waits;
  for (const auto& [id, node] : file.nodes) {
    auto reply = AdminClient(node.data_dir).request("GET", "/node", {}, kScaleLook);
    const Json json = reply.ok() ? Json::parse(reply->json, nullptr, false) : Json();
    const Json overload = json.is_object() ? json.value("overload", Json()) : Json();
    waits.push_back(overload.is_object() && overload.contains("waitMs")
                        ? std::optional(std::chrono::milliseconds(overload["waitMs"].get<std::int64_t>()))
                        : std::nullopt);
  }
  return waits;
}

}  // namespace troupe::tool
