#include "wire/frame.h"

#include <doctest/doctest.h>

#include <capnp/any.h>
#include <capnp/serialize.h>

#include <cstring>

#include "unit/wire/parsed_frames.h"
#include "wire/actor_name.h"
#include "wire/monitor_request.h"
#include "wire/wrong_owner.h"

using namespace troupe;
using namespace troupe::wire;
using namespace troupe::testing;

TEST_CASE("a call comes out of its frame as it went in") {
  auto call = call_to("sku-1", 42, 100);
  call->method = 3;
  call->depth = 2;
  call->attempt = 4;
  call->deadline = kNow + std::chrono::milliseconds(1500);
  call->first_sent_ms = 1234567;
  Bytes bytes;

  append_call(bytes, *call, 99, kNow);
  auto frames = parsed(bytes);
  REQUIRE(frames.size() == 1);
  const TimePoint later = kNow + std::chrono::hours(5);  // the other node's clock
  auto in = read_call(frames[0].frame(), later);

  REQUIRE(in);
  CHECK(in->service == stock_service().id);
  CHECK(in->key == "sku-1");
  CHECK(in->stream.number == 0);
  CHECK(in->call->ticket == 99);
  CHECK(in->call->id == call->id);
  CHECK(in->call->method == 3);
  CHECK(in->call->depth == 2);
  CHECK(in->call->attempt == 4);
  CHECK(in->call->first_sent_ms == 1234567);
  CHECK(in->call->deadline == later + std::chrono::milliseconds(1500));
  REQUIRE(read_payload(frames[0].payload, in->call->params));
  CHECK(data_in(in->call->params) == std::string(100, 'x'));
}

TEST_CASE("a call without parameters or deadline stays without") {
  auto call = call_to("sku-1", 1);
  Bytes bytes;

  append_call(bytes, *call, 1, kNow);
  auto frames = parsed(bytes);
  auto in = read_call(frames.at(0).frame(), kNow);

  REQUIRE(in);
  CHECK(in->call->deadline == TimePoint{});
  CHECK(frames[0].payload.empty());
  REQUIRE(read_payload(frames[0].payload, in->call->params));
  CHECK(in->call->params.empty());
}

TEST_CASE("a durable message says across nodes which one of its channel it is") {
  auto call = call_to("sku-1", 42);
  call->delivery = std::make_unique<Delivery>(DurableMessage{
      .channel = {3, 4}, .sender = "Order/o-1", .sender_service = 5, .sequence = 9, .after = 8, .keep_reply = true});
  Bytes bytes;

  append_call(bytes, *call, 1, kNow);
  auto in = read_call(parsed(bytes)[0].frame(), kNow);

  REQUIRE(in);
  const DurableMessage* message = message_of(*in->call);
  REQUIRE(message);
  CHECK(message->channel == RequestId{3, 4});
  CHECK(message->sender == "Order/o-1");
  CHECK(message->sender_service == 5);
  CHECK(message->sequence == 9);
  CHECK(message->after == 8);
  CHECK(message->keep_reply);
}

