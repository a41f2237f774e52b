#include "troupe/replay.h"

#include <cstdio>

#include "actor/activation.h"
#include "actor/current.h"
#include "actor/flat_state.h"
#include "actor/recording_file.h"
#include "actor/registry.h"
#include "actor/reminder_rows.h"
#include "base/shared_caller.h"
#include "call/host_call.h"
#include "host/node_parts.h"
#include "store/awaited_commit.h"
#include "store/format/actor_record.h"
#include "store/format/keys.h"
#include "testing/replay_difference.h"
#include "testing/replay_player.h"
#include "testing/testbed_core.h"
#include "troupe/testing.h"

namespace troupe {
namespace {

using testing::ActorName;

// No turn takes longer by the stage's own clock, which is moved as far as it takes.
constexpr std::chrono::hours kLongestTurn{24};

std::string text_of(capnp::Text::Reader text) { return {text.cStr(), text.size()}; }

void configure(NodeConfig& config) {
  config.threads = 1;
  config.restart.window = std::chrono::milliseconds(0);
  config.crash_files.files = 0;
  config.flight_recorder.bytes = 0;
  config.idle_after = std::chrono::milliseconds(0);
}

class Stage : public testing::TestNode {
 public:
  explicit Stage(const std::function<void(Node&)>& host)
      : TestNode(testing::TestOptions{.host = host, .configure = configure}) {}

