#include "crash/storm/outboxes.h"

#include <nlohmann/json.hpp>
#include <stdexcept>

#include "troupe/admin_client.h"
#include "troupe/offline.h"

namespace troupe::storm {
namespace {

std::uint64_t waiting_in(const std::string& outbox) {
  return nlohmann::json::parse(outbox).at("totals").at("waiting").get<std::uint64_t>();
}

}  // namespace

std::uint64_t waiting_messages(const Cluster& cluster, std::size_t node) {
  AdminClient admin(cluster.directory(node));
  const auto reply = admin.request("GET", "/outbox").value();
  if (reply.status != 200)
    throw std::runtime_error("node " + std::to_string(node) + " does not show its outbox: " + reply.json);
  return waiting_in(reply.json);
}

std::uint64_t messages_in_files(const Cluster& cluster, std::size_t node) {
  return waiting_in(OfflineStore::open(cluster.directory(node)).value().look("/outbox").value());
}

}  // namespace troupe::storm
