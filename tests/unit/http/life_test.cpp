// How a server begins and ends: options that cannot be, limits at their ends, drains.
#include <doctest/doctest.h>

#include <limits>
#include <stdexcept>
#include <thread>

#include "stage.h"

namespace troupe::http {

TEST_CASE("a drain lets what runs finish, closes who is idle and takes nobody new") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); });
  RawClient idle(server->port()), busy(server->port());
  busy.send(get("/"));
  const auto responder = waiting.take();
  CHECK(soon([&] { return server->counts().connections == 2; }));

  Box<bool> drained;
  std::thread drains([&] { drained.put(server->drain(std::chrono::hours::max())); });
  CHECK(idle.is_at_end());
  CHECK(drained.size() == 0);
  responder->answer(text(200, "the last"));
  const Answer answer = busy.answer();
  drains.join();

  CHECK(answer.body == "the last");
  CHECK(answer.headers.find("Connection") == "close");
  CHECK(busy.is_at_end());
  CHECK(drained.take());
  const int probe = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const sockaddr_in address = testing::loopback(server->port());
  CHECK(::connect(probe, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0);
  ::close(probe);
}

TEST_CASE("a drain ends at its deadline") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); });
  RawClient client(server->port());
  client.send(get("/"));
  const auto responder = waiting.take();

  CHECK_FALSE(server->drain(std::chrono::milliseconds(20)));

  CHECK(client.is_at_end());
  CHECK_FALSE(responder->answer({}));
  CHECK(server->drain(std::chrono::milliseconds(-5)));  // once more
  server->stop();
}

TEST_CASE("options that cannot be are refused by name") {
  const auto error_of = [](ServerOptions options, Handler handler = echo) {
    const auto started = Server::start(std::move(options), std::move(handler));
    REQUIRE_FALSE(started.ok());
    return started.error();
  };
  CHECK(error_of({}, {}).message().find("handler") != std::string::npos);
  CHECK(error_of({.threads = 0}).message().find("threads") != std::string::npos);
  CHECK(error_of({.threads = 100'000}).message().find("threads") != std::string::npos);
  CHECK(error_of({.address = "nowhere"}).kind() == ErrorKind::invalid);
  CHECK(error_of({.address = "192.0.2.1"}).kind() == ErrorKind::unavailable);
  CHECK(error_of({.tls = {.certificate = "a"}}).message().find("both") != std::string::npos);
  CHECK(error_of({.tls = {.certificate = "/nowhere/a", .key = "/nowhere/b"}}).message().find("/nowhere/a") !=
        std::string::npos);
  CHECK(error_of({.security = {.frame_options = "a\r\nb"}}).kind() == ErrorKind::invalid);
  CHECK(error_of({.compression = {.level = 10}}).kind() == ErrorKind::invalid);
  CHECK(error_of({.limits = {.idle = std::chrono::seconds(-1)}}).message().find("idle") != std::string::npos);
  CHECK(error_of({.limits = {.pipelined = 0}}).message().find("pipelined") != std::string::npos);
  const auto server = serve(echo);
  CHECK(error_of({.port = server->port()}).kind() == ErrorKind::unavailable);
  CHECK(server->reload_certificate().error().kind() == ErrorKind::invalid);
}

TEST_CASE("every limit may be as large as its type") {
  Limits largest;
  constexpr auto most = std::numeric_limits<std::size_t>::max();
  for (auto* size : {&largest.connections, &largest.connections_per_peer, &largest.requests_per_connection,
                     &largest.pipelined, &largest.request_line_bytes, &largest.header_bytes, &largest.header_count,
                     &largest.body_bytes, &largest.chunk_line_bytes, &largest.trailer_bytes, &largest.stream_bytes,
                     &largest.websocket_message_bytes, &largest.websocket_frame_bytes}) {
    *size = most;
  }
  for (auto* time : {&largest.tls_handshake, &largest.first_byte, &largest.headers, &largest.body, &largest.idle,
                     &largest.write, &largest.websocket_idle}) {
    *time = std::chrono::hours::max();
  }
  const auto server = serve(echo, {.limits = largest});
  RawClient client(server->port());

  CHECK(client.ask(get("/1")).status == 200);
  CHECK(client.ask(post("/2", "x")).status == 200);
  CHECK(client.ask("POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1;a=b\r\nx\r\n0\r\nX: y\r\n\r\n")
            .status == 200);
  for (const LimitRow& row : limit_rows(largest)) CHECK(row.value == std::numeric_limits<std::uint64_t>::max());
}

TEST_CASE("a program says how refusals look") {
  ServerOptions options;
  options.refusal = [](int status, std::string_view why) -> Response {
    if (why.find("Host") != std::string_view::npos) throw std::runtime_error("no page");
    return {.status = status, .headers = {{"Content-Type", "application/json"}}, .body = "{}"};
  };
  const auto server = serve([](Request, Responder) {}, std::move(options));
  RawClient client(server->port()), other(server->port());

  CHECK(client.ask(get("/")).body == "{}");
  CHECK(client.ask("GET / HTTP/1.1\r\n\r\n").headers.find("Content-Type") == "text/plain; charset=utf-8");
}

}  // namespace troupe::http
