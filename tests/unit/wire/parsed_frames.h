// Frames taken out of the bytes they came in, and the moment at which they are read.
#pragma once

#include <utility>
#include <vector>

#include "unit/wire/call_fixture.h"

namespace troupe::testing {

inline const TimePoint kNow{std::chrono::hours(1)};

inline std::vector<KeptFrame> parsed(const wire::Bytes& bytes) {
  wire::FrameParser parser;
  FrameKeeper keeper;
  parser.feed(bytes, keeper).value();
  return std::move(keeper.frames);
}

}  // namespace troupe::testing
