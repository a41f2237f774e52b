#include "pages.h"

#include <algorithm>

#include "show.h"
#include "troupe/admin_client.h"

namespace troupe::tool {

std::string with(const std::string& path, const char* name, const std::string& value) {
  return path + (path.find('?') == std::string::npos ? '?' : '&') + name + "=" + AdminClient::encode(value);
}

bool each_line(const std::function<Json(const std::string& path)>& get, const std::string& path, const char* lines,
               std::size_t limit, const std::function<void(const Json&)>& take) {
  std::string after;
  std::size_t taken = 0;
  do {
    if (taken == limit) return true;
    const std::string page = with(path, "limit", std::to_string(std::min(limit - taken, kMostPerPage)));
    const Json answer = get(after.empty() ? page : with(page, "after", after));
    for (const Json& line : array_at(answer, lines)) {
      take(line);
      ++taken;
    }
    after = text_at(answer, "next");
  } while (!after.empty());
  return false;
}

}  // namespace troupe::tool
