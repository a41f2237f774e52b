#include "wire/monitor_request.h"

#include <array>
#include <utility>

#include "wire/envelope.h"

namespace troupe {
namespace {

constexpr std::array<std::pair<DownReason, std::string_view>, 7> kReasons{{
    {DownReason::crashed, "crashed"},
    {DownReason::quarantined, "quarantined"},
    {DownReason::stopped, "stopped"},
    {DownReason::erased, "erased"},
    {DownReason::not_running, "not_running"},
    {DownReason::node_lost, "node_lost"},
    {DownReason::unwatched, "unwatched"},
}};

}  // namespace

std::string_view to_string(DownReason reason) noexcept {
  for (const auto& [value, name] : kReasons) {
    if (value == reason) return name;
  }
  return "unwatched";
}

namespace wire {

Error down_error(DownReason reason, std::string message) {
  return Error(ErrorKind::unavailable, std::string(to_string(reason)), std::move(message));
}

DownReason down_reason(const Error& error) noexcept {
  for (const auto& [value, name] : kReasons) {
    if (error.code() == name) return value;
  }
  // A mailbox that has closed for ever and a node that takes no calls say so in their own words.
  return error.kind() == ErrorKind::unavailable ? DownReason::not_running : DownReason::unwatched;
}

EnvelopePtr end_of_watch(AddressPtr target, const RequestId& id, MonitorRequest watch) {
  auto call = make_counted<Envelope>();
  call->target = std::move(target);
  call->method = kNoMethod;
  call->id = id;
  watch.begins = false;
  call->delivery = std::make_unique<Delivery>(std::move(watch));
  return call;
}

const MonitorRequest* watch_of(const Envelope& call) noexcept {
  return std::get_if<MonitorRequest>(call.delivery.get());
}

}  // namespace wire
}  // namespace troupe
