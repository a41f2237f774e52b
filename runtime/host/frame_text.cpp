#include "host/frame_text.h"

#include <cxxabi.h>
#include <dlfcn.h>
#include <elf.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <map>
#include <memory>
#include <span>

namespace troupe::host {
namespace {

std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, void (*)(void*)> text(abi::__cxa_demangle(name, nullptr, nullptr, &status), std::free);
  return status == 0 && text ? text.get() : name;
}

std::string hex(std::uint64_t number) {
  char text[32];
  std::snprintf(text, sizeof text, "0x%llx", static_cast<unsigned long long>(number));
  return text;
}

// The symbol table of a program or library, mapped while a trace is shown. One that cannot be read has no symbols.
class SymbolFile {
 public:
  explicit SymbolFile(const std::string& path) {
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    struct stat about {};
    if (file >= 0 && ::fstat(file, &about) == 0 && about.st_size > 0) {
      size_ = static_cast<std::size_t>(about.st_size);
      void* at = ::mmap(nullptr, size_, PROT_READ, MAP_PRIVATE, file, 0);
      if (at != MAP_FAILED) bytes_ = static_cast<const std::byte*>(at);
    }
    if (file >= 0) ::close(file);
    if (bytes_) find_symbols();
  }
  ~SymbolFile() {
    if (bytes_) ::munmap(const_cast<std::byte*>(bytes_), size_);
  }
  SymbolFile(const SymbolFile&) = delete;
  SymbolFile& operator=(const SymbolFile&) = delete;

  // "name + 0x1f" of the function that holds `address`, counted from where the file is loaded; empty: none does.
  [[nodiscard]] std::string at(std::uint64_t address) const {
    for (const Elf64_Sym& symbol : symbols_) {
      if (ELF64_ST_TYPE(symbol.st_info) != STT_FUNC || address < symbol.st_value) continue;
      if (address - symbol.st_value >= symbol.st_size || symbol.st_name >= names_.size()) continue;
      return demangled(names_.data() + symbol.st_name) + " + " + hex(address - symbol.st_value);
    }
    return {};
  }

 private:
  template <class T>
  [[nodiscard]] std::span<const T> part(std::uint64_t offset, std::uint64_t bytes) const {
    if (offset > size_ || bytes > size_ - offset || offset % alignof(T) != 0) return {};
    return {reinterpret_cast<const T*>(bytes_ + offset), static_cast<std::size_t>(bytes / sizeof(T))};
  }

  void find_symbols() {
    const auto header = part<Elf64_Ehdr>(0, sizeof(Elf64_Ehdr));
    if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0) return;
    const auto sections = part<Elf64_Shdr>(header[0].e_shoff, std::uint64_t{header[0].e_shnum} * sizeof(Elf64_Shdr));
    for (const std::uint32_t wanted : {SHT_SYMTAB, SHT_DYNSYM}) {
      for (const Elf64_Shdr& section : sections) {
        if (section.sh_type != wanted || section.sh_link >= sections.size()) continue;
        const Elf64_Shdr& names = sections[section.sh_link];
        symbols_ = part<Elf64_Sym>(section.sh_offset, section.sh_size);
        names_ = part<char>(names.sh_offset, names.sh_size);
        if (names_.empty() || names_.back() != '\0') symbols_ = {};
        return;
      }
    }
  }

  const std::byte* bytes_ = nullptr;
  std::size_t size_ = 0;
  std::span<const Elf64_Sym> symbols_;
  std::span<const char> names_;
};

}  // namespace

std::vector<std::string> frames_text(const std::vector<const void*>& addresses) {
  std::map<std::string, SymbolFile> files;
  std::vector<std::string> out;
  for (const void* address : addresses) {
    // A return address is behind its call, which may be the last thing of its function.
    const auto pc = reinterpret_cast<std::uint64_t>(address) - 1;
    Dl_info info{};
    if (::dladdr(reinterpret_cast<const void*>(pc), &info) == 0 || !info.dli_fname) {
      out.push_back(hex(pc));
      continue;
    }
    const std::string path = info.dli_fname;
    const std::string name = std::filesystem::path(path).filename().string();
    // The program itself may have been started under a name that leads nowhere any more.
    const bool is_library = name.find(".so") != std::string::npos;
    auto file = files.try_emplace(path, is_library ? path : "/proc/self/exe").first;
    const std::uint64_t offset = pc - reinterpret_cast<std::uint64_t>(info.dli_fbase);
    const std::string function = file->second.at(offset);
    out.push_back(function.empty() ? "(" + name + " + " + hex(offset) + ")" : function + " (" + name + ")");
  }
  return out;
}

}  // namespace troupe::host
