// Log lines as text and JSON, and the sinks that write them.
#include <doctest/doctest.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <troupe/log_output.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "support/scratch_directory.h"

using namespace troupe;

namespace {

std::string content(const std::filesystem::path& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

constexpr std::array kFields = {LogField{"node", "shop-1"}, LogField{"service", "Stock"},
                                LogField{"key", "sku-1"},   LogField{"trace", "0af7651916cd43dd8448eb211c80319c"},
                                LogField{"kind", "failed"}, LogField{"error", "no stock"}};
const LogLine kLine{LogLevel::error, "supervise", "Stock/sku-1 crashed", kFields, 1'763'719'200'120};

}  // namespace

TEST_CASE("JSON has the names of the Elastic Common Schema, and what has none there is a label") {
  const std::string text = formatted(kLine, {.format = LogFormat::json, .service = "shop", .node = "desk"});
  const auto json = nlohmann::json::parse(text);

  CHECK(text.back() == '\n');
  CHECK(text.find('\n') == text.size() - 1);
  CHECK(json["@timestamp"] == "2025-11-21T10:00:00.120Z");
  CHECK(json["log.level"] == "error");
  CHECK(json["message"] == "Stock/sku-1 crashed");
  CHECK(json["ecs.version"] == "8.11.0");
  CHECK(json["service.name"] == "shop");
  CHECK(json["service.node.name"] == "shop-1");
  CHECK(json["log.logger"] == "supervise");
  CHECK(json["trace.id"] == "0af7651916cd43dd8448eb211c80319c");
  CHECK(json["error.type"] == "failed");
  CHECK(json["error.message"] == "no stock");
  CHECK(json["labels"] == nlohmann::json{{"service", "Stock"}, {"key", "sku-1"}, {"actor", "Stock/sku-1"}});
  CHECK(json["process.pid"] == ::getpid());
}

TEST_CASE("text is one line whatever a message holds, with the fields that the sentence does not name") {
  CHECK(formatted(kLine, {}) ==
        "2025-11-21T10:00:00.120Z error supervise: Stock/sku-1 crashed {trace=0af7651916cd43dd8448eb211c80319c, "
        "kind=failed, error=no stock}\n");
  CHECK(formatted({LogLevel::info, "net", "a\nb\x1b[31m", {}, 1'763'719'200'120}, {}) ==
        "2025-11-21T10:00:00.120Z info  net: a\\x0ab\\x1b[31m\n");
  const auto broken =
      nlohmann::json::parse(formatted({LogLevel::info, "net", "\xff\xfe"}, {.format = LogFormat::json}));
  CHECK(broken["message"] == "\xef\xbf\xbd\xef\xbf\xbd");
}

TEST_CASE("the end of a sink writes what waits, and a file that was moved is opened anew") {
  testing::ScratchDirectory folder;
  const auto file = folder / "node.log";
  {
    LogSink sink = log_to_file(file).value();
    for (int i = 0; i < 1'000; ++i) sink({LogLevel::info, "net", "line " + std::to_string(i)});
  }
  const std::string written = content(file);
  CHECK(std::count(written.begin(), written.end(), '\n') == 1'000);
  CHECK(written.find("line 999") != std::string::npos);
  struct stat status {};
  REQUIRE(::stat(file.c_str(), &status) == 0);
  CHECK((status.st_mode & 0777 & ~0640) == 0);

  std::filesystem::rename(file, folder / "node.log.1");
  { log_to_file(file).value()({LogLevel::info, "net", "the next"}); }
  CHECK(content(file).find("the next") != std::string::npos);
}

TEST_CASE("a sink whose file takes nothing holds nobody up, and lines past its backlog are dropped, counted and said") {
  testing::ScratchDirectory folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  const std::string long_text(1'000, 'x');
  std::string read;
  {
    LogSink sink = log_to_file(pipe, {.backlog_bytes = 8'192}).value();
    for (int i = 0; i < 1'000; ++i) sink({LogLevel::info, "net", long_text});  // a pipe takes 64 KiB
    std::array<char, 65'536> bytes{};
    const auto drain = [&] {
      for (ssize_t n = 0; (n = ::read(reader, bytes.data(), bytes.size())) > 0;)
        read.append(bytes.data(), std::size_t(n));
    };
    while (read.find("lines were dropped here") == std::string::npos) {
      drain();
      sink({LogLevel::info, "net", "again"});
    }
  }
  ::close(reader);
  CHECK(read.find("lines were dropped here: what they were to be written to did not take them in time") !=
        std::string::npos);
}

TEST_CASE("a reader that is gone ends no program") {
  testing::ScratchDirectory folder;
  const auto pipe = folder / "pipe";
  REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  CHECK(log_to_file(pipe).error().kind() == ErrorKind::unavailable);  // nobody reads it
  const int reader = ::open(pipe.c_str(), O_RDONLY | O_NONBLOCK);
  REQUIRE(reader >= 0);
  {
    const LogSink sink = log_to_file(pipe).value();
    ::close(reader);
    for (int i = 0; i < 100; ++i) CHECK_NOTHROW(sink({LogLevel::info, "net", "to nobody"}));
  }
  CHECK(std::filesystem::exists(pipe));
}

TEST_CASE("a log that cannot be written to says why, and a backlog out of its range is refused") {
  const auto sink = log_to_file("/nowhere/node.log");
  REQUIRE_FALSE(sink.ok());
  CHECK(sink.error().kind() == ErrorKind::unavailable);
  CHECK(sink.error().message().find("/nowhere/node.log: No such file or directory") != std::string::npos);
  for (const std::size_t wrong : {std::size_t{0}, std::size_t{4'095}, (std::size_t{1} << 30) + 1})
    CHECK(log_to_stderr({.backlog_bytes = wrong}).error().kind() == ErrorKind::invalid);
}
