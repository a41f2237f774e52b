#include "overload/report.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace troupe::bench {
namespace {

double ms(std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e6; }

// A round number that is no less.
double round_up(double value) {
  if (value <= 0) return 1;
  const double power = std::pow(10, std::floor(std::log10(value)));
  for (const double step : {1.0, 2.0, 5.0, 10.0}) {
    if (value <= step * power) return step * power;
  }
  return 10 * power;
}

// One diagram: a line through the steps, `left` and `top` of its frame.
struct Frame {
  double left, top;
  static constexpr double kWidth = 330, kHeight = 180;
};

template <class Value>
std::string diagram(const LoadTest& test, Frame at, const std::string& title, double level, Value&& value) {
  double most = level;
  for (const auto& step : test.steps) most = std::max(most, value(step));
  most = round_up(most);
  const auto y = [&](double v) { return at.top + Frame::kHeight * (1 - v / most); };
  const auto x = [&](std::size_t i) {
    return at.left + Frame::kWidth * (static_cast<double>(i) + 0.5) / static_cast<double>(test.steps.size());
  };
  std::string out = fmt::format(R"(<text x="{}" y="{}" font-weight="bold">{}</text>)", at.left, at.top - 12, title);
  out += fmt::format(R"(<rect x="{}" y="{}" width="{}" height="{}" fill="none" stroke="#999"/>)", at.left, at.top,
                     Frame::kWidth, Frame::kHeight);
  for (int i = 0; i <= 4; ++i) {
    const double v = most * i / 4;
    out += fmt::format(R"(<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}" stroke="#ddd"/>)", at.left,
                       at.left + Frame::kWidth, y(v));
    out += fmt::format(R"(<text x="{}" y="{:.1f}" text-anchor="end">{:g}</text>)", at.left - 6, y(v) + 4, v);
  }
  if (level > 0)
    out += fmt::format(R"(<line x1="{0}" x2="{1}" y1="{2:.1f}" y2="{2:.1f}" stroke="#c60" stroke-dasharray="5 4"/>)",
                       at.left, at.left + Frame::kWidth, y(level));
  std::string points;
  for (std::size_t i = 0; i < test.steps.size(); ++i) {
    points += fmt::format("{:.1f},{:.1f} ", x(i), y(value(test.steps[i])));
    out += fmt::format(R"(<circle cx="{:.1f}" cy="{:.1f}" r="4" fill="#06c"/>)", x(i), y(value(test.steps[i])));
    out += fmt::format(R"(<text x="{:.1f}" y="{}" text-anchor="middle">{:g}×</text>)", x(i),
                       at.top + Frame::kHeight + 18, test.steps[i].times);
  }
  out += fmt::format(R"(<polyline points="{}" fill="none" stroke="#06c" stroke-width="2"/>)", points);
  return out + "\n";
}

}  // namespace

double LoadTest::peak() const {
  double out = capacity;
  for (const auto& step : steps) out = std::max(out, step.served.goodput);
  return out;
}

double LoadTest::kept() const { return steps.empty() || peak() <= 0 ? 0 : steps.back().served.goodput / peak(); }

std::string load_title(const Load& load) {
  return fmt::format("{} actors, {} us of work a call, {}", load.actors, load.work_us,
                     load.durable ? "each a commit" : "nothing kept");
}

std::string load_table(const LoadTest& test) {
  std::string out =
      fmt::format("{:>5} {:>11} {:>11} {:>7} {:>11} {:>9} {:>9} {:>9} {:>9} {:>8}\n", "load", "offered/s", "goodput/s",
                  "of peak", "refused/s", "failed/s", "p50 ms", "p99 ms", "worst ms", "RSS MB");
  for (const auto& step : test.steps) {
    const Served& s = step.served;
    out += fmt::format("{:>4g}x {:>11.0f} {:>11.0f} {:>6.0f}% {:>11.0f} {:>9.0f} {:>9.2f} {:>9.2f} {:>9.2f} {:>8.1f}\n",
                       step.times, s.offered, s.goodput, 100 * s.goodput / test.peak(), s.overloaded, s.failed,
                       ms(s.p50), ms(s.p99), ms(s.worst), s.resident_mb);
  }
  return out;
}

std::string load_bars(const LoadTest& test) {
  constexpr double kWidth = 60;
  std::string out = "goodput, 1 to the peak:\n";
  for (const auto& step : test.steps) {
    const auto length = static_cast<std::size_t>(std::lround(kWidth * step.served.goodput / test.peak()));
    out += fmt::format("{:>4g}x |{:<60}| {:.0f}%\n", step.times, std::string(length, '#'),
                       100 * step.served.goodput / test.peak());
  }
  double slowest = 0;
  for (const auto& step : test.steps) slowest = std::max(slowest, ms(step.served.p99));
  const double most = round_up(slowest);
  out += fmt::format("p99 of what was answered, 0 to {:g} ms:\n", most);
  for (const auto& step : test.steps) {
    const auto length = static_cast<std::size_t>(std::lround(kWidth * ms(step.served.p99) / most));
    out += fmt::format("{:>4g}x |{:<60}| {:.1f} ms\n", step.times, std::string(length, '#'), ms(step.served.p99));
  }
  return out;
}

std::string load_json(const std::vector<LoadTest>& tests) {
  std::string out = "[";
  for (const auto& test : tests) {
    out += fmt::format(
        R"({}{{"durable": {}, "actors": {}, "work_us": {}, "capacity": {:.1f}, "peak": {:.1f}, "kept": {:.3f}, "steps": [)",
        out.size() > 1 ? ",\n " : "", test.load.durable, test.load.actors, test.load.work_us, test.capacity,
        test.peak(), test.kept());
    bool first = true;
    for (const auto& step : test.steps) {
      const Served& s = step.served;
      out += fmt::format(
          R"({}{{"times": {:g}, "offered": {:.1f}, "goodput": {:.1f}, "refused": {:.1f}, "failed": {:.1f}, )"
          R"("p50_ms": {:.3f}, "p99_ms": {:.3f}, "worst_ms": {:.3f}, "resident_mb": {:.1f}, "retry_after_ms": {:.1f}}})",
          first ? "" : ",\n  ", step.times, s.offered, s.goodput, s.overloaded, s.failed, ms(s.p50), ms(s.p99),
          ms(s.worst), s.resident_mb, s.hinted_ms);
      first = false;
    }
    out += "]}";
  }
  return out + "]\n";
}

std::string load_svg(const std::vector<LoadTest>& tests) {
  constexpr double kRow = 270;
  std::string out =
      fmt::format(R"(<svg xmlns="http://www.w3.org/2000/svg" width="860" height="{0:.0f}" viewBox="0 0 860 {0:.0f}" )"
                  R"(font-family="sans-serif" font-size="12"><rect width="100%" height="100%" fill="white"/>)"
                  "\n",
                  kRow * static_cast<double>(tests.size()) + 20);
  for (std::size_t i = 0; i < tests.size(); ++i) {
    const auto& test = tests[i];
    const double top = kRow * static_cast<double>(i) + 60;
    out += fmt::format(R"(<text x="20" y="{}">{}; peak {:.0f} calls/s, {:.0f}% of it at the highest load</text>)",
                       top - 36, load_title(test.load), test.peak(), 100 * test.kept());
    out += diagram(test, {80, top}, "goodput, calls/s (dashed: 80% of the peak)", 0.8 * test.peak(),
                   [](const LoadStep& step) { return step.served.goodput; });
    out += diagram(test, {500, top}, "p99 of what was answered, ms", 0,
                   [](const LoadStep& step) { return ms(step.served.p99); });
  }
  return out + "</svg>\n";
}

}  // namespace troupe::bench
