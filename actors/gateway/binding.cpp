#include "gateway/binding.h"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "gateway/http/answer_head.h"
#include "gateway/raw_bytes.h"

namespace troupe::gateway {
namespace {

// What most answers have.
constexpr std::size_t kUsualBody = 240, kUsualFields = 8, kUsualFieldBytes = 220;

Error at(std::string_view what, std::string_view name, const Error& why) {
  return Error(ErrorKind::invalid, fmt::format("{} \"{}\": {}", what, name, why.message()));
}

Result<void> bind_query(const Route& route, const http::Request& request, capnp::DynamicStruct::Builder into) {
  const auto given = request.target.parameters();
  for (const auto& parameter : given) {
    const std::string& name = parameter.first;
    const bool known =
        std::any_of(route.in_query.begin(), route.in_query.end(), [&](const auto& one) { return one.name == name; });
    if (known) continue;
    std::string names;
    for (const auto& one : route.in_query) names += (names.empty() ? "" : ", ") + one.name;
    return Error(ErrorKind::invalid, fmt::format("the query has no \"{}\" here; there {}", name.substr(0, 100),
                                                 names.empty() ? std::string("is none") : "is: " + names));
  }
  for (const auto& one : route.in_query) {
    std::vector<std::string_view> values;
    for (const auto& [name, value] : given)
      if (name == one.name) values.push_back(value);
    if (values.empty()) {
      if (one.required) return Error(ErrorKind::invalid, fmt::format("the query's \"{}\" is required", one.name));
      continue;
    }
    Result<void> read;
    if (one.field.getType().isList()) {
      auto list = into.init(one.field, static_cast<unsigned>(values.size())).as<capnp::DynamicList>();
      for (unsigned i = 0; i < values.size() && read.ok(); ++i)
        read = read_element(values[i], one.field.getType().asList().getElementType(), list, i);
    } else if (values.size() > 1) {
      read = Error(ErrorKind::invalid, "it is given more than once");
    } else {
      read = read_word(values[0], one.field, into);
    }
    if (!read.ok()) return at("the query's", one.name, read.error());
  }
  return {};
}

Result<void> bind_headers(const Route& route, const http::Request& request, capnp::DynamicStruct::Builder into) {
  for (const auto& one : route.in_headers) {
    const auto value = request.headers.find(one.name);
    if (!value && one.required)
      return Error(ErrorKind::invalid, fmt::format("the header \"{}\" is required", one.name));
    if (!value) continue;
    if (auto read = read_word(*value, one.field, into); !read.ok()) return at("the header", one.name, read.error());
  }
  return {};
}

bool is_blank(std::string_view body) { return body.find_first_not_of(" \t\r\n") == body.npos; }

bool is_json(std::string_view type) {
  const std::string media = media_type(type);
  return media == "application/json" || (media.starts_with("application/") && media.ends_with("+json"));
}

void percent_encoded(std::string_view text, std::string& out) {
  for (const char c : text) {
    const bool plain = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') ||
                       std::string_view("-._~").find(c) != std::string_view::npos;
    if (plain)
      out += c;
    else
      fmt::format_to(std::back_inserter(out), "%{:02X}", static_cast<unsigned char>(c));
  }
}

// The names in braces.
template <class Visit>
void each_name(std::string_view path, Visit&& visit) {
  for (auto open = path.find('{'); open != path.npos; open = path.find('{', open + 1))
    visit(std::string(path.substr(open + 1, path.find('}', open) - open - 1)));
}

// The word of a field of the results, else of the parameters, else the key.
std::string location(const Route& route, std::string_view key, const Words& words,
                     capnp::DynamicStruct::Reader results) {
  const std::string_view path = route.http->location;
  std::string out;
  for (std::size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '{') {
      out += path[i];
      continue;
    }
    const auto close = path.find('}', i);
    const std::string name(path.substr(i + 1, close - i - 1));
    std::string word(key);
    if (const auto known = words.find(name); known != words.end()) word = known->second;
    KJ_IF_MAYBE (result, route.results.findFieldByName(name.c_str())) {
      word.clear();
      write_word(results.get(*result), word);
    }
    percent_encoded(word, out);
    i = close;
  }
  return out;
}

// A header's value has no control characters; what cannot stand there is not sent.
bool fits_header(std::string_view value) { return http::is_field_value(value); }

// "2026-11-01" as seconds since 1970.
std::time_t midnight(std::string_view date) {
  const auto number = [&](std::size_t from, std::size_t count) {
    return std::stoi(std::string(date.substr(from, count)));
  };
  std::tm day{};
  day.tm_year = number(0, 4) - 1900;
  day.tm_mon = number(5, 2) - 1;
  day.tm_mday = number(8, 2);
  return ::timegm(&day);
}

}  // namespace

