// What the server makes of bytes: requests.txt, over real sockets, whole and byte by byte.
#include <doctest/doctest.h>

#include <fstream>

#include "stage.h"

namespace troupe::http {
namespace {

struct Case {
  std::string statuses;
  std::string name;
  std::string bytes;
};

std::string unescaped(std::string_view text) {
  std::string out;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '{') {
      const std::size_t star = text.find('*', at);
      const std::size_t end = text.find('}', at);
      const std::string piece = unescaped(text.substr(star + 1, end - star - 1));
      for (int left = std::stoi(std::string(text.substr(at + 1, star - at - 1))); left > 0; --left) out += piece;
      at = end;
    } else if (text[at] != '\\') {
      out += text[at];
    } else {
      switch (text[++at]) {
        case 'r': out += '\r'; break;
        case 'n': out += '\n'; break;
        case 't': out += '\t'; break;
        case '0': out += '\0'; break;
        case 'x':
          out += static_cast<char>(std::stoi(std::string(text.substr(at + 1, 2)), nullptr, 16));
          at += 2;
          break;
        default: out += text[at];
      }
    }
  }
  return out;
}

std::vector<Case> all_cases() {
  std::ifstream file(TROUPE_HTTP_REQUESTS);
  REQUIRE(file);
  std::vector<Case> out;
  for (std::string line; std::getline(file, line);) {
    if (line.empty() || line.front() == '#') continue;
    const std::size_t first = line.find(" | "), second = line.find(" | ", first + 3);
    REQUIRE_MESSAGE(second != std::string::npos, line);
    out.push_back(
        {line.substr(0, first), line.substr(first + 3, second - first - 3), unescaped(line.substr(second + 3))});
  }
  REQUIRE(out.size() > 100);
  return out;
}

// The statuses that come until the server closes.
std::string statuses_of(RawClient& client) {
  std::string out;
  while (const auto answer = client.try_answer()) out += (out.empty() ? "" : " ") + std::to_string(answer->status);
  return out;
}

std::size_t count_of(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++out;
  return out;
}

constexpr std::string_view kLast = "GET /last HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";

void check_all(bool in_pieces) {
  std::atomic<std::size_t> calls{0};
  const auto server = serve([&](Request request, Responder responder) {
    ++calls;
    echo(std::move(request), std::move(responder));
  });
  for (const Case& one : all_cases()) {
    CAPTURE(one.name);
    calls = 0;
    const bool stays = count_of(one.statuses, "200") == one.statuses.size() / 4 + 1;
    const std::string bytes = stays ? one.bytes + std::string(kLast) : one.bytes;
    RawClient client(server->port());

    if (!in_pieces) client.send(bytes);
    // A server that has closed takes no more.
    for (std::size_t at = 0; in_pieces && at < bytes.size() && client.send(std::string_view(bytes).substr(at, 1));)
      ++at;

    CHECK(statuses_of(client) == (stays ? one.statuses + " 200" : one.statuses));
    CHECK(calls == count_of(one.statuses, "200") + (stays ? 1 : 0));
  }
}

}  // namespace

TEST_CASE("requests are taken or refused to the letter of HTTP") { check_all(false); }

TEST_CASE("requests that come byte by byte are taken and refused as those that come whole") { check_all(true); }

}  // namespace troupe::http
