#include "gateway/api_page.h"

#include <string_view>

// The files as they are, between two labels each.
#define TROUPE_EMBED(name, file)               \
  asm(".pushsection .rodata, \"a\"\n"          \
      ".global troupe_page_" name              \
      "\n"                                     \
      ".global troupe_page_" name              \
      "_end\n"                                 \
      "troupe_page_" name                      \
      ":\n"                                    \
      ".incbin \"" TROUPE_PAGE_FOLDER "/" file \
      "\"\n"                                   \
      "troupe_page_" name                      \
      "_end:\n"                                \
      ".byte 0\n"                              \
      ".popsection\n")
TROUPE_EMBED("index", "index.html");
TROUPE_EMBED("script", "rapidoc-min.js");
#undef TROUPE_EMBED

extern "C" {
extern const char troupe_page_index[];
extern const char troupe_page_index_end[];
extern const char troupe_page_script[];
extern const char troupe_page_script_end[];
}

namespace troupe::gateway {
namespace {

http::Response made(std::string_view body, std::string_view type) {
  http::Response response{.body = std::string(body)};
  response.headers.add("Content-Type", type);
  // It runs its own script, and asks this server alone.
  response.headers.add("Content-Security-Policy",
                       "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; "
                       "img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'");
  return response;
}

}  // namespace

std::optional<http::Response> api_page(const http::Request& request) {
  if (request.target.path == "/docs")
    return made({troupe_page_index, troupe_page_index_end}, "text/html; charset=utf-8");
  if (request.target.path == "/docs/rapidoc-min.js")
    return made({troupe_page_script, troupe_page_script_end}, "text/javascript; charset=utf-8");
  return std::nullopt;
}

}  // namespace troupe::gateway
