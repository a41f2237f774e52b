// The LMDB environment of a coordinator's directory. Its processes share the files, and the nodes of a process this
// object: LMDB may be open only once in a process, and so may the file of locks.
//
// Writers take turns by a lock of their own before LMDB's, so that one that was stopped in the middle (SIGSTOP, a
// debugger) makes others wait until their time is up, not for ever. The map has one size for all: none is ever resized.
#pragma once

#include <lmdb.h>

#include <atomic>
#include <condition_variable>
#include <cstddef>
#include <filesystem>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "coordinator/file/book.h"
#include "coordinator/file/process_file.h"
#include "store/place.h"
#include "troupe/error.h"

namespace troupe::coordinator::file {

struct EnvironmentOptions {
  std::filesystem::path directory;
  // The same for all processes. Four times what records and history may take, since a transaction writes pages anew
  // before old ones are free.
  std::size_t map_bytes = std::size_t{320} << 20;
  Bounds bounds{};
};

class SharedEnvironment {
 public:
  // Waits up to kOpening for another process that writes. `invalid`: the directory is of something else, or of another
  // format. `corrupt`: damaged.
  [[nodiscard]] static Result<std::shared_ptr<SharedEnvironment>> open(const EnvironmentOptions& options);
  ~SharedEnvironment();
  SharedEnvironment(const SharedEnvironment&) = delete;
  SharedEnvironment& operator=(const SharedEnvironment&) = delete;

  // Runs `body` on what was committed last. `tried`: "cannot read members/a".
  [[nodiscard]] Result<void> read(std::string_view tried, TimePoint until,
                                  const std::function<void(const Book&)>& body);
  // Runs `body` on this thread, when it is its turn, in a transaction that first ends the sessions of dead processes;
  // commits what it changed unless it returns an error. `stop`: gives up waiting. `stage`: whoever waits may leave
  // until the turn has come.
  enum class Stage { waiting, began, left };
  [[nodiscard]] Result<void> write(std::string_view tried, TimePoint until, const std::atomic<bool>& stop,
                                   std::atomic<Stage>& stage, const std::function<Result<void>(Book&)>& body);

  [[nodiscard]] ProcessFile& processes() noexcept { return *processes_; }
  // Whether the directory still leads here. Otherwise others may begin another one there.
  [[nodiscard]] bool in_place() const noexcept { return place_->there(); }
  [[nodiscard]] const std::filesystem::path& directory() const noexcept { return options_.directory; }
  // Lets go of what killed processes were reading.
  void drop_dead_readers() noexcept;

 private:
  explicit SharedEnvironment(EnvironmentOptions options) : options_(std::move(options)) {}
  [[nodiscard]] Result<void> open_files();
  [[nodiscard]] Result<void> open_environment();
  [[nodiscard]] Result<void> identify();
  void open_tables(MDB_txn* txn, bool fresh);
  [[nodiscard]] Result<void> take_turn(std::string_view tried, TimePoint until, const std::atomic<bool>& stop);
  void free_turn() noexcept;
  void end_turn() noexcept;
  [[nodiscard]] Result<void> write_in_turn(std::string_view tried, const std::function<Result<void>(Book&)>& body);
  [[nodiscard]] Result<void> commit(std::string_view tried, MDB_txn* txn);
  void end_dead_sessions(Book& book) const;
  [[nodiscard]] Error failure(std::string_view tried, int code) const;

  const EnvironmentOptions options_;
  std::unique_ptr<ProcessFile> processes_;
  MDB_env* env_ = nullptr;
  Tables tables_{};
  std::optional<store::Place> place_;
  std::mutex turns_;
  std::condition_variable turn_over_;
  bool turn_taken_ = false;  // by a thread of this process, which may still wait for another process

  std::mutex reading_;
  std::condition_variable reader_free_;
  std::vector<MDB_txn*> readers_;  // reset, each with its slot in LMDB's table: to begin one needs no lock
};

}  // namespace troupe::coordinator::file
