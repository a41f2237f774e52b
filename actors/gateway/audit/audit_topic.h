// Acts of administration, written to a topic.
//
//   const topic::TopicConfig kAudit{.name = "audit", .retention_age = 365 * 24h};
//   gateway::audit::AuditTopic audit(node, kAudit);
//   gateway::Gateway gateway(node, {..., .audit = audit.audit()});    // ends before the AuditTopic
//
// An act is written after it was done, in the order of the ends of a gateway's acts for each actor. While this program
// lives each is written exactly once, however often the topic has to be asked; acts that a killed program had not
// written yet are not in the log, so it has each at most once then. What waits is held in memory; when there is no more
// room, the gateway does no acts of administration until there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>

#include "gateway/gateway.h"
#include "topic/config.h"
#include "troupe/log.h"
#include "troupe/node.h"

namespace troupe::gateway::audit {

inline constexpr std::size_t kMaxWaiting = 1'000'000;

struct AuditOptions {
  std::size_t most_waiting = 10'000;                    // acts that are not written yet, 1 to kMaxWaiting
  Milliseconds try_again{std::chrono::seconds(1)};      // after the topic could not be reached
  Milliseconds time_to_write{std::chrono::seconds(5)};  // of one try; and what the end waits for the rest
  LogSink log{};                                        // is told why a try failed, and of acts that were lost
};

class AuditTopic {
 public:
  // Throws `invalid` for a topic that cannot be, and for options that cannot. The topic is declared by the program
  // (topic::Topics). The node outlives it.
  AuditTopic(Node& node, const topic::TopicConfig& topic, AuditOptions options = {});
  // Writes what waits, as long as AuditOptions::time_to_write.
  ~AuditTopic();
  AuditTopic(const AuditTopic&) = delete;
  AuditTopic& operator=(const AuditTopic&) = delete;

  // For GatewayOptions::audit; of several gateways, too. Harmless after this is gone: then it is not ready.
  [[nodiscard]] gateway::Audit audit() const;
  // Whether all that was done is written by then.
  [[nodiscard]] bool wait_until_written(Milliseconds at_most) const;
  [[nodiscard]] std::size_t waiting() const;

 private:
  class Writer;
  std::shared_ptr<Writer> writer_;
};

}  // namespace troupe::gateway::audit
