// What is left of people who were erased, for the audit.
#pragma once

#include <string>
#include <vector>

#include "audit/books.h"

namespace demo {

// Of these users, in that order. What is still on its way is waited for, half a minute at most. Outside actors; throws
// troupe::Error when the cluster does not answer.
[[nodiscard]] std::vector<LeftBehind> left_behind(troupe::Node& node, const std::vector<std::string>& erased,
                                                  const std::vector<OrderRow>& orders);

}  // namespace demo
