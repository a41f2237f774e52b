// A form as browsers and clients send it (application/x-www-form-urlencoded), to the letter. Pure; any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "gateway/http/request.h"
#include "troupe/error.h"

namespace troupe::auth::web {

// Parameters by name, each there once.
class FormBody {
 public:
  struct Pair {
    std::string name;
    std::string value;
  };
  // `invalid`: more than kMaxFormBytes or limits::kMaxParameters, a byte that is not escaped and should be, an escape
  // that is none, a name that is empty or there twice, what is no UTF-8 or has a byte 0 in it.
  [[nodiscard]] static Result<FormBody> read(std::string_view text);

  // Empty: not there.
  [[nodiscard]] std::string_view get(std::string_view name) const noexcept;
  [[nodiscard]] const std::vector<Pair>& pairs() const noexcept { return pairs_; }
  // Puts in the place of what has that name, or besides.
  void set(std::string_view name, std::string value);
  void remove(std::string_view name);
  // As read() takes it.
  [[nodiscard]] std::string text() const;

 private:
  std::vector<Pair> pairs_;
};

enum class BodyKind : unsigned char { form, json, other };
// By a Content-Type that is there once; its parameters are not looked at.
[[nodiscard]] BodyKind kind_of_body(const http::Request& request);

[[nodiscard]] bool is_utf8(std::string_view text) noexcept;

}  // namespace troupe::auth::web
