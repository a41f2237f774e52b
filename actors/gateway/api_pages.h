// Where the page at /docs lies, for GatewayOptions::docs.
#pragma once

#include <filesystem>

namespace troupe::gateway {

// In the build tree, or in the install that CMake found. A program that is moved to another machine takes the directory
// along, and names it itself.
#ifdef TROUPE_API_PAGES
inline std::filesystem::path api_pages() { return TROUPE_API_PAGES; }  // the install's targets define it
#else
[[nodiscard]] std::filesystem::path api_pages();
#endif

}  // namespace troupe::gateway
