#include "reflect/json_text.h"

#include <algorithm>
#include <optional>
#include <set>
#include <vector>

#include "reflect/json.h"

namespace troupe::reflect {
namespace {

constexpr std::size_t kMaxQuoted = 200;

Error malformed(std::string what) {
  // "[json.exception.parse_error.101] parse error at line 1, column 5: ..."
  if (const auto end = what.find("] "); what.starts_with("[json.") && end != std::string::npos) what.erase(0, end + 2);
  // What was read last may be anybody's secret: no schema has been asked yet.
  if (const auto quote = what.find("; last read: "); quote != std::string::npos) {
    const auto wanted = what.rfind("'; expected ");
    what.erase(quote, wanted == std::string::npos || wanted < quote ? std::string::npos : wanted + 1 - quote);
  }
  if (what.size() > kMaxQuoted) what = as_utf8(what.substr(0, kMaxQuoted)) + "...";
  return Error(ErrorKind::invalid, "malformed JSON: " + what);
}

// A first look at the text, before anything is built: it stops at the first thing that is wrong. (The library's own
// callback parser would do, but it takes quadratic time on a long array of objects.)
class FirstLook final : public nlohmann::json_sax<nlohmann::json> {
 public:
  bool null() override { return true; }
  bool boolean(bool) override { return true; }
  bool number_integer(number_integer_t) override { return true; }
  bool number_unsigned(number_unsigned_t) override { return true; }
  bool number_float(number_float_t, const string_t&) override { return true; }
  bool string(string_t&) override { return true; }
  bool binary(binary_t&) override { return true; }
  bool start_object(std::size_t) override { return open(); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    if (names_.back().insert(name).second) return true;
    error = Error(ErrorKind::invalid, "field '" + name.substr(0, kMaxQuoted) + "' is given twice");
    return false;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::json::exception& e) override {
    error = malformed(e.what());
    return false;
  }

  std::optional<Error> error;

 private:
  bool open() {
    names_.emplace_back();
    if (names_.size() <= static_cast<std::size_t>(kMaxJsonDepth)) return true;
    error = Error(ErrorKind::invalid, "JSON nested deeper than " + std::to_string(kMaxJsonDepth) + " levels");
    return false;
  }
  bool close() {
    names_.pop_back();
    return true;
  }
  std::vector<std::set<std::string>> names_;  // of the objects that are open
};

// The length of the UTF-8 sequence that `text` begins with; 0: none.
std::size_t sequence_length(std::string_view text) {
  const auto at = [&](std::size_t i) { return static_cast<unsigned char>(i < text.size() ? text[i] : 0); };
  const auto follows = [&](std::size_t i) { return (at(i) & 0xC0) == 0x80; };
  const unsigned char first = at(0);
  if (first < 0x80) return 1;
  if (first >= 0xC2 && first <= 0xDF) return follows(1) ? 2 : 0;
  if ((first & 0xF0) == 0xE0) {
    const bool overlong = first == 0xE0 && at(1) < 0xA0;
    const bool surrogate = first == 0xED && at(1) > 0x9F;
    return follows(1) && follows(2) && !overlong && !surrogate ? 3 : 0;
  }
  if (first >= 0xF0 && first <= 0xF4) {
    const bool out_of_range = (first == 0xF0 && at(1) < 0x90) || (first == 0xF4 && at(1) > 0x8F);
    return follows(1) && follows(2) && follows(3) && !out_of_range ? 4 : 0;
  }
  return 0;
}

}  // namespace

Result<nlohmann::json> parse_json(std::string_view text) {
  if (text.size() > kMaxJsonBytes)
    return Error(ErrorKind::invalid, "JSON of " + std::to_string(text.size()) + " bytes; at most " +
                                         std::to_string(kMaxJsonBytes) + " are read");
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) return nlohmann::json::object();
  FirstLook look;
  const bool whole = nlohmann::json::sax_parse(text, &look);
  if (look.error) return *look.error;
  if (!whole) return malformed("it ends too early");
  return nlohmann::json::parse(text, nullptr, false);
}

std::string as_utf8(std::string_view text) {
  std::string out;
  out.reserve(text.size());
  while (!text.empty()) {
    const std::size_t length = sequence_length(text);
    if (length == 0) {
      out += "\xEF\xBF\xBD";
    } else {
      out += text.substr(0, length);
    }
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  return out;
}

}  // namespace troupe::reflect