  void with_parts(const std::function<void(host::NodeParts&)>& work) { core().with(*core().slots().front(), work); }
  [[nodiscard]] bool read_kept(const ActorName& actor, std::vector<std::uint64_t>& words) {
    return testing::detail::read_kept(core(), actor, words);
  }
};

// What a turn finds: the actor's record, if it is to start from one, and the rows that it looked at.
void seed(host::NodeParts& parts, const wire::Address& actor, recorded::Turn::Reader turn, std::uint32_t state_version,
          bool anew) {
  store::AwaitedCommit commit;
  commit.partition = actor.partition;
  commit.epoch = parts.context().leadership.of(actor.partition).epoch;
  if (anew) {
    const std::string key = store::actor_key(actor.partition, actor.service_id, actor.key);
    if (turn.getBefore().isNull()) {
      commit.writes.push_back({key, nullptr});
    } else {
      const auto words = actor::flatten(turn.getBefore()).value();
      auto record = store::encode(std::as_bytes(std::span(words)), actor.service.state_type, {},
                                  {.state_version = state_version});
      commit.writes.push_back({key, store::value_of(std::move(record))});
    }
  }
  for (const auto told : turn.getTold()) {
    if (!told.isRow()) continue;
    const auto row = told.getRow();
    std::string key(reinterpret_cast<const char*>(row.getKey().begin()), row.getKey().size());
    const auto* bytes = reinterpret_cast<const std::byte*>(row.getValue().begin());
    store::Value value;
    if (row.getThere()) value = store::value_of(std::vector<std::byte>(bytes, bytes + row.getValue().size()));
    commit.writes.push_back({std::move(key), std::move(value)});
  }
  if (!commit.writes.empty()) commit.through(parts.store()->commits()).value();
}

wire::EnvelopePtr call_of(recorded::Turn::Reader turn, const wire::AddressPtr& actor) {
  auto call = make_counted<wire::Envelope>();
  call->target = actor;
  call->id = {turn.getIdHi(), turn.getIdLo()};
  call->deadline = TimePoint::max();
  if (turn.hasCaller()) {
    const auto who = turn.getCaller();
    call->caller =
        make_counted<SharedCaller>(Caller{text_of(who.getName()), text_of(who.getRoles()), text_of(who.getScopes())});
  }
  const std::string kind = text_of(turn.getKind());
  if (kind == "call" || kind == "message") {
    if (turn.getOrdinal() >= actor->service.method_count)
      throw Error(ErrorKind::unimplemented, "this program's " + std::string(actor->service.name) + " has no method " +
                                                std::to_string(turn.getOrdinal()) + " (" + text_of(turn.getMethod()) +
                                                ")");
    call->method = turn.getOrdinal();
    call->params.copy(turn.getInput());
    return call;
  }
  if (kind != "reminder")
    throw Error(ErrorKind::unimplemented,
                "a turn of kind '" + kind + "' cannot be run again: " +
                    (kind == "timer" ? "its work is code, and in no file" : "what brings it about is not in the file"));
  call->method = wire::kNoMethod;
  wire::DueReminder due{.name = text_of(turn.getName())};
  for (const auto told : turn.getTold()) {
    if (!told.isRow() || told.getRow().getKey().size() < store::kRowKeyPrefixBytes) continue;
    const std::string key(reinterpret_cast<const char*>(told.getRow().getKey().begin()), told.getRow().getKey().size());
    if (!actor::is_due_key(key)) continue;
    due.due_ms = actor::due_of(key);
    break;
  }
  call->delivery = std::make_unique<wire::Delivery>(due);
  return call;
}

// Runs it, and says what it did; null: it did not come to its end as a turn.
std::unique_ptr<capnp::MallocMessageBuilder> run(Stage& stage, testing::ReplayPlayer& player, wire::EnvelopePtr call) {
  auto waiting = make_counted<call::HostCall>();
  call->reply_to = waiting;
  stage.with_parts([&](host::NodeParts& parts) {
    call->sent = parts.routing().origin.clock.now();
    call->first_sent_ms = parts.routing().origin.time.at(call->sent);
    parts.routing().registry.deliver_here(call);
  });
  const auto ended = [&] { return waiting->wait(std::chrono::nanoseconds(0)); };
  if (!stage.eventually(ended, kLongestTurn)) {
    wire::give_up(call, Error(ErrorKind::cancelled, "the replay has seen enough"));
    stage.settle();
  }
  return player.take_done();
}

void check_fits(recorded::Recording::Reader recording, const ServiceInfo& service, const std::string& file) {
  const auto unfit = [&](const std::string& why) {
    return Error(ErrorKind::unimplemented, file + " cannot be run by this program: " + why);
  };
  if (recording.getServiceId() != service.id)
    throw unfit("its " + text_of(recording.getService()) + " is another interface of that name");
  if (recording.getStateVersion() > service.state_version)
    throw unfit("the state is of version " + std::to_string(recording.getStateVersion()) +
                ", and this program knows up to " + std::to_string(service.state_version));
  if (recording.getStateVersion() == service.state_version && recording.getStateType() != service.state_type)
    throw unfit("the state is of another struct than this program's");
}

class Replay {
 public:
  Replay(const std::filesystem::path& file, const std::function<void(Node&)>& host)
      : name_(file.string()), file_(actor::RecordingFile::open(file).value()), stage_(host) {
    const auto recording = file_.root();
    actor_.emplace(text_of(recording.getService()), text_of(recording.getKey()));
    for (const auto schema : recording.getSchemas()) {
      const auto node = schema.getNode();
      (void)book_.add(schema.getTypeId(), std::as_bytes(std::span(node.begin(), node.size())));  // shown less well
    }
    stage_.with_parts([&](host::NodeParts& parts) {
      bool hosted = false;
      for (const auto& one : parts.routing().registry.services())
        hosted = hosted || one->service.name == actor_->service;
      if (!hosted)
        throw Error(ErrorKind::not_found, name_ + " is of an actor of service " + actor_->service +
                                              ", which the program given does not host: node.host<...>() it");
      address_ = parts.routing().registry.intern_by_name(actor_->service, actor_->key).value();
    });
    check_fits(recording, address_->service, name_);
    player_.emplace(*address_);
  }

  ~Replay() {
    stage_.settle();
    attach(nullptr);
  }
  Replay(const Replay&) = delete;
  Replay& operator=(const Replay&) = delete;

  ReplayReport report() {
    attach(&*player_);
    ReplayReport out{.actor = actor_->text()};
    const auto turns = file_.root().getTurns();
    for (unsigned i = 0; i < turns.size(); ++i) play(turns[i], i, out);
    return out;
  }

