#include "inspect/frame_text.h"

#include <backtrace.h>
#include <cxxabi.h>
#include <dlfcn.h>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <memory>
#include <string_view>

namespace troupe::inspect {
namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : name;
}

// "shop::(anonymous namespace)::Order::place" of a name with its parameters, and of a coroutine's body, which g++ names
// after its frame.
std::string without_parameters(const std::string& name) {
  constexpr std::string_view kAnonymous = "(anonymous namespace)";
  int depth = 0;  // of template arguments
  for (std::size_t at = 0; at < name.size(); ++at) {
    const std::string_view rest = std::string_view(name).substr(at);
    if (rest.starts_with(kAnonymous)) {
      at += kAnonymous.size() - 1;
    } else if (rest.starts_with("operator")) {
      return name;  // its own signs are brackets, too
    } else if (rest[0] == '<') {
      ++depth;
    } else if (rest[0] == '>') {
      --depth;
    } else if (rest[0] == '(' && depth == 0 && at > 0) {
      return name.substr(0, at);
    }
  }
  return name;
}

std::string hex(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

// What cannot be read has no names; the addresses are shown then.
void ignore(void*, const char*, int) {}

// It holds what it read of the files, and there is no way to free it: one for the process, made when a trace is first
// shown.
backtrace_state* symbols() {
  static backtrace_state* const state = backtrace_create_state(nullptr, 1, ignore, nullptr);
  return state;
}

struct Place {
  std::string function;
  std::string line;  // "place_order.cpp:41"
};

int take_line(void* into, std::uintptr_t, const char* file, int line, const char* function) {
  auto& place = *static_cast<Place*>(into);
  if (file && line > 0) place.line = std::filesystem::path(file).filename().string() + ":" + std::to_string(line);
  if (function) place.function = demangled(function);
  return 1;  // the innermost of inlined functions will do
}

void take_symbol(void* into, std::uintptr_t, const char* name, std::uintptr_t, std::uintptr_t) {
  if (name) static_cast<Place*>(into)->function = without_parameters(demangled(name));
}

// "libfoo.so + 0x4711": what can be said without symbols.
std::string offset_text(std::uintptr_t pc) {
  Dl_info info{};
  if (::dladdr(reinterpret_cast<const void*>(pc), &info) == 0 || !info.dli_fname) return hex(pc);
  return std::filesystem::path(info.dli_fname).filename().string() + " + " +
         hex(pc - reinterpret_cast<std::uintptr_t>(info.dli_fbase));
}

std::string frame_text(std::uintptr_t pc) {
  Place place;
  if (auto* state = symbols()) {
    (void)backtrace_pcinfo(state, pc, take_line, ignore, &place);
    // The symbol table has the name with its scope.
    (void)backtrace_syminfo(state, pc, take_symbol, ignore, &place);
  }
  if (place.function.empty()) return offset_text(pc);
  return place.line.empty() ? place.function : place.function + " at " + place.line;
}

}  // namespace

std::vector<std::string> frames_text(const std::vector<const void*>& addresses) {
  std::vector<std::string> out;
  out.reserve(addresses.size());
  // A return address is behind its call, which may be the last thing of its function.
  for (const void* address : addresses) out.push_back(frame_text(reinterpret_cast<std::uintptr_t>(address) - 1));
  return out;
}

}  // namespace troupe::inspect
