// Who is asking in the header of a call: there and back, absent, and longer than it may be.
#include <capnp/serialize.h>
#include <doctest/doctest.h>

#include "base/shared_caller.h"
#include "troupe/wire.capnp.h"
#include "unit/wire/parsed_frames.h"
#include "wire/frame.h"

using namespace troupe;
using namespace troupe::wire;
using namespace troupe::testing;

namespace {

const Caller kAnn{.name = std::string("a\0n", 3), .roles = "clerk admin", .scopes = "read"};

IncomingCall there(Envelope& call) {
  Bytes bytes;
  append_call(bytes, call, 1, kNow);
  const auto frames = parsed(bytes);
  auto in = read_call(frames.at(0).frame(), kNow);
  REQUIRE(in);
  REQUIRE(read_payload(frames[0].payload, in->call->params));
  return std::move(in).value();
}

Result<IncomingCall> read_with(const Caller& caller) {
  capnp::MallocMessageBuilder message;
  auto header = message.initRoot<header::Call>();
  header.setIdHi(7);
  header.setIdLo(8);
  header.setAttempt(1);
  header.setKey("sku-1");
  auto out = header.initCaller();
  out.setName(caller.name.c_str());
  out.setRoles(caller.roles.c_str());
  out.setScopes(caller.scopes.c_str());
  const auto segment = message.getSegmentsForOutput()[0];
  const std::vector<capnp::word> words(segment.begin(), segment.end());
  return read_call({FrameKind::call, words, {}, kPreludeBytes + words.size() * sizeof(capnp::word)}, kNow);
}

}  // namespace

TEST_CASE("who is asking comes out of a call's frame as it went in, marked or not") {
  for (const bool outside : {false, true}) {
    auto call = call_to("sku-1", 1, 10);
    call->caller = make_counted<SharedCaller>(kAnn);
    call->from_outside = outside;

    const IncomingCall in = there(*call);

    REQUIRE(in.call->caller);
    CHECK(in.call->caller->caller() == kAnn);
    CHECK(in.call->from_outside == outside);
    CHECK(!in.call->trace);
    CHECK(data_in(in.call->params) == std::string(10, 'x'));
  }
}

TEST_CASE("an anonymous caller is one, and a call without one has none") {
  auto call = call_to("sku-1", 1, 10);
  CHECK(!there(*call).call->caller);
  CHECK(!there(*call).call->from_outside);

  call->caller = make_counted<SharedCaller>(Caller{});
  call->from_outside = true;
  const IncomingCall in = there(*call);

  REQUIRE(in.call->caller);
  CHECK(!in.call->caller->caller().known());
  CHECK(in.call->from_outside);
}

TEST_CASE("a caller that is longer than it may be is no header of an honest member") {
  const std::string name(limits::kMaxCallerNameBytes, 'n'), words(limits::kMaxCallerWordsBytes, 'w');
  CHECK(read_with({.name = name, .roles = words, .scopes = words}));

  for (const Caller& caller :
       {Caller{.name = name + "n", .roles = {}, .scopes = {}}, Caller{.name = "a", .roles = words + "w", .scopes = {}},
        Caller{.name = "a", .roles = {}, .scopes = words + "w"}}) {
    const auto in = read_with(caller);
    REQUIRE(!in);
    CHECK(in.error().kind() == ErrorKind::corrupt);
  }
}
