// Who is asking travels with a call, and the method's rule is held against it where the actor is.
#include <doctest/doctest.h>

#include "contract/club.h"
#include "contract/distance.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

const Caller kAnn{.name = "ann", .roles = "clerk", .scopes = "read"};
const Caller kBob{.name = "bob", .roles = "guest", .scopes = "read write"};
const Caller kAnonymous{};

Ref<Club> club(const Distance& distance, const std::string& key) { return distance.node().ref<Club>(key); }

// What a call of `caller` brings: who the actor says is asking, or the kind of the error.
template <class Call>
std::string asked(const Caller& caller, Call&& call) {
  const CallerScope scope(caller);
  try {
    auto reply = call();
    return text(reply->getWho());
  } catch (const Error& e) {
    return std::string(to_string(e.kind()));
  }
}

std::vector<std::string> notes_of(const Distance& distance, const std::string& key) {
  auto reply = club(distance, key).notes().get();
  std::vector<std::string> out;
  for (auto note : reply->getNotes()) out.push_back(text(note));
  return out;
}

using Notes = std::vector<std::string>;

}  // namespace

AT_EVERY_DISTANCE("a method without a rule is for nobody from outside, and for every call from inside") {
  const auto closed = [&] { return club(distance, "ann").closed().get(); };

  CHECK(asked(kAnn, closed) == "denied");
  CHECK(asked(kAnonymous, closed) == "denied");
  CHECK(text(at_once(closed())->getWho()) == "none");
}

AT_EVERY_DISTANCE("a rule lets in whom it names, and says to others whether they are unknown or may not") {
  Ref<Club> anns = club(distance, "ann");
  const Caller admin{.name = "cid", .roles = "other admin", .scopes = {}};
  const auto open = [&] { return anns.open().get(); };
  const auto known = [&] { return anns.known().get(); };
  const auto own = [&] { return anns.own().get(); };
  const auto clerk = [&] { return anns.clerk().get(); };
  const auto own_or_clerk = [&] { return anns.ownOrClerk().get(); };
  const auto scoped = [&] { return anns.scoped().get(); };

  CHECK(asked(kAnonymous, open) == "anonymous (; )");
  CHECK(asked(kAnn, open) == "ann (clerk; read)");
  CHECK(asked(kAnonymous, known) == "unauthenticated");
  CHECK(asked(kBob, known) == "bob (guest; read write)");
  CHECK(asked(kAnn, own) == "ann (clerk; read)");
  CHECK(asked(kBob, own) == "denied");
  CHECK(asked(kAnonymous, own) == "unauthenticated");
  CHECK(asked(kAnn, clerk) == "ann (clerk; read)");
  CHECK(asked(admin, clerk) == "cid (other admin; )");
  CHECK(asked(kBob, clerk) == "denied");
  CHECK(asked({.name = "ann", .roles = "clerks", .scopes = {}}, clerk) == "denied");
  CHECK(asked({.name = "ann", .roles = {}, .scopes = {}}, own_or_clerk) == "ann (; )");
  CHECK(asked({.name = "dan", .roles = "clerk", .scopes = {}}, own_or_clerk) == "dan (clerk; )");
  CHECK(asked(kBob, own_or_clerk) == "denied");
  CHECK(asked(kBob, scoped) == "bob (guest; read write)");
  CHECK(asked(kAnn, scoped) == "denied");
  CHECK(asked(kAnonymous, scoped) == "unauthenticated");
}

AT_EVERY_DISTANCE("a refused call names the method and its rule, nothing of who is asking, and did not run") {
  const CallerScope scope({.name = "mallory", .roles = "spy", .scopes = "everything"});

  const Error error = error_of([&] { return club(distance, "ann").clerk().get(); });

  CHECK(error.kind() == ErrorKind::denied);
  CHECK(error.message().find("Club/ann.clerk") != std::string::npos);
  CHECK(error.message().find("admin clerk") != std::string::npos);
  for (const char* of_caller : {"mallory", "spy", "everything"})
    CHECK(error.message().find(of_caller) == std::string::npos);
  CHECK(!error.may_have_run());
}

