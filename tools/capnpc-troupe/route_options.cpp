// Routes whose body or answer is bytes instead of JSON, those that want an Idempotency-Key, and how often one is
// called.
#include <fmt/format.h>
#include <troupe/http.capnp.h>

#include <algorithm>
#include <cctype>

#include "route_checks.h"
#include "routes.h"

namespace troupe::schema {
namespace {

bool is_data(capnp::schema::Field::Reader field) { return field.isSlot() && field.getSlot().getType().isData(); }

// Names of header fields have no case.
bool is_content_type(Annotations annotations) {
  constexpr std::string_view kName = "content-type";
  const std::string name = text_of(annotations, kHttpHeader);
  return std::equal(name.begin(), name.end(), kName.begin(), kName.end(),
                    [](unsigned char a, char b) { return std::tolower(a) == b; });
}

}  // namespace

void RouteReading::check_bytes(const At& at, const Route& route) {
  std::size_t told = 0, bytes = 0;
  std::optional<std::string> type_field;
  for (auto field : at.results) {
    const auto annotations = field.getAnnotations();
    if (is_content_type(annotations)) type_field = std::string(field.getName());
    if (says(annotations, kHttpHeader)) continue;
    ++told;
    if (is_data(field)) ++bytes;
  }
  const bool said = says(at.annotations, kHttpBytes), raw_answer = said && told == 1 && bytes == 1;
  if (type_field && !raw_answer)
    diagnostics_.error(
        at.text.parameter(at.path, *type_field, true),
        "the answer is JSON, and its Content-Type says so; remove it, or add $Http.bytes(\"...\") where a "
        "field of type Data is all that the results tell");
  if (!said) return;
  const auto place = at.text.annotation(at.path, "bytes");
  const std::string types = text_of(at.annotations, kHttpBytes);
  if (auto complaint = check_media_types(types)) return wrong(place, complaint);
  bool raw_body = false;
  for (auto field : at.parameters)
    if (route.body == field.getName().cStr()) raw_body = is_data(field);
  if (!raw_body && !raw_answer)
    diagnostics_.error(place,
                       "nothing here is bytes; name a field of type Data as the body, $Http.body(\"...\"), or have one "
                       "field of type Data in the results, the others being headers");
  if (raw_answer && route.status == 204)
    diagnostics_.error(place, "a 204 has no body, so nobody would see these bytes; use another status");
  if (raw_answer && !type_field && types.find(' ') != types.npos)
    diagnostics_.error(place,
                       "which of these types an answer has is not told; add a field to the results, as type :Text "
                       "$Http.header(\"Content-Type\"), or leave one type");
}

void RouteReading::check_idempotency_key(const At& at, const Route& route) {
  if (!says(at.annotations, kHttpIdempotencyKey) || route.verb != "GET") return;
  diagnostics_.error(at.text.annotation(at.path, "idempotencyKey"),
                     "a GET changes nothing, so it needs no Idempotency-Key; remove it");
}

void RouteReading::check_limit(Annotations annotations, const std::string& path, const SourceMap& text) {
  const auto value = annotation_value(annotations, kHttpLimit);
  if (!value) return;
  const auto said = value->getStruct().getAs<http::Limit>();
  wrong(text.annotation(path, "limit"), check_rate(said.getPerMinute(), said.getBurst()));
}

}  // namespace troupe::schema
