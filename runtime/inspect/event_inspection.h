// What the debug tool sees of the flight recorder: turns with their parameters, by the schemas of this program.
#pragma once

#include "host/node_parts.h"
#include "observe/event_source.h"

namespace troupe::inspect {

class EventInspection final : public observe::EventSource {
 public:
  // Outlives it.
  explicit EventInspection(host::NodeParts& running) : running_(running) {}

  Result<std::vector<observe::EventView>> events(const observe::EventRequest& request) override;
  std::vector<observe::RecordingView> recordings() override;
  Result<observe::RecordingView> start_recording(const observe::RecordRequest& request) override;
  Result<observe::RecordingView> stop_recording(const std::string& actor) override;

 private:
  host::NodeParts& running_;
};

}  // namespace troupe::inspect