AT_EVERY_DISTANCE("a call that its rule refuses does not wait for its turn") {
  auto holding = club(distance, "ann").hold([](auto p) { p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);

  CHECK(asked(kAnonymous, [&] { return club(distance, "ann").known().get(5s); }) == "unauthenticated");
  CHECK(asked(kAnonymous, [&] { return club(distance, "ann").look().get(5s); }) == "unauthenticated");
  CHECK(asked(kAnonymous, [&] { return club(distance, "ann").beside().get(5s); }) == "unauthenticated");
  CHECK(asked(kAnn, [&] { return club(distance, "ann").beside().get(5s); }) == "ann (clerk; read)");

  distance.open("l");
  (void)holding.get();
}

TEST_CASE("a call that its rule refuses needs no room in a full mailbox, and makes no actor active") {
  Distance distance(Length::pointer, [](NodeConfig& config) { config.max_mailbox = 5; });
  auto holding = club(distance, "ann").hold([](auto p) { p.setLatch("l"); }).future();
  distance.wait_for_arrivals("l", 1);
  std::vector<std::future<Reply<Club::JoinResults>>> waiting;
  for (int i = 0; i < 5; ++i) waiting.push_back(club(distance, "ann").join().future());
  REQUIRE(eventually([&] {  // what may interleave and is answered came behind what waits
    try {
      return notes_of(distance, "ann").empty();
    } catch (const Error&) {
      return false;
    }
  }));
  REQUIRE(error_of([&] { return club(distance, "ann").join().get(5s); }).kind() == ErrorKind::overloaded);

  CHECK(asked(kAnonymous, [&] { return club(distance, "ann").known().get(5s); }) == "unauthenticated");
  CHECK(asked(kAnonymous, [&] { return club(distance, "nobodys").known().get(5s); }) == "unauthenticated");
  const std::string clubs = distance.node().admin("GET", "/actors?service=Club", "").second;
  CHECK(clubs.find(R"("key":"ann")") != std::string::npos);
  CHECK(clubs.find("nobodys") == std::string::npos);

  distance.open("l");
  (void)holding.get();
  for (auto& one : waiting) (void)one.get();
}

AT_EVERY_DISTANCE("the calls that a turn makes carry who is asking, and no rule holds for them") {
  const auto ask = [&] { return club(distance, "one").ask([](auto p) { p.setTo("other"); }).get(); };

  CHECK(asked(kAnn, ask) == "ann (clerk; read)");
  CHECK(asked(kAnonymous, ask) == "anonymous (; )");
  CHECK(text(at_once(ask())->getWho()) == "none");
}

AT_EVERY_DISTANCE("a durable message and its answer carry who was asking in the turn that sent it") {
  {
    const CallerScope scope(kAnn);
    (void)club(distance, "sender").send([](auto p) { p.setTo("receiver"); }).get();
  }
  (void)club(distance, "other").send([](auto p) { p.setTo("third"); }).get();

  CHECK(eventually([&] { return notes_of(distance, "receiver") == Notes{"ann (clerk; read)"}; }));
  CHECK(eventually([&] { return notes_of(distance, "sender") == Notes{"answer ann (clerk; read)"}; }));
  CHECK(eventually([&] { return notes_of(distance, "other") == Notes{"answer none"}; }));
  CHECK(notes_of(distance, "third") == Notes{"none"});
}

AT_EVERY_DISTANCE("a reminder carries who was asking in the turn that set it, every time it rings") {
  {
    const CallerScope scope(kAnn);
    (void)club(distance, "a").remindEvery([](auto p) { p.setMilliseconds(20); }).get();
  }
  (void)club(distance, "b").remindIn([](auto p) { p.setMilliseconds(1); }).get();

  CHECK(eventually([&] { return notes_of(distance, "a").size() >= 2; }));
  for (const auto& note : notes_of(distance, "a")) CHECK(note == "reminder ann (clerk; read)");
  CHECK(eventually([&] { return notes_of(distance, "b") == Notes{"reminder none"}; }));
}

AT_EVERY_DISTANCE("a timer's turn carries nobody, until it says on whose behalf it goes on") {
  {
    const CallerScope scope(kAnn);
    (void)club(distance, "a").later().get();
  }

  CHECK(eventually([&] { return notes_of(distance, "a") == Notes{"timer none", "for eve (; )"}; }));
}

AT_EVERY_DISTANCE("the turn of a call cannot say that somebody else is asking") {
  const Error error = error_of([&] { return club(distance, "a").pretend().get(); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("on_behalf_of()") != std::string::npos);
}

AT_EVERY_DISTANCE("who repeats an idempotency key under another name hears no other's answer") {
  const auto join = [&](const Caller& caller) {
    const CallerScope scope(caller);
    Ref<Club> ref = club(distance, "shared");
    ref.idempotency_key("key");
    return ref.join().get()->getCount();
  };
  CHECK(join(kAnn) == 1);

  CHECK(join(kBob) == 2);
  CHECK(join(kAnn) == 1);
  CHECK(join({.name = "ann", .roles = "other", .scopes = {}}) == 1);
  Ref<Club> own = club(distance, "shared");
  own.idempotency_key("key");
  CHECK(own.join().get()->getCount() == 3);
  CHECK(notes_of(distance, "shared") == Notes{"ann (clerk; read)", "bob (guest; read write)", "none"});
}

AT_EVERY_DISTANCE("who may not make a call any more hears no answer that was remembered for it") {
  const auto join = [&](const Caller& caller) {
    const CallerScope scope(caller);
    Ref<Club> ref = club(distance, "a");
    ref.idempotency_key("key");
    return ref.join().get()->getCount();
  };
  CHECK(join(kAnn) == 1);

  CHECK(error_of([&] { return join(kAnonymous); }).kind() == ErrorKind::unauthenticated);
}

TEST_CASE("a scope of a thread is refused inside an actor, whose turns have none") {
  Distance distance(Length::pointer);

  const Error error = error_of([&] { return club(distance, "a").openScope().get(); });

  CHECK(error.kind() == ErrorKind::invalid);
  CHECK(error.message().find("on_behalf_of()") != std::string::npos);
}

TEST_CASE("who was asking stays in a message and a reminder over the kill of the node") {
  Distance distance(Length::processes);
  {
    const CallerScope scope(kAnn);
    (void)club(distance, "sleeper").remindIn([](auto p) { p.setMilliseconds(1000); }).get();
    (void)club(distance, "sender").send([](auto p) { p.setTo("held"); }).get();
  }
  distance.wait_for_arrivals("club", 1);  // the message has arrived and is not taken: the next try reads its row

  distance.kill_owner();
  distance.start_owner();
  distance.wait_for_arrivals("club", 1);
  distance.open("club");

  CHECK(eventually([&] { return notes_of(distance, "held") == Notes{"ann (clerk; read)"}; }));
  CHECK(eventually([&] { return notes_of(distance, "sender") == Notes{"answer ann (clerk; read)"}; }));
  CHECK(eventually([&] { return notes_of(distance, "sleeper") == Notes{"reminder ann (clerk; read)"}; }));
}

TEST_CASE("scopes lie within one another, and each thread has its own") {
  Distance distance(Length::pointer);
  const auto open = [&] { return text(at_once(club(distance, "a").open().get())->getWho()); };
  CHECK(open() == "none");
  {
    const CallerScope ann(kAnn);
    {
      const CallerScope bob(kBob);
      CHECK(open() == "bob (guest; read write)");
      std::thread([&] { CHECK(open() == "none"); }).join();
    }
    CHECK(open() == "ann (clerk; read)");
  }
  CHECK(open() == "none");
}

AT_EVERY_DISTANCE("a caller is as long as its limits allow and no longer") {
  const Caller longest{.name = std::string(limits::kMaxCallerNameBytes, 'n'),
                       .roles = std::string(limits::kMaxCallerWordsBytes, 'r'),
                       .scopes = std::string(limits::kMaxCallerWordsBytes, 's')};
  CHECK(asked(longest, [&] { return club(distance, "a").open().get(); }) == text(&longest));

  Caller name = longest, roles = longest, scopes = longest;
  name.name += 'n';
  roles.roles += 'r';
  scopes.scopes += 's';
  for (const Caller& caller : {name, roles, scopes}) {
    const Error error = error_of([&] { return CallerScope(caller), 0; });
    CHECK(error.kind() == ErrorKind::invalid);
    CHECK(error.message().find("at most") != std::string::npos);
  }
  CHECK(text(at_once(club(distance, "a").open().get())->getWho()) == "none");
}
