#include "inspect/event_inspection.h"

#include <capnp/message.h>
#include <capnp/schema.h>
#include <kj/exception.h>

#include "base/observer.h"
#include "reflect/json.h"
#include "telemetry/flight_recorder.h"
#include "troupe/service.h"

namespace troupe::inspect {
namespace {

using telemetry::EventKind;
using telemetry::TurnEvent;

std::string word_of(const TurnEvent& event) {
  const auto named = [&](const char* word) {
    return std::string("(") + word + (event.name.empty() ? "" : " " + event.name) + ")";
  };
  switch (event.kind) {
    case EventKind::method:
    case EventKind::message:
      return event.method < event.service->method_count ? event.service->methods[event.method].name : "(unknown)";
    case EventKind::timer: return "(timer)";
    case EventKind::reminder: return named("reminder");
    case EventKind::answer: return named("answer");
    case EventKind::down: return "(down)";
    case EventKind::dead_letter: return "(dead letter)";
    case EventKind::erase: return "(erase)";
  }
  return "(unknown)";
}

std::string actor_of(const ServiceInfo& service, const std::string& key, bool whole) {
  return std::string(service.name) + "/" + key + (whole ? "" : "...");
}

// The parameters, secrets masked; nothing: they were not kept, or are none.
std::optional<std::string> input_of(const TurnEvent& event) {
  const bool has_method = event.kind == EventKind::method || event.kind == EventKind::message;
  if (!has_method || event.method >= event.service->method_count) return std::nullopt;
  if (event.input.empty() && event.input_bytes > 0) return std::nullopt;
  try {
    const auto type = event.service->schema().getMethods()[event.method].getParamType();
    std::vector<kj::ArrayPtr<const capnp::word>> segments;
    for (const auto& words : event.input)
      segments.push_back(kj::arrayPtr(reinterpret_cast<const capnp::word*>(words.data()), words.size()));
    if (segments.empty()) {
      auto json = reflect::to_json(type, capnp::AnyPointer::Reader());
      return json.ok() ? std::optional(*json) : std::nullopt;
    }
    capnp::SegmentArrayMessageReader message(kj::arrayPtr(segments.data(), segments.size()),
                                             {event.input_bytes + 64, 64});
    auto json = reflect::to_json(type, message.getRoot<capnp::AnyPointer>());
    return json.ok() ? std::optional(*json) : std::nullopt;
  } catch (const kj::Exception&) {
    return std::nullopt;
  }
}

std::uint64_t us(std::chrono::nanoseconds time) {
  return static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::microseconds>(time).count());
}

}  // namespace

Result<std::vector<observe::EventView>> EventInspection::events(const observe::EventRequest& request) {
  const auto* recorder = running_.recorder();
  if (!recorder) return Error(ErrorKind::invalid, "this node notes no turns: NodeConfig::flight_recorder.bytes is 0");
  const auto& origin = running_.routing().origin;
  const auto now = origin.ticks.now();
  const std::uint64_t wall = origin.clock.wall_ms();
  std::vector<observe::EventView> out;
  for (const TurnEvent& event : recorder->read({request.service, request.key, request.last})) {
    observe::EventView view;
    view.actor = actor_of(*event.service, event.key, event.key.size() == event.key_bytes);
    view.method = word_of(event);
    view.request = event.request.text();
    view.at_ms = wall - us(origin.ticks.between(event.begun, now)) / 1000;
    view.waited_us = us(event.waited);
    if (event.outcome != telemetry::kBegun) {
      view.ran_us = us(origin.ticks.between(event.begun, event.ended));
      view.outcome = to_string(static_cast<TurnOutcome>(event.outcome));
    } else {
      view.outcome = "begun";
    }
    if (event.error != 0) view.error = to_string(static_cast<ErrorKind>(event.error));
    view.edited = event.edited;
    const bool whole = event.caller_key.size() < telemetry::FlightRecorder::kMostCallerBytes;
    if (event.caller) {
      view.caller = actor_of(*event.caller, event.caller_key, whole);
    } else {
      view.caller = event.caller_key + (whole ? "" : "...");
    }
    view.who = event.who;
    view.input_bytes = event.input_bytes;
    view.input = input_of(event);
    out.push_back(std::move(view));
  }
  return out;
}

namespace {

observe::RecordingView recording_view(const host::TurnFiles::Recording& recording) {
  return {recording.actor,      recording.turns, recording.most_turns, recording.bytes,
          recording.most_bytes, recording.left,  recording.file};
}

Error keeps_no_files() {
  return Error(ErrorKind::invalid, "this node has no data directory, and so no place for recordings");
}

}  // namespace

std::vector<observe::RecordingView> EventInspection::recordings() {
  std::vector<observe::RecordingView> out;
  if (const auto* files = running_.turn_files())
    for (const auto& one : files->list()) out.push_back(recording_view(one));
  return out;
}

Result<observe::RecordingView> EventInspection::start_recording(const observe::RecordRequest& request) {
  auto* files = running_.turn_files();
  if (!files) return keeps_no_files();
  auto address = running_.routing().registry.intern_by_name(request.service, request.key);
  if (!address.ok()) return address.error();
  const std::string actor = (*address)->text();
  if (const std::string owner = running_.routing().router.node_of(**address);
      !owner.empty() && owner != running_.routing().router.self())
    return Error(ErrorKind::not_found, actor + " lives on node '" + owner + "'; ask that node");
  if (auto started = files->start(std::move(*address), request.turns, request.bytes); !started.ok())
    return started.error();
  for (const auto& one : files->list())
    if (one.actor == actor) return recording_view(one);
  return Error(ErrorKind::unavailable, "the recording of " + actor + " was stopped meanwhile");
}

Result<observe::RecordingView> EventInspection::stop_recording(const std::string& actor) {
  auto* files = running_.turn_files();
  if (!files) return keeps_no_files();
  auto stopped = files->stop(actor);
  if (!stopped.ok()) return stopped.error();
  return recording_view(*stopped);
}

}  // namespace troupe::inspect
