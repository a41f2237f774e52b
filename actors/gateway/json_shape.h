// A struct as JSON over HTTP: fields by name, or as $Http.name has it; integers as numbers, whatever their size; Data
// as base64; enumerants by name; floats that JSON has not as "NaN", "Infinity" and "-Infinity"; of a union the member
// that is set. Reading is strict: what does not fit is `invalid`, with the place as a JSON pointer (RFC 6901).
//
// A shape is made once for a type, and then used by any number of threads.
#pragma once

#include <capnp/dynamic.h>
#include <capnp/schema.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "troupe/error.h"

namespace troupe::gateway {

inline constexpr int kMaxJsonDepth = 64;

class JsonShape;

// Keeps the shapes that it made; types that hold each other are no trouble. One thread.
class JsonShapes {
 public:
  JsonShapes();
  ~JsonShapes();
  // Of all its fields.
  [[nodiscard]] const JsonShape& of(capnp::StructSchema schema);
  // Of those that `takes` says yes to; what is below them is whole.
  [[nodiscard]] const JsonShape& of(capnp::StructSchema schema,
                                    const std::function<bool(capnp::StructSchema::Field)>& takes);

 private:
  struct Known {
    capnp::StructSchema schema;
    std::unique_ptr<JsonShape> shape;
    bool whole;
  };
  std::vector<Known> known_;
};

class JsonShape {
 public:
  struct Member {
    capnp::StructSchema::Field field;
    std::string name;
    std::string quoted;  // "\"name\":"
    bool required = false;
    bool in_union = false;
    bool is_struct = false;            // behind a pointer, which may be null
    const JsonShape* inner = nullptr;  // of a struct, a group, or the structs of a list however deep
  };

  [[nodiscard]] const std::vector<Member>& members() const noexcept { return members_; }

  // Appends `value` as JSON. Throws kj::Exception for a message that cannot be read.
  void write(capnp::DynamicStruct::Reader value, std::string& out) const;
  // One value of JSON, an object, into `into`; an empty text stands for {}. `invalid`: it is no JSON (with line and
  // column), deeper than kMaxJsonDepth, has a member twice or one that is not known, or a value does not fit.
  [[nodiscard]] Result<void> read(std::string_view json, capnp::DynamicStruct::Builder into) const;
  // The same where the value is that of one of the members.
  [[nodiscard]] Result<void> read_member(std::string_view json, const Member& member,
                                         capnp::DynamicStruct::Builder into) const;

 private:
  friend class JsonShapes;
  std::vector<Member> members_;
};

// The name of a field in JSON and in the query.
[[nodiscard]] std::string name_of(capnp::StructSchema::Field field);
// Whether the field or the parameter has that annotation of troupe/http.capnp; and its text.
[[nodiscard]] bool has_annotation(capnp::StructSchema::Field field, std::uint64_t id);
[[nodiscard]] std::string annotation_text(capnp::StructSchema::Field field, std::uint64_t id);

// A value of one word, as paths, queries and headers have it: a number, true or false, an enumerant's name, base64url
// of Data, or the text itself. Appends.
void write_word(capnp::DynamicValue::Reader value, std::string& out);
// `invalid`: it is none of the field's type.
[[nodiscard]] Result<void> read_word(std::string_view word, capnp::StructSchema::Field field,
                                     capnp::DynamicStruct::Builder into);
// As the next element of a list that has its size.
[[nodiscard]] Result<void> read_element(std::string_view word, capnp::Type type, capnp::DynamicList::Builder into,
                                        unsigned index);

// A text in its quotes; bytes that are no UTF-8 as U+FFFD.
void write_json_text(std::string_view text, std::string& out);

}  // namespace troupe::gateway
