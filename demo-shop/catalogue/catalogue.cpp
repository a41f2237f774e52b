#include "catalogue/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <string>
#include <vector>

#include "lists.h"

namespace demo {

namespace {

// The catalogue is one state, written whole with every change.
constexpr unsigned kMostProducts = 10'000;

std::string lower(std::string text) {
  for (char& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
  return text;
}

bool mentions(shop::CatalogueEntry::Reader entry, const std::string& wanted) {
  const auto has = [&](capnp::Text::Reader text) { return lower(to_string(text)).find(wanted) != std::string::npos; };
  return wanted.empty() || has(entry.getSku()) || has(entry.getName()) || has(entry.getCategory());
}

}  // namespace

troupe::Task<> Catalogue::put(PutParams::Reader in, PutResults::Builder) {
  const auto entry = in.getEntry();
  // The old list must not be read once its successor is initialised in the same field.
  const auto old = edit().disownEntries();
  const auto entries = old.getReader();
  unsigned place = 0;
  while (place < entries.size() && entries[place].getSku() < entry.getSku()) ++place;
  const bool known = place < entries.size() && entries[place].getSku() == entry.getSku();
  if (!known && entries.size() >= kMostProducts)
    throw troupe::Refusal("catalogue_full", fmt::format("the catalogue has its {} products", kMostProducts));

  const unsigned rest = place + (known ? 1 : 0);
  auto list = edit().initEntries(entries.size() + (known ? 0 : 1));
  for (unsigned i = 0; i < place; ++i) list.setWithCaveats(i, entries[i]);
  list.setWithCaveats(place, entry);
  for (unsigned i = rest; i < entries.size(); ++i) list.setWithCaveats(place + 1 + i - rest, entries[i]);
  co_return;
}

troupe::Task<> Catalogue::search(SearchParams::Reader in, SearchResults::Builder out) {
  const std::string wanted = lower(to_string(in.getText()));
  const auto most = page_size(in.getLimit());
  std::vector<shop::CatalogueEntry::Reader> page;
  for (auto entry : state().getEntries()) {
    if (!(in.getAfter() < entry.getSku()) || !(entry.getOnSale() || in.getDiscontinuedToo()) ||
        !mentions(entry, wanted))
      continue;
    if (page.size() == most) {
      out.setMore(true);
      break;
    }
    page.push_back(entry);
  }
  auto list = out.initEntries(static_cast<unsigned>(page.size()));
  for (unsigned i = 0; i < page.size(); ++i) list.setWithCaveats(i, page[i]);
  co_return;
}

}  // namespace demo
