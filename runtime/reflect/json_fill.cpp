#include "reflect/json_fill.h"

#include <kj/exception.h>

#include <charconv>
#include <cmath>
#include <cstdint>
#include <limits>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/limits.h"
#include "reflect/schema_book.h"
#include "reflect/secrets.h"

namespace troupe::reflect {
namespace {

using nlohmann::json;
using Which = capnp::schema::Type::Which;

constexpr std::uint16_t kNoUnion = 0xffff;

// Thrown inside this file alone, so that twenty small functions need not pass it up by hand.
struct Misfit {
  std::string message;
};

class Filler {
 public:
  void fill_struct(capnp::DynamicStruct::Builder into, const json& value);

 private:
  void fill_field(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field, const json& value);
  void fill_list(capnp::DynamicList::Builder into, const json& values);
  [[nodiscard]] capnp::DynamicValue::Reader leaf(capnp::Type type, const json& value);
  template <class Int>
  [[nodiscard]] Int integer(const char* type, const json& value) const;
  [[nodiscard]] double floating(const json& value) const;
  [[nodiscard]] float narrow(const json& value) const;
  [[nodiscard]] capnp::DynamicEnum enumerant(capnp::EnumSchema type, const json& value) const;
  [[nodiscard]] capnp::Data::Reader data(const json& value);

  // Before the list is allocated.
  void check_list(capnp::Type type, const json& value);
  void grow(std::uint64_t bytes);
  [[noreturn]] void misfit(const std::string& what) const;
  [[noreturn]] void wrong(const std::string& wanted, const json& got) const;

  std::string path_;
  bool secret_ = false;  // what is filled is nothing that a message may quote
  std::vector<capnp::byte> bytes_;
  std::uint64_t size_ = 0;
};

// Steps into a field or an element for as long as it lives.
class Step {
 public:
  Step(std::string& path, const std::string& name) : path_(path), length_(path.size()) { path += name; }
  ~Step() { path_.resize(length_); }
  Step(const Step&) = delete;
  Step& operator=(const Step&) = delete;

 private:
  std::string& path_;
  std::size_t length_;
};

std::string shown(const json& value) {
  std::string text = value.dump(-1, ' ', false, json::error_handler_t::replace);
  constexpr std::size_t kShown = 60;
  if (text.size() > kShown) text = std::string(value.type_name()) + " of " + std::to_string(text.size()) + " bytes";
  return text;
}

std::string names_of(capnp::StructSchema schema) {
  std::string names;
  for (auto field : schema.getFields()) {
    if (!names.empty()) names += ", ";
    names += field.getProto().getName().cStr();
  }
  return names.empty() ? "it has no fields" : "it has: " + names;
}

// What one value takes in a message, not counting what it points to.
std::uint64_t bytes_of(capnp::Type type) {
  if (!type.isStruct()) return sizeof(capnp::word);
  const auto size = type.asStruct().getProto().getStruct();
  return sizeof(capnp::word) * (std::uint64_t{size.getDataWordCount()} + size.getPointerCount());
}

void Filler::fill_struct(capnp::DynamicStruct::Builder into, const json& value) {
  if (!value.is_object()) wrong("an object", value);
  const capnp::StructSchema schema = into.getSchema();
  std::string chosen;  // of the union
  for (const auto& [name, member] : value.items()) {
    KJ_IF_MAYBE (field, schema.findFieldByName(kj::StringPtr(name.c_str(), name.size()))) {
      if (field->getProto().getDiscriminantValue() != kNoUnion) {
        if (!chosen.empty()) misfit("'" + chosen + "' and '" + name + "' are one union: give one of them");
        chosen = name;
      }
      const Step step(path_, path_.empty() ? name : "." + name);
      const bool around = secret_;
      secret_ = around || is_secret(*field);
      fill_field(into, *field, member);
      secret_ = around;
    } else {
      misfit("unknown field '" + name.substr(0, 100) + "' of " + short_name(schema) + "; " + names_of(schema));
    }
  }
}

void Filler::fill_field(capnp::DynamicStruct::Builder into, capnp::StructSchema::Field field, const json& value) {
  if (value.is_null()) return into.clear(field);
  const capnp::Type type = field.getType();
  if (field.getProto().isGroup()) return fill_struct(into.init(field).as<capnp::DynamicStruct>(), value);
  if (type.isStruct()) {
    grow(bytes_of(type));
    return fill_struct(into.init(field).as<capnp::DynamicStruct>(), value);
  }
  if (type.isList()) {
    check_list(type, value);
    return fill_list(into.init(field, static_cast<capnp::uint>(value.size())).as<capnp::DynamicList>(), value);
  }
  into.set(field, leaf(type, value));
}

void Filler::fill_list(capnp::DynamicList::Builder into, const json& values) {
  const capnp::Type type = into.getSchema().getElementType();
  for (capnp::uint i = 0; i < values.size(); ++i) {
    const json& value = values[i];
    const Step step(path_, "[" + std::to_string(i) + "]");
    if (type.isStruct()) {
      fill_struct(into[i].as<capnp::DynamicStruct>(), value);
    } else if (type.isList()) {
      check_list(type, value);
      fill_list(into.init(i, static_cast<capnp::uint>(value.size())).as<capnp::DynamicList>(), value);
    } else {
      into.set(i, leaf(type, value));
    }
  }
}

capnp::DynamicValue::Reader Filler::leaf(capnp::Type type, const json& value) {
  switch (type.which()) {
    case Which::VOID: wrong("null", value);
    case Which::BOOL:
      if (!value.is_boolean()) wrong("true or false", value);
      return value.get<bool>();
    case Which::INT8: return integer<std::int8_t>("Int8", value);
    case Which::INT16: return integer<std::int16_t>("Int16", value);
    case Which::INT32: return integer<std::int32_t>("Int32", value);
    case Which::INT64: return integer<std::int64_t>("Int64", value);
    case Which::UINT8: return integer<std::uint8_t>("UInt8", value);
    case Which::UINT16: return integer<std::uint16_t>("UInt16", value);
    case Which::UINT32: return integer<std::uint32_t>("UInt32", value);
    case Which::UINT64: return integer<std::uint64_t>("UInt64", value);
    case Which::FLOAT32: return narrow(value);
    case Which::FLOAT64: return floating(value);
    case Which::TEXT: {
      if (!value.is_string()) wrong("a string", value);
      const auto& text = value.get_ref<const std::string&>();
      grow(text.size());
      return capnp::Text::Reader(text.c_str(), text.size());
    }
    case Which::DATA: return data(value);
    case Which::ENUM: return enumerant(type.asEnum(), value);
    case Which::STRUCT:
    case Which::LIST:
    case Which::INTERFACE:
    case Which::ANY_POINTER: break;
  }
  misfit("a capability or an untyped pointer cannot be written as JSON; leave the field out");
}

// A number, or the string that stands for one where a JSON number would lose digits.
template <class Int>
Int Filler::integer(const char* type, const json& value) const {
  const auto out_of_range = [&] {
    wrong(std::string("a whole number that fits ") + type + " (" + std::to_string(std::numeric_limits<Int>::min()) +
              " to " + std::to_string(std::numeric_limits<Int>::max()) + ")",
          value);
  };
  Int result{};
  if (value.is_string()) {
    const auto& text = value.get_ref<const std::string&>();
    const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), result);
    if (problem != std::errc{} || end != text.data() + text.size()) out_of_range();
    return result;
  }
  if (value.is_number_unsigned()) {
    const auto number = value.get<std::uint64_t>();
    if (!std::in_range<Int>(number)) out_of_range();
    return static_cast<Int>(number);
  }
  if (value.is_number_integer()) {
    const auto number = value.get<std::int64_t>();
    if (!std::in_range<Int>(number)) out_of_range();
    return static_cast<Int>(number);
  }
  // 2e3 is a whole number too, as far as a double counts exactly.
  constexpr double kExact = 9007199254740992.0;
  if (!value.is_number_float()) out_of_range();
  const double number = value.get<double>();
  if (std::trunc(number) != number || std::abs(number) > kExact) out_of_range();
  const auto whole = static_cast<std::int64_t>(number);
  if (!std::in_range<Int>(whole)) out_of_range();
  return static_cast<Int>(whole);
}

