// What an access log is told of requests.
#include <doctest/doctest.h>

#include <memory>
#include <stdexcept>
#include <string>

#include "stage.h"

namespace troupe::http {
namespace {

struct Told {
  std::string address, method, path;
  int status;
  std::uint64_t bytes;
  std::chrono::nanoseconds took;
};

ServerOptions telling(Box<Told>& told) {
  ServerOptions options;
  options.access = [&told](const AccessRecord& record) {
    told.put({std::string(record.address), std::string(record.method), std::string(record.path), record.status,
              record.bytes, record.took});
  };
  return options;
}

}  // namespace

TEST_CASE("an access log is told of each request once, without its query, and of what was no request") {
  Box<Told> told;
  const auto server = serve(echo, telling(told));
  RawClient client(server->port());

  client.ask(get("/a%20b?secret=1"));
  client.ask("HEAD /head HTTP/1.1\r\nHost: test\r\n\r\n", true);
  client.ask("GET /no-host HTTP/1.1\r\n\r\n");

  const Told first = told.take(), head = told.take(), refused = told.take();
  CHECK(first.address == "127.0.0.1");
  CHECK(first.method == "GET");
  CHECK(first.path == "/a%20b");
  CHECK(first.status == 200);
  CHECK(first.bytes == std::string_view("GET /a%20b?secret=1").size());
  CHECK(first.took.count() >= 0);
  CHECK(head.method == "HEAD");
  CHECK(head.bytes == 0);
  CHECK(refused.method == "");
  CHECK(refused.path == "");
  CHECK(refused.status == 400);
  client.close();
  CHECK(told.size() == 3);
}

TEST_CASE("an access log is told of a stream when it ends, of a WebSocket when it begins, and of a peer that went") {
  Box<Told> told;
  Box<Responder> held;
  const auto server = serve(
      [&](Request request, Responder responder) {
        if (request.target.path == "/socket") return void(responder.accept({}, {}));
        if (request.target.path == "/held") return held.put(std::move(responder));
        auto stream = responder.stream(text(200, "one"));
        stream.send("two");
      },
      telling(told));
  RawClient streams(server->port()), talks(server->port()), goes(server->port());

  CHECK(streams.ask(get("/stream")).body == "onetwo");
  const Told stream = told.take();
  CHECK(talks
            .ask(get("/socket",
                     "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
                     "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"))
            .status == 101);
  const Told socket = told.take();
  goes.send(get("/held"));
  const Responder of_the_gone = held.take();
  goes.reset();
  const Told gone = told.take();

  CHECK(stream.status == 200);
  CHECK(stream.bytes == 6);
  CHECK(socket.path == "/socket");
  CHECK(socket.status == 101);
  CHECK(gone.path == "/held");
  CHECK(gone.status == 0);
}

TEST_CASE("an access log that throws costs no answer") {
  ServerOptions options;
  Box<std::string> logged;
  options.log = [&](const LogLine& line) { logged.put(std::string(line.message)); };
  options.access = [](const AccessRecord&) { throw std::runtime_error("no paper"); };
  const auto server = serve(echo, std::move(options));
  RawClient client(server->port());

  CHECK(client.ask(get("/one")).status == 200);
  CHECK(client.ask(get("/two")).status == 200);

  CHECK(logged.take() == "the access log threw: no paper");
}

}  // namespace troupe::http
