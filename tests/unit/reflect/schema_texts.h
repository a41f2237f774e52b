// Schemas written in the test, compiled in memory.
#pragma once

#include <capnp/schema-parser.h>
#include <doctest/doctest.h>
#include <kj/filesystem.h>

#include <set>
#include <string>
#include <vector>

#include "reflect/schema_changes.h"
#include "reflect/schema_set.h"

namespace troupe::reflect {

// The types that `text`, the body of a file, declares.
inline SchemaSet set_of(const std::string& text) {
  const std::string file = "@0xd508eebdc2dc42b8;\n" + text;
  auto directory = kj::newInMemoryDirectory(kj::nullClock());
  const auto path = kj::Path::parse("shop.capnp");
  directory->openFile(path, kj::WriteMode::CREATE)->writeAll(kj::StringPtr(file.c_str()));
  capnp::SchemaParser parser;
  SchemaSet set;
  std::set<std::uint64_t> seen;
  const auto add = [&](auto& self, capnp::ParsedSchema scope) -> void {
    for (auto nested : scope.getAllNested()) {
      for (auto& node : encode_schemas(nested))
        if (seen.insert(node.type_id).second) set.nodes.push_back(std::move(node));
      self(self, nested);
    }
  };
  add(add, parser.parseFromDirectory(*directory, path.clone(), nullptr));
  return set;
}

inline std::vector<SchemaChange> changes(const SchemaSet& before, const SchemaSet& after) {
  auto found = compare(before, after);
  REQUIRE(found.ok());
  return std::move(*found);
}
inline std::vector<SchemaChange> changes(const std::string& before, const std::string& after) {
  return changes(set_of(before), set_of(after));
}

// The one change there is, as "rule-name path: what".
inline std::string only(const std::vector<SchemaChange>& found) {
  std::string all;
  for (const auto& change : found)
    all += (all.empty() ? "" : "\n") + std::string(text_of(change.rule).name) + " " + change.path + ": " + change.what;
  return all;
}
inline std::string only_change(const std::string& before, const std::string& after) {
  return only(changes(before, after));
}

}  // namespace troupe::reflect
