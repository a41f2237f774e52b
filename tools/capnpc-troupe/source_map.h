// Where things stand in the text of one schema file. Cap'n Proto's request carries no line numbers, so the
// text is read again: enough of the grammar to find declarations, members and annotations, never to judge
// them. What is not found yields a wider place: the declaration, or line 0.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "diagnostics.h"

namespace troupe::schema {

class SourceMap {
 public:
  // `file` is the name that places carry. An empty text gives places without lines.
  SourceMap(std::string file, std::string_view text);

  // `path`: "Stock", "Outer.Stock", or a member: "Stock.reserve".
  [[nodiscard]] Place declaration(const std::string& path) const;
  // The use of an annotation on a declaration, by the last part of its name: "readOnly".
  [[nodiscard]] Place annotation(const std::string& path, std::string_view name) const;
  // One field of an annotation's value: the `state` of $Troupe.actor(state = "X").
  [[nodiscard]] Place option(const std::string& path, std::string_view annotation, std::string_view field) const;
  // A field written out in a method's parameter list, or in its result list.
  [[nodiscard]] Place parameter(const std::string& method, std::string_view field, bool of_results) const;

  [[nodiscard]] bool has_annotation(const std::string& path, std::string_view name) const;
  // Whether `using name = ...` stands in the file.
  [[nodiscard]] bool has_alias(std::string_view name) const;

 private:
  struct Token {
    std::string text;
    int line;
    int column;
    bool word;
  };
  // Token indexes: the declared name, and the end of its statement.
  struct Declaration {
    std::size_t name;
    std::size_t end;
  };

  void split(std::string_view text);
  void find_declarations();
  // Records the statement [begin, end) found in `scope` and returns the name it declares, if any.
  std::string record(std::size_t begin, std::size_t end, const std::string& scope);
  [[nodiscard]] std::size_t annotation_token(const std::string& path, std::string_view name) const;
  [[nodiscard]] Place at(std::size_t token) const;

  std::string file_;
  std::vector<Token> tokens_;
  std::map<std::string, Declaration> declarations_;
  std::vector<std::string> aliases_;
};

}  // namespace troupe::schema
