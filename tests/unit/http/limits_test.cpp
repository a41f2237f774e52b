// Each limit of the server, by its name: what is within it, what is past it, and what the peer sees then.
#include <doctest/doctest.h>

#include <atomic>
#include <thread>

#include "stage.h"

namespace troupe::http {
namespace {

constexpr std::chrono::milliseconds kShort{120};

// Serves echo() under these limits.
std::unique_ptr<Server> limited(Limits limits) { return serve(echo, {.limits = limits}); }

std::string chunked(std::string_view chunks) {
  return "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string(chunks);
}

}  // namespace

TEST_CASE("limit connections: one more is answered 503, and there is room when one has gone") {
  const auto server = limited({.connections = 2});
  RawClient first(server->port()), second(server->port());
  CHECK(first.ask(get("/")).status == 200);
  CHECK(second.ask(get("/")).status == 200);

  RawClient third(server->port());
  CHECK(third.answer().status == 503);
  CHECK(third.is_at_end());
  CHECK(server->counts().refused_connections == 1);

  first.close();
  CHECK(soon([&] { return server->counts().connections == 1; }));
  RawClient fourth(server->port());
  CHECK(fourth.ask(get("/")).status == 200);
}

TEST_CASE("limit connections_per_peer: one more of an address is answered 503") {
  const auto server = limited({.connections_per_peer = 1});
  RawClient first(server->port());
  CHECK(first.ask(get("/")).status == 200);

  RawClient second(server->port());
  CHECK(second.answer().status == 503);

  CHECK(server->counts().refused_connections_per_peer == 1);
  CHECK(server->counts().refused_connections == 0);
}

TEST_CASE("limit requests_per_connection: the last answer says that the connection closes") {
  const auto server = limited({.requests_per_connection = 2});
  RawClient client(server->port());

  client.send(get("/1") + get("/2") + get("/3"));

  CHECK_FALSE(client.answer().headers.has("Connection"));
  CHECK(client.answer().headers.find("Connection") == "close");
  CHECK(client.is_at_end());
}

TEST_CASE("limit pipelined: so many requests are read before the first is answered") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); },
            {.limits = {.pipelined = 3}});
  RawClient client(server->port());
  std::string many;
  for (int i = 0; i < 100; ++i) many += get("/");

  client.send(many);
  for (int i = 0; i < 100; ++i) {
    const auto next = waiting.take();
    CHECK(waiting.size() <= static_cast<std::size_t>(i) + 3);
    next->answer(text(200, std::to_string(i)));
    CHECK(client.answer().body == std::to_string(i));
  }
}

TEST_CASE("limit request_line_bytes: 414") {
  const auto server = limited({.request_line_bytes = 100});
  RawClient good(server->port()), bad(server->port());
  const std::size_t around = std::string("GET / HTTP/1.1").size();

  CHECK(good.ask(get("/" + std::string(100 - around, 'a'))).status == 200);
  CHECK(bad.ask(get("/" + std::string(101 - around, 'a'))).status == 414);
  CHECK(bad.is_at_end());
}

