#include "store/backup/backup.h"

#include <fcntl.h>
#include <openssl/evp.h>
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdio>
#include <map>
#include <span>
#include <sstream>

#include "base/private_files.h"
#include "store/format/file_names.h"
#include "store/lmdb/lmdb_error.h"

namespace troupe::store {
namespace {

namespace fs = std::filesystem;
constexpr const char* kPage = "backup";
constexpr std::size_t kBlockBytes = std::size_t{1} << 20;
constexpr std::size_t kMaxPageBytes = 64 << 10;

class File {
 public:
  File(const fs::path& path, int flags)
      : fd_((flags & O_DIRECTORY) != 0 ? ::open(path.c_str(), flags | O_CLOEXEC) : open_regular(path, flags)) {}
  ~File() {
    if (fd_ >= 0) ::close(fd_);
  }
  File(const File&) = delete;
  File& operator=(const File&) = delete;
  [[nodiscard]] int fd() const { return fd_; }

 private:
  int fd_;
};

class Sha256 {
 public:
  Sha256() : context_(EVP_MD_CTX_new()) { EVP_DigestInit_ex2(context_, EVP_sha256(), nullptr); }
  ~Sha256() { EVP_MD_CTX_free(context_); }
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;
  void add(const void* bytes, std::size_t count) { EVP_DigestUpdate(context_, bytes, count); }
  std::string digits() {
    unsigned char sum[32];
    EVP_DigestFinal_ex(context_, sum, nullptr);
    std::string text;
    for (const unsigned char byte : sum) {
      char pair[3];
      std::snprintf(pair, sizeof pair, "%02x", byte);
      text += pair;
    }
    return text;
  }