TEST_CASE("a durable message without a place in its channel is refused") {
  struct Case {
    std::uint64_t sequence, after;
    std::string sender;
  };
  for (const Case& c : {Case{0, 0, "a"}, Case{5, 5, "a"}, Case{5, 6, "a"}, Case{5, 4, std::string(100'000, 'x')}}) {
    auto call = call_to("sku-1", 42);
    call->delivery = std::make_unique<Delivery>(
        DurableMessage{.sender = c.sender.substr(0, 4'000), .sequence = c.sequence, .after = c.after});
    Bytes bytes;
    append_call(bytes, *call, 1, kNow);

    CHECK_FALSE(read_call(parsed(bytes)[0].frame(), kNow));
  }
}

TEST_CASE("senders and watchers with the longest names that services and keys have are taken whole") {
  const std::string longest(kMaxActorNameBytes, 'n');
  auto message = call_to(std::string(limits::kMaxActorKeyBytes, 'k'), 42);
  message->remote_chain = std::make_unique<std::vector<Hop>>(limits::kMaxCallDepth, Hop{{1, 2}, longest});
  auto watch = call_to("sku-1", 43);
  message->delivery = std::make_unique<Delivery>(DurableMessage{.sender = longest, .sequence = 1});
  watch->delivery = std::make_unique<Delivery>(MonitorRequest{
      .watcher = longest, .watcher_down = DownReason::crashed, .why = std::string(limits::kMaxCrashText, 'y')});
  Bytes bytes;

  append_call(bytes, *message, 1, kNow);
  append_call(bytes, *watch, 2, kNow);
  const auto frames = parsed(bytes);
  auto sent = read_call(frames.at(0).frame(), kNow), watched = read_call(frames.at(1).frame(), kNow);

  REQUIRE(sent);
  CHECK(message_of(*sent->call)->sender == longest);
  REQUIRE(watched);
  CHECK(watch_of(*watched->call)->watcher == longest);
}

TEST_CASE("a watch says across nodes who watches, whether it is a link, and how it ends") {
  for (const bool begins : {true, false}) {
    auto call =
        end_of_watch(stock("sku-1"), {7, 1},
                     {.linked = true, .watcher = "Order/o-1", .watcher_down = DownReason::crashed, .why = "boom"});
    std::get<MonitorRequest>(*call->delivery).begins = begins;
    Bytes bytes;

    append_call(bytes, *call, 1, kNow);
    auto in = read_call(parsed(bytes)[0].frame(), kNow);

    REQUIRE(in);
    CHECK(in->call->id == RequestId{7, 1});
    const MonitorRequest* watch = watch_of(*in->call);
    REQUIRE(watch);
    CHECK(watch->begins == begins);
    CHECK(watch->linked);
    CHECK(watch->watcher == "Order/o-1");
    CHECK(watch->watcher_down == DownReason::crashed);
    CHECK(watch->why == "boom");
  }
}

TEST_CASE("a watch that says what it may not is refused") {
  const std::string long_text(5'000, 'x');
  for (const MonitorRequest& wrong : {MonitorRequest{.watcher = long_text}, MonitorRequest{.why = long_text},
                                      MonitorRequest{.watcher_down = static_cast<DownReason>(99)}}) {
    auto call = end_of_watch(stock("sku-1"), {7, 1}, wrong);
    Bytes bytes;
    append_call(bytes, *call, 1, kNow);

    CHECK_FALSE(read_call(parsed(bytes)[0].frame(), kNow));
  }
}

TEST_CASE("every reason why an actor went down has a name, and comes back by it") {
  for (int i = 1; i <= static_cast<int>(DownReason::unwatched); ++i) {
    const auto reason = static_cast<DownReason>(i);
    CHECK(down_reason(down_error(reason, "so")) == reason);
  }
  CHECK(down_reason(Error(ErrorKind::unavailable, "a closed mailbox")) == DownReason::not_running);
  CHECK(down_reason(Error(ErrorKind::overloaded, "a full link")) == DownReason::unwatched);
}

TEST_CASE("the callers above travel with a call, across nodes too") {
  auto top = call_to("o-1", 1);
  top->remote_chain = std::make_unique<std::vector<Hop>>(std::vector<Hop>{{{7, 100}, "Cart/c-1"}});
  auto middle = call_to("o-2", 2);
  middle->parent = top;
  auto call = call_to("o-3", 3);
  call->parent = middle;
  Bytes bytes;

  append_call(bytes, *call, 1, kNow);
  auto in = read_call(parsed(bytes).at(0).frame(), kNow);

  REQUIRE(in);
  REQUIRE(in->call->remote_chain);
  const auto& chain = *in->call->remote_chain;
  REQUIRE(chain.size() == 3);
  CHECK(chain[0].actor == "Stock/o-2");
  CHECK(chain[0].id == RequestId{7, 2});
  CHECK(chain[1].actor == "Stock/o-1");
  CHECK(chain[2].actor == "Cart/c-1");
  CHECK(chain[2].id == RequestId{7, 100});
}

TEST_CASE("the longest chain of callers with the longest names fits a header") {
  auto call = call_to(std::string(limits::kMaxActorKeyBytes, 'k'), 1);
  call->remote_chain = std::make_unique<std::vector<Hop>>();
  for (std::uint64_t i = 0; i < limits::kMaxCallDepth + 10; ++i)
    call->remote_chain->push_back({{1, i + 1}, std::string(1000, 'n')});
  Bytes bytes;

  append_call(bytes, *call, 1, kNow);
  auto in = read_call(parsed(bytes).at(0).frame(), kNow);

  REQUIRE(in);
  CHECK(in->call->remote_chain->size() == limits::kMaxCallDepth);
}

TEST_CASE("results and errors come back as they were given") {
  auto ran = call_to("sku-1", 1);
  ran->ticket = 5;
  ran->results.build().initAs<capnp::Data>(3);
  auto refused = call_to("sku-1", 2);
  refused->ticket = 6;
  refused->error = std::make_unique<Error>(Refusal("out_of_stock", "2 wanted, 1 on hand"));
  refused->error->may_have_run(true);
  Bytes bytes;

  append_reply(bytes, *ran);
  append_reply(bytes, *refused);
  auto frames = parsed(bytes);
  REQUIRE(frames.size() == 2);
  auto first = read_reply(frames[0].frame());
  auto second = read_reply(frames[1].frame());

  REQUIRE(first);
  CHECK(first->ticket == 5);
  CHECK(!first->failure);
  CHECK(!frames[0].payload.empty());
  REQUIRE(second);
  CHECK(second->ticket == 6);
  REQUIRE(second->failure);
  CHECK(second->failure->kind() == ErrorKind::refused);
  CHECK(second->failure->code() == "out_of_stock");
  CHECK(second->failure->message() == "2 wanted, 1 on hand");
  CHECK(second->failure->may_have_run());
}

TEST_CASE("who owns an actor comes back with the error that says that it is another's") {
  auto call = call_to("sku-1", 1);
  call->error = std::make_unique<WrongOwner>("it is b's", "b", 7);
  Bytes bytes;

  append_reply(bytes, *call);
  auto in = read_reply(parsed(bytes).at(0).frame());

  REQUIRE(in);
  const auto* said = dynamic_cast<const WrongOwner*>(in->failure.get());
  REQUIRE(said);
  CHECK(said->kind() == ErrorKind::unavailable);
  CHECK(said->message() == "it is b's");
  CHECK(said->owner() == "b");
  CHECK(said->epoch() == 7);
}

TEST_CASE("a failure as the version before wrote it, which knows no owners, is read as an error like any other") {
  // A Reply of two words and a pointer; in it a Failure of one word and two pointers: kind 6, no code, "busy".
  const std::uint64_t words[] = {0x0001'0002'0000'0000, 9, 0, 0x0002'0001'0000'0000, 6, 0, 0x0000'002a'0000'0001,
                                 0x0000'0000'7973'7562};
  const Frame frame{FrameKind::reply, {reinterpret_cast<const capnp::word*>(words), std::size(words)}, {}, 0};

  auto in = read_reply(frame);

  REQUIRE(in);
  CHECK(in->ticket == 9);
  REQUIRE(in->failure);
  CHECK(in->failure->kind() == ErrorKind::unavailable);
  CHECK(in->failure->message() == "busy");
  CHECK(!dynamic_cast<const WrongOwner*>(in->failure.get()));
}

TEST_CASE("what the version before reads of a failure lies where it was, whether an owner is named or not") {
  auto call = call_to("sku-1", 1);
  call->error = std::make_unique<WrongOwner>("it is b's", "b", 7);
  Bytes bytes;
  append_reply(bytes, *call);
  const auto frames = parsed(bytes);
  const kj::ArrayPtr<const capnp::word> segment(frames.at(0).frame().header.data(), frames.at(0).frame().header.size());
  capnp::SegmentArrayMessageReader message(kj::arrayPtr(&segment, 1));

  const auto failure = message.getRoot<capnp::AnyStruct>().getPointerSection()[0].getAs<capnp::AnyStruct>();

  CHECK(failure.getDataSection()[0] == static_cast<int>(ErrorKind::unavailable));
  CHECK(failure.getPointerSection()[1].getAs<capnp::Text>() == "it is b's");
}

TEST_CASE("an owner that no list of members could name is refused") {
  auto call = call_to("sku-1", 1);
  call->error = std::make_unique<WrongOwner>("it is another's", std::string(kMaxNameBytes + 1, 'n'), 7);
  Bytes bytes;

  append_reply(bytes, *call);
  auto in = read_reply(parsed(bytes).at(0).frame());

  REQUIRE(!in);
  CHECK(in.error().kind() == ErrorKind::corrupt);
}

TEST_CASE("an error's text is cut to what the wire allows") {
  auto call = call_to("sku-1", 1);
  call->error = std::make_unique<Error>(ErrorKind::failed, std::string(100'000, 'e'));
  Bytes bytes;

  append_reply(bytes, *call);
  auto in = read_reply(parsed(bytes).at(0).frame());

  REQUIRE(in);
  CHECK(in->failure->message().size() == kMaxErrorText);
}

TEST_CASE("a header whose pointers lead outside is refused") {
  Bytes bytes;
  append_call(bytes, *call_to("sku-1", 1), 1, kNow);
  auto frame = parsed(bytes).at(0);
  std::memset(static_cast<void*>(&frame.header[0]), 0x77, sizeof(capnp::word));

  auto in = read_call(frame.frame(), kNow);

  REQUIRE(!in);
  CHECK(in.error().kind() == ErrorKind::corrupt);
}

TEST_CASE("a call's header must make sense") {
  auto refused = [](auto&& spoil) {
    auto call = call_to("sku-1", 1);
    spoil(*call);
    Bytes bytes;
    append_call(bytes, *call, 1, kNow);
    auto in = read_call(parsed(bytes).at(0).frame(), kNow);
    return !in && in.error().kind() == ErrorKind::corrupt;
  };

  CHECK(refused([](Envelope& c) { c.id = {}; }));
  CHECK(refused([](Envelope& c) { c.attempt = 0; }));
  CHECK(refused([](Envelope& c) { c.depth = limits::kMaxCallDepth + 1; }));
  CHECK(refused([](Envelope& c) { c.target = stock(std::string(limits::kMaxActorKeyBytes + 1, 'k')); }));
}

TEST_CASE("a payload that is no Cap'n Proto message is refused") {
  Payload payload;
  Bytes segment_behind_the_end(16);
  segment_behind_the_end[4] = 100;

  auto read = read_payload(segment_behind_the_end, payload);

  CHECK(!read);
  CHECK(payload.empty());
}

TEST_CASE("a payload of many segments keeps them through chunks of any size") {
  auto call = call_to("sku-1", 1);
  auto list = call->params.build().initAs<capnp::List<capnp::Text>>(200);
  for (capnp::uint i = 0; i < 200; ++i) list.set(i, std::string(i, 'y'));
  REQUIRE(call->params.segments().size() > 1);
  PayloadBytes bytes(call->params);
  const std::size_t total = bytes.left();
  CHECK(total == payload_bytes(call->params));
  Bytes whole;

  while (bytes.left() > 0) bytes.take(whole, 7);

  CHECK(whole.size() == total);
  Payload back;
  REQUIRE(read_payload(whole, back));
  CHECK(back.read().getAs<capnp::List<capnp::Text>>()[150].size() == 150);
}
