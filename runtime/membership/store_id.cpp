#include "membership/store_id.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <span>

#include "base/private_files.h"

namespace troupe::membership {
namespace {

constexpr std::size_t kDigits = 32;
constexpr const char* kFile = "store.id";

Error trouble(const std::filesystem::path& path, const char* what, int code) {
  return Error(ErrorKind::unavailable,
               std::string("cannot ") + what + " the name of the store, " + path.string() + ": " + std::strerror(code));
}

std::string by_chance(Chance* chance) {
  char text[kDigits + 1];
  std::snprintf(text, sizeof text, "%016llx%016llx", static_cast<unsigned long long>(random_bits(chance)),
                static_cast<unsigned long long>(random_bits(chance)));
  return text;
}

bool is_id(const std::string& text) {
  return text.size() == kDigits &&
         std::all_of(text.begin(), text.end(), [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
}

Result<void> write(const std::filesystem::path& path, const std::string& id) {
  const std::filesystem::path unfinished = path.string() + ".new";
  const int fd = open_regular(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd < 0) return trouble(unfinished, "write", errno);
  const std::string line = id + "\n";
  int code = write_all(fd, 0, std::as_bytes(std::span(line)));
  if (code == 0 && ::fsync(fd) != 0) code = errno;
  ::close(fd);
  if (code == 0 && ::rename(unfinished.c_str(), path.c_str()) != 0) code = errno;
  if (code == 0) code = sync_directory(path.parent_path());
  if (code != 0) return trouble(path, "write", code);
  return {};
}

}  // namespace

Result<std::string> store_id(const std::filesystem::path& data_dir, Chance* chance) {
  const std::filesystem::path path = data_dir / kFile;
  const int fd = open_regular(path, O_RDONLY);
  if (fd < 0 && errno == ENOENT) {
    std::string id = by_chance(chance);
    if (auto written = write(path, id); !written.ok()) return written.error();
    return id;
  }
  if (fd < 0) return trouble(path, "read", errno);
  char text[kDigits + 2];
  const ssize_t got = ::read(fd, text, sizeof text);
  const int code = errno;
  ::close(fd);
  if (got < 0) return trouble(path, "read", code);
  std::string id(text, static_cast<std::size_t>(got));
  if (id.ends_with('\n')) id.pop_back();
  if (!is_id(id))
    return Error(ErrorKind::corrupt,
                 "the name of the store, " + path.string() +
                     ", is damaged: it is no line of 32 hexadecimal digits; restore the file, or the "
                     "whole directory");
  return id;
}

}  // namespace troupe::membership
