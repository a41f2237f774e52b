// The search for a schema's text: the files given to capnp first, then source prefixes, then imports.
#include "source_files.h"

#include <unistd.h>

#include <fmt/format.h>

#include <fstream>
#include <iterator>
#include <system_error>
#include <utility>

namespace troupe::schema {

namespace fs = std::filesystem;

namespace {

std::string content(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

bool ends_with_path(const std::string& path, const std::string& name) {
  return path == name || path.ends_with("/" + name);
}

}  // namespace

SourceFiles::Search SourceFiles::parse(const std::vector<std::string>& arguments, fs::path directory) {
  Search search;
  search.directory = std::move(directory);
  for (std::size_t i = 0; i < arguments.size(); ++i) {
    const auto& argument = arguments[i];
    const auto value_of = [&](std::string_view flag) -> const char* {
      if (argument == flag) return i + 1 < arguments.size() ? arguments[++i].c_str() : "";
      if (!argument.starts_with(flag)) return nullptr;
      const bool equals = flag.starts_with("--");
      if (equals && argument[flag.size()] != '=') return nullptr;
      return argument.c_str() + flag.size() + (equals ? 1 : 0);
    };
    if (const char* prefix = value_of("--src-prefix"))
      search.prefixes.emplace_back(prefix);
    else if (const char* path = value_of("--import-path"))
      search.import_path.emplace_back(path);
    else if (const char* short_path = value_of("-I"))
      search.import_path.emplace_back(short_path);
    else if (!argument.starts_with("-"))
      search.files.push_back(argument);
  }
  search.import_path.insert(search.import_path.end(), {"/usr/local/include", "/usr/include"});
  return search;
}

SourceFiles::Search SourceFiles::of_parent() {
  const auto process = fmt::format("/proc/{}", ::getppid());
  std::vector<std::string> arguments;
  std::string argument;
  for (const char c : content(process + "/cmdline")) {
    if (c != '\0') {
      argument += c;
      continue;
    }
    arguments.push_back(std::exchange(argument, {}));
  }
  if (!arguments.empty()) arguments.erase(arguments.begin());
  std::error_code unreadable;
  auto directory = fs::read_symlink(process + "/cwd", unreadable);
  return parse(arguments, unreadable ? fs::path(".") : directory);
}

const SourceMap& SourceFiles::map(const std::string& name) {
  if (const auto it = maps_.find(name); it != maps_.end()) return it->second;
  const auto found = locate(name);
  return maps_.emplace(name, found.empty() ? SourceMap(name, {}) : SourceMap(found, content(search_.directory / found)))
      .first->second;
}

std::string SourceFiles::locate(const std::string& name) const {
  const auto exists = [&](const fs::path& path) {
    std::error_code unreadable;
    return fs::is_regular_file(search_.directory / path, unreadable);
  };
  for (const auto& file : search_.files)
    if (ends_with_path(file, name) && exists(file)) return file;
  for (const auto* roots : {&search_.prefixes, &search_.import_path})
    for (const auto& root : *roots)
      if (const auto path = fs::path(root) / name; exists(path)) return path.string();
  return exists(name) ? name : "";
}

}  // namespace troupe::schema
