// capnpc-troupe: run by `capnp compile`, it reads one code generator request from standard input and writes
// X.capnp.troupe.h and X.capnp.troupe.c++ for every requested X.capnp, or, when a schema is wrong, nothing.
#include <capnp/message.h>
#include <capnp/schema.capnp.h>
#include <capnp/serialize.h>
#include <fmt/format.h>
#include <kj/exception.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "diagnostics.h"
#include "emit.h"
#include "model.h"
#include "source_files.h"

namespace troupe::schema {
namespace {

namespace fs = std::filesystem;

constexpr int kGood = 0;
constexpr int kBadSchema = 1;
constexpr int kBadUse = 2;

constexpr const char* kHelp = R"(capnpc-troupe generates actors from Cap'n Proto interfaces.

It is a plugin: the Cap'n Proto compiler runs it, beside its own C++ generator.

  capnp compile -oc++:OUT -o/path/to/capnpc-troupe:OUT --src-prefix=DIR -I SCHEMAS DIR/stock.capnp

SCHEMAS is the folder that holds troupe/service.capnp, whose annotations say which interfaces are
services. OUT/stock.capnp.troupe.h and OUT/stock.capnp.troupe.c++ then stand beside stock.capnp.h and
stock.capnp.c++. In CMake, troupe_generate(target stock.capnp) does all of this.

  --help, -h     print this
  --version, -V  print the version

A schema that breaks a rule is reported as FILE:LINE:COLUMN: error: ..., and nothing is written.
)";

struct Output {
  fs::path path;
  std::string text;
};

std::vector<Output> outputs_of(const std::vector<SchemaFile>& files) {
  std::vector<Output> outputs;
  for (const auto& file : files) {
    outputs.push_back({file.filename + ".troupe.h", emit_header(file)});
    outputs.push_back({file.filename + ".troupe.c++", emit_source(file)});
  }
  return outputs;
}

fs::path unfinished(const Output& output) { return fs::path(output.path) += ".new"; }

void write(const Output& output) {
  if (output.path.has_parent_path()) fs::create_directories(output.path.parent_path());
  std::ofstream file(unfinished(output), std::ios::binary | std::ios::trunc);
  file << output.text;
  file.close();
  if (!file)
    throw std::runtime_error(fmt::format("cannot write {} in {}; check that the folder is writable and not full",
                                         output.path.string(), fs::current_path().string()));
}

void put_in_place(const Output& output) {
  std::error_code refused;
  fs::rename(unfinished(output), output.path, refused);
  if (refused)
    throw std::runtime_error(fmt::format("cannot replace {} in {}: {}; remove it and build again", output.path.string(),
                                         fs::current_path().string(), refused.message()));
}

// All of them under other names first, so that a full disk leaves no half file behind.
void write_all(const std::vector<Output>& outputs) {
  try {
    for (const auto& output : outputs) write(output);
    for (const auto& output : outputs) put_in_place(output);
  } catch (...) {
    std::error_code absent;
    for (const auto& output : outputs) fs::remove(unfinished(output), absent);
    throw;
  }
}

int generate() {
  // A request is as large as the schemas of the person who runs this: trusted.
  capnp::ReaderOptions trusting;
  trusting.traversalLimitInWords = std::uint64_t{1} << 40;
  capnp::StreamFdMessageReader message(STDIN_FILENO, trusting);
  SourceFiles sources(SourceFiles::of_parent());
  Diagnostics diagnostics;
  const auto files = read_schemas(message.getRoot<capnp::schema::CodeGeneratorRequest>(), sources, diagnostics);
  if (!diagnostics.empty()) {
    fmt::print(stderr, "{}", diagnostics.text());
    return kBadSchema;
  }
  write_all(outputs_of(files));
  return kGood;
}

int run(const std::vector<std::string_view>& arguments) {
  if (arguments.size() == 1 && (arguments[0] == "--help" || arguments[0] == "-h")) {
    fmt::print("{}", kHelp);
    return kGood;
  }
  if (arguments.size() == 1 && (arguments[0] == "--version" || arguments[0] == "-V")) {
    fmt::print("capnpc-troupe {}\n", TROUPE_VERSION);
    return kGood;
  }
  if (!arguments.empty()) {
    fmt::print(stderr, "capnpc-troupe: unknown argument '{}'; see capnpc-troupe --help\n", arguments[0]);
    return kBadUse;
  }
  if (::isatty(STDIN_FILENO)) {
    fmt::print(stderr, "capnpc-troupe: nothing to read: `capnp compile` runs this program.\n\n{}", kHelp);
    return kBadUse;
  }
  return generate();
}

}  // namespace
}  // namespace troupe::schema

int main(int argc, char** argv) {
  try {
    return troupe::schema::run({argv + 1, argv + argc});
  } catch (const kj::Exception& unreadable) {
    fmt::print(stderr, "capnpc-troupe: standard input is not a request of the Cap'n Proto compiler: {}\n",
               unreadable.getDescription().cStr());
  } catch (const std::exception& failure) {
    fmt::print(stderr, "capnpc-troupe: {}\n", failure.what());
  }
  return 1;
}
