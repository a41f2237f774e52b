// Tokens, then statements, then names: a statement ends at ';', '{' or '}' outside of brackets.
#include "source_map.h"

#include <algorithm>
#include <cctype>
#include <utility>

namespace troupe::schema {

namespace {

constexpr std::size_t kNone = static_cast<std::size_t>(-1);

bool in_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_'; }

bool declares(std::string_view word) {
  return word == "struct" || word == "interface" || word == "enum" || word == "const" || word == "annotation";
}

}  // namespace

SourceMap::SourceMap(std::string file, std::string_view text) : file_(std::move(file)) {
  split(text);
  find_declarations();
}

Place SourceMap::declaration(const std::string& path) const {
  const auto it = declarations_.find(path);
  return it == declarations_.end() ? Place{file_, 0, 0} : at(it->second.name);
}

Place SourceMap::annotation(const std::string& path, std::string_view name) const {
  const auto token = annotation_token(path, name);
  return token == kNone ? declaration(path) : at(token);
}

Place SourceMap::option(const std::string& path, std::string_view name, std::string_view field) const {
  const auto token = annotation_token(path, name);
  if (token == kNone) return declaration(path);
  const auto end = declarations_.at(path).end;
  for (auto i = token + 1; i + 1 < end && tokens_[i].text != "$"; ++i)
    if (tokens_[i].text == field && tokens_[i + 1].text == "=") return at(i);
  return at(token);
}

Place SourceMap::parameter(const std::string& method, std::string_view field, bool of_results) const {
  const auto it = declarations_.find(method);
  if (it == declarations_.end()) return Place{file_, 0, 0};
  bool past_arrow = false;
  for (auto i = it->second.name + 1; i + 1 < it->second.end; ++i) {
    if (tokens_[i].text == "-" && tokens_[i + 1].text == ">") past_arrow = true;
    if (past_arrow == of_results && tokens_[i].text == field && tokens_[i + 1].text == ":") return at(i);
  }
  return at(it->second.name);
}

bool SourceMap::has_annotation(const std::string& path, std::string_view name) const {
  return annotation_token(path, name) != kNone;
}

bool SourceMap::has_alias(std::string_view name) const {
  return std::find(aliases_.begin(), aliases_.end(), name) != aliases_.end();
}

void SourceMap::split(std::string_view text) {
  int line = 1;
  std::size_t line_start = 0;
  for (std::size_t i = 0; i < text.size();) {
    const char c = text[i];
    const int column = static_cast<int>(i - line_start) + 1;
    if (c == '\n') {
      ++line;
      line_start = ++i;
    } else if (std::isspace(static_cast<unsigned char>(c))) {
      ++i;
    } else if (c == '#') {
      while (i < text.size() && text[i] != '\n') ++i;
    } else if (c == '"') {
      ++i;
      while (i < text.size() && text[i] != '"' && text[i] != '\n') i += text[i] == '\\' ? 2 : 1;
      if (i < text.size() && text[i] == '"') ++i;
      tokens_.push_back({"\"\"", line, column, false});
    } else if (in_word(c)) {
      const auto start = i;
      while (i < text.size() && in_word(text[i])) ++i;
      tokens_.push_back({std::string(text.substr(start, i - start)), line, column, true});
    } else {
      tokens_.push_back({std::string(1, c), line, column, false});
      ++i;
    }
  }
}

void SourceMap::find_declarations() {
  std::vector<std::string> scopes = {""};
  std::size_t begin = 0;
  int brackets = 0;
  for (std::size_t i = 0; i < tokens_.size(); ++i) {
    const auto& text = tokens_[i].text;
    if (text == "(" || text == "[") ++brackets;
    if (text == ")" || text == "]") --brackets;
    if (brackets > 0 || (text != ";" && text != "{" && text != "}")) continue;
    const auto name = record(begin, i, scopes.back());
    if (text == "{") scopes.push_back(name.empty() ? scopes.back() : name);
    if (text == "}" && scopes.size() > 1) scopes.pop_back();
    begin = i + 1;
  }
}

std::string SourceMap::record(std::size_t begin, std::size_t end, const std::string& scope) {
  if (end - begin < 2 || !tokens_[begin].word) return {};
  if (tokens_[begin].text == "using") {
    // `using Name = ...` or `using import "file".Name`
    const bool named = tokens_[begin + 1].word && end - begin > 2 && tokens_[begin + 2].text == "=";
    aliases_.push_back(tokens_[named ? begin + 1 : end - 1].text);
    return {};
  }
  const bool typed = declares(tokens_[begin].text) && tokens_[begin + 1].word;
  const auto name = typed ? begin + 1 : begin;
  const bool member = tokens_[begin + 1].text == "@" || tokens_[begin + 1].text == ":";
  if (!typed && !member) return {};
  auto path = scope.empty() ? tokens_[name].text : scope + "." + tokens_[name].text;
  declarations_.emplace(path, Declaration{name, end});
  return path;
}

std::size_t SourceMap::annotation_token(const std::string& path, std::string_view name) const {
  const auto it = declarations_.find(path);
  if (it == declarations_.end()) return kNone;
  for (auto i = it->second.name + 1; i < it->second.end; ++i) {
    if (tokens_[i].text != "$") continue;
    auto last = i + 1;
    while (last + 2 < it->second.end && tokens_[last + 1].text == ".") last += 2;
    if (last < it->second.end && tokens_[last].text == name) return i;
  }
  return kNone;
}

Place SourceMap::at(std::size_t token) const { return {file_, tokens_[token].line, tokens_[token].column}; }

}  // namespace troupe::schema
