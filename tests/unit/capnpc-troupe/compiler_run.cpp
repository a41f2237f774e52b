// The compiler, the plugin and the annotations come from the build, as definitions.
#include "compiler_run.h"

#include <fmt/format.h>
#include <sys/wait.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <stdexcept>

namespace fs = std::filesystem;

Output run(const std::string& command) {
  std::FILE* pipe = ::popen(("{ " + command + "; } 2>&1").c_str(), "r");
  if (pipe == nullptr) throw std::runtime_error("cannot run: " + command);
  std::string text;
  std::array<char, 4096> block;
  for (std::size_t n; (n = std::fread(block.data(), 1, block.size(), pipe)) > 0;) text.append(block.data(), n);
  const int status = ::pclose(pipe);
  return {WIFEXITED(status) ? WEXITSTATUS(status) : -1, text};
}

CompilerRun::CompilerRun(const std::map<std::string, std::string>& schemas, const std::vector<std::string>& requested) {
  auto pattern = (fs::temp_directory_path() / "capnpc-troupe-XXXXXX").string();
  if (::mkdtemp(pattern.data()) == nullptr) throw std::runtime_error("cannot create " + pattern);
  folder_ = pattern;
  fs::create_directories(folder_ / "out");
  for (const auto& [name, text] : schemas) {
    fs::create_directories((folder_ / "in" / name).parent_path());
    std::ofstream(folder_ / "in" / name) << text;
  }
  command_ = fmt::format("cd '{}' && '{}' compile '-o{}:out' --src-prefix=in '-I{}'", folder_.string(), CAPNP_TOOL,
                         CAPNPC_TROUPE, TROUPE_SCHEMAS);
  for (const auto& name : requested) command_ += fmt::format(" 'in/{}'", name);
  again();
}

void CompilerRun::again() {
  auto output = run(command_);
  status_ = output.status;
  said_ = std::move(output.text);
}

CompilerRun::~CompilerRun() {
  std::error_code gone;
  fs::remove_all(folder_, gone);
}

std::vector<std::string> CompilerRun::written() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(folder_ / "out"))
    if (entry.is_regular_file()) names.push_back(fs::relative(entry.path(), folder_ / "out").string());
  std::sort(names.begin(), names.end());
  return names;
}
