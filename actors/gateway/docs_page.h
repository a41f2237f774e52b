// The page at /docs that shows the gateway's document, and lets try it. Any thread.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "gateway/http/request.h"
#include "gateway/http/response.h"
#include "gateway/http/static_files.h"
#include "troupe/error.h"

namespace troupe::gateway {

class DocsPage {
 public:
  // `server`: where the document says that the API is, for the page calls it. `invalid`: there is no such directory.
  [[nodiscard]] static Result<DocsPage> open(const std::filesystem::path& directory, const std::string& server);

  // Nothing: it is no path of the page's.
  [[nodiscard]] std::optional<http::Response> serve(const http::Request& request) const;

 private:
  DocsPage(http::StaticFiles files, bool complete, std::string policy)
      : files_(std::move(files)), complete_(complete), policy_(std::move(policy)) {}

  http::StaticFiles files_;
  bool complete_;
  std::string policy_;
};

}  // namespace troupe::gateway
