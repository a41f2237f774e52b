#include "http_server.h"

#include "gateway/http/server.h"
#include "http_load.h"

namespace troupe::bench {
namespace {

std::unique_ptr<http::Server> plain_server() {
  return http::Server::
      start({.threads = 1, .limits = {.connections_per_peer = 20'000}},
            [](http::Request, http::Responder responder) {
              responder.answer({.headers = {{"Content-Type", "text/plain"}}, .body = std::string(kHttpBodyBytes, 'x')});
            })
          .value();
}

}  // namespace

double http_plain_requests(const Effort& effort) {
  const auto server = plain_server();
  return http_requests_per_second(server->port(), effort.time);
}

double http_idle_bytes(const Effort&) {
  const auto server = plain_server();
  return http_idle_bytes_per_connection(server->port());
}

}  // namespace troupe::bench
