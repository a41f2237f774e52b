#include "sim/options.h"

#include <string_view>

namespace troupe::sim {

Options& options() {
  static Options value;
  return value;
}

void read_options(int argc, char** argv) {
  bool counted = false;
  for (int i = 1; i < argc; ++i) {
    const std::string_view word = argv[i];
    const std::string value(word.substr(word.find('=') + 1));
    if (word.starts_with("--seeds=")) {
      options().seeds = std::stoull(value);
      counted = true;
    }
    if (word.starts_with("--seed=")) {
      options().first = std::stoull(value);
      if (!counted) options().seeds = 1;
    }
    if (word.starts_with("--lines=")) options().lines = value;
  }
}

}  // namespace troupe::sim
