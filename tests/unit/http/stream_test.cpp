// Answers in pieces over real sockets: chunks, server-sent events, slow peers, and peers that go.
#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "stage.h"

namespace troupe::http {
namespace {

const Response kEvents{.headers = {{"Content-Type", "text/event-stream"}, {"Cache-Control", "no-store"}}};

// Holds what a handler begins, for a test that goes on with it.
struct Streams {
  Box<std::shared_ptr<Stream>> begun;
  Box<std::string> events;
  std::unique_ptr<Server> server;

  explicit Streams(ServerOptions options = {})
      : server(serve(
            [this](Request, Responder responder) {
              StreamEvents told{.writable = [this] { events.put("writable"); },
                                .gone = [this] { events.put("gone"); },
                                .draining = [this] { events.put("draining"); }};
              begun.put(std::make_shared<Stream>(responder.stream(kEvents, std::move(told))));
            },
            std::move(options))) {}
};

}  // namespace

TEST_CASE("a stream comes in chunks as they are sent, and the connection lives on") {
  Streams streams;
  RawClient client(streams.server->port());

  client.send(get("/1"));
  const auto stream = streams.begun.take();
  CHECK(stream->send(to_text({.name = "sold", .data = "one", .id = "7"})) == Sent::yes);
  const Answer head = *client.read_head();
  CHECK(head.headers.find("Transfer-Encoding") == "chunked");
  CHECK_FALSE(head.headers.has("Content-Length"));
  CHECK(client.read_chunk() == "event: sold\nid: 7\ndata: one\n\n");
  CHECK(stream->send("") == Sent::yes);
  CHECK(stream->send(std::string(100'000, 'x')) == Sent::yes);
  CHECK(client.read_chunk()->size() == 100'000);
  stream->end();
  CHECK_FALSE(client.read_chunk());
  CHECK(stream->send("more") == Sent::gone);

  client.send(get("/2"));
  streams.begun.take()->end();
  CHECK(client.answer().body == "");
  CHECK(streams.events.size() == 0);
}

TEST_CASE("a stream waits for its turn among pipelined answers") {
  Streams streams;
  RawClient client(streams.server->port());

  client.send(get("/1") + get("/2"));
  const auto first = streams.begun.take(), second = streams.begun.take();
  second->send("2");
  second->end();
  first->send("1");
  first->end();

  CHECK(client.answer().body == "1");
  CHECK(client.answer().body == "2");
}

TEST_CASE("to HTTP/1.0 a stream ends with its connection") {
  Streams streams;
  RawClient client(streams.server->port());

  client.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n");
  const auto stream = streams.begun.take();
  stream->send("all ");
  stream->send("of it");
  stream->end();
  const Answer answer = client.answer();

  CHECK_FALSE(answer.headers.has("Transfer-Encoding"));
  CHECK(answer.headers.find("Connection") == "close");
  CHECK(answer.body == "all of it");
}

TEST_CASE("a stream to HEAD has no body") {
  Streams streams;
  RawClient client(streams.server->port());

  client.send("HEAD / HTTP/1.1\r\nHost: a\r\n\r\n");
  const auto stream = streams.begun.take();
  CHECK(stream->send("not sent") == Sent::yes);
  stream->end();
  CHECK(client.answer(true).status == 200);

  client.send(get("/"));
  streams.begun.take()->end();
  CHECK(client.answer().status == 200);
}

TEST_CASE("limit stream_bytes: a slow peer makes a stream full, and writable again when it reads") {
  Streams streams({.limits = {.stream_bytes = 100'000}});
  RawClient client(streams.server->port(), 4096);
  client.send(get("/"));
  const auto stream = streams.begun.take();

  std::size_t sent = 0;
  Sent last = Sent::yes;
  while ((last = stream->send(std::string(10'000, 'x'))) == Sent::yes) ++sent;
  CHECK(last == Sent::full);
  CHECK(sent < 5'000);  // what the kernel takes, and stream_bytes
  REQUIRE(client.read_head());
  std::string got;
  std::thread reads([&] {
    while (auto piece = client.read_chunk()) got += *piece;
  });
  CHECK(streams.events.take() == "writable");
  CHECK(stream->send("end") == Sent::yes);
  stream->end();
  reads.join();

  CHECK(got == std::string(sent * 10'000, 'x') + "end");
}

TEST_CASE("a piece larger than stream_bytes is taken when nothing waits") {
  Streams streams({.limits = {.stream_bytes = 1}});
  RawClient client(streams.server->port());
  client.send(get("/"));
  const auto stream = streams.begun.take();

  CHECK(stream->send(std::string(1'000'000, 'x')) == Sent::yes);
  stream->end();

  CHECK(client.answer().body.size() == 1'000'000);
}

TEST_CASE("a stream is told when its peer goes, by a reset or by an end") {
  Streams streams;
  for (const bool by_reset : {true, false}) {
    RawClient client(streams.server->port());
    client.send(get("/"));
    const auto stream = streams.begun.take();
    REQUIRE(client.read_head());

    if (by_reset) {
      client.reset();
    } else {
      client.close();
    }

    CHECK(streams.events.take() == "gone");
    CHECK(stream->send("nobody") == Sent::gone);
  }
}

TEST_CASE("a stream that is cut ends the connection without its last chunk") {
  Streams streams;
  RawClient client(streams.server->port());
  client.send(get("/"));
  const auto stream = streams.begun.take();
  stream->send("a part");
  REQUIRE(client.read_head());
  CHECK(client.read_chunk() == "a part");

  stream->cut();

  CHECK(client.read_all() == "");
  CHECK(streams.events.size() == 0);
}

TEST_CASE("a stream whose server ends is gone, and its last words do no harm") {
  Streams streams;
  RawClient client(streams.server->port());
  client.send(get("/"));
  const auto stream = streams.begun.take();

  streams.server->stop();

  CHECK(streams.events.take() == "gone");
  CHECK(stream->send("nobody") == Sent::gone);
  stream->end();
}

TEST_CASE("streams hear of a drain and end in time") {
  Streams streams;
  RawClient client(streams.server->port());
  client.send(get("/"));
  const auto stream = streams.begun.take();
  REQUIRE(client.read_head());

  std::atomic<bool> drained{false};
  std::thread drains([&] { drained = streams.server->drain(std::chrono::seconds(20)); });
  CHECK(streams.events.take() == "draining");
  stream->send("bye");
  stream->end();
  CHECK(client.read_chunk() == "bye");
  CHECK_FALSE(client.read_chunk());
  CHECK(client.is_at_end());
  client.close();
  drains.join();

  CHECK(drained);
}

TEST_CASE("many threads send to one stream, and each piece arrives once") {
  Streams streams({.limits = {.stream_bytes = 64u << 20}});
  RawClient client(streams.server->port());
  client.send(get("/"));
  const auto stream = streams.begun.take();

  std::vector<std::thread> threads;
  for (char name = 'a'; name < 'e'; ++name) {
    threads.emplace_back([&, name] {
      for (int i = 0; i < 1'000; ++i) CHECK(stream->send(std::string(1, name)) == Sent::yes);
    });
  }
  for (std::thread& thread : threads) thread.join();
  stream->end();
  const std::string body = client.answer().body;

  CHECK(body.size() == 4'000);
  for (char name = 'a'; name < 'e'; ++name) CHECK(std::count(body.begin(), body.end(), name) == 1'000);
}

TEST_CASE("events of a stream that throw do no harm") {
  Box<std::shared_ptr<Stream>> begun;
  const auto server = serve([&](Request, Responder responder) {
    begun.put(std::make_shared<Stream>(responder.stream({}, {.gone = [] { throw 7; }})));
  });
  RawClient client(server->port()), other(server->port());
  client.send(get("/"));
  begun.take();  // and ends it
  CHECK(client.answer().body == "");

  other.send(get("/"));
  const auto kept = begun.take();
  other.reset();
  CHECK(soon([&] { return kept->send("x") == Sent::gone; }));
}

TEST_CASE("server-sent events cannot be forged by their fields") {
  CHECK(to_text({.data = "a\nb\r\nc\rd"}) == "data: a\ndata: b\ndata: c\ndata: d\n\n");
  CHECK(to_text({.name = "x\ndata: forged", .id = "1\r\n2"}) == "event: xdata: forged\nid: 12\n\n");
  CHECK(to_text({.data = "a\n"}) == "data: a\ndata: \n\n");
  CHECK(to_text({}) == "\n");
}

}  // namespace troupe::http
