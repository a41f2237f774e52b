#include "reception/reception.h"

#include <fmt/format.h>

#include <algorithm>

#include "catalogue.capnp.troupe.h"
#include "lists.h"
#include "users.capnp.troupe.h"
#include "users/limits.h"

namespace demo {

using troupe::Refusal;
using troupe::Task;

namespace {

constexpr std::size_t kLongestSku = 40;

void check_sku(std::string_view sku) {
  const auto good = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  };
  // "." and ".." are no segments of a path.
  if (sku.empty() || sku.size() > kLongestSku || sku.front() == '.' || !std::all_of(sku.begin(), sku.end(), good))
    throw Refusal("bad_sku",
                  fmt::format("a SKU has 1 to {} characters: lower-case letters, digits, and . - _, and does "
                              "not begin with a dot",
                              kLongestSku));
}

}  // namespace

Task<> Reception::signUp(SignUpParams::Reader in, SignUpResults::Builder out) {
  const auto name = to_string(in.getName());
  // A key of an actor is not empty and has its own limit; which names are good the user says.
  if (name.empty() || name.size() > kLongestUserName)
    throw Refusal("bad_name", fmt::format("a user name has {} to {} characters", kShortestUserName, kLongestUserName));
  co_await ref<shop::User>(name).signUp([&](auto p) {
    p.setPassword(in.getPassword());
    p.setFullName(in.getFullName());
    p.setAddress(in.getAddress());
    p.setLanguage(in.getLanguage());
  });
  out.setName(name);
}

Task<> Reception::offer(OfferParams::Reader in, OfferResults::Builder out) {
  const auto sku = to_string(in.getSku());
  check_sku(sku);
  co_await ref<shop::Product>(sku).create([&](auto p) {
    p.setName(in.getName());
    p.setDescription(in.getDescription());
    p.setCategory(in.getCategory());
    p.setPriceCents(in.getPriceCents());
    p.setNameZh(in.getNameZh());
    p.setDescriptionZh(in.getDescriptionZh());
    p.setCategoryZh(in.getCategoryZh());
  });
  out.setSku(sku);
}

}  // namespace demo
