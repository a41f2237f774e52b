#include "reflect/schema_changes.h"

#include <capnp/any.h>
#include <kj/exception.h>

#include <algorithm>
#include <map>
#include <set>

#include "reflect/schema_layout.h"
#include "reflect/type_id_text.h"

namespace troupe::reflect {
namespace {

namespace schema = capnp::schema;
using NodeReader = schema::Node::Reader;
using TypeReader = schema::Type::Reader;

// The annotations of troupe/service.capnp that callers of a method notice.
struct OptionName {
  std::uint64_t id;
  const char* name;
};
constexpr OptionName kOptions[] = {{0xe37370e288dfac8e, "readOnly"},
                                   {0xa274d3c489bb69a9, "retry"},
                                   {0x957e3f83b65eceb0, "http"},
                                   {0xe8ae82570bc74bdf, "auth"}};

template <class StructReader>
bool same(StructReader a, StructReader b) {
  return capnp::AnyStruct::Reader(capnp::toAny(a)).equals(capnp::toAny(b)) == capnp::Equality::EQUAL;
}

const char* kind_of(NodeReader node) {
  if (node.isStruct()) return node.getStruct().getIsGroup() ? "a group" : "a struct";
  if (node.isEnum()) return "an enum";
  return node.isInterface() ? "an interface" : "no type";
}

bool is_group(NodeReader node) { return node.isStruct() && node.getStruct().getIsGroup(); }

// "Stock.reserve$Params", "quantity" -> "Stock.reserve(quantity)"
std::string member_path(const std::string& type, const std::string& member) {
  constexpr std::string_view kParameters = "$Params", kResults = "$Results";
  if (type.ends_with(kParameters)) return type.substr(0, type.size() - kParameters.size()) + "(" + member + ")";
  if (type.ends_with(kResults)) return type.substr(0, type.size() - kResults.size()) + " -> (" + member + ")";
  return type + "." + member;
}

std::string version_text(std::uint32_t version) { return "version " + std::to_string(version); }

class Comparison {
 public:
  Result<std::vector<SchemaChange>> run(const SchemaSet& before, const SchemaSet& after) {
    if (auto added = before_.add(before.nodes); !added.ok()) return added.error();
    if (auto added = after_.add(after.nodes); !added.ok()) return added.error();
    services(before.services, after.services);
    for (const auto& [id, old] : before_.all()) {
      at_ = id;
      if (const auto now = after_.find(id)) {
        if (auto compared = type(old, *now); !compared.ok()) return compared.error();
      } else if (is_worth_a_line(old, before)) {
        add(Rule::type_gone, before_.name(id), "is no longer there");
      }
    }
    for (const auto& [id, now] : after_.all()) {
      at_ = id;
      if (!before_.find(id) && is_worth_a_line(now, after)) add(Rule::new_type, after_.name(id), "is new");
    }
    std::stable_sort(changes_.begin(), changes_.end(), [](const SchemaChange& a, const SchemaChange& b) {
      if (a.allowance() != b.allowance()) return a.allowance() > b.allowance();
      return a.path < b.path;
    });
    return std::move(changes_);
  }

 private:
  void add(Rule rule, std::string path, std::string what, std::string advice = {}) {
    if (advice.empty()) advice = text_of(rule).advice;
    changes_.push_back({rule, std::move(path), std::move(what), std::move(advice), at_});
  }

  // Groups and generated parameters come and go with what they belong to; services have lines of their own.
  static bool is_worth_a_line(NodeReader node, const SchemaSet& set) {
    return !is_group(node) && node.getScopeId() != 0 &&
           std::none_of(set.services.begin(), set.services.end(),
                        [&](const ServiceSchema& service) { return service.type_id == node.getId(); });
  }

  // --- services ---
  void services(const std::vector<ServiceSchema>& before, const std::vector<ServiceSchema>& after) {
    std::map<std::uint64_t, const ServiceSchema*> now_by_id, old_by_id;
    std::map<std::string, const ServiceSchema*> now_by_name;
    for (const auto& now : after) now_by_id[now.type_id] = now_by_name[now.name] = &now;
    for (const auto& old : before) old_by_id[old.type_id] = &old;
    std::set<std::uint64_t> replaced;
    for (const auto& old : before) {
      at_ = old.type_id;
      if (const auto found = now_by_id.find(old.type_id); found != now_by_id.end()) {
        service(old, *found->second);
      } else if (const auto named = now_by_name.find(old.name);
                 named != now_by_name.end() && !old_by_id.contains(named->second->type_id)) {
        replaced.insert(named->second->type_id);
        add(Rule::service_id, old.name,
            "type id changed from " + type_id_text(old.type_id) + " to " + type_id_text(named->second->type_id),
            "give the interface its old id: interface " + old.name + " " + type_id_text(old.type_id));
      } else {
        add(Rule::service_gone, old.name, "the service is no longer there");
      }
    }
    for (const auto& now : after) {
      at_ = now.type_id;
      if (!old_by_id.contains(now.type_id) && !replaced.contains(now.type_id))
        add(Rule::new_service, now.name, "the service is new");
    }
  }

