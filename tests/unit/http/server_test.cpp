// Requests and answers over real sockets: what a connection carries, in which order, and who may answer when.
#include <doctest/doctest.h>

#include <atomic>
#include <optional>
#include <stdexcept>
#include <thread>

#include "stage.h"

namespace troupe::http {

TEST_CASE("a request comes to the handler taken apart") {
  Box<Request> requests;
  const auto server = serve([&](Request request, Responder responder) {
    requests.put(std::move(request));
    responder.answer({});
  });
  RawClient client(server->port());

  client.ask(
      "PUT /a%2Fb/c%20d?x=1&y=a+b%26&z HTTP/1.1\r\nHost: shop:80\r\nX-One: 1\r\nx-one: 2\r\nContent-Length: "
      "2\r\n\r\nhi");

  const Request request = requests.take();
  CHECK(request.method == "PUT");
  CHECK(request.target.path == "/a%2Fb/c d");
  CHECK(request.target.segments() == std::vector<std::string>{"a/b", "c d"});
  CHECK(request.target.parameters() ==
        std::vector<std::pair<std::string, std::string>>{{"x", "1"}, {"y", "a b&"}, {"z", ""}});
  CHECK(request.host == "shop:80");
  CHECK(request.headers.find("X-ONE") == "1");
  CHECK(request.headers.joined("X-One") == "1, 2");
  CHECK(request.body == "hi");
  CHECK(request.peer.address == "127.0.0.1");
  CHECK(request.peer.port != 0);
  CHECK_FALSE(request.secure);
}

TEST_CASE("the host of an absolute target stands for that of Host") {
  Box<Request> requests;
  const auto server = serve([&](Request request, Responder responder) {
    requests.put(std::move(request));
    responder.answer({});
  });
  RawClient client(server->port());

  client.ask("GET http://other:81/x?y HTTP/1.1\r\nHost: shop\r\n\r\n");
  client.ask("OPTIONS * HTTP/1.1\r\nHost: shop\r\n\r\n");

  Request request = requests.take();
  CHECK(request.host == "other:81");
  CHECK(request.target.raw == "/x?y");
  CHECK(requests.take().target.path == "*");
}

TEST_CASE("a connection carries requests one after another, and says when it is the last") {
  const auto server = serve(echo);
  RawClient client(server->port());

  const Answer first = client.ask(get("/1"));
  const Answer last = client.ask(get("/2", "Connection: close\r\n"));

  CHECK(first.body == "GET /1");
  CHECK_FALSE(first.headers.has("Connection"));
  CHECK(last.headers.find("Connection") == "close");
  CHECK(client.is_at_end());
}

TEST_CASE("HTTP/1.0 closes unless it is asked to keep the connection") {
  const auto server = serve(echo);
  RawClient once(server->port()), keeps(server->port());

  CHECK(once.ask("GET / HTTP/1.0\r\n\r\n").headers.find("Connection") == "close");
  CHECK(keeps.ask("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").headers.find("Connection") == "keep-alive");

  CHECK(once.is_at_end());
  CHECK(keeps.ask("GET / HTTP/1.0\r\n\r\n").status == 200);
}

TEST_CASE("pipelined requests are answered in their order, whoever is answered first") {
  Box<std::pair<std::string, std::shared_ptr<Responder>>> waiting;
  const auto server = serve([&](Request request, Responder responder) {
    waiting.put({request.target.path, std::make_shared<Responder>(std::move(responder))});
  });
  RawClient client(server->port());

  client.send(get("/1") + get("/2") + get("/3"));
  std::vector<std::pair<std::string, std::shared_ptr<Responder>>> got;
  for (int i = 0; i < 3; ++i) got.push_back(waiting.take());
  for (int i = 2; i >= 0; --i)
    got[static_cast<std::size_t>(i)].second->answer(text(200, got[static_cast<std::size_t>(i)].first));

  for (const char* path : {"/1", "/2", "/3"}) CHECK(client.answer().body == path);
}

TEST_CASE("a request that changes something waits until those before it are answered") {
  Box<std::pair<std::string, std::shared_ptr<Responder>>> waiting;
  const auto server = serve([&](Request request, Responder responder) {
    waiting.put({request.method + request.target.path, std::make_shared<Responder>(std::move(responder))});
  });
  RawClient client(server->port());

  client.send(get("/1") + get("/2") + post("/3", "x") + get("/4") + post("/5", "y"));
  auto first = waiting.take(), second = waiting.take();
  CHECK(first.first == "GET/1");
  CHECK(second.first == "GET/2");
  CHECK(waiting.size() == 2);
  first.second->answer(text(200, first.first));
  second.second->answer(text(200, second.first));
  for (const char* expected : {"POST/3", "GET/4", "POST/5"}) {
    const auto next = waiting.take();
    CHECK(next.first == expected);
    next.second->answer(text(200, next.first));
  }

  for (const char* expected : {"GET/1", "GET/2", "POST/3", "GET/4", "POST/5"}) CHECK(client.answer().body == expected);
}

TEST_CASE("HEAD gets the header of GET and no body") {
  const auto server = serve(echo);
  RawClient client(server->port());

  const Answer head = client.ask("HEAD /x HTTP/1.1\r\nHost: a\r\n\r\n", true);
  CHECK(head.headers.find("Content-Length") == "7");

  CHECK(client.ask(get("/y")).body == "GET /y");
}

TEST_CASE("who expects 100 Continue hears it before its body is read") {
  const auto server = serve(echo);
  RawClient client(server->port());

  const Answer goes_on = client.ask("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  CHECK(goes_on.status == 100);

  CHECK(client.ask("hi").body == "POST /\nhi");
}

TEST_CASE("100 Continue comes behind the answers before it, and not at all when the body is too large") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server = serve(
      [&](Request request, Responder responder) {
        if (request.method == "POST") return echo(std::move(request), std::move(responder));
        waiting.put(std::make_shared<Responder>(std::move(responder)));
      },
      {.limits = {.body_bytes = 10}});
  RawClient client(server->port());

  client.send(get("/1") + "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
  waiting.take()->answer(text(200, "first"));
  CHECK(client.answer().body == "first");
  CHECK(client.answer().status == 100);
  CHECK(client.ask("hi").body == "POST /\nhi");

  CHECK(client.ask("POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 11\r\n\r\n").status == 413);
  CHECK(client.is_at_end());
}

TEST_CASE("each answer has a date, a length and the security headers that it does not have itself") {
  ServerOptions options;
  options.security = SecurityHeaders::strict();
  const auto server = serve(
      [](Request request, Responder responder) {
        Response out = text(200, "x");
        if (request.target.path == "/own") out.headers.add("x-frame-options", "SAMEORIGIN");
        responder.answer(std::move(out));
      },
      std::move(options));
  RawClient client(server->port());

  const Answer plain = client.ask(get("/")), own = client.ask(get("/own"));

  CHECK(plain.headers.find("Date")->size() == std::string_view("Sun, 06 Nov 1994 08:49:37 GMT").size());
  CHECK(plain.headers.find("Content-Length") == "1");
  CHECK(plain.headers.find("X-Content-Type-Options") == "nosniff");
  CHECK(plain.headers.find("X-Frame-Options") == "DENY");
  CHECK(plain.headers.find("Content-Security-Policy")->substr(0, 11) == "default-src");
  CHECK_FALSE(plain.headers.has("Strict-Transport-Security"));  // no TLS
  CHECK(own.headers.joined("X-Frame-Options") == "SAMEORIGIN");
}

TEST_CASE("answers may come later and from any thread, once") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); });
  RawClient client(server->port());

  client.send(get("/"));
  const auto responder = waiting.take();
  CHECK(responder->is_heard());
  CHECK(responder->answer(text(200, "later")));
  CHECK_FALSE(responder->answer(text(200, "again")));
  CHECK(responder->stream({}).send("again") == Sent::gone);
  CHECK(responder->accept({}, {}).send(MessageKind::text, "again") == Sent::gone);

  CHECK(client.answer().body == "later");
  CHECK(soon([&] { return !responder->is_heard(); }));
}

