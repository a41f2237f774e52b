// troupe-bench: Troupe beside what a user would otherwise take, in one run. stdout gets the report and nothing else.
// Exit codes: 0 measured, 1 a line could not be measured (the others are reported), 2 wrong arguments.
#include <fmt/format.h>
#include <linux/magic.h>
#include <stdlib.h>
#include <sys/statfs.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <cstdio>
#include <string>
#include <system_error>
#include <vector>

#include "baseline/baselines.h"
#include "http_load.h"
#include "http_orders.h"
#include "line.h"
#include "other_work.h"
#include "own_process.h"
#include "remote_call.h"
#include "report.h"
#include "rounds.h"

namespace troupe::bench {
namespace {

struct Arguments {
  bool json = false;
  bool list = false;
  bool shared = false;
  int rounds = 5;
  double seconds = 1;
  std::uint32_t activations = Effort{}.activations;
  std::filesystem::path dir = ".";
  std::vector<std::string> only;
  std::vector<std::string> profile;  // line, seconds
  std::vector<std::string> measure;  // line, side: one measurement, for a process of its own
  double batch = 0;                  // for that
  std::vector<std::string> serve;    // what, and its arguments: the far side of a remote line
};

// A directory below `parent` that goes away with its owner.
class TemporaryDirectory {
 public:
  explicit TemporaryDirectory(const std::filesystem::path& parent) {
    std::string name = (parent / "troupe-bench-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) {
      throw std::system_error(errno, std::generic_category(), "cannot make a directory in " + parent.string());
    }
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

bool is_in_memory(const std::filesystem::path& dir) {
  struct statfs about {};
  return ::statfs(dir.c_str(), &about) == 0 && (about.f_type == TMPFS_MAGIC || about.f_type == RAMFS_MAGIC);
}

std::string notes() {
  std::string out =
      "Every measurement is a process of its own that warms up for a tenth of its time. Sides take turns, the order\n"
      "changes with every round, and a figure is the median of its rounds; ratio = ours / baseline. Another program "
      "at\n"
      "work on the machine shows in the spread, and in the ratio when it works during one side only.\n\nLines:\n";
  for (const Line& line : all_lines()) {
    out += fmt::format("  {} ({}; baseline: {}; goal: ratio {} {})\n", line.name, line.unit, line.baseline_name,
                       line.goal.sense == Goal::Sense::at_least ? ">=" : "<=", line.goal.ratio);
    std::string about(line.about);
    for (std::size_t at = 0; (at = about.find('\n', at)) != std::string::npos; at += 5) about.replace(at, 1, "\n    ");
    out += "    " + about + "\n";
  }
  return out;
}

Effort effort_of(const Arguments& arguments, std::filesystem::path dir) {
  return {std::chrono::nanoseconds(static_cast<std::int64_t>(arguments.seconds * 1e9)), arguments.activations,
          std::move(dir), !arguments.shared};
}

const Line& line_named(const std::string& name) {
  if (const Line* line = find_line(name)) return *line;
  throw CLI::ValidationError(fmt::format("there is no line '{}'; --list names them", name));
}

// The figure a process of its own comes to. `batch` is what our side said, for the baseline.
double measure_apart(const Line& line, const char* side, const Arguments& arguments, double& batch) {
  const OtherWork others;
  double value = 0;
  {
    const TemporaryDirectory dir(arguments.dir);
    std::vector<std::string> words({"--measure", std::string(line.name), side, "--dir", dir.path().string(),
                                    "--seconds", fmt::format("{}", arguments.seconds), "--activations",
                                    fmt::format("{}", arguments.activations), "--batch", fmt::format("{}", batch)});
    if (arguments.shared) words.emplace_back("--shared");
    OwnProcess process(words);
    const auto patience = std::chrono::seconds(180) + std::chrono::seconds(static_cast<int>(arguments.seconds * 2));
    const std::string said = process.read_line(patience);
    value = std::stod(said);
    batch = std::stod(said.substr(said.find(' ')));
  }
  const std::string batches = batch > 0 ? fmt::format("{:.0f} a transaction, ", batch) : "";
  std::fprintf(stderr, "  %-9s %14.1f %-8s (%sother programs took %.0f%% of the machine)\n", side, value,
               std::string(line.unit).c_str(), batches.c_str(), others.share() * 100);
  return value;
}

// The measuring process. It leaves without a farewell: a side may keep what would take long to give back.
[[noreturn]] void measure_here(const Arguments& arguments) {
  const Line& line = line_named(arguments.measure[0]);
  const Side side = arguments.measure[1] == "ours" ? line.ours : line.baseline;
  Effort effort = effort_of(arguments, arguments.dir);
  double batch = arguments.batch;
  effort.batch = &batch;
  const double value = side(effort);
  std::printf("%.17g %.17g\n", value, batch);
  std::fflush(stdout);
  ::_exit(0);
}

int serve(const std::vector<std::string>& words) {
  if (words[0] == "tcp") {
    baseline::serve_tcp();
  } else if (words[0] == "tls") {
    baseline::serve_tls();
  } else if (words[0] == "caf") {
    baseline::serve_caf();
  } else if (words[0] == "http") {
    serve_http_peers({words.begin() + 1, words.end()});
  } else if (words[0] == "orders") {
    serve_http_orders({words.begin() + 1, words.end()});
  } else {
    serve_troupe({words.begin() + 1, words.end()});
  }
  return 0;
}

int profile(const Arguments& arguments) {
  const Line& line = line_named(arguments.profile[0]);
  const TemporaryDirectory dir(arguments.dir);
  Arguments longer = arguments;
  longer.seconds = std::stod(arguments.profile[1]);
  Effort effort = effort_of(longer, dir.path());
  double batch = 0;
  effort.batch = &batch;
  const double value = line.ours(effort);
  std::printf("%s %.1f %s", std::string(line.name).c_str(), value, std::string(line.unit).c_str());
  if (batch > 0) std::printf(", %.1f a transaction", batch);
  std::printf("\n");
  return 0;
}

int measure_all(const Arguments& arguments) {
  if (is_in_memory(arguments.dir)) {
    std::fprintf(stderr, "troupe-bench: %s is kept in memory: what the durable lines say means nothing; see --dir\n",
                 arguments.dir.c_str());
  }
  std::vector<const Line*> chosen;
  for (const std::string& name : arguments.only) chosen.push_back(&line_named(name));
  if (chosen.empty()) {
    for (const Line& line : all_lines()) chosen.push_back(&line);
  }
  std::vector<Row> rows;
  for (const Line* line : chosen) {
    const int rounds = std::min(arguments.rounds, line->max_rounds);
    std::fprintf(stderr, "%s, %d round%s\n", std::string(line->name).c_str(), rounds, rounds == 1 ? "" : "s");
    double batch = 0;
    try {
      rows.push_back({line, compare(
                                rounds, [&] { return measure_apart(*line, "ours", arguments, batch); },
                                [&] { return measure_apart(*line, "baseline", arguments, batch); })});
    } catch (const std::exception& error) {
      std::fprintf(stderr, "troupe-bench: %s could not be measured: %s\n", std::string(line->name).c_str(),
                   error.what());
    }
  }
  std::fputs((arguments.json ? to_json(rows) : to_table(rows)).c_str(), stdout);
  return rows.size() == chosen.size() ? 0 : 1;
}

void describe(CLI::App& app, Arguments& arguments) {
  app.footer(notes());
  app.add_flag("--json", arguments.json, "an array for programs instead of the table");
  app.add_flag("--list", arguments.list, "name the lines and end");
  app.add_flag("--shared", arguments.shared,
               "the two processes of a remote line share the processors; otherwise each has a half of them");
  app.add_option("--rounds", arguments.rounds, "measurements of each side; slow lines take fewer")
      ->check(CLI::Range(1, 1000))
      ->capture_default_str();
  app.add_option("--seconds", arguments.seconds, "how long one measurement runs")
      ->check(CLI::Range(0.01, 3600.0))
      ->capture_default_str();
  app.add_option("--activations", arguments.activations, "actors of idle_activation_bytes")
      ->check(CLI::Range(1000, 100'000'000))
      ->capture_default_str();
  app.add_option("--dir", arguments.dir, "where data directories go, on the disk to be measured")
      ->check(CLI::ExistingDirectory)
      ->capture_default_str();
  app.add_option("--only", arguments.only, "these lines, separated by commas")->delimiter(',');
  app.add_option("--profile", arguments.profile, "NAME SECONDS: our side of one line alone, in this process")
      ->expected(2);
  app.add_option("--measure", arguments.measure)->expected(2)->group("");
  app.add_option("--batch", arguments.batch)->group("");
  app.add_option("--serve", arguments.serve)->expected(1, 5)->group("");
}

int run(int argc, char** argv) {
  CLI::App app{"Measures Troupe beside raw CAF, raw TCP and raw LMDB.", "troupe-bench"};
  Arguments arguments;
  describe(app, arguments);
  try {
    app.parse(argc, argv);
    for (const std::string& name : arguments.only) line_named(name);
    if (!arguments.profile.empty()) line_named(arguments.profile[0]);
    if (arguments.list) {
      for (const Line& line : all_lines()) std::printf("%s\n", std::string(line.name).c_str());
      return 0;
    }
    if (!arguments.serve.empty()) return serve(arguments.serve);
    if (!arguments.measure.empty()) measure_here(arguments);
    return arguments.profile.empty() ? measure_all(arguments) : profile(arguments);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : 2;
  } catch (const std::exception& error) {
    std::fprintf(stderr, "troupe-bench: %s\n", error.what());
    return 1;
  }
}

}  // namespace
}  // namespace troupe::bench

int main(int argc, char** argv) { return troupe::bench::run(argc, argv); }