 private:
  void attach(testing::ReplayPlayer* player) {
    stage_.with_parts([&](host::NodeParts& parts) {
      parts.context().player = player;
      parts.context().tapes = player;
    });
  }

  // An actor whose memory is what the last turn left goes on; any other begins with the recorded state.
  void prepare(recorded::Turn::Reader turn, unsigned number) {
    bool anew = number == 0;
    if (!anew && address_->service.durable()) {
      std::vector<std::uint64_t> words;
      const bool kept = stage_.read_kept(*actor_, words);
      const auto now =
          kept ? capnp::readMessageUnchecked<capnp::AnyPointer>(reinterpret_cast<const capnp::word*>(words.data()))
               : capnp::AnyPointer::Reader();
      anew = now.isNull() != turn.getBefore().isNull() || (!now.isNull() && !(now == turn.getBefore()));
    }
    if (anew) (void)stage_.evict(*actor_);
    stage_.with_parts([&](host::NodeParts& parts) {
      if (parts.store()) seed(parts, *address_, turn, file_.root().getStateVersion(), anew);
    });
  }

  void play(recorded::Turn::Reader then, unsigned number, ReplayReport& out) {
    prepare(then, number);
    player_->play(then);
    auto call = call_of(then, address_);
    const auto done = run(stage_, *player_, std::move(call));
    ReplayedTurn turn{.method = text_of(then.getMethod()), .recorded = testing::outcome_in_words(then)};
    turn.missing = text_of(then.getMissing());
    if (!done) {
      turn.replayed = "it did not come to an end";
      if (!out.difference) out.difference = {number, "outcome", turn.recorded, turn.replayed};
    } else {
      const auto now = done->getRoot<recorded::Turn>().asReader();
      turn.replayed = testing::outcome_in_words(now);
      turn.crashed = now.getOutcome() == "crashed";
      auto found = out.difference ? std::nullopt : testing::first_difference(then, now, address_->service, book_);
      if (found) {
        found->turn = number;
        out.difference = std::move(found);
      }
    }
    out.turns.push_back(std::move(turn));
  }

  const std::string name_;
  const actor::RecordingFile file_;
  Stage stage_;
  std::optional<ActorName> actor_;
  reflect::SchemaBook book_;
  wire::AddressPtr address_;
  std::optional<testing::ReplayPlayer> player_;
};

}  // namespace

bool ReplayReport::crashed() const noexcept {
  for (const ReplayedTurn& turn : turns)
    if (turn.crashed) return true;
  return false;
}

std::string ReplayReport::text() const {
  std::string out = actor + "\n";
  for (std::size_t i = 0; i < turns.size(); ++i) {
    const ReplayedTurn& turn = turns[i];
    out += "turn " + std::to_string(i) + ", " + turn.method + ": " + turn.replayed + "\n";
    if (turn.replayed != turn.recorded) out += "  then: " + turn.recorded + "\n";
    if (!turn.missing.empty()) out += "  the recording is not whole: " + turn.missing + "\n";
  }
  if (!difference) return out + "as it was recorded\n";
  return out + "first difference: turn " + std::to_string(difference->turn) + ", " + difference->what +
         "\n  recorded: " + difference->recorded + "\n  replayed: " + difference->replayed + "\n";
}

ReplayReport replay(const std::filesystem::path& file, const std::function<void(Node&)>& host) {
  detail::require("replay()", host);
  if (actor::current().activation) throw Error(ErrorKind::invalid, "replay() inside an actor; let a host thread do it");
  return Replay(file, host).report();
}

int replay_main(int argc, char** argv, const std::function<void(Node&)>& host) noexcept {
  try {
    if (argc != 2) {
      std::fprintf(stderr, "usage: %s FILE\n", argc > 0 ? argv[0] : "replay");
      return 2;
    }
    const ReplayReport report = replay(argv[1], host);
    std::fputs(report.text().c_str(), stdout);
    return report.same() ? 0 : 1;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "%s\n", e.what());
    return 2;
  }
}

}  // namespace troupe
