#include "gateway/http/headers.h"

#include <algorithm>
#include <array>
#include <utility>

namespace troupe::http {
namespace {

// What room is made for at the first field: that of most answers.
constexpr std::size_t kUsualFields = 8;
constexpr std::size_t kUsualBytes = 220;

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

constexpr std::array<bool, 256> token_characters() {
  std::array<bool, 256> out{};
  for (int c = '0'; c <= '9'; ++c) out[static_cast<std::size_t>(c)] = true;
  for (int c = 'a'; c <= 'z'; ++c) out[static_cast<std::size_t>(c)] = true;
  for (int c = 'A'; c <= 'Z'; ++c) out[static_cast<std::size_t>(c)] = true;
  for (const char c : std::string_view("!#$%&'*+-.^_`|~")) out[static_cast<unsigned char>(c)] = true;
  return out;
}
constexpr auto kTokenCharacters = token_characters();

std::string_view trimmed(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

}  // namespace

void Headers::add(std::string_view name, std::string_view value) {
  if (places_.capacity() == 0) places_.reserve(kUsualFields);
  const std::size_t at = text_.size(), wanted = at + name.size() + value.size();
  if (wanted > text_.capacity()) {  // either may be a part of this, and stays until it is copied
    std::string grown;
    grown.reserve(std::max({wanted, 2 * text_.capacity(), kUsualBytes}));
    grown.append(text_).append(name).append(value);
    text_.swap(grown);
  } else {
    text_.append(name).append(value);
  }
  places_.push_back({at, name.size(), value.size()});
}

void Headers::set(std::string_view name, std::string_view value) {
  if (!has(name)) return add(name, value);
  // Either may be a part of this.
  const std::string kept_name(name), kept_value(value);
  remove(kept_name);
  add(kept_name, kept_value);
}

void Headers::remove(std::string_view name) {
  const std::string kept(name);
  std::erase_if(places_, [&](const Place& place) {
    return same_name(std::string_view(text_).substr(place.name_at, place.name_size), kept);
  });
}

void Headers::clear() noexcept {
  text_.clear();
  places_.clear();
}

void Headers::reserve(std::size_t fields, std::size_t bytes) {
  places_.reserve(fields);
  text_.reserve(bytes);
}

std::optional<std::string_view> Headers::find(std::string_view name) const {
  for (std::size_t i = 0; i < places_.size(); ++i) {
    if (places_[i].name_size != name.size()) continue;
    if (const Field field = (*this)[i]; same_name(field.name, name)) return field.value;
  }
  return std::nullopt;
}

std::string Headers::joined(std::string_view name) const {
  std::string out;
  bool first = true;
  for (std::size_t i = 0; i < places_.size(); ++i) {
    const Field field = (*this)[i];
    if (!same_name(field.name, name)) continue;
    if (!std::exchange(first, false)) out += ", ";
    out += field.value;
  }
  return out;
}

Field Headers::operator[](std::size_t index) const {
  const Place& place = places_.at(index);
  const std::string_view text(text_);
  return {text.substr(place.name_at, place.name_size), text.substr(place.name_at + place.name_size, place.value_size)};
}

bool same_name(std::string_view a, std::string_view b) noexcept {
  return a.size() == b.size() &&
         std::equal(a.begin(), a.end(), b.begin(), [](char x, char y) { return lower(x) == lower(y); });
}

bool list_has(std::string_view list, std::string_view token) noexcept {
  while (!list.empty()) {
    const std::size_t comma = list.find(',');
    std::string_view one = list.substr(0, comma);
    one = trimmed(one.substr(0, one.find(';')));
    if (same_name(one, token)) return true;
    if (comma == std::string_view::npos) break;
    list.remove_prefix(comma + 1);
  }
  return false;
}

bool is_token(std::string_view text) noexcept {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return kTokenCharacters[static_cast<unsigned char>(c)]; });
}

bool is_field_value(std::string_view text) noexcept {
  if (trimmed(text).size() != text.size()) return false;
  return std::all_of(text.begin(), text.end(), [](char c) {
    const auto byte = static_cast<unsigned char>(c);
    return (byte >= 0x20 && byte != 0x7f) || byte == '\t';
  });
}

}  // namespace troupe::http
