#include "processes/program_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "base/private_files.h"

namespace troupe::processes {

ProcessStart in_place(ProcessStart start) {
  start.directory = fixed(start.directory.empty() ? "." : start.directory);
  return start;
}

std::map<std::string, std::string> environment_of(const ProcessStart& start,
                                                  const std::map<std::string, std::string>& added) {
  std::map<std::string, std::string> all = start.environment;
  all.insert(added.begin(), added.end());
  for (char** at = environ; *at; ++at) {
    const std::string setting = *at;
    const auto equals = setting.find('=');
    if (equals != std::string::npos) all.emplace(setting.substr(0, equals), setting.substr(equals + 1));
  }
  return all;
}

std::string program_of(const std::string& name, const std::map<std::string, std::string>& environment) {
  if (name.find('/') != std::string::npos) return name;
  const auto found = environment.find("PATH");
  const std::string path = found == environment.end() ? "/usr/local/bin:/usr/bin:/bin" : found->second;
  for (std::size_t from = 0; from <= path.size();) {
    const auto end = std::min(path.find(':', from), path.size());
    const std::string candidate = (end == from ? "." : path.substr(from, end - from)) + "/" + name;
    if (::access(candidate.c_str(), X_OK) == 0) return candidate;
    from = end + 1;
  }
  return name;
}

FileMark mark_of(const std::filesystem::path& file) {
  struct stat about {};
  if (::stat(file.c_str(), &about) != 0) return {};
  return {about.st_dev, about.st_ino, static_cast<std::uint64_t>(about.st_size),
          about.st_mtim.tv_sec * 1'000'000'000 + about.st_mtim.tv_nsec};
}

FileMark mark_of(const ProcessStart& start, const std::map<std::string, std::string>& added) {
  return mark_of(start.directory / program_of(start.command.front(), environment_of(start, added)));
}

}  // namespace troupe::processes
