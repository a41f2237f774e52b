#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <set>

#include "gateway/base64.h"
#include "gateway/json_shape.h"

namespace troupe::gateway {
namespace {

using Json = nlohmann::json;

// --- text to values, under limits ---

// Refuses what nlohmann's parser lets pass: members given twice, and depth.
class Guard {
 public:
  bool operator()(int depth, Json::parse_event_t event, Json& parsed) {
    if (!why_.empty()) return false;
    if (event == Json::parse_event_t::object_start || event == Json::parse_event_t::array_start) {
      if (depth + 1 > kMaxJsonDepth) return refuse(fmt::format("it is nested more than {} deep", kMaxJsonDepth));
      if (event == Json::parse_event_t::object_start) names_.emplace_back();
    } else if (event == Json::parse_event_t::object_end) {
      names_.pop_back();
    } else if (event == Json::parse_event_t::key) {
      const auto& name = parsed.get_ref<const std::string&>();
      if (!names_.back().insert(name).second) return refuse(fmt::format("it has a member \"{}\" twice", name));
    }
    return true;
  }
  [[nodiscard]] const std::string& why() const { return why_; }

 private:
  bool refuse(std::string why) {
    why_ = std::move(why);
    throw Error(ErrorKind::invalid, "the body cannot be taken: " + why_);
  }
  std::vector<std::set<std::string>> names_;
  std::string why_;
};

std::string place_in(std::string_view text, std::size_t byte) {
  const auto before = text.substr(0, std::min(byte, text.size()));
  const auto line = 1 + std::count(before.begin(), before.end(), '\n');
  const auto start = before.rfind('\n');
  const auto column = before.size() - (start == before.npos ? 0 : start + 1);
  return fmt::format("line {}, column {}", line, std::max<std::size_t>(column, 1));
}

Result<Json> parse(std::string_view text) {
  Guard guard;
  try {
    return Json::parse(text.begin(), text.end(), std::ref(guard));
  } catch (const Error& refused) {
    return refused;
  } catch (const Json::parse_error& error) {
    return Error(ErrorKind::invalid, "the body is not JSON: " + place_in(text, error.byte));
  } catch (const Json::exception&) {
    return Error(ErrorKind::invalid, "the body is not JSON: it has a number that is too large");
  }
}

// --- values to structs ---

[[noreturn]] void misfit(const std::string& pointer, const std::string& what) {
  throw Error(ErrorKind::invalid, (pointer.empty() ? std::string("the body") : pointer) + ": " + what);
}

// RFC 6901.
std::string below(const std::string& pointer, std::string_view name) {
  std::string out = pointer + "/";
  for (const char c : name) out += c == '~' ? "~0" : c == '/' ? "~1" : std::string(1, c);
  return out;
}

std::string kind_of(const Json& value) {
  return value.is_null()      ? "null"
         : value.is_string()  ? "a text"
         : value.is_boolean() ? "true or false"
         : value.is_number()  ? "a number"
         : value.is_array()   ? "a list"
                              : "an object";
}

const char* name_of_type(capnp::Type type) {
  switch (type.which()) {
    case capnp::schema::Type::INT8: return "Int8";
    case capnp::schema::Type::INT16: return "Int16";
    case capnp::schema::Type::INT32: return "Int32";
    case capnp::schema::Type::INT64: return "Int64";
    case capnp::schema::Type::UINT8: return "UInt8";
    case capnp::schema::Type::UINT16: return "UInt16";
    case capnp::schema::Type::UINT32: return "UInt32";
    default: return "UInt64";
  }
}

bool is_signed(capnp::Type type) { return type.isInt8() || type.isInt16() || type.isInt32() || type.isInt64(); }
bool is_integer(capnp::Type type) {
  return is_signed(type) || type.isUInt8() || type.isUInt16() || type.isUInt32() || type.isUInt64();
}

int bits_of(capnp::Type type) {
  if (type.isInt8() || type.isUInt8()) return 8;
  if (type.isInt16() || type.isUInt16()) return 16;
  return type.isInt32() || type.isUInt32() ? 32 : 64;
}

std::optional<capnp::DynamicValue::Reader> integer(std::int64_t value, capnp::Type type) {
  if (!is_signed(type)) return std::nullopt;
  const int bits = bits_of(type);
  if (bits < 64 && (value < -(std::int64_t{1} << (bits - 1)) || value >= std::int64_t{1} << (bits - 1)))
    return std::nullopt;
  return capnp::DynamicValue::Reader(static_cast<long long>(value));
}
std::optional<capnp::DynamicValue::Reader> integer(std::uint64_t value, capnp::Type type) {
  const int bits = bits_of(type) - (is_signed(type) ? 1 : 0);
  if (bits < 64 && value >> bits != 0) return std::nullopt;
  return capnp::DynamicValue::Reader(static_cast<unsigned long long>(value));
}

// All of `word`, and nothing else.
template <class T>
std::optional<T> number(std::string_view word) {
  T value{};
  const auto [end, problem] = std::from_chars(word.data(), word.data() + word.size(), value);
  if (problem != std::errc() || end != word.data() + word.size()) return std::nullopt;
  return value;
}

std::optional<capnp::DynamicValue::Reader> integer_word(std::string_view word, capnp::Type type) {
  if (word.starts_with('-')) {
    const auto value = number<std::int64_t>(word);
    return value ? integer(*value, type) : std::nullopt;
  }
  const auto value = number<std::uint64_t>(word);
  return value ? integer(*value, type) : std::nullopt;
}

std::optional<double> float_word(std::string_view word) {
  if (word == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (word == "Infinity") return std::numeric_limits<double>::infinity();
  if (word == "-Infinity") return -std::numeric_limits<double>::infinity();
  const auto value = number<double>(word);
  return value && std::isfinite(*value) ? value : std::nullopt;
}

std::string enumerants(capnp::EnumSchema schema) {
  std::string out;
  for (auto one : schema.getEnumerants()) out += (out.empty() ? "" : ", ") + std::string(one.getProto().getName());
  return out;
}

// Where a value goes: a field, or an element of a list.
class Slot {
 public:
  Slot(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field) : struct_(into), field_(field) {}
  Slot(capnp::DynamicList::Builder into, unsigned index) : list_(into), index_(index) {}

  void set(const capnp::DynamicValue::Reader& value) {
    if (field_)
      struct_.set(*field_, value);
    else
      list_.set(index_, value);
  }
  capnp::DynamicList::Builder init_list(unsigned size) {
    return (field_ ? struct_.init(*field_, size) : list_.init(index_, size)).as<capnp::DynamicList>();
  }
  capnp::DynamicStruct::Builder init_struct() {
    if (field_) return struct_.init(*field_).as<capnp::DynamicStruct>();
    return list_[index_].as<capnp::DynamicStruct>();
  }

 private:
  capnp::DynamicStruct::Builder struct_{};
  std::optional<capnp::StructSchema::Field> field_{};
  capnp::DynamicList::Builder list_{};
  unsigned index_ = 0;
};

capnp::Text::Reader as_text(const std::string& text) { return {text.data(), text.size()}; }

class Filling {
 public:
  void object(const Json& value, const JsonShape& shape, capnp::DynamicStruct::Builder into,
              const std::string& pointer) {
    if (!value.is_object()) misfit(pointer, "an object is wanted, and " + kind_of(value) + " is there");
    std::size_t known = 0;
    const JsonShape::Member* of_union = nullptr;
    for (const auto& member : shape.members()) {
      const auto at = value.find(member.name);
      if (at != value.end()) ++known;
      if (at == value.end() || at->is_null()) {
        if (member.required) misfit(below(pointer, member.name), "it is required");
        continue;
      }
      if (member.in_union && of_union)
        misfit(below(pointer, member.name),
               "\"" + of_union->name + "\" is there too, and there is one of them at most");
      if (member.in_union) of_union = &member;
      this->member(*at, member, into, below(pointer, member.name));
    }
    if (known < value.size()) unknown(value, shape, pointer);
  }

  void member(const Json& value, const JsonShape::Member& member, capnp::DynamicStruct::Builder into,
              const std::string& pointer) {
    put(value, member.field.getType(), member.inner, Slot(into, member.field), pointer);
  }

 private:
  void unknown(const Json& value, const JsonShape& shape, const std::string& pointer) {
    std::string names;
    for (const auto& member : shape.members()) names += (names.empty() ? "" : ", ") + member.name;
    for (const auto& item : value.items()) {
      const std::string& name = item.key();
      const bool is_known = std::any_of(shape.members().begin(), shape.members().end(),
                                        [&](const auto& member) { return member.name == name; });
      if (!is_known)
        misfit(below(pointer, name.substr(0, 100)),
               "there is no such member; there " + (names.empty() ? std::string("is none") : "is: " + names));
    }
  }

  void put(const Json& value, capnp::Type type, const JsonShape* inner, Slot slot, const std::string& pointer) {
    if (type.isList()) {
      if (!value.is_array()) misfit(pointer, "a list is wanted, and " + kind_of(value) + " is there");
      const auto element = type.asList().getElementType();
      auto list = slot.init_list(static_cast<unsigned>(value.size()));
      for (unsigned i = 0; i < value.size(); ++i)
        put(value[i], element, inner, Slot(list, i), below(pointer, std::to_string(i)));
    } else if (type.isStruct()) {
      object(value, *inner, slot.init_struct(), pointer);
    } else {
      put_scalar(value, type, slot, pointer);
    }
  }

  void put_scalar(const Json& value, capnp::Type type, Slot slot, const std::string& pointer) {
    if (type.isVoid()) {
      if (value != Json(true)) misfit(pointer, "it holds nothing: write true to choose it, or leave it out");
      slot.set(capnp::DynamicValue::Reader(capnp::VOID));
    } else if (type.isBool()) {
      if (!value.is_boolean()) misfit(pointer, "true or false is wanted, and " + kind_of(value) + " is there");
      slot.set(capnp::DynamicValue::Reader(value.get<bool>()));
    } else if (is_integer(type)) {
      put_integer(value, type, slot, pointer);
    } else if (type.isFloat32() || type.isFloat64()) {
      const auto number = value.is_number()   ? std::optional(value.get<double>())
                          : value.is_string() ? float_word(value.get_ref<const std::string&>())
                                              : std::nullopt;
      if (!number || (value.is_string() && std::isfinite(*number)))
        misfit(pointer, "a number is wanted, and " + kind_of(value) + " is there");
      slot.set(capnp::DynamicValue::Reader(*number));
    } else if (type.isAnyPointer() || type.isInterface()) {
      misfit(pointer, "it cannot be given over HTTP");
    } else if (!value.is_string()) {
      misfit(pointer, "a text is wanted, and " + kind_of(value) + " is there");
    } else {
      put_text(value.get_ref<const std::string&>(), type, slot, pointer);
    }
  }

  void put_integer(const Json& value, capnp::Type type, Slot slot, const std::string& pointer) {
    std::optional<capnp::DynamicValue::Reader> found;
    if (value.is_number_unsigned())
      found = integer(value.get<std::uint64_t>(), type);
    else if (value.is_number_integer())
      found = integer(value.get<std::int64_t>(), type);
    else if (value.is_string() && bits_of(type) == 64)  // as those write it whose numbers are doubles
      found = integer_word(value.get_ref<const std::string&>(), type);
    else
      misfit(pointer, "a whole number is wanted, and " + (value.is_number_float() ? "a fraction" : kind_of(value)) +
                          " is there");
    if (!found) misfit(pointer, value.dump().substr(0, 40) + " is no " + name_of_type(type));
    slot.set(*found);
  }

  void put_text(const std::string& text, capnp::Type type, Slot slot, const std::string& pointer) {
    if (type.isText()) {
      if (text.find('\0') != text.npos) misfit(pointer, "a text has no character U+0000");
      slot.set(capnp::DynamicValue::Reader(as_text(text)));
    } else if (type.isData()) {
      const auto bytes = from_base64(text, Base64::standard);
      if (!bytes) misfit(pointer, "it is no base64");
      slot.set(capnp::DynamicValue::Reader(capnp::Data::Reader(bytes->data(), bytes->size())));
    } else {
      KJ_IF_MAYBE (enumerant, type.asEnum().findEnumerantByName(text.c_str())) {
        slot.set(capnp::DynamicValue::Reader(capnp::DynamicEnum(*enumerant)));
      } else
        misfit(pointer, "it is none of: " + enumerants(type.asEnum()));
    }
  }
};

template <class Fill>
Result<void> guarded(Fill&& fill) {
  try {
    fill();
    return {};
  } catch (const Error& error) {
    return error;
  } catch (const kj::Exception& error) {
    return Error(ErrorKind::invalid, std::string("the body cannot be taken: ") + error.getDescription().cStr());
  }
}

Result<void> put_word(std::string_view word, capnp::Type type, Slot slot) {
  const auto wrong = [&](const std::string& what) { return Error(ErrorKind::invalid, what); };
  if (type.isText()) {
    const std::string text(word);
    if (text.find('\0') != text.npos) return wrong("a text has no character U+0000");
    slot.set(capnp::DynamicValue::Reader(as_text(text)));
  } else if (type.isBool()) {
    if (word != "true" && word != "false") return wrong("true or false is wanted");
    slot.set(capnp::DynamicValue::Reader(word == "true"));
  } else if (is_integer(type)) {
    const auto value = integer_word(word, type);
    if (!value) return wrong("it is no " + std::string(name_of_type(type)));
    slot.set(*value);
  } else if (type.isFloat32() || type.isFloat64()) {
    const auto value = float_word(word);
    if (!value) return wrong("a number is wanted");
    slot.set(capnp::DynamicValue::Reader(*value));
  } else if (type.isData()) {
    const auto bytes = from_base64(word, Base64::url);
    if (!bytes) return wrong("it is no base64url");
    slot.set(capnp::DynamicValue::Reader(capnp::Data::Reader(bytes->data(), bytes->size())));
  } else if (type.isEnum()) {
    KJ_IF_MAYBE (enumerant, type.asEnum().findEnumerantByName(std::string(word).c_str())) {
      slot.set(capnp::DynamicValue::Reader(capnp::DynamicEnum(*enumerant)));
    } else
      return wrong("it is none of: " + enumerants(type.asEnum()));
  } else {
    return wrong("it cannot be given as a word");
  }
  return {};
}

}  // namespace

Result<void> JsonShape::read(std::string_view json, capnp::DynamicStruct::Builder into) const {
  if (json.find_first_not_of(" \t\r\n") == json.npos) json = "{}";
  auto parsed = parse(json);
  if (!parsed.ok()) return parsed.error();
  return guarded([&] { Filling().object(*parsed, *this, into, ""); });
}

Result<void> JsonShape::read_member(std::string_view json, const Member& member,
                                    capnp::DynamicStruct::Builder into) const {
  auto parsed = parse(json);
  if (!parsed.ok()) return parsed.error();
  return guarded([&] { Filling().member(*parsed, member, into, ""); });
}

Result<void> read_word(std::string_view word, capnp::StructSchema::Field field, capnp::DynamicStruct::Builder into) {
  return put_word(word, field.getType(), Slot(into, field));
}

Result<void> read_element(std::string_view word, capnp::Type type, capnp::DynamicList::Builder into, unsigned index) {
  return put_word(word, type, Slot(into, index));
}

}  // namespace troupe::gateway