TEST_CASE("a header that comes byte by byte may be as long as header_bytes") {
  const auto server = limited({.header_bytes = 64u << 10});
  RawClient client(server->port());
  const std::string request =
      "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nX-Long: " + std::string(40'000, 'x') + "\r\n\r\n";

  for (std::size_t at = 0; at + 1 < request.size(); ++at) client.send(std::string_view(request).substr(at, 1));

  CHECK(client.ask(request.substr(request.size() - 1)).status == 200);
}

TEST_CASE("limit header_bytes: 431") {
  const auto server = limited({.header_bytes = 200});
  RawClient good(server->port()), bad(server->port()), endless(server->port());
  const std::size_t around = get("/", "X: \r\n").size();

  CHECK(good.ask(get("/", "X: " + std::string(200 - around, 'a') + "\r\n")).status == 200);
  CHECK(bad.ask(get("/", "X: " + std::string(201 - around, 'a') + "\r\n")).status == 431);
  CHECK(endless.ask("GET / HTTP/1.1\r\nX: " + std::string(300, 'a')).status == 431);
}

TEST_CASE("limit header_count: 431") {
  const auto server = limited({.header_count = 3});
  RawClient good(server->port()), bad(server->port());

  CHECK(good.ask(get("/", "A: 1\r\nB: 2\r\n")).status == 200);
  CHECK(bad.ask(get("/", "A: 1\r\nB: 2\r\nC: 3\r\n")).status == 431);
}

TEST_CASE("limit body_bytes: 413, before a body is read that says its length, and while chunks are read") {
  const auto server = limited({.body_bytes = 10});
  RawClient good(server->port()), bad(server->port()), good_chunks(server->port()), bad_chunks(server->port());

  CHECK(good.ask(post("/", "0123456789")).status == 200);
  CHECK(bad.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 11\r\n\r\n").status == 413);
  CHECK(bad.is_at_end());
  CHECK(good_chunks.ask(chunked("5\r\n01234\r\n5\r\n56789\r\n0\r\n\r\n")).status == 200);
  CHECK(bad_chunks.ask(chunked("5\r\n01234\r\n6\r\n")).status == 413);
}

TEST_CASE("limit body_bytes of 0 takes no body") {
  const auto server = limited({.body_bytes = 0});
  RawClient good(server->port()), bad(server->port()), chunks(server->port());

  CHECK(good.ask(post("/", "")).status == 200);
  CHECK(bad.ask(post("/", "1")).status == 413);
  CHECK(chunks.ask(chunked("1\r\na\r\n0\r\n\r\n")).status == 413);
}

TEST_CASE("limit chunk_line_bytes: 400") {
  const auto server = limited({.chunk_line_bytes = 20});
  RawClient good(server->port()), bad(server->port());

  CHECK(good.ask(chunked("1;a=0123456789\r\nx\r\n0\r\n\r\n")).status == 200);
  CHECK(bad.ask(chunked("1;a=01234567890123456789\r\nx\r\n0\r\n\r\n")).status == 400);
}

TEST_CASE("limit trailer_bytes: 431") {
  const auto server = limited({.trailer_bytes = 20});
  RawClient good(server->port()), bad(server->port()), none(server->port());

  CHECK(good.ask(chunked("0\r\nX: 0123456789\r\n\r\n")).status == 200);
  CHECK(bad.ask(chunked("0\r\nX: 01234567890123456789\r\n\r\n")).status == 431);
  const auto without = limited({.trailer_bytes = 0});
  RawClient empty(without->port()), full(without->port());
  CHECK(empty.ask(chunked("0\r\n\r\n")).status == 200);
  CHECK(full.ask(chunked("0\r\nX: 1\r\n\r\n")).status == 431);
}

TEST_CASE("limit first_byte: who sends nothing gets 408") {
  const auto server = limited({.first_byte = kShort});
  RawClient client(server->port());

  CHECK(client.answer().status == 408);

  CHECK(client.is_at_end());
  CHECK(server->counts().timeouts == 1);
}

TEST_CASE("limit headers: a header that comes byte by byte gets 408") {
  const auto server = limited({.headers = kShort});
  RawClient client(server->port());

  client.send("GET / HT");
  std::atomic<bool> over{false};
  std::thread drips([&] {
    while (!over && client.send("T")) std::this_thread::yield();
  });
  // It is cut by its time, or for what it sends before: a byte must not win time.
  const int status = client.answer().status;
  over = true;
  drips.join();

  CHECK((status == 408 || status == 414));
  RawClient quiet(server->port());
  CHECK(quiet.ask("GET / HTTP/1.1\r\nHo").status == 408);
}

TEST_CASE("limit body: a body that does not come gets 408") {
  const auto server = limited({.body = kShort});
  RawClient sized(server->port()), chunks(server->port());

  CHECK(sized.ask("POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nab").status == 408);
  CHECK(chunks.ask(chunked("5\r\nab")).status == 408);
  CHECK(sized.is_at_end());
}

TEST_CASE("limit idle: a connection without a next request is closed without a word") {
  const auto server = limited({.idle = kShort});
  RawClient client(server->port());

  CHECK(client.ask(get("/")).status == 200);

  CHECK(client.is_at_end());
  CHECK(server->counts().timeouts == 0);
}

TEST_CASE("limits of time do not run while a handler does") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); },
            {.limits = {.first_byte = kShort, .headers = kShort, .body = kShort, .idle = kShort, .write = kShort}});
  RawClient slow(server->port());
  slow.send(get("/"));
  const auto responder = waiting.take();

  RawClient other(server->port());
  CHECK(other.answer().status == 408);  // so much time has passed
  RawClient another(server->port());
  CHECK(another.answer().status == 408);

  responder->answer(text(200, "late"));
  CHECK(slow.answer().body == "late");
}

TEST_CASE("limit write: a peer that reads nothing is cut") {
  const auto server = serve(
      [](Request, Responder responder) { responder.answer({.body = std::string(16u << 20, 'a'), .compress = false}); },
      {.limits = {.write = kShort}});
  RawClient client(server->port(), 4096);

  client.send(get("/"));

  CHECK(soon([&] { return server->counts().timeouts == 1; }));
  CHECK(soon([&] { return server->counts().connections == 0; }));
}

TEST_CASE("a peer that pipelines without reading does not fill the server's memory") {
  std::atomic<std::size_t> calls{0};
  const auto server = serve(
      [&](Request, Responder responder) {
        ++calls;
        responder.answer({.body = std::string(1u << 20, 'a'), .compress = false});
      },
      {.limits = {.write = std::chrono::milliseconds(500)}});
  RawClient client(server->port(), 4096);
  std::string many;
  for (int i = 0; i < 200; ++i) many += get("/");

  client.send(many);
  CHECK(soon([&] { return server->counts().connections == 0; }));

  CHECK(calls < 20);  // what the kernel's buffers take, and one more
}

TEST_CASE("every limit has a row, with a unit and what happens past it") {
  const Limits defaults;
  const auto rows = limit_rows(defaults);

  CHECK(rows.size() == 20);
  for (const LimitRow& row : rows) {
    CAPTURE(row.name);
    CHECK(row.value >= row.least);
    CHECK_FALSE(row.unit.empty());
    CHECK_FALSE(row.outcome.empty());
  }
}

}  // namespace troupe::http
