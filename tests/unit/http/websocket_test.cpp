// WebSockets over real sockets, with frames made here byte by byte: what is taken, what is refused, and with which
// code.
#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <thread>

#include "stage.h"

namespace troupe::http {
namespace {

constexpr std::string_view kMask("\x01\x02\x03\x04", 4);

struct Frame {
  unsigned char first;  // FIN, reserved bits, opcode
  std::string payload;
};

std::string bytes_of(const Frame& frame, bool masked = true) {
  std::string out(1, static_cast<char>(frame.first));
  const std::size_t size = frame.payload.size();
  const int mask = masked ? 0x80 : 0;
  if (size < 126) {
    out += static_cast<char>(mask | static_cast<int>(size));
  } else {
    const int bytes = size < 65'536 ? 2 : 8;
    out += static_cast<char>(mask | (bytes == 2 ? 126 : 127));
    for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(size >> (8 * i));
  }
  if (masked) out += kMask;
  for (std::size_t i = 0; i < size; ++i)
    out += masked ? static_cast<char>(frame.payload[i] ^ kMask[i % 4]) : frame.payload[i];
  return out;
}

std::string close_payload(unsigned code, std::string_view reason = "") {
  return std::string{static_cast<char>(code >> 8), static_cast<char>(code & 0xff)} + std::string(reason);
}

Frame read_frame(RawClient& client) {
  const std::string head = client.take(2);
  CHECK((head[1] & 0x80) == 0);  // a server masks nothing
  std::size_t size = static_cast<unsigned char>(head[1]);
  if (size >= 126) {
    const std::string length = client.take(size == 126 ? 2 : 8);
    size = 0;
    for (const char c : length) size = size << 8 | static_cast<unsigned char>(c);
  }
  return {static_cast<unsigned char>(head[0]), client.take(size)};
}

constexpr unsigned char kText = 0x81, kBinary = 0x82, kClose = 0x88, kPing = 0x89, kPong = 0x8a;

std::string upgrade(std::string_view more = "") {
  return get("/ws",
             "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
             "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n" +
                 std::string(more));
}

struct Sockets {
  Box<std::shared_ptr<WebSocket>> accepted;
  Box<std::pair<MessageKind, std::string>> messages;
  Box<std::pair<std::uint16_t, std::string>> closed;
  Box<std::string> events;
  std::string subprotocol;
  std::unique_ptr<Server> server;

  explicit Sockets(ServerOptions options = {})
      : server(serve(
            [this](Request, Responder responder) {
              WebSocketEvents told;
              told.message = [this](MessageKind kind, std::string message) {
                messages.put({kind, std::move(message)});
              };
              told.writable = [this] { events.put("writable"); };
              told.closed = [this](std::uint16_t code, std::string_view reason) {
                closed.put({code, std::string(reason)});
              };
              accepted.put(std::make_shared<WebSocket>(responder.accept({subprotocol}, std::move(told))));
            },
            std::move(options))) {}

