// Forms, cookies and addresses as strangers send them: what is taken comes out as it went in, and is what it says.
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "auth/http/cookies.h"
#include "auth/http/form_body.h"
#include "auth/http/web_address.h"

using namespace troupe;
using namespace troupe::auth;

namespace {

void insist(bool holds) {
  if (!holds) std::abort();
}

void form(std::string_view text) {
  auto read = web::FormBody::read(text);
  if (!read) return;
  for (const auto& pair : read->pairs()) {
    insist(!pair.name.empty() && web::is_utf8(pair.name) && web::is_utf8(pair.value));
    insist(read->get(pair.name) == pair.value);
  }
  // Written again it may be longer, and so past the limit.
  auto again = web::FormBody::read(read->text());
  if (!again) return;
  insist(again->pairs().size() == read->pairs().size());
  for (const auto& pair : read->pairs()) insist(again->get(pair.name) == pair.value);
}

void request(std::string_view text) {
  http::Request request;
  request.host = "front";
  const auto half = text.size() / 2;
  request.headers.add("Cookie", text.substr(0, half));
  request.headers.add("Cookie", text.substr(half));
  request.headers.add("Origin", text);
  if (auto found = web::cookie_of(request, "name"); found.ok()) insist(found->find(';') == std::string::npos);
  if (web::is_from_own_page(request, ""))
    insist(text.size() >= 8 && http::same_name(text.substr(text.size() - 8), "://front"));
  insist(!web::is_from_own_page(request, "https://front") || text == "https://front");
}

void address(std::string_view text) {
  if (web::is_local_path(text)) insist(text[0] == '/' && (text.size() == 1 || (text[1] != '/' && text[1] != '\\')));
  auto read = web::read_address(text);
  if (!read) return;
  insist(!read->host.empty() && read->port != 0 && read->target.starts_with('/'));
  insist(web::read_address(read->origin())->origin() == read->origin());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  form(text);
  request(text);
  address(text);
  return 0;
}
