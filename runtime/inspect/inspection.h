// What the debug tool sees of a running node: the inspection source over everything host/ assembled.
#pragma once

#include <string>

#include "host/node_parts.h"
#include "host/node_routing.h"
#include "inspect/crash_inspection.h"
#include "inspect/event_inspection.h"
#include "inspect/families.h"
#include "inspect/limits_inspection.h"
#include "inspect/member_inspection.h"
#include "inspect/pool_inspection.h"
#include "inspect/stored_rows.h"
#include "inspect/trace_inspection.h"
#include "observe/inspection_source.h"
#include "telemetry/metric_book.h"
#include "troupe/node.h"

namespace troupe::inspect {

class Inspection final : public observe::InspectionSource {
 public:
  Inspection(const NodeConfig& config, host::NodeRouting& routing, host::NodeParts& running,
             host::DirectoryBook& directory, const telemetry::MetricBook& book);

  observe::NodeView node() override;
  std::vector<LinkView> links() override;
  std::vector<observe::ServiceView> services() override;
  std::string schemas() override;
  SupervisorView tree() override;
  std::optional<ChildView> supervision() override;
  Result<void> restart_supervised(const std::string& path) override;
  // node_metrics.cpp
  std::vector<MetricFamily> metrics() override;
  // Without what a program added.
  [[nodiscard]] std::vector<MetricFamily> own_metrics();
  observe::GraphView graph() override;
  HealthView health() override;
  SlowTurnsView slow_turns() override;
  Result<observe::ActorList> list(const observe::ListRequest& request) override;
  Result<std::string> owner(std::string_view service, std::string_view key) override;
  Result<ActorView> inspect(std::string_view service, std::string_view key) override;
  Result<std::optional<std::string>> state(std::string_view service, std::string_view key) override;
  observe::CrashSource& crashes() override { return crashes_; }
  observe::EventSource& events() override { return events_; }
  observe::MemberSource& members() override { return members_; }
  observe::PoolSource& pools() override { return pools_; }
  observe::LimitsSource& limits() override { return limits_; }
  observe::TraceSource& traces() override { return traces_; }
  observe::LogSource* logs() override { return routing_.log_book.get(); }
  observe::RowSource* rows() override;
  observe::OutboxReport outbox(std::size_t most_channels) override;
  RemindersView reminders(std::size_t most_failing) override;
  Result<void> end_dead_letter(const observe::ActorName& actor, std::uint64_t number, bool send_again) override;
  Result<void> erase(const observe::ActorName& actor) override;
  Result<observe::BackupView> backup(const std::string& directory) override;
  Result<std::string> call(const observe::CallRequest& request) override;

 private:
  [[nodiscard]] std::optional<observe::StoreView> store_view() const;
  void add_durable_work(Families& metrics);
  void add_store(const observe::StoreView& view, Families& metrics);
  [[nodiscard]] Result<void> describe_kept(const wire::Address& address, ActorView& view);
  [[nodiscard]] Result<std::optional<std::vector<std::byte>>> record_of(const wire::Address& address) const;

  const NodeConfig& config_;
  host::NodeRouting& routing_;
  host::NodeParts& running_;
  const telemetry::MetricBook& book_;
  const std::uint64_t started_ms_;
  CrashInspection crashes_;
  EventInspection events_;
  MemberInspection members_;
  PoolInspection pools_;
  LimitsInspection limits_;
  TraceInspection traces_;
  std::optional<StoredRows> rows_;  // nothing without a store
};

}  // namespace troupe::inspect
