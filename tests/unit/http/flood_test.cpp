// Peers that mean no good: slow ones, many of them, ones that come and go, while others are served.
#include <doctest/doctest.h>

#include <atomic>
#include <list>
#include <thread>

#include "stage.h"

namespace troupe::http {

TEST_CASE("slow headers, byte by byte from many peers, do not keep others from being served") {
  const auto server = serve(echo, {.limits = {.headers = std::chrono::milliseconds(300)}});
  const std::string slow = "GET / HTTP/1.1\r\nHost: a\r\nX: ";
  std::list<RawClient> peers;
  for (int i = 0; i < 200; ++i) peers.emplace_back(server->port()).send(slow.substr(0, 1));

  std::size_t turn = 1, served = 0;
  while (server->counts().timeouts < peers.size()) {
    for (RawClient& peer : peers) peer.send(slow.substr(std::min(turn, slow.size() - 1), 1));
    ++turn;
    RawClient good(server->port());
    CHECK(good.ask(get("/")).status == 200);
    ++served;
  }

  CHECK(served > 0);
  CHECK(soon([&] { return server->counts().connections <= 1; }));
}

TEST_CASE("a flood of connections is turned away, and counted, and there is room afterwards") {
  const auto server = serve(echo, {.limits = {.connections = 50, .connections_per_peer = 40}});
  std::size_t served = 0, refused = 0;
  {
    std::list<RawClient> peers;
    for (int i = 0; i < 300; ++i) peers.emplace_back(server->port());
    for (RawClient& peer : peers) {
      // Whoever is turned away may find its connection reset, for its request was not read.
      peer.send(get("/"));
      const auto answer = peer.read_some() ? peer.try_answer() : std::nullopt;
      ++(answer && answer->status == 200 ? served : refused);
    }
  }

  CHECK(served == 40);
  CHECK(refused == 260);
  CHECK(server->counts().refused_connections_per_peer == 260);
  CHECK(soon([&] { return server->counts().connections == 0; }));
  RawClient after(server->port());
  CHECK(after.ask(get("/")).status == 200);
}

TEST_CASE("peers that reset in the middle of anything do no harm") {
  Box<std::shared_ptr<Responder>> kept;
  const auto server = serve([&](Request request, Responder responder) {
    if (request.target.path == "/keep") return kept.put(std::make_shared<Responder>(std::move(responder)));
    echo(std::move(request), std::move(responder));
  });
  const std::string all = get("/1") + post("/2", std::string(1'000, 'x')) + get("/keep") + get("/3");

  for (std::size_t size = 0; size < all.size(); size += 7) {
    RawClient peer(server->port());
    peer.send(std::string_view(all).substr(0, size));
    peer.reset();
  }

  CHECK(soon([&] { return server->counts().connections == 0; }));
  while (kept.size() > 0 && server->counts().requests > 0) {
    kept.take()->answer(text(200, "nobody"));
    break;
  }
  RawClient after(server->port());
  CHECK(after.ask(get("/")).status == 200);
}

TEST_CASE("many connections on several threads are answered, each its own") {
  const auto server = serve(echo, {.threads = 4});
  std::vector<std::thread> threads;
  std::atomic<std::size_t> good{0};

  for (int t = 0; t < 8; ++t) {
    threads.emplace_back([&, t] {
      for (int c = 0; c < 5; ++c) {
        RawClient client(server->port());
        for (int i = 0; i < 50; ++i) {
          const std::string path = "/" + std::to_string(t) + "/" + std::to_string(c) + "/" + std::to_string(i);
          if (client.ask(get(path)).body == "GET " + path) ++good;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();

  CHECK(good == 8 * 5 * 50);
  CHECK(server->counts().requests == 8 * 5 * 50);
}

TEST_CASE("answers from other threads while peers come and go reach who asked") {
  Box<std::pair<std::string, std::shared_ptr<Responder>>> waiting;
  std::atomic<bool> over{false};
  const auto server = serve([&](Request request, Responder responder) {
    waiting.put({request.target.path, std::make_shared<Responder>(std::move(responder))});
  });
  std::thread answers([&] {
    while (!over) {
      const auto next = waiting.take();
      next.second->answer(text(200, next.first));
    }
  });

  for (int i = 0; i < 200; ++i) {
    RawClient client(server->port());
    const std::string path = "/" + std::to_string(i);
    client.send(get(path) + get("/second"));
    CHECK(client.answer().body == path);
    if (i % 2 == 0) client.reset();
  }
  over = true;
  RawClient last(server->port());
  last.send(get("/last"));
  answers.join();
}

}  // namespace troupe::http
