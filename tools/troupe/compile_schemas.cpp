#include "compile_schemas.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "failure.h"
#include "schema_folder.h"

extern char** environ;

namespace troupe::tool {
namespace {

constexpr int kNoSuchProgram = 127;

Failure no_compiler(const std::string& why) {
  return failure(Error(ErrorKind::unavailable, "the Cap'n Proto compiler, `capnp`, cannot be run (" + why +
                                                   "); .capnp files need it: install Debian's package capnproto. "
                                                   "`troupe schema` takes a node or its data directory, too"));
}

std::string everything_from(int fd) {
  std::string bytes;
  char buffer[16384];
  while (true) {
    const ssize_t n = ::read(fd, buffer, sizeof buffer);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return bytes;
    bytes.append(buffer, static_cast<std::size_t>(n));
  }
}

}  // namespace

std::string compile_schemas(const std::vector<std::string>& files, const std::string& prefix,
                            const std::vector<std::string>& import_paths) {
  std::vector<std::string> words = {"capnp", "compile", "-o-"};
  for (const auto& path : import_paths) words.push_back("-I" + path);
  const SchemaFolder own;  // last: what is named comes first
  words.push_back("-I" + own.path().string());
  if (!prefix.empty()) words.push_back("--src-prefix=" + prefix);
  // A name that begins with a dash stays a name.
  for (const auto& file : files) words.push_back(file.starts_with("-") ? "./" + file : file);
  std::vector<char*> arguments;
  for (auto& word : words) arguments.push_back(word.data());
  arguments.push_back(nullptr);

  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) throw no_compiler(std::strerror(errno));
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  pid_t child = 0;
  const int problem = ::posix_spawnp(&child, "capnp", &actions, nullptr, arguments.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  ::close(ends[1]);
  std::string request = problem == 0 ? everything_from(ends[0]) : std::string();
  ::close(ends[0]);
  if (problem != 0) throw no_compiler(std::strerror(problem));
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) {
  }
  if (WIFEXITED(status) && WEXITSTATUS(status) == kNoSuchProgram) throw no_compiler("not found");
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
    throw failure(Error(ErrorKind::invalid, "capnp compile refuses " + files.front() +
                                                (files.size() > 1 ? " and what is beside it" : "") +
                                                "; its own words are above. Imports are found with -I"));
  return request;
}

}  // namespace troupe::tool
