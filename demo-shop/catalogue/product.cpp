#include "catalogue/product.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "catalogue/pictures.h"
#include "lists.h"
#include "orders/limits.h"
#include "stock.capnp.troupe.h"
#include "who.h"

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
  for (const auto& name : {in.getName(), in.getNameZh(), in.getCategory(), in.getCategoryZh()})
    if (name.size() > kLongestName)
      throw Refusal("bad_product", fmt::format("names and categories have at most {} bytes", kLongestName));
  for (const auto& description : {in.getDescription(), in.getDescriptionZh()})
    if (description.size() > kLongestDescription)
      throw Refusal("bad_product", fmt::format("a description has at most {} bytes", kLongestDescription));
}

bool says_the_same(shop::ProductState::Reader product, const shop::Product::CreateParams::Reader& in) {
  return product.getName() == in.getName() && product.getDescription() == in.getDescription() &&
         product.getCategory() == in.getCategory() && product.getPriceCents() == in.getPriceCents() &&
         product.getNameZh() == in.getNameZh() && product.getDescriptionZh() == in.getDescriptionZh() &&
         product.getCategoryZh() == in.getCategoryZh();
}

std::string_view bytes_of(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

}  // namespace

Task<> Product::create(CreateParams::Reader in, CreateResults::Builder) {
  check(in);
  if (in.getName().size() == 0 || in.getPriceCents() == 0)
    throw Refusal("bad_product", "a product has a name and a price");
  if (state().getStatus() != ProductStatus::NONE) {
    if (!says_the_same(state(), in))
      throw Refusal("product_exists", fmt::format("'{}' is another product; update that one", key()));
    co_return;
  }
  auto product = edit();
  product.setStatus(ProductStatus::ON_SALE);
  product.setName(in.getName());
  product.setDescription(in.getDescription());
  product.setCategory(in.getCategory());
  product.setPriceCents(in.getPriceCents());
  product.setNameZh(in.getNameZh());
  product.setDescriptionZh(in.getDescriptionZh());
  product.setCategoryZh(in.getCategoryZh());
  co_await tell_catalogue();
}

Task<> Product::update(UpdateParams::Reader in, UpdateResults::Builder) {
  require_known();
  check(in);
  auto product = edit();
  if (in.getName().size() > 0) product.setName(in.getName());
  if (in.hasDescription()) product.setDescription(in.getDescription());
  if (in.getCategory().size() > 0) product.setCategory(in.getCategory());
  if (in.getPriceCents() > 0) product.setPriceCents(in.getPriceCents());
  if (in.hasNameZh()) product.setNameZh(in.getNameZh());
  if (in.hasDescriptionZh()) product.setDescriptionZh(in.getDescriptionZh());
  if (in.hasCategoryZh()) product.setCategoryZh(in.getCategoryZh());
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
  out.setNameZh(product.getNameZh());
  co_return;
}

Task<> Product::show(ShowParams::Reader, ShowResults::Builder out) {
  require_known();
  const auto product = state();
  out.setSku(std::string(key()));
  out.setName(product.getName());
  out.setNameZh(product.getNameZh());
  out.setDescription(product.getDescription());
  out.setDescriptionZh(product.getDescriptionZh());
  out.setCategory(product.getCategory());
  out.setCategoryZh(product.getCategoryZh());
  out.setPriceCents(product.getPriceCents());
  out.setOnSale(product.getStatus() == ProductStatus::ON_SALE);
  out.setPictures(product.getPictures());
  auto level = co_await ref<shop::Stock>(key()).level();
  out.setOnHand(level->getOnHand());
}

Task<> Product::resume(ResumeParams::Reader, ResumeResults::Builder) {
  require_known();
  edit().setStatus(ProductStatus::ON_SALE);
  co_await tell_catalogue();
}

Task<> Product::putPicture(PutPictureParams::Reader in, PutPictureResults::Builder) {
  require_known();
  const auto number = in.getNumber();
  const auto bytes = bytes_of(in.getBytes());
  const auto type = to_string(in.getType());
  if (number == 0 || number > kMostPictures)
    throw Refusal("bad_picture", fmt::format("pictures have the numbers 1 to {}, not {}", kMostPictures, number));
  if (bytes.size() > kLargestPicture)
    throw Refusal("bad_picture", fmt::format("a picture has at most {} bytes, not {}", kLargestPicture, bytes.size()));
  if (!is_picture(type, bytes))
    throw Refusal("bad_picture",
                  "a picture is image/png, image/jpeg or image/webp, and its bytes are what its type says");
  pictures().put(row_of(number), [&](auto row) {
    row.setType(type);
    row.setBytes(in.getBytes());
  });
  std::vector<std::uint8_t> numbers;
  for (auto known : state().getPictures()) numbers.push_back(known);
  if (std::find(numbers.begin(), numbers.end(), number) != numbers.end()) co_return;
  numbers.push_back(number);
  keep(std::move(numbers));
  co_await tell_catalogue();
}

Task<> Product::picture(PictureParams::Reader in, PictureResults::Builder out) {
  const auto row = pictures().get(row_of(in.getNumber()));
  if (!row) throw not_there("no_such_picture", fmt::format("'{}' has no picture {}", key(), in.getNumber()));
  out.setType((*row)->getType());
  out.setBytes((*row)->getBytes());
  co_return;
}

Task<> Product::removePicture(RemovePictureParams::Reader in, RemovePictureResults::Builder) {
  require_known();
  if (!pictures().erase(row_of(in.getNumber()))) co_return;
  std::vector<std::uint8_t> numbers;
  for (auto known : state().getPictures())
    if (known != in.getNumber()) numbers.push_back(known);
  keep(std::move(numbers));
  co_await tell_catalogue();
}

void Product::keep(std::vector<std::uint8_t> numbers) {
  std::sort(numbers.begin(), numbers.end());
  auto list = edit().initPictures(static_cast<unsigned>(numbers.size()));
  for (unsigned i = 0; i < numbers.size(); ++i) list.set(i, numbers[i]);
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
    entry.setNameZh(product.getNameZh());
    entry.setCategoryZh(product.getCategoryZh());
    entry.setPictures(product.getPictures());
  });
}

void Product::require_known() const {
  if (state().getStatus() == ProductStatus::NONE)
    throw not_there("no_such_product", fmt::format("the shop has no product '{}'", key()));
}

}  // namespace demo
