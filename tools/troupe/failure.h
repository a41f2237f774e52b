// How the tool ends when it cannot do what it was asked: an exit code and a sentence. Caught in main() alone.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "troupe/error.h"

namespace troupe::tool {

using Json = nlohmann::ordered_json;

// Scripts rely on the numbers; --help lists them.
enum ExitCode : int {
  kDone = 0,
  kFailed = 1,        // the call was refused or failed
  kUsage = 2,         // the command line, or JSON that does not fit
  kUnreachable = 3,   // a node that was asked does not answer
  kNotFound = 4,      // no such node, service, method, actor or state
  kCorrupt = 5,       // the files or the answer are damaged
  kIncompatible = 6,  // the new schemas may not follow the old ones
};

struct Failure {
  ExitCode code;
  Json error;  // {"kind", "code", "message", "mayHaveRun"}

  std::string message() const { return error.value("message", std::string("it failed without a word")); }
};

// What a command prints, and what it ends with when it has done what it could.
struct Shown {
  std::string text;
  ExitCode code = kDone;
};

inline ExitCode exit_code(std::string_view kind) {
  if (kind == "invalid") return kUsage;
  if (kind == "not_found") return kNotFound;
  if (kind == "corrupt") return kCorrupt;
  return kFailed;
}

inline Failure failure(ExitCode code, const Error& error) {
  return {code,
          {{"kind", to_string(error.kind())},
           {"code", error.code()},
           {"message", error.message()},
           {"mayHaveRun", error.may_have_run()}}};
}
inline Failure failure(const Error& error) { return failure(exit_code(to_string(error.kind())), error); }
inline Failure usage(const std::string& message) { return failure(Error(ErrorKind::invalid, message)); }

// The value, or its error as a Failure that is thrown.
template <class T>
T take(Result<T> result) {
  if (!result.ok()) throw failure(result.error());
  return std::move(result).value();
}

}  // namespace troupe::tool