  void service(const ServiceSchema& old, const ServiceSchema& now) {
    if (old.name != now.name) add(Rule::service_renamed, old.name, "the service is now called " + now.name);
    if (old.state_type == 0) {
      if (now.state_type != 0) add(Rule::state_added, now.name, "keeps " + after_.name(now.state_type));
      return;
    }
    const std::string held = before_.name(old.state_type);
    if (now.state_type == 0) return add(Rule::state_gone, now.name, "kept " + held + " and now keeps nothing");
    if (now.state_version < old.state_version)
      return add(
          Rule::state_version, now.name,
          "the state went back from " + version_text(old.state_version) + " to " + version_text(now.state_version));
    const std::string types = types_text(held, old.state_type, after_.name(now.state_type), now.state_type);
    if (now.state_version > old.state_version) {
      const std::string versions =
          " from " + version_text(old.state_version) + " to " + version_text(now.state_version);
      return add(Rule::state_migrated, now.name,
                 "the state goes" + versions + (old.state_type == now.state_type ? "" : " and" + types));
    }
    if (old.state_type != now.state_type) add(Rule::state_type, now.name, "state type changed" + types);
  }

  // " from A to B", with ids where the names do not tell them apart.
  static std::string types_text(std::string old, std::uint64_t old_id, std::string now, std::uint64_t now_id) {
    if (old == now && old_id != now_id) old += " " + type_id_text(old_id), now += " " + type_id_text(now_id);
    return " from " + old + " to " + now;
  }

  // --- types ---
  Result<void> type(NodeReader old, NodeReader now) {
    if (is_group(old) && is_group(now)) return {};  // part of the struct around it
    const std::string name = before_.name(old.getId());
    if (std::string_view(kind_of(old)) != kind_of(now)) {
      add(Rule::kind_changed, name, std::string("was ") + kind_of(old) + " and is now " + kind_of(now));
      return {};
    }
    if (name != after_.name(now.getId()) && old.getScopeId() != 0 && !is_service(now))
      add(Rule::renamed, name, "is now called " + after_.name(now.getId()));
    if (old.isEnum()) enumerants(name, old.getEnum().getEnumerants(), now.getEnum().getEnumerants());
    if (old.isInterface()) interface(name, old.getInterface(), now.getInterface());
    return old.isStruct() ? structure(name, old, now) : Result<void>();
  }

  bool is_service(NodeReader node) const {
    for (auto annotation : node.getAnnotations())
      if (annotation.getId() == 0xc6760b627ad00a8f) return true;
    return false;
  }

  template <class List>
  static std::map<std::string, unsigned> numbers(List members) {
    std::map<std::string, unsigned> out;
    unsigned number = 0;
    for (auto member : members) out.emplace(member.getName().cStr(), number++);
    return out;
  }

  // What is listed by number. True: the member is there under its number, maybe renamed.
  struct Rules {
    Rule gone, number, fresh;
  };
  template <class List, class Same>
  void numbered(const std::string& name, List old, List now, Rules rules, Same both) {
    const auto old_numbers = numbers(old);
    const auto now_numbers = numbers(now);
    for (unsigned i = 0; i < old.size(); ++i) {
      const std::string before = old[i].getName().cStr();
      const auto moved = now_numbers.find(before);
      if (moved != now_numbers.end() && moved->second != i) {
        add(rules.number, name + "." + before,
            "number changed from @" + std::to_string(i) + " to @" + std::to_string(moved->second));
      } else if (i >= now.size()) {
        add(rules.gone, name + "." + before, "@" + std::to_string(i) + " is no longer there");
      } else {
        const std::string after = now[i].getName().cStr();
        if (after != before && !old_numbers.contains(after))
          add(Rule::renamed, name + "." + before, "is now called " + after);
        if (after == before || !old_numbers.contains(after)) both(before, old[i], now[i]);
      }
    }
    for (unsigned i = old.size(); i < now.size(); ++i)
      if (!old_numbers.contains(now[i].getName().cStr()))
        add(rules.fresh, name + "." + now[i].getName().cStr(), "is new, @" + std::to_string(i));
  }

