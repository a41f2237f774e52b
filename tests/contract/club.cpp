#include "contract/club.h"

#include <chrono>
#include <vector>

#include "contract/cast.h"

namespace troupe::contract {
namespace {

class ClubRole final : public ClubActor {
  Task<> closed(ClosedParams::Reader, ClosedResults::Builder out) override { return say(out); }
  Task<> open(OpenParams::Reader, OpenResults::Builder out) override { return say(out); }
  Task<> known(KnownParams::Reader, KnownResults::Builder out) override { return say(out); }
  Task<> own(OwnParams::Reader, OwnResults::Builder out) override { return say(out); }
  Task<> clerk(ClerkParams::Reader, ClerkResults::Builder out) override { return say(out); }
  Task<> ownOrClerk(OwnOrClerkParams::Reader, OwnOrClerkResults::Builder out) override { return say(out); }
  Task<> scoped(ScopedParams::Reader, ScopedResults::Builder out) override { return say(out); }
  Task<> look(LookParams::Reader, LookResults::Builder out) override { return say(out); }
  Task<> beside(BesideParams::Reader, BesideResults::Builder out) override { return say(out); }
  Task<> ask(AskParams::Reader in, AskResults::Builder out) override {
    auto reply = co_await ref<Club>(text(in.getTo())).closed();
    out.setWho(reply->getWho());
  }
  Task<> send(SendParams::Reader in, SendResults::Builder) override {
    ref<Club>(text(in.getTo())).send_note({.answer = "noted"});
    co_return;
  }
  Task<> note(NoteParams::Reader, NoteResults::Builder) override {
    if (key().starts_with("held")) co_await ref<Latch>("club").pass();
    add(text(caller()));
  }
  Task<> remindIn(RemindInParams::Reader in, RemindInResults::Builder) override {
    remind_in("bell", std::chrono::milliseconds(in.getMilliseconds()));
    co_return;
  }
  Task<> remindEvery(RemindEveryParams::Reader in, RemindEveryResults::Builder) override {
    remind_every("bell", std::chrono::milliseconds(in.getMilliseconds()));
    co_return;
  }
  Task<> later(LaterParams::Reader, LaterResults::Builder) override {
    after(std::chrono::milliseconds(0), [this]() -> Task<> {
      add("timer " + text(caller()));
      on_behalf_of({.name = "eve", .roles = {}, .scopes = {}});
      auto reply = co_await ref<Club>("asked later").closed();
      add("for " + text(reply->getWho()));
    });
    co_return;
  }
  Task<> join(JoinParams::Reader, JoinResults::Builder out) override {
    add(text(caller()));
    out.setCount(state().getNotes().size());
    co_return;
  }
  Task<> hold(HoldParams::Reader in, HoldResults::Builder) override { co_await ref<Latch>(text(in.getLatch())).pass(); }
  Task<> notes(NotesParams::Reader, NotesResults::Builder out) override {
    out.setNotes(state().getNotes());
    co_return;
  }
  Task<> pretend(PretendParams::Reader, PretendResults::Builder) override {
    on_behalf_of({.name = "eve", .roles = {}, .scopes = {}});
    co_return;
  }
  Task<> openScope(OpenScopeParams::Reader, OpenScopeResults::Builder) override {
    const CallerScope scope({.name = "eve", .roles = {}, .scopes = {}});
    co_return;
  }
  Task<> on_answer(const Answer&) override {
    add("answer " + text(caller()));
    co_return;
  }
  Task<> on_reminder(std::string_view) override {
    add("reminder " + text(caller()));
    co_return;
  }

  template <class Results>
  Task<> say(Results out) {
    out.setWho(text(caller()));
    co_return;
  }
  void add(const std::string& what) {
    std::vector<std::string> all;
    for (auto note : state().getNotes()) all.push_back(text(note));
    all.push_back(what);
    auto notes = edit().initNotes(static_cast<unsigned>(all.size()));
    for (unsigned i = 0; i < all.size(); ++i) notes.set(i, all[i]);
  }
};

}  // namespace

void host_club(Node& node) { node.host<ClubRole>(); }

std::string text(const Caller* caller) {
  if (!caller) return "none";
  return (caller->known() ? caller->name : "anonymous") + " (" + caller->roles + "; " + caller->scopes + ")";
}

}  // namespace troupe::contract
