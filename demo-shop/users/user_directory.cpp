#include "users/user_directory.h"

#include <fmt/format.h>

#include <algorithm>

#include "lists.h"

namespace demo {

namespace {

// The names are one state, written whole with every sign-up.
constexpr std::size_t kMostUsers = 10'000;

}  // namespace

troupe::Task<> UserDirectory::add(AddParams::Reader in, AddResults::Builder) {
  const std::string name = to_string(in.getName());
  auto names = to_strings(state().getNames());
  const auto place = std::lower_bound(names.begin(), names.end(), name);
  if (place != names.end() && *place == name) co_return;
  if (names.size() >= kMostUsers)
    throw troupe::Refusal("directory_full", fmt::format("the shop has its {} users", kMostUsers));
  names.insert(place, name);
  fill(edit().initNames(static_cast<unsigned>(names.size())), names);
}

troupe::Task<> UserDirectory::list(ListParams::Reader in, ListResults::Builder out) {
  const auto names = to_strings(state().getNames());
  const auto first = std::upper_bound(names.begin(), names.end(), to_string(in.getAfter()));
  const auto left = static_cast<std::uint32_t>(names.end() - first);
  const std::vector<std::string> page(first, first + std::min(left, page_size(in.getLimit())));
  fill(out.initNames(static_cast<unsigned>(page.size())), page);
  out.setTotal(static_cast<std::uint32_t>(names.size()));
  co_return;
}

}  // namespace demo
