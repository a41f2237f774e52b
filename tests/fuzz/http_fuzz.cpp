// What strangers may send to a gateway: anything at all, in pieces of any size. Requests come out of it or a refusal,
// the same ones however the bytes are cut; none is larger than its limits, and none has what a handler must not see.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <vector>

#include "gateway/http/request_reader.h"

namespace {

using namespace troupe::http;

void must(bool so) {
  if (!so) std::abort();
}

const Limits& limits() {
  static const Limits small{.request_line_bytes = 200,
                            .header_bytes = 600,
                            .header_count = 8,
                            .body_bytes = 100,
                            .chunk_line_bytes = 20,
                            .trailer_bytes = 40};
  return small;
}

void check(const Request& request) {
  must(!request.method.empty() && request.method != "CONNECT" && request.method != "TRACE");
  must(request.body.size() <= limits().body_bytes && request.headers.size() <= limits().header_count);
  must(request.target.path == "*" || request.target.path.front() == '/');
  must(request.target.path.find('\0') == std::string::npos);
  for (const std::string& segment : request.target.segments()) must(segment != "." && segment != "..");
  for (const auto& [name, value] : request.target.parameters())
    must(name.find('\0') == std::string::npos && value.find('\0') == std::string::npos);
  for (std::size_t i = 0; i < request.headers.size(); ++i) {
    const Field field = request.headers[i];
    must(is_token(field.name) && is_field_value(field.value));
  }
  must(!(request.headers.has("Content-Length") && request.headers.has("Transfer-Encoding")));
  (void)request.wants_websocket();
}

struct Outcome {
  std::vector<std::string> requests;
  bool refused = false;
  bool operator==(const Outcome&) const = default;
};

// As a connection does: what is not taken is given again with more behind it.
Outcome feed(std::string_view bytes, std::size_t piece) {
  RequestReader reader(limits());
  Outcome out;
  std::string have;
  while (!bytes.empty() && !out.refused) {
    have += bytes.substr(0, piece);
    bytes.remove_prefix(std::min(piece, bytes.size()));
    for (bool more = false; !more && !have.empty() && !out.refused;) {
      std::size_t taken = 0;
      const RequestReader::State state = reader.read(have, taken);
      must(taken <= have.size());
      have.erase(0, taken);
      if (state == RequestReader::State::refused) {
        must(reader.refused().status >= 400 && reader.refused().status < 600 && !reader.refused().why.empty());
        out.refused = true;
      } else if (state == RequestReader::State::request) {
        const Request request = reader.take();
        check(request);
        out.requests.push_back(request.method + ' ' + request.target.raw + '\n' + request.body);
      } else {
        more = state == RequestReader::State::more;
      }
    }
    // What waits for more is bounded.
    must(out.refused || have.size() <= limits().header_bytes + piece);
  }
  return out;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  // A line that is not whole may be refused before more has come, or only then; so more comes.
  const std::string bytes = std::string(reinterpret_cast<const char*>(data) + 1, size - 1) + std::string(128, '\x01');
  const Outcome whole = feed(bytes, bytes.size() + 1);
  must(feed(bytes, 1) == whole);
  must(feed(bytes, std::size_t{1} + data[0] % 50) == whole);
  return 0;
}
