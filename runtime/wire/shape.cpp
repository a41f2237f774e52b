#include "troupe/shape.h"

#include <kj/debug.h>
#include <kj/exception.h>

#include <cstring>
#include <string>
#include <vector>

#include "base/limits.h"

namespace troupe {
namespace {

enum class Holds : std::uint8_t {
  anything,
  structure,
  any_list,
  text,
  data,
  voids,
  bools,
  bytes,
  shorts,
  words32,
  words64,
  pointers,
  structures,
};

// What one pointer is to be. `of`: which of the structs for structure(s), which of the elements for pointers.
struct Expected {
  Holds holds = Holds::anything;
  std::uint32_t of = 0;
};

// A field is there while its union has that value.
struct Arm {
  std::uint32_t offset;  // of the 16 bits, in them
  std::uint16_t value;
};

struct Field {
  std::string name;
  std::uint32_t pointer;
  std::vector<Arm> arms;
  Expected expected;
};

struct Struct {
  capnp::StructSchema schema;
  std::vector<Field> fields;  // that are pointers and expect something
};

bool applies(const Field& field, capnp::Data::Reader data) {
  for (const Arm& arm : field.arms) {
    std::uint16_t value = 0;
    const std::size_t at = std::size_t{arm.offset} * sizeof value;
    if (at + sizeof value <= data.size()) std::memcpy(&value, data.begin() + at, sizeof value);
    if (value != arm.value) return false;
  }
  return true;
}

}  // namespace

struct Shape::Parts {
  std::vector<Struct> structs;  // the first is the message
  std::vector<Expected> elements;

  std::uint32_t add(capnp::StructSchema schema) {
    for (std::uint32_t i = 0; i < structs.size(); ++i)
      if (structs[i].schema == schema) return i;
    const auto at = static_cast<std::uint32_t>(structs.size());
    structs.push_back({schema, {}});
    std::vector<Field> fields;
    add_fields(schema, {}, fields);
    structs[at].fields = std::move(fields);
    return at;
  }

  void add_fields(capnp::StructSchema schema, const std::vector<Arm>& outer, std::vector<Field>& fields) {
    for (auto field : schema.getFields()) {
      const auto proto = field.getProto();
      std::vector<Arm> arms = outer;
      if (proto.getDiscriminantValue() != capnp::schema::Field::NO_DISCRIMINANT)
        arms.push_back({schema.getProto().getStruct().getDiscriminantOffset(), proto.getDiscriminantValue()});
      if (proto.isGroup()) {
        add_fields(field.getType().asStruct(), arms, fields);
        continue;
      }
      const Expected expected = expectation(field.getType());
      if (expected.holds == Holds::anything) continue;
      fields.push_back({proto.getName().cStr(), proto.getSlot().getOffset(), std::move(arms), expected});
    }
  }

  Expected expectation(capnp::Type type) {
    switch (type.which()) {
      case capnp::schema::Type::TEXT: return {Holds::text};
      case capnp::schema::Type::DATA: return {Holds::data};
      case capnp::schema::Type::STRUCT: return {Holds::structure, add(type.asStruct())};
      case capnp::schema::Type::LIST: return list_of(type.asList().getElementType());
      default: return {};
    }
  }

  Expected list_of(capnp::Type element) {
    switch (element.which()) {
      case capnp::schema::Type::VOID: return {Holds::voids};
      case capnp::schema::Type::BOOL: return {Holds::bools};
      case capnp::schema::Type::INT8:
      case capnp::schema::Type::UINT8: return {Holds::bytes};
      case capnp::schema::Type::INT16:
      case capnp::schema::Type::UINT16:
      case capnp::schema::Type::ENUM: return {Holds::shorts};
      case capnp::schema::Type::INT32:
      case capnp::schema::Type::UINT32:
      case capnp::schema::Type::FLOAT32: return {Holds::words32};
      case capnp::schema::Type::INT64:
      case capnp::schema::Type::UINT64:
      case capnp::schema::Type::FLOAT64: return {Holds::words64};
      case capnp::schema::Type::STRUCT: return {Holds::structures, add(element.asStruct())};
      case capnp::schema::Type::TEXT:
      case capnp::schema::Type::DATA:
      case capnp::schema::Type::LIST:
      case capnp::schema::Type::INTERFACE:
      case capnp::schema::Type::ANY_POINTER: break;
    }
    const Expected of = expectation(element);
    elements.push_back(of);
    return {Holds::pointers, static_cast<std::uint32_t>(elements.size() - 1)};
  }
};

namespace {

// One look at a message: reads every pointer as its field will be read, which throws what reading would throw.
class Walk {
 public:
  Walk(const std::vector<Struct>& structs, const std::vector<Expected>& elements)
      : structs_(structs), elements_(elements) {}

