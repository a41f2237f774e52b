// Reads the views into the books.
#pragma once

#include <string>
#include <vector>

#include "audit/books.h"

namespace demo {

// Reads again and again until they agree with the orders, which have been read, or half a minute has passed.
void collect_views(troupe::Node& node, const std::vector<std::string>& users, Books& books);

}  // namespace demo