  void enumerants(const std::string& name, capnp::List<schema::Enumerant>::Reader old,
                  capnp::List<schema::Enumerant>::Reader now) {
    numbered(name, old, now, {Rule::enumerant_gone, Rule::enumerant_number, Rule::new_enumerant},
             [](const std::string&, schema::Enumerant::Reader, schema::Enumerant::Reader) {});
  }

  void interface(const std::string& name, schema::Node::Interface::Reader old, schema::Node::Interface::Reader now) {
    numbered(name, old.getMethods(), now.getMethods(), {Rule::method_gone, Rule::method_number, Rule::new_method},
             [&](const std::string& member, schema::Method::Reader a, schema::Method::Reader b) {
               method(name + "." + member, a, b);
             });
    for (auto base : old.getSuperclasses()) {
      bool kept = false;
      for (auto other : now.getSuperclasses()) kept = kept || other.getId() == base.getId();
      if (!kept) add(Rule::superclass_gone, name, "no longer extends " + before_.name(base.getId()));
    }
  }

  void method(const std::string& path, schema::Method::Reader old, schema::Method::Reader now) {
    message(Rule::method_parameters, path, "parameters", old.getParamStructType(), now.getParamStructType());
    message(Rule::method_results, path, "results", old.getResultStructType(), now.getResultStructType());
    for (const auto& [id, name] : kOptions) {
      const auto before = option(old, id), after = option(now, id);
      if (before.has_value() != after.has_value())
        add(Rule::method_options, path, std::string("$") + name + (after ? " was added" : " was taken away"));
      else if (before && !same(*before, *after))
        add(Rule::method_options, path, std::string("$") + name + " changed");
    }
  }

  static std::optional<schema::Value::Reader> option(schema::Method::Reader method, std::uint64_t id) {
    for (auto annotation : method.getAnnotations())
      if (annotation.getId() == id) return annotation.getValue();
    return std::nullopt;
  }

  void message(Rule rule, const std::string& path, const char* side, std::uint64_t old, std::uint64_t now) {
    if (old != now)
      add(rule, path,
          std::string("the ") + side + " changed" + types_text(before_.name(old), old, after_.name(now), now));
  }

  // --- structs ---
  Result<void> structure(const std::string& name, NodeReader old_node, NodeReader now_node) {
    auto old = layout_of(before_, old_node);
    if (!old.ok()) return old.error();
    auto now = layout_of(after_, now_node);
    if (!now.ok()) return now.error();
    const std::size_t known = changes_.size();
    std::map<std::string, std::uint16_t> now_numbers;
    std::set<std::string> old_names;
    std::set<std::uint32_t> old_tags;
    for (const auto& [number, field] : now->fields) now_numbers.emplace(field.path, number);
    for (const auto& [number, field] : old->fields) {
      old_names.insert(field.path);
      for (const auto& arm : field.arms) old_tags.insert(arm.tag);
    }
    for (const auto& [number, field] : old->fields) {
      const std::string path = member_path(name, field.path);
      const auto found = now->fields.find(number);
      const auto moved = now_numbers.find(field.path);
      if (moved != now_numbers.end() && moved->second != number) {
        add(Rule::field_number, path,
            "number changed from @" + std::to_string(number) + " to @" + std::to_string(moved->second));
      } else if (found == now->fields.end()) {
        add(Rule::field_gone, path, "@" + std::to_string(number) + " is no longer there");
      } else if (!old_names.contains(found->second.path) || found->second.path == field.path) {
        if (found->second.path != field.path) add(Rule::renamed, path, "is now called " + found->second.path);
        same_field(path, field, found->second, old_tags);
      }
    }
    for (const auto& [number, field] : now->fields)
      if (!old->fields.contains(number) && !old_names.contains(field.path))
        add(Rule::new_field, member_path(name, field.path), "is new, @" + std::to_string(number));
    const bool explained = std::any_of(changes_.begin() + static_cast<std::ptrdiff_t>(known), changes_.end(),
                                       [](const auto& change) { return change.allowance() == Allowance::refused; });
    if (!explained && (now->data_words < old->data_words || now->pointers < old->pointers))
      add(Rule::struct_smaller, name,
          "shrank from " + std::to_string(old->data_words) + " words and " + std::to_string(old->pointers) +
              " pointers to " + std::to_string(now->data_words) + " and " + std::to_string(now->pointers));
    return {};
  }