  void look(const Expected& expected, capnp::AnyPointer::Reader pointer) {
    if (pointer.isNull()) return;
    switch (expected.holds) {
      case Holds::anything: return;
      case Holds::structure: return look(structs_[expected.of], pointer.getAs<capnp::AnyStruct>());
      case Holds::any_list: return void(pointer.getAs<capnp::AnyList>());
      case Holds::text: return void(pointer.getAs<capnp::Text>());
      case Holds::data: return void(pointer.getAs<capnp::Data>());
      case Holds::voids: return claim(pointer.getAs<capnp::List<capnp::Void>>().size());
      case Holds::bools: return void(pointer.getAs<capnp::List<bool>>());
      case Holds::bytes: return void(pointer.getAs<capnp::List<std::uint8_t>>());
      case Holds::shorts: return void(pointer.getAs<capnp::List<std::uint16_t>>());
      case Holds::words32: return void(pointer.getAs<capnp::List<std::uint32_t>>());
      case Holds::words64: return void(pointer.getAs<capnp::List<std::uint64_t>>());
      case Holds::pointers: return look_at_pointers(elements_[expected.of], pointer.getAs<capnp::AnyList>());
      case Holds::structures: return look_at_structs(structs_[expected.of], pointer.getAs<capnp::AnyList>());
    }
  }

  [[nodiscard]] const std::string& field() const noexcept { return field_; }

 private:
  void look(const Struct& expected, capnp::AnyStruct::Reader found) {
    const auto pointers = found.getPointerSection();
    for (const Field& field : expected.fields) {
      if (field.pointer >= pointers.size() || !applies(field, found.getDataSection())) continue;
      try {
        look(field.expected, pointers[field.pointer]);
      } catch (const kj::Exception&) {
        field_ = field.name + (field_.empty() ? "" : ".") + field_;
        throw;
      }
    }
  }

  // A list of pointers may have become one of structs whose first pointer they are; nothing else may.
  void look_at_pointers(const Expected& of, capnp::AnyList::Reader list) {
    if (list.getElementSize() != capnp::ElementSize::INLINE_COMPOSITE) {
      KJ_REQUIRE(list.getElementSize() == capnp::ElementSize::POINTER,
                 "a list of numbers where one of pointers belongs");
      for (auto element : list.as<capnp::List<capnp::AnyPointer>>()) look(of, element);
      return;
    }
    for (auto element : list.as<capnp::List<capnp::AnyStruct>>()) {
      const auto pointers = element.getPointerSection();
      KJ_REQUIRE(pointers.size() > 0, "a list of structs without pointers where one of pointers belongs");
      look(of, pointers[0]);
    }
  }

  // A list of numbers or pointers may have become one of structs that begin with them, but for single bits.
  void look_at_structs(const Struct& of, capnp::AnyList::Reader list) {
    KJ_REQUIRE(list.getElementSize() != capnp::ElementSize::BIT, "a list of bits where one of structs belongs");
    const auto structs = list.as<capnp::List<capnp::AnyStruct>>();
    if (structs.size() == 0) return;
    const bool points = structs[0].getPointerSection().size() > 0;
    if (!points && structs[0].getDataSection().size() == 0) claim(structs.size());
    if (!points || of.fields.empty()) return;
    for (auto element : structs) look(of, element);
  }

  // Elements that take no bytes, which a list may say it has any number of.
  void claim(std::uint64_t elements) {
    claimed_ += elements;
    KJ_REQUIRE(claimed_ <= limits::kMaxEmptyElements, "its lists have too many elements without content");
  }

  const std::vector<Struct>& structs_;
  const std::vector<Expected>& elements_;
  std::uint64_t claimed_ = 0;
  std::string field_;  // "order.lines", once something did not fit
};

}  // namespace

Shape::Shape(capnp::StructSchema schema) {
  auto parts = std::make_unique<Parts>();
  (void)parts->add(schema);
  parts_ = std::move(parts);
}

Shape::~Shape() = default;
Shape::Shape(Shape&&) noexcept = default;
Shape& Shape::operator=(Shape&&) noexcept = default;

Result<void> Shape::fits(capnp::AnyPointer::Reader message) const {
  Walk walk(parts_->structs, parts_->elements);
  try {
    walk.look({Holds::structure, 0}, message);
    return {};
  } catch (const kj::Exception& e) {
    const std::string field = walk.field().empty() ? "" : " in its field " + walk.field();
    return Error(ErrorKind::invalid, "it is no " + std::string(parts_->structs[0].schema.getShortDisplayName().cStr()) +
                                         field + ": " + e.getDescription().cStr());
  }
}

}  // namespace troupe
