// What must be true when the storm is over: everything that was acknowledged to the driver, written down by its load.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "troupe/error.h"

namespace troupe::storm {

inline constexpr int kTills = 12;
[[nodiscard]] inline std::string till(int number) { return "till-" + std::to_string(number); }

// Money that left one till for another.
struct Payment {
  std::string id;
  int from = 0;
  int to = 0;
  std::int64_t amount = 0;
  bool asked = false;    // may be refused, and is given back then
  bool by_call = false;  // no message, and no number of its own
};

struct Alarm {
  std::string id;
  int till = 0;
  int to = 0;
  std::int64_t amount = 0;
  bool rings = true;  // false: silenced in time
};

struct News {
  std::string id;
  int event_key = 0;
};

// A saga: takes twice the amount from one till, gives it to two others.
struct Journey {
  std::string id;
  int from = 0, to = 0, third = 0;
  std::int64_t amount = 0;
};

struct Note {
  std::string text;
  std::uint32_t times = 0;  // it was written
};

struct Books {
  std::vector<Payment> payments;
  std::vector<Alarm> alarms;
  std::vector<News> events;
  std::vector<Journey> trips;
  std::map<std::pair<int, std::string>, Note> notes;  // by till and key
  std::uint64_t operations = 0;
  std::uint64_t attempts = 0;
  std::map<std::string, std::uint64_t> errors;  // of attempts that were repeated, by kind
  std::vector<std::string> failures;            // what can never be repeated with success

  void add(Books&& other);
};

// Whether a call that ended so may be made again under its key.
[[nodiscard]] inline bool worth_repeating(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::unavailable:
    case ErrorKind::overloaded:
    case ErrorKind::deadline:
    case ErrorKind::unknown_outcome:
    case ErrorKind::cancelled:
    case ErrorKind::failed: return true;
    default: return false;
  }
}

}  // namespace troupe::storm