TEST_CASE("a responder that is dropped and a handler that throws give 500, and the connection lives on") {
  const auto server = serve([](Request request, Responder responder) {
    if (request.target.path == "/drop") return;
    if (request.target.path == "/throw") throw std::runtime_error("no");
    if (request.target.path == "/strange") throw 7;
    if (request.target.path == "/assigned") responder = Responder(nullptr);
    responder.answer(text(200, "fine"));
  });
  RawClient client(server->port());

  for (const char* path : {"/drop", "/throw", "/strange", "/assigned"}) CHECK(client.ask(get(path)).status == 500);

  CHECK(client.ask(get("/")).body == "fine");
}

TEST_CASE("an answer that would break its frame is refused and the peer gets 500") {
  Box<std::string> lines;
  Box<bool> taken;
  std::atomic<std::size_t> which{0};
  const std::vector<Response> bad = {
      {.headers = {{"X-Name", "a\r\nSet-Cookie: stolen=1"}}},
      {.headers = {{"X-Name", "a\nb"}}},
      {.headers = {{"X-Name", std::string_view("a\0b", 3)}}},
      {.headers = {{"X-Name", " a"}}},
      {.headers = {{"X Name", "a"}}},
      {.headers = {{"X-Name\r\n", "a"}}},
      {.headers = {{"", "a"}}},
      {.headers = {{"Content-Length", "5"}}},
      {.headers = {{"transfer-encoding", "chunked"}}},
      {.status = 99},
      {.status = 101},
      {.status = 600},
      {.status = -1},
  };
  ServerOptions options;
  options.log = [&](const LogLine& line) { lines.put(std::string(line.message)); };
  const auto server =
      serve([&](Request, Responder responder) { taken.put(responder.answer(bad[which])); }, std::move(options));
  RawClient client(server->port());

  for (which = 0; which < bad.size(); ++which) {
    CAPTURE(which.load());
    const Answer answer = client.ask(get("/"));
    CHECK(answer.status == 500);
    CHECK_FALSE(answer.headers.has("Set-Cookie"));
    CHECK_FALSE(taken.take());
    CHECK(lines.take().find("an answer was not sent") == 0);
  }
  CHECK(server->counts().refused_answers == bad.size());
}

