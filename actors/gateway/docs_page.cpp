#include "gateway/docs_page.h"

#include <utility>

#include "gateway/problem.h"

namespace troupe::gateway {
namespace {

constexpr const char* kScript = "rapidoc-min.js";
constexpr const char* kMissing =
    "the page of the API is made with RapiDoc, and that was not there when this gateway was built: run 'tools/dev "
    "deps', "
    "which brings it by npm, and build again; the document itself is at /openapi.json";

// "https://shop.example" of "https://shop.example/api"; empty: it names no other place.
std::string origin_of(const std::string& server) {
  const auto scheme = server.find("://");
  if (scheme == server.npos) return {};
  return server.substr(0, server.find('/', scheme + 3));
}

// RapiDoc writes styles into its elements; scripts come from here alone, and what the page tries goes to the API.
std::string policy_for(const std::string& server) {
  const std::string origin = origin_of(server);
  return "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; "
         "font-src 'self' data:; connect-src 'self'" +
         (origin.empty() ? "" : " " + origin) + "; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
}

}  // namespace

Result<DocsPage> DocsPage::open(const std::filesystem::path& directory, const std::string& server) {
  auto files = http::StaticFiles::open(directory);
  if (!files.ok()) return files.error();
  std::error_code ignored;
  const bool complete = std::filesystem::exists(directory / kScript, ignored);
  return DocsPage(std::move(files).value(), complete, policy_for(server));
}

std::optional<http::Response> DocsPage::serve(const http::Request& request) const {
  auto segments = request.target.segments();
  if (segments.empty() || segments.front() != "docs") return std::nullopt;
  segments.erase(segments.begin());
  if (!complete_) return problem(503, kMissing);
  // The page names its files relative to "/docs".
  if (segments.size() == 1 && segments.front().empty()) {
    http::Response moved{.status = 308};
    moved.headers.add("Location", "../docs");
    return moved;
  }
  if (segments.empty()) segments.emplace_back("index.html");
  auto page = files_.serve(request, std::move(segments));
  page.headers.set("Content-Security-Policy", policy_);
  return page;
}

}  // namespace troupe::gateway