std::optional<BodyRefusal> refuses_body(const Route& route, const http::Request& request) {
  if (route.raw_body) return refuses_bytes(route, request);
  if (is_blank(request.body)) return std::nullopt;
  if (!route.body) return BodyRefusal{400, "no body is taken here"};
  const auto type = request.headers.find("Content-Type");
  if (type && is_json(*type)) return std::nullopt;
  return BodyRefusal{415, "the body is wanted as application/json"};
}

Result<void> take_parameters(const Route& route, const http::Request& request, const std::vector<std::string>& segments,
                             capnp::AnyPointer::Builder into) {
  auto params = into.initAs<capnp::DynamicStruct>(route.parameters);
  if (route.raw_body) {
    if (auto taken = take_bytes(route, request, params); !taken.ok()) return taken;
  } else if (route.body) {
    if (!route.whole_body) {
      if (auto read = route.body->read(request.body, params); !read.ok()) return read;
    } else if (!is_blank(request.body)) {
      if (auto read = route.body->read_member(request.body, *route.whole_body, params); !read.ok()) return read;
    } else if (route.whole_body->required) {
      return Error(ErrorKind::invalid, "a body is required");
    }
  }
  for (const auto& one : route.in_path)
    if (auto read = read_word(segments[one.segment], one.field, params); !read.ok())
      return at("the path's", one.field.getProto().getName().cStr(), read.error());
  if (auto read = bind_query(route, request, params); !read.ok()) return read;
  return bind_headers(route, request, params);
}

Words words_for_location(const Route& route, capnp::AnyPointer::Reader params) {
  Words out;
  each_name(route.http->location, [&](const std::string& name) {
    KJ_IF_MAYBE (field, route.parameters.findFieldByName(name.c_str())) {
      write_word(params.getAs<capnp::DynamicStruct>(route.parameters).get(*field), out[name]);
    }
  });
  return out;
}

http::Response room_for_answer() {
  http::Response out;
  out.headers.reserve(kUsualFields, kUsualFieldBytes);
  out.body.reserve(kUsualBody);
  return out;
}

void fill_answer(const Route& route, std::string_view key, const Words& words, capnp::AnyPointer::Reader results,
                 http::Response& out) {
  if (route.result_shape) {
    const auto fits = route.result_shape->fits(results);
    KJ_REQUIRE(fits.ok(), fits.error().what());
  }
  const auto told = results.getAs<capnp::DynamicStruct>(route.results);
  out.status = route.http->status != 0 ? route.http->status : route.tells ? 200 : 204;
  if (route.raw_answer) {
    give_bytes(route, told, out);
  } else if (route.tells && out.status != 204) {
    route.answer->write(told, out.body);
    out.headers.add("Content-Type", "application/json");
  }
  for (const auto& one : route.out_headers) {
    if (route.raw_answer && http::same_name(one.name, "Content-Type")) continue;
    std::string value;
    write_word(told.get(one.field), value);
    if (!value.empty() && fits_header(value)) out.headers.add(one.name, value);
  }
  if (*route.http->location != '\0') out.headers.set("Location", location(route, key, words, told));
  if (*route.http->deprecated != '\0') {
    out.headers.add("Deprecation", "@" + std::to_string(midnight(route.http->deprecated)));  // RFC 9745
    if (*route.http->sunset != '\0')
      out.headers.add("Sunset", http::http_date(midnight(route.http->sunset)));  // RFC 8594
  }
}

}  // namespace troupe::gateway
