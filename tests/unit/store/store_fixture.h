// What the store's tests share: a directory that goes away, a store in it, and commits that tell how they ended.
#pragma once

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "store/store.h"

namespace troupe::store {

class TemporaryDirectory {
 public:
  TemporaryDirectory() {
    std::string name = (std::filesystem::temp_directory_path() / "troupe-store-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr) std::abort();
    path_ = name;
  }
  ~TemporaryDirectory() {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }
  TemporaryDirectory(const TemporaryDirectory&) = delete;
  TemporaryDirectory& operator=(const TemporaryDirectory&) = delete;
  [[nodiscard]] const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

inline std::vector<std::byte> bytes_of(std::string_view text) {
  const auto* bytes = reinterpret_cast<const std::byte*>(text.data());
  return {bytes, bytes + text.size()};
}

inline std::string text_of(const std::vector<std::byte>& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

inline StoreOptions options_for(const std::filesystem::path& directory) {
  return {.directory = directory,
          .cluster = "shop",
          .node = "shop-1",
          .initial_map_bytes = std::size_t{1} << 20,
          .log_bytes = std::size_t{2} << 20};
}

// Its log turns over soon, by what is written alone.
inline StoreOptions small_log(const std::filesystem::path& directory) {
  StoreOptions options = options_for(directory);
  options.sync = false;
  options.log_bytes = 64 << 10;
  options.checkpoint_pause = std::chrono::hours(1);
  return options;
}

inline std::unique_ptr<Store> open_store(const StoreOptions& options) {
  return std::move(Store::open(options)).value();
}

inline std::string content(const std::filesystem::path& file) {
  std::ifstream stream(file, std::ios::binary);
  return {std::istreambuf_iterator<char>(stream), {}};
}

inline void expect(const Error& error, ErrorKind kind, std::string_view words) {
  CAPTURE(error.what());
  CHECK(error.kind() == kind);
  CHECK(error.message().find(words) != std::string::npos);
}

// A commit that remembers how it ended; wait() returns once it has.
class ObservedCommit : public Commit {
 public:
  ObservedCommit() = default;
  ObservedCommit(PartitionId in, std::string_view key, std::string_view value) {
    partition = in;
    put(key, value);
  }
  ObservedCommit& put(std::string_view key, std::string_view value) {
    writes.push_back({.key = actor_key(partition, 7, key), .value = value_of(bytes_of(value))});
    return *this;
  }
  ObservedCommit& erase(std::string_view key) {
    writes.push_back({.key = actor_key(partition, 7, key), .value = {}});
    return *this;
  }
  void durable() noexcept override { end(std::nullopt); }
  void failed(const Error& error) noexcept override { end(error); }

  const std::optional<Error>& wait() {
    ended_.wait(false);
    return error_;
  }
  [[nodiscard]] int times_ended() const { return times_ended_; }
  // When set, the order in which commits end is noted there.
  std::vector<ObservedCommit*>* order = nullptr;

 private:
  void end(std::optional<Error> error) {
    ++times_ended_;
    if (order != nullptr) order->push_back(this);
    error_ = std::move(error);
    ended_.store(true);
    ended_.notify_all();
  }
  std::atomic<bool> ended_{false};
  std::atomic<int> times_ended_{0};
  std::optional<Error> error_;
};

// Submits and waits.
inline std::optional<Error> commit(Store& store, PartitionId partition, std::string_view key, std::string_view value) {
  ObservedCommit commit(partition, key, value);
  store.commits().submit(&commit);
  return commit.wait();
}

inline std::optional<std::string> value_of(const Store& store, PartitionId partition, std::string_view key) {
  auto found = store.read(actor_key(partition, 7, key)).value();
  if (!found) return std::nullopt;
  return text_of(*found);
}

}  // namespace troupe::store