 private:
  EVP_MD_CTX* context_;
};

struct Sum {
  std::uint64_t bytes = 0;
  std::string sha256;
};

// Of a whole file; with `into`, copies it there as well, durably.
Result<Sum> sum_of(const fs::path& path, const fs::path& into = {}) {
  const File from(path, O_RDONLY);
  if (from.fd() < 0) return lmdb_error("cannot read " + path.string(), errno);
  std::optional<File> to;
  if (!into.empty()) to.emplace(into, O_WRONLY | O_CREAT | O_EXCL);
  const auto failed = [&](int code) { return lmdb_error("cannot write " + into.string(), code); };
  if (to && to->fd() < 0) return failed(errno);
  Sha256 sha;
  Sum sum;
  std::string block(kBlockBytes, '\0');
  for (;;) {
    const ssize_t got = ::read(from.fd(), block.data(), block.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return lmdb_error("cannot read " + path.string(), errno);
    if (got == 0) break;
    sha.add(block.data(), static_cast<std::size_t>(got));
    const auto read = std::as_bytes(std::span(block)).first(static_cast<std::size_t>(got));
    if (to)
      if (const int code = write_all(to->fd(), sum.bytes, read); code != 0) return failed(code);
    sum.bytes += read.size();
  }
  if (to && ::fsync(to->fd()) != 0) return failed(errno);
  sum.sha256 = sha.digits();
  return sum;
}

// A line must stay one.
std::string one_line(std::string text) {
  for (char& c : text)
    if (static_cast<unsigned char>(c) < ' ') c = '?';
  return text;
}

Result<void> write_page(const fs::path& directory, const BackupPage& page) {
  const std::string text = "troupe-backup 1\ncluster " + one_line(page.cluster) + "\nnode " + one_line(page.node) +
                           "\ntaken " + std::to_string(page.taken_ms) + "\nbatch " + std::to_string(page.batch) +
                           "\nrecords " + std::to_string(page.records) + "\nencrypted " +
                           std::to_string(static_cast<int>(page.encrypted)) + "\nbytes " + std::to_string(page.bytes) +
                           "\nsha256 " + page.sha256 + "\n";
  const fs::path unfinished = directory / "backup.new";
  int code = 0;
  {
    const File file(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
    code = file.fd() < 0 ? errno : write_all(file.fd(), 0, std::as_bytes(std::span(text)));
    if (code == 0 && ::fsync(file.fd()) != 0) code = errno;
  }
  if (code == 0 && ::rename(unfinished.c_str(), (directory / kPage).c_str()) != 0) code = errno;
  if (code == 0) code = sync_directory(directory);
  if (code == 0) return {};
  ::unlink(unfinished.c_str());
  return lmdb_error("cannot write the backup to " + directory.string(), code);
}

// not_found: it is not there. A little more than a page may have, if it is longer.
Result<std::string> read_page(const fs::path& path) {
  const std::string tried = "cannot read the backup's page " + path.string();
  const File file(path, O_RDONLY);
  if (file.fd() < 0 && (errno == ENOENT || errno == ENOTDIR)) return Error(ErrorKind::not_found, tried);
  if (file.fd() < 0) return lmdb_error(tried, errno);
  std::string text(kMaxPageBytes + 1, '\0');
  std::size_t length = 0;
  while (length < text.size()) {
    const ssize_t got = ::read(file.fd(), text.data() + length, text.size() - length);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return lmdb_error(tried, errno);
    if (got == 0) break;
    length += static_cast<std::size_t>(got);
  }
  text.resize(length);
  return text;
}

// What a restore that was cut short left, and a node that was refused there.
void clear_unfinished(const fs::path& directory) {
  std::error_code failure;
  if (!fs::exists(directory / kUnfinishedRestore, failure)) return;
  for (const auto& entry : fs::directory_iterator(directory, failure))
    if (entry.path().filename() != kUnfinishedRestore && entry.path().filename() != kOwnerFile) return;
  for (const char* name : {kUnfinishedRestore, kOwnerFile}) fs::remove(directory / name, failure);
}

// Makes `directory`, unless it is there and empty. Whether it was made.
Result<bool> make_empty(const fs::path& directory, const char* what) {
  std::error_code failure;
  const bool there = fs::exists(fs::symlink_status(directory, failure));
  if (there && (!fs::is_directory(directory, failure) || !fs::is_empty(directory, failure)))
    return Error(ErrorKind::invalid, std::string(what) + " goes into a directory of its own, and " +
                                         directory.string() + " is not empty; name another");
  if (there) return false;
  failure = make_private_directories(directory);
  if (failure) return lmdb_error("cannot make the directory " + directory.string(), failure.value());
  return true;
}

void clear(const fs::path& directory, bool made) {
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(directory, ignored)) fs::remove(entry.path(), ignored);
  if (made) fs::remove(directory, ignored);
}

// What goes again unless it comes to its end: an error ends it early, or what `progress` throws.
class Unfinished {
 public:
  Unfinished(const fs::path& directory, bool made) : directory_(directory), made_(made) {}
  ~Unfinished() {
    if (!kept_) clear(directory_, made_);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  void keep() noexcept { kept_ = true; }

 private:
  const fs::path directory_;
  const bool made_;
  bool kept_ = false;
};

Result<BackupPage> fill_backup(const Store& store, const fs::path& destination, std::uint64_t now_ms,
                               const Progress& progress) {
  auto copied = store.copy({.directory = destination, .progress = progress});
  if (!copied) return copied.error();
  auto sum = sum_of(destination / kDataFile);
  if (!sum) return sum.error();
  BackupPage page{.cluster = store.identity().cluster,
                  .node = store.identity().node,
                  .taken_ms = now_ms,
                  .batch = copied->batch,
                  .records = copied->records,
                  .bytes = sum->bytes,
                  .encrypted = copied->encrypted,
                  .sha256 = sum->sha256};
  if (auto written = write_page(destination, page); !written) return written.error();
  return page;
}

Result<void> check_records(const fs::path& directory, const std::shared_ptr<const KeyRing>& keys,
                           const BackupPage& page, const Progress& progress) {
  auto store = Store::open_read_only({.directory = directory, .keys = keys});
  if (!store) return store.error();
  std::uint64_t records = 0;
  auto walked = (*store)->for_each({}, [&](const Record&) {
    if (progress && ++records % 4096 == 0)
      progress(records, page.records);
    else if (!progress)
      ++records;
    return true;
  });
  if (!walked) return walked;
  if (progress) progress(records, page.records);
  if (records == page.records) return {};
  return Error(ErrorKind::corrupt, "the backup " + directory.string() + " holds " + std::to_string(records) +
                                       " records of " + std::to_string(page.records) + "; take another backup");
}

Result<void> fill_store(const fs::path& backup, const fs::path& directory, const BackupPage& page) {
  const fs::path unfinished = directory / kUnfinishedRestore;
  if (page.bytes > max_file_bytes()) return lmdb_error("cannot write " + unfinished.string(), EFBIG);
  auto sum = sum_of(backup / kDataFile, unfinished);
  if (!sum) return sum.error();
  if (sum->sha256 != page.sha256)
    return Error(ErrorKind::corrupt, "the backup " + backup.string() + " changed while it was read; try again");
  int code = ::rename(unfinished.c_str(), (directory / kDataFile).c_str()) == 0 ? 0 : errno;
  if (code == 0) code = sync_directory(directory);
  if (code != 0) return lmdb_error("cannot write the store to " + directory.string(), code);
  return {};
}

}  // namespace

Result<BackupPage> back_up(const Store& store, const fs::path& wanted, std::uint64_t now_ms, const Progress& progress) {
  const fs::path destination = fixed(wanted);
  const auto made = make_empty(destination, "a backup");
  if (!made) return made.error();
  Unfinished unfinished(destination, made.value());
  auto page = fill_backup(store, destination, now_ms, progress);
  if (page) unfinished.keep();
  return page;
}

Result<BackupPage> read_backup_page(const fs::path& backup) {
  const std::string tried = "cannot read the backup " + backup.string() + ": ";
  auto text = read_page(backup / kPage);
  if (!text && text.error().kind() == ErrorKind::not_found)
    return Error(ErrorKind::invalid,
                 tried + "there is no file '" + kPage + "' in it, so it is no backup, or one that was never finished");
  if (!text) return text.error();
  if (text->size() > kMaxPageBytes) return Error(ErrorKind::corrupt, tried + "its page is damaged");
  std::istringstream stream(std::move(text).value());
  std::map<std::string, std::string> lines;
  for (std::string line; std::getline(stream, line);) {
    const auto space = line.find(' ');
    if (space == std::string::npos || !lines.emplace(line.substr(0, space), line.substr(space + 1)).second)
      return Error(ErrorKind::corrupt, tried + "its page is damaged");
  }
  bool whole = true;
  const auto number = [&](const char* name) {
    std::uint64_t value = 0;
    const std::string& digits = lines[name];
    const auto [end, problem] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    whole = whole && problem == std::errc{} && end == digits.data() + digits.size();
    return value;
  };
  if (const std::uint64_t format = number("troupe-backup"); whole && format != 1)
    return Error(ErrorKind::unimplemented,
                 tried + "it has format " + std::to_string(format) + "; this build reads format 1");
  BackupPage page{.cluster = lines["cluster"],
                  .node = lines["node"],
                  .taken_ms = number("taken"),
                  .batch = number("batch"),
                  .records = number("records"),
                  .bytes = number("bytes"),
                  .encrypted = number("encrypted") != 0,
                  .sha256 = lines["sha256"]};
  if (!whole || page.sha256.size() != 64) return Error(ErrorKind::corrupt, tried + "its page is damaged");
  return page;
}

Result<BackupPage> restore(const fs::path& from, const fs::path& into, std::shared_ptr<const KeyRing> keys,
                           const Progress& progress) {
  const fs::path backup = fixed(from), directory = fixed(into);
  auto page = read_backup_page(backup);
  if (!page) return page;
  auto sum = sum_of(backup / kDataFile);
  if (!sum) return sum.error();
  if (sum->bytes != page->bytes || sum->sha256 != page->sha256)
    return Error(ErrorKind::corrupt, "the backup " + backup.string() +
                                         " is damaged: its file is not what its page says; restore another one");
  if (auto checked = check_records(backup, keys, *page, progress); !checked) return checked.error();

  clear_unfinished(directory);
  const auto made = make_empty(directory, "a restored store");
  if (!made) return made.error();
  Unfinished unfinished(directory, made.value());
  if (auto filled = fill_store(backup, directory, *page); !filled) return filled.error();
  unfinished.keep();
  return page;
}

}  // namespace troupe::store