  // The same number in both.
  void same_field(const std::string& path, const FlatField& old, const FlatField& now,
                  const std::set<std::uint32_t>& old_tags) {
    if (!same_type(old.slot.getType(), now.slot.getType())) {
      if (!becomes_struct_list(old.slot.getType(), now.slot.getType()))
        return add(Rule::field_type, path, "type changed" + field_types(old, now), type_advice(old, now));
      add(Rule::list_of_structs, path, "type changed" + field_types(old, now));
    } else if (!same(old.slot.getDefaultValue(), now.slot.getDefaultValue())) {
      add(Rule::field_default, path, "default value changed");
    }
    // Without the unions that are all new, the way to the field must be what it was.
    std::vector<UnionArm> kept;
    bool first_of_all = true;
    for (const auto& arm : now.arms) {
      if (old_tags.contains(arm.tag)) kept.push_back(arm);
      if (!old_tags.contains(arm.tag)) first_of_all = first_of_all && arm.value == 0;
    }
    if (kept != old.arms || !first_of_all)
      return add(Rule::field_union, path,
                 old.arms.empty()   ? "was moved into a union"
                 : now.arms.empty() ? "was moved out of its union"
                                    : "has another place in its union");
    if (old.slot.getOffset() != now.slot.getOffset()) return add(Rule::field_place, path, "lies elsewhere now");
    if (now.arms.size() > old.arms.size()) add(Rule::field_into_union, path, "is now the first member of a new union");
  }

  std::string field_types(const FlatField& old, const FlatField& now) const {
    const std::string before = before_.type_text(old.slot.getType()), after = after_.type_text(now.slot.getType());
    return types_text(before, declared(old.slot.getType()), after, declared(now.slot.getType()));
  }

  // The id of the declared type in it, if any.
  static std::uint64_t declared(TypeReader type) {
    while (type.isList()) type = type.getList().getElementType();
    if (type.isStruct()) return type.getStruct().getTypeId();
    if (type.isEnum()) return type.getEnum().getTypeId();
    return type.isInterface() ? type.getInterface().getTypeId() : 0;
  }

  std::string type_advice(const FlatField& old, const FlatField& now) const {
    const auto id = declared(old.slot.getType());
    if (old.slot.getType().which() != now.slot.getType().which() || id == 0 || after_.find(id)) return {};
    if (declared(now.slot.getType()) == 0) return {};
    return "if the type was only renamed or moved, give it its old id: " + after_.name(declared(now.slot.getType())) +
           " " + type_id_text(id) + "; else " + text_of(Rule::field_type).advice;
  }

  static bool same_type(TypeReader old, TypeReader now) {
    if (old.which() != now.which()) return false;
    if (old.isList()) return same_type(old.getList().getElementType(), now.getList().getElementType());
    return same(old, now);
  }

  // List(T) to a list of a struct whose field @0 is a T, as Cap'n Proto allows.
  bool becomes_struct_list(TypeReader old, TypeReader now) const {
    if (!old.isList() || !now.isList()) return false;
    const auto element = old.getList().getElementType(), upgraded = now.getList().getElementType();
    if (element.isBool() || element.isStruct() || element.isEnum() || !upgraded.isStruct()) return false;
    const auto node = after_.find(upgraded.getStruct().getTypeId());
    if (!node || !node->isStruct()) return false;
    auto layout = layout_of(after_, *node);
    if (!layout.ok()) return false;
    const auto first = layout->fields.find(0);
    return first != layout->fields.end() && first->second.arms.empty() && first->second.slot.getOffset() == 0 &&
           same_type(element, first->second.slot.getType());
  }

  NodesById before_, after_;
  std::uint64_t at_ = 0;  // the type or service that is compared
  std::vector<SchemaChange> changes_;
};

}  // namespace

std::string SchemaChange::sentence() const {
  return path + ": " + what + ": " + text_of(rule).reason + (advice.empty() ? "" : "; " + advice);
}

Result<std::vector<SchemaChange>> compare(const SchemaSet& before, const SchemaSet& after) {
  try {
    return Comparison().run(before, after);
  } catch (const kj::Exception& e) {
    return Error(ErrorKind::corrupt, std::string("the schemas cannot be compared: ") + e.getDescription().cStr());
  }
}

}  // namespace troupe::reflect
