// Header fields of a request or an answer, in their order; names are compared without case, values are bytes. A value;
// what find() gives lives as long as it and until it is changed.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace troupe::http {

struct Field {
  std::string_view name;
  std::string_view value;
};

class Headers {
 public:
  Headers() = default;
  Headers(std::initializer_list<Field> fields) {
    for (const Field& field : fields) add(field.name, field.value);
  }

  // One more of that name, or the first.
  void add(std::string_view name, std::string_view value);
  // The one of that name: others of it go.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear() noexcept;
  void reserve(std::size_t fields, std::size_t bytes);

  [[nodiscard]] bool has(std::string_view name) const { return find(name).has_value(); }
  // The first of that name.
  [[nodiscard]] std::optional<std::string_view> find(std::string_view name) const;
  // Every one of that name, as one list: joined with ", ".
  [[nodiscard]] std::string joined(std::string_view name) const;
  [[nodiscard]] std::size_t size() const noexcept { return places_.size(); }
  // Of all names and values.
  [[nodiscard]] std::size_t bytes() const noexcept { return text_.size(); }
  [[nodiscard]] bool empty() const noexcept { return places_.empty(); }
  [[nodiscard]] Field operator[](std::size_t index) const;

 private:
  // Within text_, so that a copy and a move need nothing changed.
  struct Place {
    std::size_t name_at;
    std::size_t name_size;
    std::size_t value_size;  // follows the name
  };
  std::string text_;
  std::vector<Place> places_;
};

// Without case, of ASCII letters alone.
[[nodiscard]] bool same_name(std::string_view a, std::string_view b) noexcept;
// Whether a list such as "gzip, br;q=0.5" has this token, parameters aside.
[[nodiscard]] bool list_has(std::string_view list, std::string_view token) noexcept;
// RFC 9110: a field's name is a token; its value has no control characters but tabs, and no space at its ends.
[[nodiscard]] bool is_token(std::string_view text) noexcept;
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;

}  // namespace troupe::http
