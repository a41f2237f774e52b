#include "reflect/later_fields.h"

#include <kj/exception.h>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

#include "reflect/schema_book.h"

namespace troupe::reflect {
namespace {

using StructReader = capnp::AnyStruct::Reader;
using StructList = capnp::List<capnp::AnyStruct>::Reader;
using kj::byte;

unsigned bits_of(capnp::schema::Type::Which type) {
  switch (type) {
    case capnp::schema::Type::BOOL: return 1;
    case capnp::schema::Type::INT8:
    case capnp::schema::Type::UINT8: return 8;
    case capnp::schema::Type::INT16:
    case capnp::schema::Type::UINT16:
    case capnp::schema::Type::ENUM: return 16;
    case capnp::schema::Type::INT32:
    case capnp::schema::Type::UINT32:
    case capnp::schema::Type::FLOAT32: return 32;
    case capnp::schema::Type::INT64:
    case capnp::schema::Type::UINT64:
    case capnp::schema::Type::FLOAT64: return 64;
    default: return 0;
  }
}

bool is_pointer(capnp::schema::Type::Which type) {
  return type != capnp::schema::Type::Which::VOID && bits_of(type) == 0;
}

byte byte_at(kj::ArrayPtr<const byte> data, std::size_t at) { return at < data.size() ? data[at] : byte{0}; }

std::uint16_t tag_at(kj::ArrayPtr<const byte> data, std::uint32_t tag) {
  return static_cast<std::uint16_t>(byte_at(data, 2 * std::size_t{tag}) | byte_at(data, 2 * std::size_t{tag} + 1) << 8);
}

// What a program knows of a struct.
class KnownPart {
 public:
  explicit KnownPart(capnp::StructSchema of) : schema(of) { add(of); }

  [[nodiscard]] byte mask(std::size_t at) const { return at < bits_.size() ? bits_[at] : byte{0}; }
  [[nodiscard]] bool knows_pointer(std::size_t at) const { return at < pointers_.size() && pointers_[at]; }
  struct Pointer {
    capnp::Type type;
    std::string name;
  };
  // What each pointer is, by the members of unions that are set; nothing: it is of one that is not, or not known.
  [[nodiscard]] std::vector<std::optional<Pointer>> pointers(kj::ArrayPtr<const byte> data) const {
    std::vector<std::optional<Pointer>> out(pointers_.size());
    find(schema, data, "", out);
    return out;
  }

  const capnp::StructSchema schema;

 private:
  void know(std::size_t first, unsigned bits) {
    for (std::size_t bit = first; bit < first + bits; ++bit) {
      if (bits_.size() <= bit / 8) bits_.resize(bit / 8 + 1);
      bits_[bit / 8] = static_cast<byte>(bits_[bit / 8] | 1u << bit % 8);
    }
  }
  void add(capnp::StructSchema part) {
    const auto proto = part.getProto().getStruct();
    if (proto.getDiscriminantCount() > 0) know(std::size_t{16} * proto.getDiscriminantOffset(), 16);
    for (auto field : part.getFields()) {
      if (field.getProto().isGroup()) {
        add(field.getType().asStruct());
        continue;
      }
      const auto which = field.getType().which();
      const std::size_t offset = field.getProto().getSlot().getOffset();
      if (!is_pointer(which)) {
        know(offset * bits_of(which), bits_of(which));
      } else {
        if (pointers_.size() <= offset) pointers_.resize(offset + 1);
        pointers_[offset] = true;
      }
    }
  }
  static void find(capnp::StructSchema part, kj::ArrayPtr<const byte> data, const std::string& prefix,
                   std::vector<std::optional<Pointer>>& out) {
    const auto tag = part.getProto().getStruct().getDiscriminantOffset();
    for (auto field : part.getFields()) {
      const auto proto = field.getProto();
      const auto arm = proto.getDiscriminantValue();
      if (arm != capnp::schema::Field::NO_DISCRIMINANT && arm != tag_at(data, tag)) continue;
      const std::string name = prefix + proto.getName().cStr();
      if (proto.isGroup()) {
        find(field.getType().asStruct(), data, name + ".", out);
      } else if (is_pointer(field.getType().which())) {
        out[proto.getSlot().getOffset()] = Pointer{field.getType(), name};
      }
    }
  }

