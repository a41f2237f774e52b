// Peers that vanish, that send what is no message, and messages that are no good: the process goes on, and so do
// others.
#include <capnp/rpc.capnp.h>
#include <capnp/serialize-async.h>
#include <capnp/serialize.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "stage.h"
#include "unit/http/raw_client.h"

using namespace troupe;
using namespace troupe::rpc;

namespace {

namespace protocol = capnp::rpc;

std::string bytes_of(capnp::MessageBuilder& message) {
  const auto words = capnp::messageToFlatArray(message);
  const auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

template <class Build>
std::string message(Build&& build) {
  capnp::MallocMessageBuilder builder;
  build(builder.initRoot<protocol::Message>());
  return bytes_of(builder);
}

std::string bootstrap(unsigned question) {
  return message([&](protocol::Message::Builder out) { out.initBootstrap().setQuestionId(question); });
}

// A call of the directory that the first question gave.
template <class Fill>
std::string call(unsigned question, std::uint16_t method, Fill&& fill) {
  return message([&](protocol::Message::Builder out) {
    auto made = out.initCall();
    made.setQuestionId(question);
    made.initTarget().initPromisedAnswer().setQuestionId(0);
    made.setInterfaceId(capnp::typeId<Directory>());
    made.setMethodId(method);
    fill(made.initParams(), made);
  });
}

std::uint64_t jotter_id() { return ServiceOf<jotter::Jotter>::info().id; }

// What a client sends that bootstraps, authenticates, asks for a service and calls it.
std::string conversation() {
  std::string out = bootstrap(0);
  out += call(1, 0, [](auto params, auto) {
    params.getContent().template initAs<Directory::AuthenticateParams>().setToken("alice");
  });
  out += call(2, 1, [](auto params, auto) {
    auto asked = params.getContent().template initAs<Directory::ServiceParams>();
    asked.setName("Jotter");
    asked.setKey("a");
  });
  out += message([&](protocol::Message::Builder all) {
    auto made = all.initCall();
    made.setQuestionId(3);
    auto target = made.initTarget().initPromisedAnswer();
    target.setQuestionId(2);
    target.initTransform(1)[0].setGetPointerField(0);
    made.setInterfaceId(jotter_id());
    made.setMethodId(1);
    made.initParams().getContent().initAs<jotter::Jotter::ReadParams>();
  });
  out += message([](protocol::Message::Builder all) { all.initFinish().setQuestionId(3); });
  return out;
}

// A call of carry() as question 9, with a list of so many texts that all lie in the same place.
std::string swollen_call(unsigned times) {
  capnp::MallocMessageBuilder builder(4'096);
  auto made = builder.initRoot<protocol::Message>().initCall();
  made.setQuestionId(9);
  auto target = made.initTarget().initPromisedAnswer();
  target.setQuestionId(2);
  target.initTransform(1)[0].setGetPointerField(0);
  made.setInterfaceId(jotter_id());
  made.setMethodId(10);
  auto texts =
      made.initParams().getContent().initAs<jotter::Jotter::CarryParams>().initThing().initAs<capnp::List<capnp::Text>>(
          times);
  texts.set(0, std::string(4'000, 'x').c_str());
  std::string bytes = bytes_of(builder);
  std::vector<std::uint64_t> words(bytes.size() / 8);
  std::memcpy(words.data(), bytes.data(), bytes.size());
  // The list: one pointer, and nulls behind it.
  const auto is_list = [&](std::size_t at) {
    return words[at] != 0 && at + times <= words.size() &&
           std::all_of(&words[at + 1], &words[at] + times, [](std::uint64_t word) { return word == 0; }) &&
           words[at] >> 32 == ((4'001ull << 3) | 2);
  };
  std::size_t at = 0;
  while (!is_list(at)) ++at;
  for (unsigned i = 1; i < times; ++i) words[at + i] = words[at] - (std::uint64_t{i} << 2);  // as far from further on
  std::memcpy(bytes.data(), words.data(), bytes.size());
  return bytes;
}

// What question 9 fails with.
std::string answer_to(Loop& loop, std::uint16_t port, const std::string& call) {
  auto stream = loop.connect(port);
  const std::string bytes = conversation() + call;
  stream->write(bytes.data(), bytes.size()).wait(loop.io.waitScope);
  for (;;) {
    auto read = loop.wait(capnp::readMessage(*stream));
    const auto told = read->getRoot<protocol::Message>();
    if (told.isReturn() && told.getReturn().getAnswerId() == 9)
      return told.getReturn().isException() ? told.getReturn().getException().getReason().cStr() : "";
    if (told.isAbort()) return told.getAbort().getReason().cStr();
  }
}

// Until it says something or closes.
void expect_some_end(http::RawClient& peer) {
  peer.end_writing();
  while (peer.read_some()) {
  }
}

}  // namespace

TEST_CASE("a peer that vanishes takes its calls along, and its actors are free again") {
  Stage stage;
  Loop loop;
  {
    Client client(loop, stage.server().port());
    auto waiting = client.jotter("a").waitRequest().send();
    CHECK(loop.failure(client.directory.servicesRequest().send()) == "");
    REQUIRE(stage.gate().is_waited_for());
  }
  CHECK(soon([&] { return stage.server().counts().connections == 0; }));
  CHECK(stage.server().counts().calls == 0);
  CHECK(stage.server().counts().cancelled == 1);
  http::RawClient raw(stage.server().port());
  CHECK(raw.send(conversation()));
  raw.reset();
  CHECK(soon([&] { return stage.server().counts().connections == 0; }));
  stage.gate().open();
  Client next(loop, stage.server().port());
  auto jot = next.jotter("a").jotRequest();
  CHECK(loop.wait(jot.send()).getCount() == 1);
}

TEST_CASE("a call that its caller drops is given up") {
  Stage stage;
  Loop loop;
  Client client(loop, stage.server().port());
  {
    auto waiting = client.jotter("a").waitRequest().send();
    CHECK(loop.failure(client.directory.servicesRequest().send()) == "");
    REQUIRE(stage.gate().is_waited_for());
  }
  CHECK(soon([&] {
    loop.io.waitScope.poll();
    return stage.server().counts().cancelled == 1;
  }));
  stage.gate().open();
  CHECK(loop.failure(client.jotter("a").readRequest().send()) == "");
}

TEST_CASE("what is no message, too large or cut off closes its connection and no other") {
  Stage stage;
  Loop loop;
  Client good(loop, stage.server().port());
  const std::vector<std::string> bad = {
      std::string("GET / HTTP/1.1\r\nHost: a\r\n\r\n"),
      std::string(4'096, '\0'),
      std::string(4'096, '\xff'),
      std::string("\x00\x00\x00\x00\xff\xff\xff\x7f", 8),  // a segment of 16 GiB
      std::string("\xff\x01\x00\x00", 4) + std::string(2'048, '\x01'),
      bootstrap(0).substr(0, 12),
      bootstrap(0) + bootstrap(0),                                  // one question twice
      message([](auto out) { out.initReturn().setAnswerId(77); }),  // of nothing that was asked
      message([](auto out) { out.initRelease().setId(99); }),
      message([](auto out) { out.initFinish().setQuestionId(5); }),
      message([](auto out) { out.initResolve().setPromiseId(3); }),
      message([](auto out) { out.initDisembargo().initContext().setReceiverLoopback(4); }),
      message([](auto out) { out.initUnimplemented().initCall(); }),
      message([](auto out) { out.initAbort().setReason("no more"); }),
      message([](auto out) { out.initJoin().setQuestionId(1); }),
      message([](auto out) { out.initCall().initTarget().setImportedCap(12); }),
      bootstrap(0) + call(1, 2, [](auto, auto made) { made.getSendResultsTo().setYourself(); }),
      bootstrap(0) + call(1, 2, [](auto params, auto) { params.initCapTable(1)[0].setSenderHosted(4); }),
      bootstrap(0) + call(1, 999, [](auto, auto) {}),
      bootstrap(0) + call(1, 2, [](auto, auto made) { made.setInterfaceId(1); }),
  };

  for (const auto& bytes : bad) {
    http::RawClient peer(stage.server().port());
    peer.send(bytes);
    expect_some_end(peer);
  }

  CHECK(soon([&] { return stage.server().counts().connections == 1; }));
  CHECK(loop.failure(good.jotter("a").readRequest().send()) == "");
}

TEST_CASE("limit message: a message that does not come whole in time is closed") {
  Stage stage({.limits = {.message = std::chrono::milliseconds(100)}, .check_token = believe, .anonymous = true});
  http::RawClient peer(stage.server().port());

  peer.send(bootstrap(0).substr(0, 12));
  while (peer.read_some()) {
  }

  CHECK(stage.server().counts().closed == 1);
}

TEST_CASE("parameters that hold capabilities, or grow when they are read, are refused and harm nobody") {
  Stage stage({.limits = {.message_words = 2'048}, .check_token = believe, .anonymous = true});
  Loop loop;
  Client client(loop, stage.server().port());
  auto capability = client.jotter("a").carryRequest();
  capability.getThing().setAs<capnp::Capability>(client.directory);
  CHECK(contains(loop.failure(capability.send()), "invalid: the parameters hold capabilities"));

  CHECK(contains(answer_to(loop, stage.server().port(), swollen_call(10)), "(limit message_words)"));
  CHECK(contains(answer_to(loop, stage.server().port(), swollen_call(1'000)), "invalid: the message cannot be read"));
  CHECK(loop.failure(client.jotter("a").readRequest().send()) == "");
}

TEST_CASE("conversations with bytes changed, cut, doubled and moved at random do no harm") {
  Stage stage({.limits = {.message = std::chrono::milliseconds(50), .idle = std::chrono::milliseconds(100)},
               .check_token = believe,
               .anonymous = true});
  Loop loop;
  const std::string whole = conversation();
  std::mt19937 chance(20'261'130);
  const auto upto = [&](std::size_t most) { return static_cast<std::size_t>(chance() % most); };

  for (int round = 0; round < 1'500; ++round) {
    std::string bytes = whole;
    for (std::size_t changes = 1 + upto(4); changes > 0; --changes) {
      const std::size_t at = upto(bytes.size());
      switch (upto(5)) {
        case 0: bytes[at] = static_cast<char>(chance()); break;
        case 1: bytes[at] = static_cast<char>(bytes[at] ^ (1 << upto(8))); break;
        case 2: bytes.resize(at + 1); break;
        case 3: bytes.insert(at / 8 * 8, bytes.substr(at / 8 * 8, 8 * (1 + upto(8)))); break;
        default: std::rotate(bytes.begin(), bytes.begin() + static_cast<long>(at / 8 * 8), bytes.end());
      }
    }
    http::RawClient peer(stage.server().port());
    peer.send(bytes);
    if (round % 3 == 0)
      expect_some_end(peer);
    else if (round % 3 == 1)
      peer.reset();
  }

  Client client(loop, stage.server().port());
  CHECK(loop.failure(Client::service<jotter::Jotter>(client.as("alice"), "Jotter", "a").readRequest().send()) == "");
  CHECK(soon([&] { return stage.server().counts().connections <= 1; }));
  CHECK(stage.server().counts().calls == 0);
}
