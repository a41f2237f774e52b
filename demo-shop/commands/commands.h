// The commands of `shop`. Each takes its options, prints, and returns the exit code (nodes/exit_codes.h). Errors
// that a person can mend end as one sentence on standard error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace demo {

struct RunOptions {
  std::string config;
  std::string node;
  bool log_json = false;
};
// One node in the foreground, until SIGINT or SIGTERM.
int run_command_line(const RunOptions& options);

struct UpOptions {
  std::string config;  // empty: made, and kept in the data directory
  unsigned nodes = 0;  // 0: three, or those that have data there, or those that the file lists
  std::string data = "shop-data";
  std::optional<std::uint16_t> port;  // of the first node's pages, in a shop that is made
  bool empty = false;                 // no goods on the shelves of a new shop
};
// All nodes as processes, until SIGINT or SIGTERM or until one is given up.
int up_command_line(const UpOptions& options);

struct OpenOptions {
  std::string config;
  bool empty = false;
};
// A running shop gets an admin and, without --empty, goods, if it has none.
int open_command_line(const OpenOptions& options);
// The same; `who` begins what it prints. Throws troupe::Error when the nodes do not answer.
void open_shop(const OpenOptions& options, const char* who);

struct DemoOptions {
  unsigned nodes = 3;
  std::uint64_t seed = 1;
  unsigned shoppers = 6;
  unsigned orders = 30;
  unsigned kills = 1;
  std::string data;  // empty: a temporary directory
  bool keep = false;
  bool json = false;
};
int demo_command_line(const DemoOptions& options);

struct StoryOptions {
  std::string config;
  std::uint64_t seed = 1;
  unsigned shoppers = 6;
  unsigned orders = 30;  // of each
  bool json = false;
};
// The scripted shopper and the crowd in a shop that runs and is new, then the audit.
int story_command_line(const StoryOptions& options);

struct VerifyOptions {
  std::string config;
  bool json = false;
};
int verify_command_line(const VerifyOptions& options);

struct LoadOptions {
  std::vector<std::string> urls;  // none: of the configuration, or http://127.0.0.1:8080
  std::string config;             // empty: the books are not audited
  unsigned clients = 20;
  unsigned seconds = 10;
  unsigned rate = 0;       // requests a second of all together; 0: as fast as they are answered
  unsigned patience = 60;  // seconds, for one answer
  std::uint64_t seed = 1;
  bool json = false;
};
// Shoppers over HTTP, and whether everything that they were told holds.
int load_command_line(const LoadOptions& options);

}  // namespace demo
