#include "users/user_directory.h"

#include <fmt/format.h>

#include "found_page.h"
#include "lists.h"

namespace demo {

using troupe::Task;
using namespace std::chrono_literals;

namespace {

constexpr std::uint64_t kMostUsers = 1'000'000;
// Rows that one search looks at before it hands out what it has.
constexpr std::size_t kMostSearched = 10'000;
constexpr auto kMoveLook = 5ms;

}  // namespace

Task<> UserDirectory::add(AddParams::Reader in, AddResults::Builder) {
  move_names();
  const std::string name = to_string(in.getName());
  if (users().contains(name)) co_return;
  require_room_for(name);
  users().put(name, [&](auto row) { row.setName(name); });
}

Task<> UserDirectory::put(PutParams::Reader in, PutResults::Builder) {
  move_names();
  const auto entry = in.getEntry();
  const std::string name = to_string(entry.getName());
  require_room_for(name);
  users().put(name, [&](auto row) {
    row.setName(entry.getName());
    row.setFullName(entry.getFullName());
    row.setRoles(entry.getRoles());
    row.setCreatedMs(entry.getCreatedMs());
    row.setErased(entry.getErased());
  });
  co_return;
}

Task<> UserDirectory::list(ListParams::Reader in, ListResults::Builder out) {
  co_await moved();
  const auto after = to_string(in.getAfter());
  const auto page = users().page({.after = after, .limit = page_size(in.getLimit())});
  auto names = out.initNames(static_cast<unsigned>(page.size()));
  for (unsigned i = 0; i < page.size(); ++i) names.set(i, page[i].key);
  out.setTotal(static_cast<std::uint32_t>(users().count()));
}

Task<> UserDirectory::search(SearchParams::Reader in, SearchResults::Builder out) {
  co_await moved();
  const std::string wanted = lower(to_string(in.getText()));
  const auto found = find_page(
      users(), {.after = to_string(in.getAfter()), .rows = page_size(in.getLimit()), .most_looked = kMostSearched},
      [&](shop::UserEntry::Reader row) {
        return wanted.empty() || mentions(row.getName(), wanted) || mentions(row.getFullName(), wanted);
      });
  found.fill(out.initUsers(found.size()));
  out.setMore(found.more);
  out.setTotal(static_cast<std::uint32_t>(users().count()));
  out.setNext(found.last);
}

void UserDirectory::on_activate() {
  if (state().getNames().size() == 0) return;
  after(0ms, [this]() -> Task<> {
    move_names();
    co_return;
  });
}

void UserDirectory::move_names() {
  if (state().getNames().size() == 0) return;
  for (const auto& name : to_strings(state().getNames()))
    if (!users().contains(name)) users().put(name, [&](auto row) { row.setName(name); });
  edit().disownNames();
}

Task<> UserDirectory::moved() {
  while (state().getNames().size() != 0) co_await sleep_for(kMoveLook);
}

void UserDirectory::require_room_for(const std::string& name) {
  if (users().count() >= kMostUsers && !users().contains(name))
    throw troupe::Refusal("directory_full", fmt::format("the shop has its {} users", kMostUsers));
}

}  // namespace demo
