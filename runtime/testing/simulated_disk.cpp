#include "testing/simulated_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <fstream>

#include "base/check.h"
#include "store/format/file_names.h"
#include "store/log/log_file.h"
#include "store/log/log_mark.h"

namespace troupe::testing {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kSectorBytes = 512;

std::vector<char> read(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

void write(const fs::path& path, const std::vector<char>& bytes) {
  std::ofstream file(path, std::ios::binary | std::ios::trunc);
  file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
  TROUPE_CHECK(file.good());
}

// Of a file with holes, as LMDB's is, these stay holes.
void copy_with_holes(const fs::path& from, const fs::path& to) {
  const int in = ::open(from.c_str(), O_RDONLY | O_CLOEXEC);
  const int out = ::open(to.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  struct stat status {};
  TROUPE_CHECK(in >= 0 && out >= 0 && ::fstat(in, &status) == 0 && ::ftruncate(out, status.st_size) == 0);
  std::vector<char> bytes(std::size_t{64} << 10);
  for (off_t at = ::lseek(in, 0, SEEK_DATA); at >= 0; at = ::lseek(in, at, SEEK_DATA)) {
    const off_t past = ::lseek(in, at, SEEK_HOLE);
    while (at < past) {
      const auto wanted = std::min(static_cast<std::size_t>(past - at), bytes.size());
      const ssize_t got = ::pread(in, bytes.data(), wanted, at);
      TROUPE_CHECK(got > 0 && ::pwrite(out, bytes.data(), static_cast<std::size_t>(got), at) == got);
      at += got;
    }
  }
  ::close(in);
  ::close(out);
}

fs::path image_of(const fs::path& directory) { return directory.string() + ".image"; }

}  // namespace

void SimulatedDisk::cut_at(Moment moment, std::uint64_t nth, std::function<void()> cut) {
  moment_ = moment;
  left_ = nth;
  cut_ = std::move(cut);
}

int SimulatedDisk::before(store::DiskWrite write) noexcept {
  const bool its_turn = [&] {
    switch (write) {
      case store::DiskWrite::log: return moment_ == Moment::log_write;
      case store::DiskWrite::log_sync: return moment_ == Moment::log_sync;
      case store::DiskWrite::data: return moment_ == Moment::transaction;
    }
    return false;
  }();
  const bool its_moment_comes = left_ == 1;
  // The mark was synced just before the transaction that says how far the log has come.
  if (write == store::DiskWrite::data) synced_mark_ = read(store::mark_path(directory_));
  const bool may_be_lost = lies_ ? !unsynced_ || dice_.one_in(4) : its_moment_comes && moment_ == Moment::log_sync;
  if (write == store::DiskWrite::log && may_be_lost) {
    for (std::size_t i = 0; i < synced_logs_.size(); ++i) synced_logs_[i] = read(store::log_path(directory_, i));
    unsynced_ = lies_;
  }
  if (left_ == 0 || !its_turn || --left_ > 0) return 0;
  unsynced_ = unsynced_ || write == store::DiskWrite::log_sync;
  std::exchange(cut_, nullptr)();
  return 0;
}

void SimulatedDisk::keep_image() {
  left_ = 0;
  const fs::path image = image_of(directory_);
  fs::remove_all(image);
  fs::create_directory(image);
  for (const auto& entry : fs::directory_iterator(directory_)) {
    if (entry.is_regular_file() && entry.path().filename() != store::kReadersFile)
      copy_with_holes(entry.path(), image / entry.path().filename());
  }
  if (std::exchange(unsynced_, false)) {
    for (std::size_t i = 0; i < synced_logs_.size(); ++i) {
      Bytes log = read(store::log_path(image, i));
      tear(log, synced_logs_[i]);
      write(store::log_path(image, i), log);
    }
  }
  if (!synced_mark_.empty() && dice_.one_in(2)) write(store::mark_path(image), synced_mark_);
}

// Of what differs, a part is as it was.
void SimulatedDisk::tear(Bytes& written, const Bytes& synced) {
  if (written.size() != synced.size() || written == synced) return;
  if (lies_) return void(written = synced);
  std::size_t first = 0, past = written.size();
  while (written[first] == synced[first]) ++first;
  while (written[past - 1] == synced[past - 1]) --past;
  const auto put_back = [&](std::size_t from, std::size_t to) {
    std::copy(synced.begin() + static_cast<std::ptrdiff_t>(from), synced.begin() + static_cast<std::ptrdiff_t>(to),
              written.begin() + static_cast<std::ptrdiff_t>(from));
  };
  switch (dice_.below(4)) {
    case 0: return put_back(first, past);
    case 1: return;
    case 2: return put_back(first + dice_.below(past - first), past);
    default: break;
  }
  for (std::size_t at = first / kSectorBytes * kSectorBytes; at < past; at += kSectorBytes) {
    if (dice_.one_in(2)) put_back(at, std::min(at + kSectorBytes, written.size()));
  }
}

void SimulatedDisk::put_image_back() {
  synced_mark_.clear();
  unsynced_ = false;
  if (!fs::exists(image_of(directory_))) return;
  fs::remove_all(directory_);
  fs::rename(image_of(directory_), directory_);
}

}  // namespace troupe::testing
