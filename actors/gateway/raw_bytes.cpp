#include "gateway/raw_bytes.h"

#include <algorithm>

namespace troupe::gateway {
namespace {

bool is_taken(const Route& route, const std::string& type) {
  return std::find(route.media_types.begin(), route.media_types.end(), type) != route.media_types.end();
}

// As the results tell it, or the only one.
std::string type_of(const Route& route, capnp::DynamicStruct::Reader results) {
  std::string told = route.media_types.front();
  for (const auto& one : route.out_headers) {
    if (!http::same_name(one.name, "Content-Type")) continue;
    told.clear();
    write_word(results.get(one.field), told);
  }
  const bool good = http::is_field_value(told) && is_taken(route, media_type(told));
  return good ? told : "application/octet-stream";
}

}  // namespace

std::string media_type(std::string_view content_type) {
  std::string media(content_type.substr(0, std::min(content_type.find(';'), content_type.size())));
  while (!media.empty() && (media.back() == ' ' || media.back() == '\t')) media.pop_back();
  std::transform(media.begin(), media.end(), media.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  return media;
}

std::optional<BodyRefusal> refuses_bytes(const Route& route, const http::Request& request) {
  if (request.body.empty()) return std::nullopt;
  const auto type = request.headers.find("Content-Type");
  if (type && is_taken(route, media_type(*type))) return std::nullopt;
  std::string types;
  for (const auto& one : route.media_types) types += (types.empty() ? "" : ", ") + one;
  return BodyRefusal{415, (type ? "the body is " + media_type(*type).substr(0, 100) : "the body has no Content-Type") +
                              ", and wanted as " + types};
}

Result<void> take_bytes(const Route& route, const http::Request& request, capnp::DynamicStruct::Builder params) {
  if (request.body.empty()) {
    if (route.whole_body->required) return Error(ErrorKind::invalid, "a body is required");
    return {};
  }
  params.set(*route.raw_body,
             capnp::Data::Reader(reinterpret_cast<const kj::byte*>(request.body.data()), request.body.size()));
  return {};
}

void give_bytes(const Route& route, capnp::DynamicStruct::Reader results, http::Response& out) {
  const auto bytes = results.get(*route.raw_answer).as<capnp::Data>();
  out.body.assign(reinterpret_cast<const char*>(bytes.begin()), bytes.size());
  out.headers.add("Content-Type", type_of(route, results));
  // Whoever can upload must not have their scripts run in this origin, nor read as another type than they were said to
  // be.
  out.headers.add("X-Content-Type-Options", "nosniff");
  out.headers.add("Content-Security-Policy", "default-src 'none'; style-src 'unsafe-inline'; sandbox");
}

}  // namespace troupe::gateway
