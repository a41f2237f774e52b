// Who is logged in: the shop's issuer of tokens, hosted by every node, which asks the users' actors.
#pragma once

#include <auth/issuer.h>

#include <string>
#include <vector>

namespace demo {

// The issuer's name: `iss` of its tokens, and the key of the actor that keeps its keys.
inline constexpr const char* kIssuer = "urn:troupe:demo-shop";
inline constexpr const char* kAudience = "shop";
// The public client that the shop's own pages and programs are.
inline constexpr const char* kWebClient = "shop-web";

// `web_urls`: where the shop's pages are, "https://shop.example/"; whoever asks for a code is sent back there. The same
// on every node. Throws troupe::Error `invalid` for one that is no address.
[[nodiscard]] troupe::auth::Issuer shop_issuer(const std::vector<std::string>& web_urls = {});

}  // namespace demo
