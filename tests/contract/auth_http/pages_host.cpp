// pages_host PAGES PORT [CERTIFICATE KEY]: the stage of these tests with pages, on that port, until it is told to end.
// Its user is ann, whose password is "correct horse"; mallory's is "battery staple".
#define DOCTEST_CONFIG_IMPLEMENT
#include <signal.h>

#include <cstdio>

#include "stage.h"

int main(int argc, char** argv) try {
  using namespace web_test;
  if (argc != 3 && argc != 5) return 2;
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  pthread_sigmask(SIG_BLOCK, &ends, nullptr);
  const bool secure = argc == 5;
  const std::string origin = (secure ? "https://localhost:" : "http://localhost:") + std::string(argv[2]);
  StageOptions options;
  options.redirects = {origin + "/back.html"};
  options.endpoints.public_url = origin;
  options.gateway.files = argv[1];
  options.gateway.server.port = static_cast<std::uint16_t>(std::stoi(argv[2]));
  options.gateway.server.security = secure ? http::SecurityHeaders::strict() : http::SecurityHeaders();
  if (secure) options.gateway.server.tls = {.certificate = argv[3], .key = argv[4]};
  Stage stage(options);
  stage.join("ann", "correct horse", {"clerk"});
  stage.join("mallory", "battery staple");
  std::puts(origin.c_str());
  std::fflush(stdout);
  int signal = 0;
  sigwait(&ends, &signal);
} catch (const std::exception& e) {
  std::puts(e.what());
  return 1;
}
