// The files of recorded turns in a node's data directory: a durable actor's last turn when it crashed (crashes/), and
// the turns of an actor that somebody had recorded (recordings/). Files are for the node's user alone.
//
// A crash file is written on a thread that may block; what cannot be written, or comes when kMostUnderWay are being
// written, is left out. Any thread.
#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <vector>

#include "actor/registry.h"
#include "actor/tape.h"
#include "engine/engine.h"
#include "troupe/log.h"
#include "troupe/recording.h"

namespace troupe::host {

class TurnFiles final : public actor::TapeKeeper {
 public:
  static constexpr std::uint32_t kMostUnderWay = 4;
  struct Options {
    std::filesystem::path data_dir;
    std::string node;
    CrashFileOptions crashes;
    bool encrypted = false;  // the store is: nothing is written down in clear
    LogSink log;
  };
  TurnFiles(Options options, engine::Engine& engine, const Clock& clock);

  // Actors that are recorded at once, and what each may be asked to keep.
  static constexpr std::size_t kMostRecordings = 16;
  static constexpr std::size_t kMostTurns = 10'000;
  static constexpr std::size_t kMostBytes = std::size_t{32} << 20;
  struct Recording {
    std::string actor;  // "Till/a"
    std::size_t turns = 0;
    std::size_t most_turns = 0;
    std::size_t bytes = 0;
    std::size_t most_bytes = 0;
    std::size_t left = 0;  // turns that came when it was full
    std::string file{};    // of one that was stopped
  };
  // From now on the actor's turns are kept in memory, as far as these bounds allow. `invalid`: it is recorded already,
  // the bounds are none, or the node may write nothing down; `overloaded`: kMostRecordings are.
  [[nodiscard]] Result<void> start(wire::AddressPtr actor, std::size_t turns, std::size_t bytes);
  // Ends that, and writes what there is into a file. `not_found`: it is not recorded; `unavailable`: it cannot be
  // written, and is kept.
  [[nodiscard]] Result<Recording> stop(const std::string& actor);
  [[nodiscard]] std::vector<Recording> list() const;

  [[nodiscard]] bool records(const wire::Address& actor) noexcept override;
  void take(const wire::Address& actor, std::unique_ptr<capnp::MallocMessageBuilder> turn,
            const std::vector<const ServiceInfo*>& called, bool crashed) override;

 private:
  using Turns = std::vector<std::shared_ptr<capnp::MallocMessageBuilder>>;
  // What a file is made of.
  struct Content {
    const char* why;
    const ServiceInfo* service;
    std::string key;
    Turns turns;
    std::set<const ServiceInfo*> called{};
    std::size_t left = 0;
  };
  struct Kept {
    wire::AddressPtr actor;
    Recording bounds;
    Content content;
  };
  void keep(const wire::Address& actor, const std::shared_ptr<capnp::MallocMessageBuilder>& turn,
            const std::vector<const ServiceInfo*>& called);
  [[nodiscard]] std::vector<std::byte> bytes_of(const Content& content) const;
  // Its name begins with the time.
  [[nodiscard]] std::filesystem::path write(const std::filesystem::path& directory, const Content& content,
                                            const std::vector<std::byte>& bytes) const;
  void write_crash(const Content& content);
  void make_room(std::size_t bytes) const;

  const Options options_;
  const std::filesystem::path crashes_;
  engine::Engine& engine_;
  const Clock& clock_;
  std::atomic<std::uint32_t> under_way_{0};
  mutable std::mutex mutex_;
  std::map<const wire::Address*, Kept> kept_;
};

}  // namespace troupe::host
