// Bodies made smaller for peers that take gzip. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "gateway/http/response.h"
#include "gateway/http/server.h"

namespace troupe::http {

// Nothing: no memory, or 4 GiB and more.
[[nodiscard]] std::optional<std::string> gzipped(std::string_view bytes, int level);
// Whether bodies of this Content-Type shrink: text, JSON, JavaScript, XML, SVG.
[[nodiscard]] bool shrinks(std::string_view content_type) noexcept;
// Of an Accept-Encoding: whether it names gzip, or *, with a weight above 0.
[[nodiscard]] bool takes_gzip(std::string_view accept_encoding) noexcept;
// Compresses `response` if its body is such, or would be for another peer (then it says Vary alone). A strong ETag
// becomes a weak one: the bytes differ.
void compress(Response& response, bool peer_takes_gzip, const Compression& how);

}  // namespace troupe::http
