// What a shop that opens for the first time has on its shelves. Pure.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "opening/picture.h"

namespace demo {

struct ShelfGoods {
  std::string_view sku;
  std::string_view name, name_zh;
  std::string_view description, description_zh;
  std::string_view category, category_zh;
  std::uint64_t price_cents;
  std::uint32_t quantity;
  Motif motif;
  std::uint32_t colour;  // 0xRRGGBB
};

[[nodiscard]] std::span<const ShelfGoods> shelf_goods();

}  // namespace demo
