// The log of one program: whole lines, long ones parted, and a file that moves aside when it is full.
#include <doctest/doctest.h>

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

#include "base/limits.h"
#include "processes/process_log.h"
#include "support/scratch_directory.h"

using namespace troupe;
using troupe::processes::ProcessLog;
using troupe::testing::ScratchDirectory;

namespace {

std::string log_text(const std::filesystem::path& file) {
  std::ostringstream out;
  out << std::ifstream(file).rdbuf();
  return out.str();
}

}  // namespace

TEST_CASE("lines are written and told when they are whole, and the rest at the end") {
  const ScratchDirectory dir;
  ProcessLog log(dir / "a.log");
  std::vector<std::string> told;
  const auto on_line = [&](const std::string& line) { told.push_back(line); };

  log.take("one\ntw", on_line);
  CHECK(told == std::vector<std::string>{"one"});
  CHECK(log_text(dir / "a.log") == "one\n");
  log.take("o\n\nthree", on_line);
  log.finish(on_line);
  log.finish(on_line);
  log.note("ended");

  CHECK(told == std::vector<std::string>{"one", "two", "", "three"});
  CHECK(log_text(dir / "a.log") == "one\ntwo\n\nthree\n[troupe] ended\n");
}

TEST_CASE("a line that is longer than a line may be is parted, and nothing of it is lost") {
  const ScratchDirectory dir;
  ProcessLog log(dir / "a.log");
  std::vector<std::string> told;
  const auto on_line = [&](const std::string& line) { told.push_back(line); };
  const std::string longest(limits::kMaxProcessLineBytes, 'x');

  log.take(longest + "\n", on_line);
  log.take(longest + "yz\nnext\n", on_line);
  log.take(longest, on_line);
  log.take("end\n", on_line);

  CHECK(told == std::vector<std::string>{longest, longest, "yz", "next", longest, "end"});
}

TEST_CASE("a log that is full moves aside, and two files are all there ever is") {
  const ScratchDirectory dir;
  const std::string line(limits::kMaxProcessLineBytes - 1, 'x');
  const auto lines_that_fit = limits::kMaxProcessLogBytes / (line.size() + 1);
  const auto ignore = [](const std::string&) {};
  ProcessLog log(dir / "a.log");

  for (std::size_t i = 0; i < lines_that_fit; ++i) log.take(line + "\n", ignore);
  CHECK(std::filesystem::file_size(dir / "a.log") == limits::kMaxProcessLogBytes);
  CHECK_FALSE(std::filesystem::exists(dir / "a.log.1"));
  log.take("first of the second\n", ignore);

  CHECK(log_text(dir / "a.log") == "first of the second\n");
  CHECK(std::filesystem::file_size(dir / "a.log.1") == limits::kMaxProcessLogBytes);
  for (std::size_t i = 0; i < lines_that_fit; ++i) log.take(line + "\n", ignore);
  CHECK(log_text(dir / "a.log.1").starts_with("first of the second\n"));
  CHECK(std::distance(std::filesystem::directory_iterator(dir.path()), {}) == 2);
}

TEST_CASE("a log goes on where it was left, and counts what is there") {
  const ScratchDirectory dir;
  const auto ignore = [](const std::string&) {};
  std::ofstream(dir / "a.log") << std::string(limits::kMaxProcessLogBytes - 6, 'x') << "\n";

  ProcessLog log(dir / "a.log");
  log.take("1234\n", ignore);
  CHECK_FALSE(std::filesystem::exists(dir / "a.log.1"));
  log.take("5\n", ignore);

  CHECK(log_text(dir / "a.log") == "5\n");
}