  std::shared_ptr<WebSocket> open(RawClient& client) {
    const Answer answer = client.ask(upgrade());
    REQUIRE(answer.status == 101);
    return accepted.take();
  }
};

// What the server closes with.
unsigned close_code(RawClient& client) {
  const Frame frame = read_frame(client);
  REQUIRE(frame.first == kClose);
  REQUIRE(frame.payload.size() >= 2);
  return static_cast<unsigned>(static_cast<unsigned char>(frame.payload[0])) << 8 |
         static_cast<unsigned char>(frame.payload[1]);
}

}  // namespace

TEST_CASE("a WebSocket carries text and bytes both ways until it is closed") {
  Sockets sockets;
  RawClient client(sockets.server->port());

  const Answer answer = client.ask(upgrade());
  CHECK(answer.status == 101);
  CHECK(answer.headers.find("Sec-WebSocket-Accept") == "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=");
  CHECK_FALSE(answer.headers.has("Sec-WebSocket-Extensions"));
  CHECK_FALSE(answer.headers.has("Sec-WebSocket-Protocol"));
  const auto socket = sockets.accepted.take();

  client.send(bytes_of({kText, "hello"}) + bytes_of({kBinary, std::string(70'000, '\xff')}));
  CHECK(sockets.messages.take() == std::pair(MessageKind::text, std::string("hello")));
  CHECK(sockets.messages.take().second.size() == 70'000);
  CHECK(socket->send(MessageKind::text, "answer") == Sent::yes);
  CHECK(socket->send(MessageKind::binary, std::string(70'000, 'x')) == Sent::yes);
  CHECK(read_frame(client).payload == "answer");
  const Frame large = read_frame(client);
  CHECK(large.first == kBinary);
  CHECK(large.payload.size() == 70'000);

  client.send(bytes_of({kClose, close_payload(1000, "done")}));
  CHECK(close_code(client) == 1000);
  CHECK(sockets.closed.take() == std::pair(std::uint16_t{1000}, std::string("done")));
  CHECK(client.is_at_end());
  CHECK(socket->send(MessageKind::text, "nobody") == Sent::gone);
}

TEST_CASE("a message in several frames is one message") {
  Sockets sockets;
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  client.send(bytes_of({0x01, "one "}) + bytes_of({kPing, "between"}) + bytes_of({0x00, "two "}) +
              bytes_of({0x80, "three"}));

  CHECK(sockets.messages.take().second == "one two three");
  const Frame pong = read_frame(client);
  CHECK(pong.first == kPong);
  CHECK(pong.payload == "between");
}

TEST_CASE("frames that come with the request that asks for the WebSocket are not lost") {
  Sockets sockets;
  RawClient client(sockets.server->port());

  client.send(upgrade() + bytes_of({kText, "early"}));

  CHECK(sockets.messages.take().second == "early");
  CHECK(client.answer().status == 101);
}

TEST_CASE("frames that break the rules close with the code for it") {
  struct Broken {
    std::string name;
    std::string bytes;
    unsigned code;
  };
  const std::vector<Broken> all = {
      {"a frame without a mask", bytes_of({kText, "a"}, false), 1002},
      {"text that is no UTF-8", bytes_of({kText, "\xc3\x28"}), 1007},
      {"text that ends within a character", bytes_of({kText, "\xe2\x82"}), 1007},
      {"a surrogate in UTF-8", bytes_of({kText, "\xed\xa0\x80"}), 1007},
      {"reserved bit 1, which permessage-deflate would use", bytes_of({0xc1, "a"}), 1002},
      {"reserved bit 2", bytes_of({0xa1, "a"}), 1002},
      {"reserved bit 3", bytes_of({0x91, "a"}), 1002},
      {"a reserved opcode", bytes_of({0x83, "a"}), 1002},
      {"a reserved control opcode", bytes_of({0x8b, "a"}), 1002},
      {"a control frame in pieces", bytes_of({0x09, "a"}), 1002},
      {"a control frame of 126 bytes", bytes_of({kPing, std::string(126, 'a')}), 1002},
      {"a continuation of nothing", bytes_of({0x80, "a"}), 1002},
      {"a new message within one", bytes_of({0x01, "a"}) + bytes_of({0x81, "b"}), 1002},
      {"a close of one byte", bytes_of({kClose, "a"}), 1002},
      {"a close with a code that nobody may send", bytes_of({kClose, close_payload(1005)}), 1002},
      {"a close with code 999", bytes_of({kClose, close_payload(999)}), 1002},
      {"a close whose reason is no UTF-8", bytes_of({kClose, close_payload(1000, "\xff")}), 1002},
      {"a message that is too large", bytes_of({kBinary, std::string(2'001, 'a')}), 1009},
      {"a message that is too large in pieces",
       bytes_of({0x02, std::string(900, 'a')}) + bytes_of({0x00, std::string(900, 'a')}) +
           bytes_of({0x80, std::string(900, 'a')}),
       1009},
      {"a frame that is too large", bytes_of({kBinary, std::string(1'001, 'a')}), 1009},
      {"a frame of 2^63 bytes", std::string("\x82\xff\x80\0\0\0\0\0\0\0", 10) + std::string(kMask), 1009},
  };
  Sockets sockets({.limits = {.websocket_message_bytes = 2'000, .websocket_frame_bytes = 1'000}});
  for (const Broken& one : all) {
    CAPTURE(one.name);
    RawClient client(sockets.server->port());
    const auto socket = sockets.open(client);

    client.send(one.bytes);

    CHECK(close_code(client) == one.code);
    CHECK(client.is_at_end());
    CHECK(sockets.closed.take().first == one.code);
  }
  CHECK(sockets.messages.size() == 0);
}

TEST_CASE("limit websocket_message_bytes and websocket_frame_bytes: the largest are taken") {
  Sockets sockets({.limits = {.websocket_message_bytes = 2'000, .websocket_frame_bytes = 1'000}});
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  client.send(bytes_of({0x02, std::string(1'000, 'a')}) + bytes_of({0x80, std::string(1'000, 'b')}));

  CHECK(sockets.messages.take().second.size() == 2'000);
}

TEST_CASE("requests that ask wrongly for a WebSocket are refused") {
  Sockets sockets;
  const auto status_of = [&](std::string_view request) {
    RawClient client(sockets.server->port());
    const int status = client.ask(request).status;
    CHECK(sockets.accepted.take()->send(MessageKind::text, "x") == Sent::gone);
    return status;
  };
  const std::string key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n", version = "Sec-WebSocket-Version: 13\r\n";
  const std::string wish = "Upgrade: websocket\r\nConnection: Upgrade\r\n";

  CHECK(status_of(get("/")) == 426);
  CHECK(status_of(get("/", wish + key)) == 426);
  CHECK(status_of(get("/", wish + key + "Sec-WebSocket-Version: 8\r\n")) == 426);
  CHECK(status_of(get("/", wish + version)) == 400);
  CHECK(status_of(get("/", wish + version + "Sec-WebSocket-Key: short\r\n")) == 400);
  CHECK(status_of(get("/", wish + version + key + key)) == 400);
  CHECK(status_of(get("/", "Upgrade: websocket\r\n" + version + key)) == 400);
  CHECK(status_of(post("/", "", wish + version + key)) == 400);
  CHECK(status_of("GET / HTTP/1.0\r\n" + wish + version + key + "\r\n") == 400);
}

TEST_CASE("a subprotocol is one that the peer offered") {
  Sockets sockets;
  sockets.subprotocol = "chat.v2";
  RawClient good(sockets.server->port()), bad(sockets.server->port());

  CHECK(good.ask(upgrade("Sec-WebSocket-Protocol: chat.v1, chat.v2\r\n")).headers.find("Sec-WebSocket-Protocol") ==
        "chat.v2");
  CHECK(bad.ask(upgrade("Sec-WebSocket-Protocol: chat.v1\r\n")).status == 500);
}

TEST_CASE("the server closes with a code and a reason, and hears the answer") {
  Sockets sockets;
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  socket->send(MessageKind::text, "last");
  socket->close(4000, "enough");
  CHECK(read_frame(client).payload == "last");
  CHECK(read_frame(client).payload == close_payload(4000, "enough"));
  client.send(bytes_of({kClose, close_payload(4000)}));

  CHECK(client.is_at_end());
  CHECK(sockets.closed.take().first == 4000);
}

TEST_CASE("codes that must not be sent are replaced, and long reasons and pings are cut") {
  Sockets sockets;
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  CHECK(socket->ping(std::string(500, 'p')) == Sent::yes);
  CHECK(read_frame(client).payload.size() == 125);
  socket->close(1006, std::string(500, 'r'));

  CHECK(read_frame(client).payload == close_payload(1011, std::string(123, 'r')));
}

TEST_CASE("a WebSocket that is dropped closes with 1000") {
  Sockets sockets;
  RawClient client(sockets.server->port());
  auto socket = sockets.open(client);

  *socket = WebSocket();

  CHECK(close_code(client) == 1000);
}

TEST_CASE("a peer that goes without a word is told of with 1006") {
  Sockets sockets;
  for (const bool by_reset : {true, false}) {
    RawClient client(sockets.server->port());
    const auto socket = sockets.open(client);

    if (by_reset) {
      client.reset();
    } else {
      client.close();
    }

    CHECK(sockets.closed.take().first == 1006);
    CHECK(soon([&] { return sockets.server->counts().connections == 0; }));
  }
}

TEST_CASE("limit websocket_idle: a quiet peer is pinged, and cut when it stays quiet") {
  Sockets sockets({.limits = {.websocket_idle = std::chrono::milliseconds(150)}});
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  CHECK(read_frame(client).first == kPing);
  client.send(bytes_of({kPong, ""}));
  CHECK(read_frame(client).first == kPing);

  CHECK(client.is_at_end());
  CHECK(sockets.closed.take().first == 1006);
}

TEST_CASE("a slow peer makes a WebSocket full, and writable again when it reads") {
  Sockets sockets({.limits = {.stream_bytes = 100'000}});
  RawClient client(sockets.server->port(), 4096);
  const auto socket = sockets.open(client);

  std::size_t sent = 0;
  while (socket->send(MessageKind::binary, std::string(10'000, 'x')) == Sent::yes) ++sent;
  CHECK(sent < 5'000);
  std::thread reads([&] {
    for (std::size_t i = 0; i < sent; ++i) CHECK(read_frame(client).payload.size() == 10'000);
  });
  CHECK(sockets.events.take() == "writable");
  reads.join();

  CHECK(socket->send(MessageKind::text, "again") == Sent::yes);
  CHECK(read_frame(client).payload == "again");
}

TEST_CASE("a drain closes WebSockets with 1001") {
  Sockets sockets;
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  std::atomic<bool> drained{false};
  std::thread drains([&] { drained = sockets.server->drain(std::chrono::seconds(20)); });
  CHECK(close_code(client) == 1001);
  client.send(bytes_of({kClose, close_payload(1001)}));
  CHECK(client.is_at_end());
  client.close();
  drains.join();

  CHECK(drained);
}

TEST_CASE("a WebSocket whose server ends is told, and its last words do no harm") {
  Sockets sockets;
  RawClient client(sockets.server->port());
  const auto socket = sockets.open(client);

  sockets.server->stop();

  CHECK(sockets.closed.take().first == 1006);
  CHECK(socket->send(MessageKind::text, "nobody") == Sent::gone);
  socket->close();
}

TEST_CASE("an event of a WebSocket that throws closes it with 1011") {
  const auto server = serve([](Request, Responder responder) {
    WebSocketEvents events;
    events.message = [](MessageKind, std::string) { throw 7; };
    auto kept = std::make_shared<std::optional<WebSocket>>();
    events.closed = [kept](std::uint16_t, std::string_view) { kept->reset(); };
    kept->emplace(responder.accept({}, std::move(events)));
  });
  RawClient client(server->port());
  CHECK(client.ask(upgrade()).status == 101);

  client.send(bytes_of({kText, "x"}));

  CHECK(close_code(client) == 1011);
}

}  // namespace troupe::http
