#include "host/turn_files.h"

#include <capnp/schema.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstring>
#include <set>

#include "actor/recording_file.h"
#include "base/private_files.h"
#include "reflect/schema_book.h"
#include "troupe/service.h"

namespace troupe::host {
namespace fs = std::filesystem;

namespace {

// The schemas that whoever looks needs: of the actor, its state, and whom it called.
void add_schemas(recorded::Recording::Builder out, const ServiceInfo& service,
                 const std::set<const ServiceInfo*>& called) {
  std::map<std::uint64_t, std::vector<std::byte>> nodes;
  const auto add = [&](capnp::Schema root) {
    for (auto& node : reflect::encode_schemas(root)) nodes.emplace(node.type_id, std::move(node.message));
  };
  add(service.schema());
  if (service.state_schema) add(service.state_schema());
  for (const ServiceInfo* one : called) add(one->schema());
  auto list = out.initSchemas(static_cast<unsigned>(nodes.size()));
  unsigned at = 0;
  for (const auto& [type_id, message] : nodes) {
    list[at].setTypeId(type_id);
    list[at++].setNode({reinterpret_cast<const kj::byte*>(message.data()), message.size()});
  }
}

std::string name_of_actor(const ServiceInfo& service, const std::string& key) {
  return std::string(service.name) + "/" + key;
}

}  // namespace

TurnFiles::TurnFiles(Options options, engine::Engine& engine, const Clock& clock)
    : options_(std::move(options)), crashes_(options_.data_dir / "crashes"), engine_(engine), clock_(clock) {
  crashes = options_.crashes.files != 0 && !options_.data_dir.empty() && !options_.encrypted;
}

// --- while turns run ---

bool TurnFiles::records(const wire::Address& actor) noexcept {
  const std::lock_guard lock(mutex_);
  return kept_.contains(&actor);
}

void TurnFiles::take(const wire::Address& actor, std::unique_ptr<capnp::MallocMessageBuilder> turn,
                     const std::vector<const ServiceInfo*>& called, bool crashed) {
  const std::shared_ptr<capnp::MallocMessageBuilder> held = std::move(turn);
  if (recordings.load(std::memory_order_relaxed) != 0) keep(actor, held, called);
  if (!crashed || !crashes) return;
  if (under_way_.fetch_add(1, std::memory_order_relaxed) >= kMostUnderWay) {
    under_way_.fetch_sub(1, std::memory_order_relaxed);
    return;
  }
  const bool taken = engine_.run_blocking([this, content = Content{.why = "crash",
                                                                   .service = &actor.service,
                                                                   .key = actor.key,
                                                                   .turns = {held},
                                                                   .called = {called.begin(), called.end()}}] {
    try {
      write_crash(content);
    } catch (const std::exception& e) {
      if (options_.log)
        options_.log(
            {LogLevel::warn, "host",
             "the crash of " + name_of_actor(*content.service, content.key) + " is not kept in a file: " + e.what()});
    }
    under_way_.fetch_sub(1, std::memory_order_relaxed);
  });
  if (!taken) under_way_.fetch_sub(1, std::memory_order_relaxed);
}

void TurnFiles::keep(const wire::Address& actor, const std::shared_ptr<capnp::MallocMessageBuilder>& turn,
                     const std::vector<const ServiceInfo*>& called) {
  const std::lock_guard lock(mutex_);
  const auto found = kept_.find(&actor);
  if (found == kept_.end()) return;
  Kept& kept = found->second;
  const std::size_t bytes = turn->getRoot<recorded::Turn>().asReader().totalSize().wordCount * sizeof(capnp::word);
  if (kept.bounds.turns >= kept.bounds.most_turns || kept.bounds.bytes + bytes > kept.bounds.most_bytes) {
    ++kept.bounds.left, ++kept.content.left;
    return;
  }
  ++kept.bounds.turns;
  kept.bounds.bytes += bytes;
  kept.content.turns.push_back(turn);
  kept.content.called.insert(called.begin(), called.end());
}

// --- recordings that somebody asked for ---

Result<void> TurnFiles::start(wire::AddressPtr actor, std::size_t turns, std::size_t bytes) {
  const std::string name = actor->text();
  const auto invalid = [&](const std::string& why) {
    return Error(ErrorKind::invalid, "turns of " + name + " cannot be recorded: " + why);
  };
  if (options_.encrypted) return invalid("the store is encrypted, and a recording would lie beside it in clear");
  if (turns == 0 || turns > kMostTurns)
    return invalid(std::to_string(turns) + " turns; 1 to " + std::to_string(kMostTurns) + " are allowed");
  if (bytes == 0 || bytes > kMostBytes)
    return invalid(std::to_string(bytes) + " bytes; 1 to " + std::to_string(kMostBytes) + " are allowed");
  const std::lock_guard lock(mutex_);
  if (kept_.contains(actor.get())) return invalid("they are already; `troupe record stop` ends that");
  if (kept_.size() >= kMostRecordings)
    return Error(ErrorKind::overloaded,
                 std::to_string(kMostRecordings) + " actors of this node are recorded; stop one");
  Kept kept{.actor = actor,
            .bounds = {.actor = name, .most_turns = turns, .most_bytes = bytes},
            .content = {.why = "asked for", .service = &actor->service, .key = actor->key, .turns = {}}};
  kept_.emplace(actor.get(), std::move(kept));
  recordings.fetch_add(1, std::memory_order_relaxed);
  return {};
}

Result<TurnFiles::Recording> TurnFiles::stop(const std::string& actor) {
  const std::lock_guard lock(mutex_);
  for (auto at = kept_.begin(); at != kept_.end(); ++at) {
    if (at->second.bounds.actor != actor) continue;
    Recording out = at->second.bounds;
    try {
      out.file = write(options_.data_dir / "recordings", at->second.content, bytes_of(at->second.content)).string();
    } catch (const Error& e) {
      return e;
    }
    kept_.erase(at);
    recordings.fetch_sub(1, std::memory_order_relaxed);
    return out;
  }
  return Error(ErrorKind::not_found, actor + " is not recorded on this node");
}

std::vector<TurnFiles::Recording> TurnFiles::list() const {
  const std::lock_guard lock(mutex_);
  std::vector<Recording> out;
  for (const auto& [actor, kept] : kept_) out.push_back(kept.bounds);
  return out;
}

// --- files ---

// The oldest go, so that there is room for one more.
void TurnFiles::make_room(std::size_t bytes) const {
  std::vector<fs::path> files;
  std::size_t sum = bytes;
  std::error_code ignored;
  for (const auto& entry : fs::directory_iterator(crashes_, ignored)) {
    if (entry.path().extension() != actor::kRecordingSuffix) continue;
    const auto size = entry.file_size(ignored);
    sum += ignored ? 0 : static_cast<std::size_t>(size);
    files.push_back(entry.path());
  }
  std::sort(files.begin(), files.end());
  std::size_t left = files.size();
  for (const auto& file : files) {
    if (left < options_.crashes.files && sum <= options_.crashes.bytes) return;
    const auto size = fs::file_size(file, ignored);
    sum -= ignored ? 0 : std::min(sum, static_cast<std::size_t>(size));
    fs::remove(file, ignored);
    --left;
  }
}

std::vector<std::byte> TurnFiles::bytes_of(const Content& content) const {
  capnp::MallocMessageBuilder message;
  auto out = message.initRoot<recorded::Recording>();
  out.setWhy(content.why);
  out.setNode(options_.node);
  out.setTakenMs(clock_.wall_ms());
  out.setService(content.service->name);
  out.setServiceId(content.service->id);
  out.setKey(content.key);
  out.setStateType(content.service->state_type);
  out.setStateVersion(content.service->state_version);
  out.setLeft(static_cast<std::uint32_t>(content.left));
  auto turns = out.initTurns(static_cast<unsigned>(content.turns.size()));
  for (unsigned i = 0; i < turns.size(); ++i)
    turns.setWithCaveats(i, content.turns[i]->getRoot<recorded::Turn>().asReader());
  add_schemas(out, *content.service, content.called);
  return actor::sealed_recording(message);
}

fs::path TurnFiles::write(const fs::path& directory, const Content& content,
                          const std::vector<std::byte>& bytes) const {
  const auto refuse = [](const std::string& what) { throw Error(ErrorKind::unavailable, what); };
  if (const auto failed = make_private_directories(directory)) refuse(directory.string() + ": " + failed.message());
  std::uint64_t salt = 0;
  if (!content.turns.empty()) salt = content.turns.front()->getRoot<recorded::Turn>().asReader().getIdLo();
  char name[128];
  std::snprintf(name, sizeof name, "%013llu-%.60s-%08x", static_cast<unsigned long long>(clock_.wall_ms()),
                content.service->name, static_cast<unsigned>(stable_hash(content.key, salt)));
  const fs::path file = directory / (std::string(name) + std::string(actor::kRecordingSuffix));
  const fs::path part = directory / (std::string(name) + ".part");
  const int fd = open_regular(part, O_WRONLY | O_CREAT | O_TRUNC);
  if (fd < 0) refuse(part.string() + ": " + std::strerror(errno));
  const int failed = write_all(fd, 0, bytes);
  ::close(fd);
  std::error_code trouble;
  if (failed == 0) fs::rename(part, file, trouble);
  if (failed == 0 && !trouble) return file;
  std::error_code ignored;
  fs::remove(part, ignored);
  refuse(file.string() + ": " + (failed != 0 ? std::strerror(failed) : trouble.message()));
  return file;
}

void TurnFiles::write_crash(const Content& content) {
  const auto bytes = bytes_of(content);
  if (bytes.size() > options_.crashes.bytes / 8)
    throw Error(ErrorKind::unavailable, "it would have " + std::to_string(bytes.size()) +
                                            " bytes, and one may have an eighth of crash_files.bytes");
  make_room(bytes.size());
  const fs::path file = write(crashes_, content, bytes);
  if (options_.log)
    options_.log(
        {LogLevel::info, "host",
         "the crash of " + name_of_actor(*content.service, content.key) + " can be run again: " + file.string()});
}

}  // namespace troupe::host
