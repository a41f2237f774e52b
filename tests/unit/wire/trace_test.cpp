// A trace in the header of a call: there and back, absent, and malformed.
#include <doctest/doctest.h>

#include <capnp/serialize.h>

#include "base/trace_context.h"
#include "troupe/wire.capnp.h"
#include "unit/wire/parsed_frames.h"
#include "wire/frame.h"

using namespace troupe;
using namespace troupe::wire;
using namespace troupe::testing;

namespace {

TraceContext some_trace() {
  TraceContext out;
  for (std::size_t i = 0; i < out.trace_id.size(); ++i) out.trace_id[i] = static_cast<std::uint8_t>(i + 1);
  for (std::size_t i = 0; i < out.span_id.size(); ++i) out.span_id[i] = static_cast<std::uint8_t>(i + 0x51);
  out.flags = 1;
  return out;
}

// The trace of a call whose header has these bytes for it.
TracePtr read_with(const std::vector<std::uint8_t>& bytes) {
  capnp::MallocMessageBuilder message;
  auto header = message.initRoot<header::Call>();
  header.setIdHi(7);
  header.setIdLo(8);
  header.setAttempt(1);
  header.setKey("sku-1");
  header.setTrace({bytes.data(), bytes.size()});
  const auto segment = message.getSegmentsForOutput()[0];
  const std::vector<capnp::word> words(segment.begin(), segment.end());
  auto in = read_call({FrameKind::call, words, {}, kPreludeBytes + words.size() * sizeof(capnp::word)}, kNow);
  REQUIRE(in);
  CHECK(in->call->id == RequestId{7, 8});
  return in->call->trace;
}

std::vector<std::uint8_t> bytes_of_trace(const TraceContext& trace) {
  const auto bytes = trace.bytes();
  return {bytes.begin(), bytes.end()};
}

}  // namespace

TEST_CASE("a trace comes out of a call's frame as it went in") {
  auto call = call_to("sku-1", 1, 10);
  call->trace = SharedTrace::of(some_trace());
  Bytes bytes;

  append_call(bytes, *call, 1, kNow);
  const auto frames = parsed(bytes);
  auto in = read_call(frames.at(0).frame(), kNow);

  REQUIRE(in);
  REQUIRE(in->call->trace);
  CHECK(in->call->trace->context() == some_trace());
  REQUIRE(read_payload(frames[0].payload, in->call->params));
  CHECK(data_in(in->call->params) == std::string(10, 'x'));
}

TEST_CASE("a call without a trace is as short as it was before there were traces") {
  auto call = call_to("sku-1", 1, 10);
  Bytes without, with;

  append_call(without, *call, 1, kNow);
  call->trace = SharedTrace::of(some_trace());
  append_call(with, *call, 1, kNow);

  CHECK(!read_call(parsed(without).at(0).frame(), kNow)->call->trace);
  CHECK(with.size() == without.size() + (1 + 4) * sizeof(capnp::word));
}

TEST_CASE("a malformed trace counts as none, and the call runs without") {
  const std::vector<std::uint8_t> good = bytes_of_trace(some_trace());
  CHECK(read_with(good)->context() == some_trace());

  for (const std::size_t length : {0, 1, 16, 24, 26, 1000}) {
    CAPTURE(length);
    auto bytes = good;
    bytes.resize(length, 1);
    CHECK(!read_with(bytes));
  }
  auto no_trace = good, no_span = good;
  std::fill_n(no_trace.begin(), 16, 0);
  std::fill_n(no_span.begin() + 16, 8, 0);
  CHECK(!read_with(no_trace));
  CHECK(!read_with(no_span));
}

TEST_CASE("a trace of zeros is none") {
  TraceContext none;
  none.flags = 1;

  CHECK(!none.is_set());
  CHECK(!SharedTrace::of(none));
  CHECK(some_trace().is_set());
}
