// One run of `capnp compile` with the plugin, in a folder of its own that goes with the object.
#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

class CompilerRun {
 public:
  // `schemas`: file names and texts; `requested`: those named on the command line.
  CompilerRun(const std::map<std::string, std::string>& schemas, const std::vector<std::string>& requested);
  CompilerRun(const CompilerRun&) = delete;
  CompilerRun& operator=(const CompilerRun&) = delete;
  ~CompilerRun();

  [[nodiscard]] bool succeeded() const { return status_ == 0; }
  // Standard output and standard error.
  [[nodiscard]] const std::string& said() const { return said_; }
  // Where `in/` and `out/` are.
  [[nodiscard]] const std::filesystem::path& folder() const { return folder_; }
  // The same once more, whatever was changed in the folder meanwhile.
  void again();
  // Names of everything the plugin left behind, sorted.
  [[nodiscard]] std::vector<std::string> written() const;

 private:
  std::filesystem::path folder_;
  std::string command_;
  int status_ = -1;
  std::string said_;
};

struct Output {
  int status;
  std::string text;
};
// Through the shell, with standard error joined in.
[[nodiscard]] Output run(const std::string& command);