TEST_CASE("204 and 304 have neither a body nor a length") {
  const auto server = serve([](Request request, Responder responder) {
    responder.answer({.status = request.target.path == "/204" ? 204 : 304, .body = "not sent"});
  });
  RawClient client(server->port());

  for (const char* path : {"/204", "/304"}) CHECK_FALSE(client.ask(get(path)).headers.has("Content-Length"));
}

TEST_CASE("answers to a peer that has gone do no harm") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); });
  std::optional<RawClient> client(std::in_place, server->port());

  client->send(get("/"));
  const auto responder = waiting.take();
  client->reset();
  CHECK(soon([&] { return server->counts().connections == 0; }));

  CHECK_FALSE(responder->is_heard());
  CHECK_FALSE(responder->answer(text(200, "nobody")));
}

TEST_CASE("answers to a server that has ended do no harm") {
  Box<std::shared_ptr<Responder>> waiting;
  auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); });
  RawClient client(server->port());

  client.send(get("/1") + get("/2") + get("/3") + get("/4"));
  const auto answered = waiting.take(), streamed = waiting.take(), accepted = waiting.take(), dropped = waiting.take();
  server.reset();

  CHECK_FALSE(answered->answer(text(200, "nobody")));
  CHECK(streamed->stream({}).send("nobody") == Sent::gone);
  CHECK(accepted->accept({}, {}).send(MessageKind::text, "nobody") == Sent::gone);
  CHECK(client.read_all() == "");
}

TEST_CASE("a peer that closes its half alone still gets its answers") {
  Box<std::shared_ptr<Responder>> waiting;
  const auto server =
      serve([&](Request, Responder responder) { waiting.put(std::make_shared<Responder>(std::move(responder))); });
  RawClient client(server->port());

  client.send(get("/1") + get("/2"));
  client.end_writing();
  waiting.take()->answer(text(200, "one"));
  waiting.take()->answer(text(200, "two"));

  CHECK(client.answer().body == "one");
  CHECK(client.answer().body == "two");
  CHECK(client.is_at_end());
}

TEST_CASE("an answer may end the connection") {
  const auto server = serve([](Request, Responder responder) {
    responder.answer({.headers = {{"Connection", "close"}}, .body = "bye"});
  });
  RawClient client(server->port());

  const Answer answer = client.ask(get("/"));

  CHECK(answer.headers.joined("Connection") == "close");
  CHECK(client.is_at_end());
}

TEST_CASE("large bodies come and go whole") {
  const auto server =
      serve([](Request request,
               Responder responder) { responder.answer({.body = std::move(request.body), .compress = false}); },
            {.limits = {.body_bytes = 32u << 20}});
  RawClient client(server->port());
  std::string body(20u << 20, '\0');
  for (std::size_t i = 0; i < body.size(); ++i) body[i] = static_cast<char>(i * 2'654'435'761u >> 13);

  std::thread sends([&] { client.send(post("/", body)); });
  const Answer answer = client.answer();
  sends.join();

  CHECK(answer.body == body);
}

}  // namespace troupe::http