  std::vector<byte> bits_;
  std::vector<bool> pointers_;
};

bool is_struct_list(capnp::Type type) { return type.isList() && type.asList().getElementType().isStruct(); }
capnp::StructSchema element_of(capnp::Type type) { return type.asList().getElementType().asStruct(); }
StructList structs(capnp::AnyPointer::Reader pointer) {
  return pointer.getAs<capnp::AnyList>().as<capnp::List<capnp::AnyStruct>>();
}

// Of this struct alone, not of what its pointers lead to.
bool has_more(const KnownPart& known, StructReader one) {
  const auto data = one.getDataSection();
  for (std::size_t i = 0; i < data.size(); ++i)
    if ((data[i] & ~known.mask(i)) != 0) return true;
  const auto pointers = one.getPointerSection();
  for (unsigned i = 0; i < pointers.size(); ++i)
    if (!known.knows_pointer(i) && !pointers[i].isNull()) return true;
  return false;
}

bool has_more_within(const KnownPart& known, StructReader one) {
  if (has_more(known, one)) return true;
  const auto types = known.pointers(one.getDataSection());
  const auto pointers = one.getPointerSection();
  for (unsigned i = 0; i < pointers.size() && i < types.size(); ++i) {
    if (!types[i] || pointers[i].isNull()) continue;
    const auto& type = types[i]->type;
    if (type.isStruct() && has_more_within(KnownPart(type.asStruct()), pointers[i].getAs<capnp::AnyStruct>()))
      return true;
    if (!is_struct_list(type)) continue;
    const KnownPart element(element_of(type));
    for (auto each : structs(pointers[i]))
      if (has_more_within(element, each)) return true;
  }
  return false;
}

// Whether both say the same, as far as the program knows.
bool same_known(const KnownPart& known, StructReader one, StructReader other) {
  const auto data = one.getDataSection(), other_data = other.getDataSection();
  for (std::size_t i = 0; i < std::max(data.size(), other_data.size()); ++i)
    if (((byte_at(data, i) ^ byte_at(other_data, i)) & known.mask(i)) != 0) return false;
  const auto types = known.pointers(data);
  const auto pointers = one.getPointerSection(), others = other.getPointerSection();
  for (unsigned i = 0; i < types.size(); ++i) {
    if (!types[i]) continue;
    const auto mine = i < pointers.size() ? pointers[i] : capnp::AnyPointer::Reader();
    const auto its = i < others.size() ? others[i] : capnp::AnyPointer::Reader();
    if (mine.isNull() || its.isNull()) {
      if (mine.isNull() != its.isNull()) return false;
      continue;
    }
    const auto& type = types[i]->type;
    if (type.isStruct()) {
      const KnownPart inner(type.asStruct());
      if (!same_known(inner, mine.getAs<capnp::AnyStruct>(), its.getAs<capnp::AnyStruct>())) return false;
    } else if (is_struct_list(type)) {
      const KnownPart inner(element_of(type));
      const auto list = structs(mine), its_list = structs(its);
      if (list.size() != its_list.size()) return false;
      for (unsigned at = 0; at < list.size(); ++at)
        if (!same_known(inner, list[at], its_list[at])) return false;
    } else if (mine.equals(its) != capnp::Equality::EQUAL) {
      return false;
    }
  }
  return true;
}

struct Size {
  std::uint16_t words = 0, pointers = 0;
  void fit(StructReader one) {
    words = std::max<std::uint16_t>(words, static_cast<std::uint16_t>((one.getDataSection().size() + 7) / 8));
    pointers = std::max<std::uint16_t>(pointers, static_cast<std::uint16_t>(one.getPointerSection().size()));
  }
};

void complete(const KnownPart& known, StructReader old, StructReader now, capnp::AnyStruct::Builder out);

void copy(StructReader from, capnp::AnyStruct::Builder out) {
  const auto data = from.getDataSection();
  std::copy(data.begin(), data.end(), out.getDataSection().begin());
  const auto pointers = from.getPointerSection();
  auto into = out.getPointerSection();
  for (unsigned i = 0; i < pointers.size(); ++i)
    if (!pointers[i].isNull()) into[i].set(pointers[i]);
}

Error not_told_apart(const KnownPart::Pointer& list) {
  return Error(ErrorKind::unimplemented,
               "a later program wrote more into an element of the list " + list.name +
                   " than this one has room for, and this one has changed that element or has another in its place; "
                   "nothing was written. Let the later program do it");
}

// An element that is there still, wherever, has what it had.
void complete_list(const KnownPart::Pointer& list, StructList old, StructList now, capnp::AnyPointer::Builder out) {
  const KnownPart element(element_of(list.type));
  Size size;
  for (auto each : now) size.fit(each);
  std::vector<std::optional<unsigned>> stays(now.size());  // which of the old it is
  std::vector<bool> found(old.size());
  unsigned next = 0;
  for (unsigned i = 0; i < now.size(); ++i) {
    for (unsigned looked = 0; looked < old.size() && !stays[i]; ++looked) {
      const unsigned at = (next + looked) % old.size();
      if (found[at] || !same_known(element, old[at], now[i])) continue;
      stays[i] = at;
      found[at] = true;
      size.fit(old[at]);
      next = at + 1;
    }
  }
  std::size_t gone = 0;
  for (unsigned at = 0; at < old.size(); ++at) gone += !found[at] && has_more_within(element, old[at]);
  if (gone > 0 && old.size() < now.size() + gone) throw not_told_apart(list);
  auto into = out.initAsListOfAnyStruct(size.words, size.pointers, now.size());
  for (unsigned i = 0; i < now.size(); ++i)
    stays[i] ? complete(element, old[*stays[i]], now[i], into[i]) : copy(now[i], into[i]);
}

void complete_pointer(const std::optional<KnownPart::Pointer>& before, const std::optional<KnownPart::Pointer>& what,
                      capnp::AnyPointer::Reader old, capnp::AnyPointer::Reader now, capnp::AnyPointer::Builder out) {
  if (now.isNull()) return;
  const bool same = what && before && what->name == before->name && !old.isNull();
  if (same && what->type.isStruct()) {
    const auto was = old.getAs<capnp::AnyStruct>(), is = now.getAs<capnp::AnyStruct>();
    Size size;
    size.fit(was), size.fit(is);
    complete(KnownPart(what->type.asStruct()), was, is, out.initAsAnyStruct(size.words, size.pointers));
  } else if (same && is_struct_list(what->type)) {
    complete_list(*what, structs(old), structs(now), out);
  } else {
    out.set(now);
  }
}

// `out` has room for both.
void complete(const KnownPart& known, StructReader old, StructReader now, capnp::AnyStruct::Builder out) {
  const auto old_data = old.getDataSection(), data = now.getDataSection();
  auto into = out.getDataSection();
  std::copy(data.begin(), data.end(), into.begin());
  const bool adds = !has_more(known, now);  // what was copied as a whole has its own
  for (std::size_t i = 0; adds && i < old_data.size(); ++i)
    into[i] = static_cast<byte>(into[i] | (old_data[i] & ~known.mask(i)));
  const auto before = known.pointers(old_data), what = known.pointers(data);
  const auto old_pointers = old.getPointerSection(), pointers = now.getPointerSection();
  auto out_pointers = out.getPointerSection();
  for (unsigned i = 0; i < out_pointers.size(); ++i) {
    const auto was = i < old_pointers.size() ? old_pointers[i] : capnp::AnyPointer::Reader();
    const auto is = i < pointers.size() ? pointers[i] : capnp::AnyPointer::Reader();
    if (known.knows_pointer(i)) {
      complete_pointer(before[i], what[i], was, is, out_pointers[i]);
    } else if (const auto& kept = adds ? was : is; !kept.isNull()) {
      out_pointers[i].set(kept);
    }
  }
}

}  // namespace

Result<bool> keep_later_fields(capnp::AnyPointer::Reader old, capnp::AnyPointer::Reader now,
                               capnp::StructSchema program, capnp::AnyPointer::Builder out) try {
  if (old.isNull() || now.isNull()) return false;
  const KnownPart known(program);
  const auto was = old.getAs<capnp::AnyStruct>(), is = now.getAs<capnp::AnyStruct>();
  if (!has_more_within(known, was)) return false;
  Size size;
  size.fit(was), size.fit(is);
  complete(known, was, is, out.initAsAnyStruct(size.words, size.pointers));
  return true;
} catch (const Error& e) {
  return Error(e.kind(), short_name(program) + ": " + e.message());
} catch (const kj::Exception& e) {
  return Error(ErrorKind::corrupt, short_name(program) + " cannot be read: " + e.getDescription().cStr());
}

}  // namespace troupe::reflect
