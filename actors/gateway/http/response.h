// An answer as a handler makes it. The server adds Date, Content-Length or chunks, Connection, its security headers,
// and compresses. A value.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/headers.h"

namespace troupe::http {

// An open file, closed with the last who holds it.
class OpenFile {
 public:
  explicit OpenFile(int descriptor) noexcept : descriptor_(descriptor) {}
  ~OpenFile();
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;
  [[nodiscard]] int descriptor() const noexcept { return descriptor_; }

 private:
  const int descriptor_;
};

// Sent instead of a body. A file that has become shorter ends the connection.
struct FilePart {
  std::shared_ptr<const OpenFile> file;
  std::uint64_t from = 0;
  std::uint64_t size = 0;
};

struct Response {
  int status = 200;  // 200 to 599
  // Not Content-Length, Transfer-Encoding, Upgrade, Trailer: those are the server's. `Connection: close` is heeded.
  Headers headers{};
  std::string body{};
  std::optional<FilePart> file{};
  bool compress = true;  // if it is large enough, of a type that shrinks, and the peer takes gzip
};

// "Not Found"; an empty text for a number that has no name.
[[nodiscard]] std::string_view reason(int status) noexcept;
// An answer of plain text.
[[nodiscard]] Response text(int status, std::string body);

}  // namespace troupe::http
