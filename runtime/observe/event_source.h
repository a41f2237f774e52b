// EventSource: what the flight recorder of a node holds, and actors whose turns somebody has recorded. Any thread.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::observe {

struct EventView {
  std::string actor;                    // "Stock/sku-1"; a long key ends with "..."
  std::string method;                   // "reserve"; "(timer)", "(reminder expire)" and the like for what has none
  std::string request;                  // the request id, 32 hexadecimal digits
  std::uint64_t at_ms = 0;              // wall clock, of its begin
  std::uint64_t waited_us = 0;          // in the mailbox, to a few milliseconds
  std::optional<std::uint64_t> ran_us;  // nothing: its end was not seen
  std::string outcome;                  // begun | answered | refused | failed | crashed | ended
  std::string error;                    // the kind of what it ended with; empty: none
  bool edited = false;
  std::string caller;                // "Order/o-1"; empty: nobody of the cluster, or not known
  std::string who;                   // is asking, from outside
  std::uint64_t input_bytes = 0;     // of the parameters
  std::optional<std::string> input;  // as JSON; nothing: they are larger than is kept, or cannot be read
};

struct EventRequest {
  std::string service;  // empty: of every actor
  std::string key;
  std::size_t last = 20;
};

// An actor whose turns are recorded.
struct RecordingView {
  std::string actor;
  std::uint64_t turns = 0;
  std::uint64_t most_turns = 0;
  std::uint64_t bytes = 0;
  std::uint64_t most_bytes = 0;
  std::uint64_t left = 0;  // turns that came when it was full
  std::string file;        // of one that was stopped, on the node's machine
};

struct RecordRequest {
  std::string service;
  std::string key;
  std::size_t turns = 100;
  std::size_t bytes = std::size_t{4} << 20;
};

class EventSource {
 public:
  // The newest first. `invalid`: the node keeps none.
  [[nodiscard]] virtual Result<std::vector<EventView>> events(const EventRequest& request) = 0;
  [[nodiscard]] virtual std::vector<RecordingView> recordings() = 0;
  // Of an actor of this node. `invalid`: it is recorded, the bounds are none, or the node keeps no files; `overloaded`.
  [[nodiscard]] virtual Result<RecordingView> start_recording(const RecordRequest& request) = 0;
  // `not_found`: it is not recorded here.
  [[nodiscard]] virtual Result<RecordingView> stop_recording(const std::string& actor) = 0;

 protected:
  ~EventSource() = default;
};

}  // namespace troupe::observe
