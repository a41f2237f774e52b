#include "gateway/streams/opening.h"

#include <algorithm>

namespace troupe::gateway {

Result<Beginning> beginning_of(const http::Request& request) {
  std::optional<std::string> after;
  for (auto& [name, value] : request.target.parameters()) {
    if (name != "after")
      return Error(ErrorKind::invalid, "the query has no \"" + name.substr(0, 100) + "\" here; there is: after");
    if (after) return Error(ErrorKind::invalid, "the query's \"after\" is given more than once");
    after = std::move(value);
  }
  // A browser that comes again sends it, and the address with what it began with.
  const auto last = request.headers.find("Last-Event-ID");
  const char* from = last && !last->empty() ? "the header \"Last-Event-ID\"" : "the query's \"after\"";
  if (last && !last->empty()) after = std::string(*last);
  if (!after || after->empty() || after == "end") return Beginning();
  if (after == "beginning") return Beginning{Beginning::At::beginning, {}};
  if (auto cursor = cursor_of(*after)) return Beginning{Beginning::At::cursor, std::move(*cursor)};
  return Error(ErrorKind::invalid,
               std::string(from) + ": it is the id of no event; send one as it came, \"beginning\" or \"end\"");
}

bool may_open(const http::Request& request, const std::vector<std::string>& origins) {
  const auto origin = request.headers.find("Origin");
  if (!origin) return true;
  const auto host = origin->find("://");
  if (host != origin->npos && !request.host.empty() && http::same_name(origin->substr(host + 3), request.host))
    return true;
  return std::find(origins.begin(), origins.end(), *origin) != origins.end();
}

}  // namespace troupe::gateway
