#include "contract/tracer.h"

#include <memory>
#include <vector>

#include "actor/current.h"
#include "actor/turn.h"
#include "contract/cast.h"

namespace troupe::contract {
namespace {

std::string trace_of_turn() {
  const auto& trace = actor::current().turn->call()->trace;
  return text(trace ? &trace->context() : nullptr);
}

class TracerRole final : public TracerActor {
  Task<> show(ShowParams::Reader, ShowResults::Builder out) override {
    out.setTrace(trace_of_turn());
    co_return;
  }
  Task<> showOf(ShowOfParams::Reader in, ShowOfResults::Builder out) override {
    auto reply = co_await ref<Tracer>(text(in.getTo())).show();
    out.setTrace(reply->getTrace());
  }
  Task<> send(SendParams::Reader in, SendResults::Builder) override {
    ref<Tracer>(text(in.getTo())).send_note({.answer = "noted"});
    co_return;
  }
  Task<> note(NoteParams::Reader, NoteResults::Builder) override {
    if (key().starts_with("held")) co_await ref<Latch>("traced").pass();
    add(trace_of_turn());
  }
  Task<> remindIn(RemindInParams::Reader in, RemindInResults::Builder) override {
    remind_in("bell", std::chrono::milliseconds(in.getMilliseconds()));
    co_return;
  }
  Task<> remindEvery(RemindEveryParams::Reader in, RemindEveryResults::Builder) override {
    remind_every("bell", std::chrono::milliseconds(in.getMilliseconds()));
    co_return;
  }
  Task<> notes(NotesParams::Reader, NotesResults::Builder out) override {
    out.setNotes(state().getNotes());
    co_return;
  }
  Task<> spans(SpansParams::Reader in, SpansResults::Builder out) override {
    set_turn_attribute("of.turn", std::int64_t{7});
    Span outer("outer");
    outer.set("items", std::int64_t{3});
    outer.set("items", std::int64_t{4});
    {
      Span inner("inner");
      inner.fail("as told");
      (void)co_await ref<Tracer>(text(in.getTo())).show();
    }
    out.setRecorded(outer.recorded());
    outer.end();
    outer.set("late", true);
    left_ = std::make_unique<Span>("left open");
  }
  Task<> on_answer(const Answer&) override {
    add("answer " + trace_of_turn());
    co_return;
  }
  Task<> on_reminder(std::string_view) override {
    add("reminder " + trace_of_turn());
    co_return;
  }

  std::unique_ptr<Span> left_;  // outlives its turn

  void add(const std::string& what) {
    std::vector<std::string> all;
    for (auto note : state().getNotes()) all.push_back(text(note));
    all.push_back(what);
    auto notes = edit().initNotes(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) notes.set(i, all[i]);
  }
};

}  // namespace

void host_tracer(Node& node) { node.host<TracerRole>(); }

std::string text(const TraceContext* trace) {
  if (!trace) return "none";
  constexpr const char* kDigits = "0123456789abcdef";
  std::string out;
  for (const std::uint8_t byte : trace->bytes()) out += {kDigits[byte >> 4], kDigits[byte & 15]};
  return out;
}

}  // namespace troupe::contract
