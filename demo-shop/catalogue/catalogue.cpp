#include "catalogue/catalogue.h"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <utility>

#include "lists.h"
#include "stock.capnp.troupe.h"

namespace demo {

using shop::CatalogueEntry;
using shop::ProductOrder;
using troupe::Task;
using namespace std::chrono_literals;

namespace {

// The catalogue is one state, written whole with every change.
constexpr unsigned kMostProducts = 10'000;
constexpr auto kLevelsKept = 500ms;
constexpr std::uint64_t kLow = 10;
// Products whose stock one page of lowStock() asks for.
constexpr std::size_t kMostAsked = 500;

bool holds_text(CatalogueEntry::Reader entry, const std::string& wanted) {
  return wanted.empty() || mentions(entry.getSku(), wanted) || mentions(entry.getName(), wanted) ||
         mentions(entry.getCategory(), wanted) || mentions(entry.getNameZh(), wanted) ||
         mentions(entry.getCategoryZh(), wanted);
}

// Entries are sorted by SKU already, and those that are equal stay so.
void sort(std::vector<CatalogueEntry::Reader>& entries, ProductOrder order) {
  const auto by = [&](auto less) { std::stable_sort(entries.begin(), entries.end(), less); };
  switch (order) {
    case ProductOrder::NAME: return by([](auto a, auto b) { return a.getName() < b.getName(); });
    case ProductOrder::PRICE_UP: return by([](auto a, auto b) { return a.getPriceCents() < b.getPriceCents(); });
    case ProductOrder::PRICE_DOWN: return by([](auto a, auto b) { return a.getPriceCents() > b.getPriceCents(); });
    case ProductOrder::SKU: break;
  }
}

std::vector<std::string> skus_of(const std::vector<CatalogueEntry::Reader>& entries) {
  std::vector<std::string> skus;
  for (auto entry : entries) skus.push_back(to_string(entry.getSku()));
  return skus;
}

}  // namespace

Task<> Catalogue::put(PutParams::Reader in, PutResults::Builder) {
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

Task<> Catalogue::search(SearchParams::Reader in, SearchResults::Builder out) {
  const std::string wanted = lower(to_string(in.getText()));
  std::vector<CatalogueEntry::Reader> fits;
  for (auto entry : state().getEntries()) {
    if (!(in.getAfter() < entry.getSku()) || !(entry.getOnSale() || in.getDiscontinuedToo())) continue;
    if (in.getCategory().size() > 0 && entry.getCategory() != in.getCategory()) continue;
    if (holds_text(entry, wanted)) fits.push_back(entry);
  }
  sort(fits, in.getSort());
  const std::size_t first = std::min<std::size_t>(in.getOffset(), fits.size());
  const std::size_t count = std::min<std::size_t>(page_size(in.getLimit()), fits.size() - first);
  out.setTotal(static_cast<std::uint32_t>(fits.size()));
  out.setMore(first + count < fits.size());
  fits = {fits.begin() + static_cast<std::ptrdiff_t>(first), fits.begin() + static_cast<std::ptrdiff_t>(first + count)};

  auto list = out.initEntries(static_cast<unsigned>(count));
  for (unsigned i = 0; i < count; ++i) list.setWithCaveats(i, fits[i]);
  const auto levels = co_await on_hand(skus_of(fits));
  for (unsigned i = 0; i < count; ++i) list[i].setOnHand(levels[i]);
}

Task<> Catalogue::categories(CategoriesParams::Reader, CategoriesResults::Builder out) {
  struct Seen {
    std::string zh;
    std::uint32_t products = 0;
  };
  std::map<std::string, Seen> seen;
  for (auto entry : state().getEntries()) {
    if (!entry.getOnSale()) continue;
    auto& category = seen[to_string(entry.getCategory())];
    ++category.products;
    if (category.zh.empty()) category.zh = to_string(entry.getCategoryZh());
  }
  auto list = out.initCategories(static_cast<unsigned>(seen.size()));
  unsigned i = 0;
  for (const auto& [name, category] : seen) {
    list[i].setCategory(name);
    list[i].setCategoryZh(category.zh);
    list[i++].setProducts(category.products);
  }
  co_return;
}

Task<> Catalogue::lowStock(LowStockParams::Reader in, LowStockResults::Builder out) {
  std::vector<std::string> skus;
  bool more = false;
  for (auto entry : state().getEntries()) {
    if (!entry.getOnSale() || !(in.getAfter() < entry.getSku())) continue;
    more = skus.size() == kMostAsked;
    if (more) break;
    skus.push_back(to_string(entry.getSku()));
  }
  const auto levels = co_await on_hand(skus);
  const std::uint64_t below = in.getBelow() == 0 ? kLow : in.getBelow();
  const std::size_t most = page_size(in.getLimit());
  std::map<std::string, std::uint64_t> low;
  std::string last = skus.empty() ? to_string(in.getAfter()) : skus.back();
  for (std::size_t i = 0; i < skus.size(); ++i) {
    if (levels[i] >= below) continue;
    if (low.size() == most) {
      more = true;
      last = low.rbegin()->first;
      break;
    }
    low.emplace(skus[i], levels[i]);
  }
  auto list = out.initEntries(static_cast<unsigned>(low.size()));
  unsigned i = 0;
  for (auto entry : state().getEntries()) {
    const auto level = low.find(to_string(entry.getSku()));
    if (level == low.end() || i == low.size()) continue;
    list.setWithCaveats(i, entry);
    list[i++].setOnHand(level->second);
  }
  out.setMore(more);
  out.setNext(last);
}

Task<std::vector<std::uint64_t>> Catalogue::on_hand(std::vector<std::string> skus) {
  using Asked = decltype(ref<shop::Stock>("sku").level());
  std::vector<std::optional<Asked>> asked(skus.size());
  std::vector<std::uint64_t> levels(skus.size());
  for (std::size_t i = 0; i < skus.size(); ++i) {
    const auto known = levels_.find(skus[i]);
    if (known != levels_.end() && time_since(known->second.asked) < kLevelsKept) {
      levels[i] = known->second.on_hand;
    } else {
      asked[i] = ref<shop::Stock>(skus[i]).level();
    }
  }
  for (std::size_t i = 0; i < skus.size(); ++i) {
    if (!asked[i]) continue;
    auto level = co_await std::move(*asked[i]);
    levels[i] = level->getOnHand();
    levels_[skus[i]] = {levels[i], node_time()};
  }
  co_return levels;
}

}  // namespace demo
