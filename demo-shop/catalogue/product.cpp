#include "catalogue/product.h"

#include <fmt/format.h>

#include "lists.h"
#include "orders/limits.h"

namespace demo {

using shop::ProductStatus;
using troupe::Refusal;
using troupe::Task;

namespace {

constexpr std::size_t kLongestName = 200;
constexpr std::size_t kLongestDescription = 10'000;

template <class Params>
void check(const Params& in) {
  if (in.getPriceCents() > kHighestPriceCents)
    throw Refusal("bad_product",
                  fmt::format("a price is at most {} cents, not {}", kHighestPriceCents, in.getPriceCents()));
  if (in.getName().size() > kLongestName || in.getCategory().size() > kLongestName)
    throw Refusal("bad_product", fmt::format("names and categories have at most {} bytes", kLongestName));
  if (in.getDescription().size() > kLongestDescription)
    throw Refusal("bad_product", fmt::format("a description has at most {} bytes", kLongestDescription));
}

}  // namespace

Task<> Product::create(CreateParams::Reader in, CreateResults::Builder) {
  check(in);
  if (in.getName().size() == 0 || in.getPriceCents() == 0)
    throw Refusal("bad_product", "a product has a name and a price");
  const auto now = state();
  if (now.getStatus() != ProductStatus::NONE) {
    const bool same = now.getName() == in.getName() && now.getDescription() == in.getDescription() &&
                      now.getCategory() == in.getCategory() && now.getPriceCents() == in.getPriceCents();
    if (!same) throw Refusal("product_exists", fmt::format("'{}' is another product; update that one", key()));
    co_return;
  }
  auto product = edit();
  product.setStatus(ProductStatus::ON_SALE);
  product.setName(in.getName());
  product.setDescription(in.getDescription());
  product.setCategory(in.getCategory());
  product.setPriceCents(in.getPriceCents());
  co_await tell_catalogue();
}

Task<> Product::update(UpdateParams::Reader in, UpdateResults::Builder) {
  require_known();
  check(in);
  auto product = edit();
  if (in.getName().size() > 0) product.setName(in.getName());
  if (in.getDescription().size() > 0) product.setDescription(in.getDescription());
  if (in.getCategory().size() > 0) product.setCategory(in.getCategory());
  if (in.getPriceCents() > 0) product.setPriceCents(in.getPriceCents());
  co_await tell_catalogue();
}

Task<> Product::discontinue(DiscontinueParams::Reader, DiscontinueResults::Builder) {
  require_known();
  edit().setStatus(ProductStatus::DISCONTINUED);
  co_await tell_catalogue();
}

Task<> Product::view(ViewParams::Reader, ViewResults::Builder out) {
  require_known();
  const auto product = state();
  out.setName(product.getName());
  out.setDescription(product.getDescription());
  out.setCategory(product.getCategory());
  out.setPriceCents(product.getPriceCents());
  out.setOnSale(product.getStatus() == ProductStatus::ON_SALE);
  co_return;
}

Task<> Product::tell_catalogue() {
  const std::string sku(key());
  const auto product = state();
  co_await ref<shop::Catalogue>("main").put([&](auto p) {
    auto entry = p.initEntry();
    entry.setSku(sku);
    entry.setName(product.getName());
    entry.setCategory(product.getCategory());
    entry.setPriceCents(product.getPriceCents());
    entry.setOnSale(product.getStatus() == ProductStatus::ON_SALE);
  });
}

void Product::require_known() const {
  if (state().getStatus() == ProductStatus::NONE)
    throw Refusal("no_such_product", fmt::format("the shop has no product '{}'", key()));
}

}  // namespace demo
