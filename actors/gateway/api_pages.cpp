// The only file that knows the build tree's path: all others compile the same in every clone.
#include "gateway/api_pages.h"

namespace troupe::gateway {

std::filesystem::path api_pages() { return TROUPE_BUILT_API_PAGES; }

}  // namespace troupe::gateway
