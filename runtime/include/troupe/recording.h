// What a node keeps of the turns of its actors, for whoever looks later: the flight recorder, which is always on, and
// the last turn of a durable actor that crashed, as a file that troupe/replay.h runs again. runtime/doc/recording.md is
// the guide.
#pragma once

#include <cstddef>

#include "troupe/limits.h"

namespace troupe {

// The last turns of the node, in memory (`troupe events`): what began when, by whom, with which parameters, and how it
// ended. Turns that failed, crashed or took long have an eighth of the room to themselves.
struct FlightRecorderOptions {
  // Of memory, for the whole node, however many actors it has; 0: nothing is kept. Else limits::kMinRecorderBytes to
  // limits::kMaxRecorderBytes.
  std::size_t bytes = std::size_t{4} << 20;
  // Of one turn's parameters; what is larger is noted by its size. At most limits::kMaxRecorderInputBytes; 0: none.
  std::size_t input_bytes = 128;
};

// A durable actor's turn that crashed, in data_dir/crashes: the state before it, what it was given, and what it was
// told meanwhile. For its owner's eyes alone (mode 0600), as secrets are in it. Not kept of a store that is encrypted.
struct CrashFileOptions {
  // The oldest go first; 0: none is written. At most limits::kMaxCrashFiles.
  std::size_t files = 50;
  // Of all of them; one that would be larger than an eighth of it is not written, and the log says so.
  std::size_t bytes = std::size_t{16} << 20;
};

}  // namespace troupe