double Filler::floating(const json& value) const {
  if (value.is_number()) return value.get<double>();
  if (value == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (value == "Infinity") return std::numeric_limits<double>::infinity();
  if (value == "-Infinity") return -std::numeric_limits<double>::infinity();
  wrong("a number, or \"NaN\", \"Infinity\", \"-Infinity\"", value);
}

// Digits are rounded, as in every floating number; a size that only infinity could stand for is not.
float Filler::narrow(const json& value) const {
  const double number = floating(value);
  const auto rounded = static_cast<float>(number);
  if (std::isinf(rounded) && !std::isinf(number)) wrong("a number that fits Float32 (up to 3.4028235e38)", value);
  return rounded;
}

capnp::DynamicEnum Filler::enumerant(capnp::EnumSchema type, const json& value) const {
  if (value.is_number_unsigned() && value.get<std::uint64_t>() <= 0xffff)
    return capnp::DynamicEnum(type, value.get<std::uint16_t>());
  if (value.is_string()) {
    const auto& name = value.get_ref<const std::string&>();
    KJ_IF_MAYBE (found, type.findEnumerantByName(kj::StringPtr(name.c_str(), name.size()))) {
      return *found;
    }
  }
  std::string names;
  for (auto known : type.getEnumerants()) {
    if (!names.empty()) names += ", ";
    names += known.getProto().getName().cStr();
  }
  wrong("one of " + names, value);
}

capnp::Data::Reader Filler::data(const json& value) {
  if (!value.is_array()) wrong("an array of bytes (0 to 255)", value);
  grow(value.size());
  bytes_.clear();
  for (const json& element : value) bytes_.push_back(integer<std::uint8_t>("UInt8", element));
  return {bytes_.data(), bytes_.size()};
}

void Filler::check_list(capnp::Type type, const json& value) {
  if (!value.is_array()) wrong("an array", value);
  grow(value.size() * bytes_of(type.asList().getElementType()));
}

// A few bytes of JSON can stand for a large struct: what is built is limited, not only what is read.
void Filler::grow(std::uint64_t bytes) {
  size_ += bytes;
  if (size_ > limits::kMaxMessageBytes)
    misfit("the message would be larger than " + std::to_string(limits::kMaxMessageBytes) + " bytes");
}

void Filler::misfit(const std::string& what) const { throw Misfit{path_.empty() ? what : path_ + ": " + what}; }

void Filler::wrong(const std::string& wanted, const json& got) const {
  misfit("wanted " + wanted + ", got " + (secret_ ? kMask : shown(got)));
}

}  // namespace

Result<void> fill(const nlohmann::json& value, capnp::DynamicStruct::Builder into) {
  try {
    Filler().fill_struct(into, value);
    return {};
  } catch (const Misfit& misfit) {
    return Error(ErrorKind::invalid, misfit.message);
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::invalid,
                 "cannot build a " + short_name(into.getSchema()) + " from this JSON: " + e.getDescription().cStr());
  }
}

}  // namespace troupe::reflect
