// Where the page at /docs lies, for GatewayOptions::docs.
#pragma once

#include <filesystem>

#ifndef TROUPE_API_PAGES
#error "link the CMake target Troupe::gateway: it says where its pages lie"
#endif

namespace troupe::gateway {

// In the build tree, or in the install that CMake found. A program that is moved to another machine takes the directory
// along, and names it itself.
inline std::filesystem::path api_pages() { return TROUPE_API_PAGES; }

}  // namespace troupe::gateway
