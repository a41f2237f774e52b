// troupe-overload: offers a node more than it can serve, and says what came of it. stdout gets the report and nothing
// else. Exit codes: 0 measured, 1 it could not be, 2 wrong arguments.
#include <fmt/format.h>
#include <stdlib.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <string>
#include <system_error>
#include <vector>

#include "other_work.h"
#include "overload/report.h"

namespace troupe::bench {
namespace {

struct Arguments {
  bool json = false;
  double seconds = 30;
  std::vector<double> times{1, 2, 5, 10};
  std::vector<std::string> kinds{"plain", "durable"};
  Load load;
  std::filesystem::path dir = ".";
  std::filesystem::path plot;
};

class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent) {
    std::string name = (parent / "troupe-overload-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw std::system_error(errno, std::generic_category(), "cannot make a directory in " + parent.string());
    path_ = std::filesystem::absolute(name);
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const noexcept { return path_; }

 private:
  std::filesystem::path path_;
};

LoadTest measure(const Arguments& arguments, bool durable) {
  LoadTest test;
  test.load = arguments.load;
  test.load.durable = durable;
  const auto time = std::chrono::nanoseconds(static_cast<std::int64_t>(arguments.seconds * 1e9));
  const TemporaryDirectory dir(arguments.dir);
  LoadedNode node(test.load, dir.path());
  std::fprintf(stderr, "%s\n", load_title(test.load).c_str());
  (void)node.capacity(time / 10);
  const OtherWork others;
  test.capacity = node.capacity(time / 3);
  std::fprintf(stderr, "  capacity %.0f calls/s (other programs took %.0f%% of the machine)\n", test.capacity,
               others.share() * 100);
  for (const double times : arguments.times) {
    const OtherWork meanwhile;
    test.steps.push_back({times, node.offer(times * test.capacity, time)});
    std::fprintf(stderr, "  %gx: %.0f calls/s answered (other programs took %.0f%% of the machine)\n", times,
                 test.steps.back().served.goodput, meanwhile.share() * 100);
  }
  return test;
}

void write(const std::filesystem::path& path, const std::string& text) {
  if (path.has_parent_path()) std::filesystem::create_directories(path.parent_path());
  std::ofstream file(path);
  file << text;
  if (!file.flush()) throw std::system_error(errno, std::generic_category(), "cannot write " + path.string());
  std::fprintf(stderr, "a picture of it: %s\n", path.c_str());
}

void describe(CLI::App& app, Arguments& arguments) {
  app.footer(
      "Capacity comes first: callers that wait for their answers, four to an actor. Then calls come when they are "
      "due,\n"
      "answered or not, at multiples of it. A latency is counted from when a call was due. The node runs on all\n"
      "processors but one, which is left to the callers. Goal: at the highest load 80% of the peak is still answered.");
  app.add_flag("--json", arguments.json, "an array for programs instead of table and bars");
  app.add_option("--seconds", arguments.seconds, "how long each load is offered")
      ->check(CLI::Range(0.05, 3600.0))
      ->capture_default_str();
  app.add_option("--times", arguments.times, "loads, in multiples of the capacity, separated by commas")
      ->delimiter(',')
      ->check(CLI::Range(0.01, 1000.0))
      ->capture_default_str();
  app.add_option("--kinds", arguments.kinds, "what is called: plain, durable, or both")
      ->delimiter(',')
      ->check(CLI::IsMember({"plain", "durable"}))
      ->capture_default_str();
  app.add_option("--actors", arguments.load.actors, "called in turn")
      ->check(CLI::Range(1, 1'000'000))
      ->capture_default_str();
  app.add_option("--work-us", arguments.load.work_us, "processor time of a call, in microseconds")
      ->check(CLI::Range(0, 1'000'000))
      ->capture_default_str();
  app.add_option("--dir", arguments.dir, "where the data directory goes, on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--plot", arguments.plot, "an SVG file to write; none if not told")->take_last();
}

int run(int argc, char** argv) {
  CLI::App app{"Offers a node more than it can serve.", "troupe-overload"};
  Arguments arguments;
  describe(app, arguments);
  try {
    app.parse(argc, argv);
    std::vector<LoadTest> tests;
    for (const auto& kind : arguments.kinds) tests.push_back(measure(arguments, kind == "durable"));
    if (arguments.json) {
      std::fputs(load_json(tests).c_str(), stdout);
    } else {
      for (const auto& test : tests) {
        std::fputs(
            fmt::format("{}; capacity {:.0f} calls/s, peak {:.0f}\n", load_title(test.load), test.capacity, test.peak())
                .c_str(),
            stdout);
        std::fputs((load_table(test) + "\n" + load_bars(test) + "\n").c_str(), stdout);
      }
    }
    if (!arguments.plot.empty()) write(arguments.plot, load_svg(tests));
    return 0;
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "troupe-overload: %s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) { return troupe::bench::run(argc, argv); }
