// Tables: what a turn sees of its actor's rows, what becomes of them, and the rules about who may read and write.
#include <doctest/doctest.h>

#include "contract/distance.h"
#include "contract/shelf.h"

using namespace troupe;
using namespace troupe::contract;

namespace {

Ref<Shelf> shelf_of(const Distance& distance, const std::string& key = "s") { return distance.node().ref<Shelf>(key); }

// The message of the `invalid` that a script ends with.
std::string invalid(const Ref<Shelf>& shelf, const std::string& script) {
  const Error error = error_of([&] { return run(shelf, script); });
  CHECK(error.kind() == ErrorKind::invalid);
  return error.message();
}

bool contains(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

}  // namespace

AT_EVERY_DISTANCE("a turn reads the rows it has written itself") {
  const auto shelf = shelf_of(distance);

  CHECK(run(shelf, "get a; put a 1; get a; has a; count") == "-; a=1; 1; 1");
  CHECK(run(shelf, "add a 4; get a; add b 2; get b") == "a=5; b=2");
  CHECK(run(shelf, "erase a; get a; has a; erase a; count; page") == "1; -; 0; 0; 1; b=2");
}

AT_EVERY_DISTANCE("rows stay, as the turn that wrote them left them") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1; put b 2; put a 3; put c 4; erase c") == "1");

  CHECK(run(shelf, "page; count") == "a=3 b=2; 2");
}

AT_EVERY_DISTANCE("a turn that throws leaves the rows and their count as they were") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1; put b 2; state") == "1");

  for (const std::string ending : {"refuse", "crash"}) {
    CAPTURE(ending);
    (void)error_of([&] { return run(shelf, "put a 9; erase b; put c 3; state; " + ending); });

    CHECK(run(shelf, "page; count") == "a=1 b=2; 2");
  }
  CHECK(run(shelf, "state") == "2");
}

AT_EVERY_DISTANCE("rows and state are one commit, with or without the other") {
  const auto shelf = shelf_of(distance);

  CHECK(run(shelf, "put a 1; state; put b 2") == "1");
  CHECK(run(shelf, "put c 3").empty());
  CHECK(run(shelf, "state") == "2");

  CHECK(run(shelf, "page; count; state") == "a=1 b=2 c=3; 3; 3");
}

AT_EVERY_DISTANCE("tables of one actor, and of different actors, share no rows") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1; in item; put a 2; in itemss; put b 3; in i; put c 4").empty());
  CHECK(run(shelf_of(distance, "s2"), "put z 9").empty());

  CHECK(run(shelf, "page; count; in item; page; count; in itemss; page; in i; page backward") ==
        "a=1; 1; a=2; 1; b=3; c=4");
  CHECK(run(shelf_of(distance, "s2"), "page; count") == "z=9; 1");
  CHECK(run(shelf_of(distance, "other"), "page; count; first") == "; 0; -");
}

AT_EVERY_DISTANCE("a range is read both ways, in the order of the keys' bytes") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put b 2; put a 1; put B 0; put ab 3; put \xff 9; put abc 4").empty());

  CHECK(run(shelf, "page") == "B=0 a=1 ab=3 abc=4 b=2 \xff=9");
  CHECK(run(shelf, "page backward") == "\xff=9 b=2 abc=4 ab=3 a=1 B=0");
  CHECK(run(shelf, "page from=ab to=b; page from=ab to=b backward") == "ab=3 abc=4; abc=4 ab=3");
  CHECK(run(shelf, "page prefix=ab; page prefix=a backward; page prefix=\xff") == "ab=3 abc=4; abc=4 ab=3 a=1; \xff=9");
  CHECK(run(shelf, "page prefix=a from=ab; page prefix=a to=ab; page from=b to=a; page prefix=x") ==
        "ab=3 abc=4; a=1; ; ");
  CHECK(run(shelf, "first; first backward; first prefix=ab backward; first from=c to=d") == "B=0; \xff=9; abc=4; -");
}

AT_EVERY_DISTANCE("pages follow one another without a gap, both ways, whoever wrote the rows") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1; put c 3; put e 5; put g 7").empty());
  const std::string draft = "put b 2; put e 50; put h 8; erase g; erase c; ";  // over what was committed

  CHECK(run(shelf, draft + "page limit=2; page limit=2 after=b; page after=h; each limit=1") ==
        "1; 1; a=1 b=2 +; e=50 h=8; ; a=1 b=2 e=50 h=8");
  CHECK(run(shelf, "page backward limit=3; page backward limit=3 after=b; each backward limit=1") ==
        "h=8 e=50 b=2 +; a=1; h=8 e=50 b=2 a=1");
  CHECK(run(shelf, "page limit=4; page limit=3") == "a=1 b=2 e=50 h=8; a=1 b=2 e=50 +");
}

AT_EVERY_DISTANCE("a row that was read stays as it was while its turn goes on") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1").empty());

  CHECK(run(shelf, "hold a; put a 2; get a; erase a") == "a=2; 1; held a=1");
}

AT_EVERY_DISTANCE("a readOnly method reads rows beside a turn that writes, and sees what was committed") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1").empty());
  auto writer = run_beside(shelf, "put a 2; put b 3; pass l; page");
  distance.wait_for_arrivals("l", 1);

  CHECK(look(shelf, "page; count") == "a=1; 1");

  distance.open("l");
  CHECK(text(at_once(writer.get())->getSeen()) == "a=2 b=3");
  CHECK(look(shelf, "page; count") == "a=2 b=3; 2");
}

AT_EVERY_DISTANCE("of interleaved turns only one may write, whether rows or state") {
  const auto shelf = shelf_of(distance);
  auto writer = run_beside(shelf, "put a 1; pass l; put b 2; state");
  distance.wait_for_arrivals("l", 1);

  for (const std::string script : {"put c 3", "erase a", "erase_page", "state"}) {
    CAPTURE(script);
    const Error error = error_of([&] { return run_beside(shelf, script).get(); });
    CHECK(error.kind() == ErrorKind::unavailable);
    CHECK_FALSE(error.may_have_run());
  }

  distance.open("l");
  CHECK(text(at_once(writer.get())->getSeen()) == "1");
  CHECK(run(shelf, "page") == "a=1 b=2");
}

AT_EVERY_DISTANCE("a readOnly method may not write rows") {
  const auto shelf = shelf_of(distance);

  for (const std::string script : {"put a 1", "add a 1", "erase a", "erase_page"}) {
    CAPTURE(script);
    const Error error = error_of([&] { return look(shelf, script); });
    CHECK(error.kind() == ErrorKind::invalid);
    CHECK(contains(error.message(), "in a readOnly method of Shelf/s"));
    CHECK(contains(error.message(), "in table items"));
  }
  CHECK(run(shelf, "page").empty());
}

AT_EVERY_DISTANCE("an actor without durable state has no tables") {
  for (const std::string script : {"get a", "put a 1", "page", "count"}) {
    CAPTURE(script);
    const Error error =
        error_of([&] { return distance.node().ref<BareShelf>("b").run([&](auto p) { p.setScript(script); }).get(); });
    CHECK(error.kind() == ErrorKind::invalid);
    CHECK(contains(error.message(), "BareShelf/b"));
  }
}

AT_EVERY_DISTANCE("keys, names and pages past their limits are refused, and say what is allowed") {
  const auto shelf = shelf_of(distance);
  const std::string longest(192, 'k'), too_long(193, 'k');
  CHECK(run(shelf, "put " + longest + " 1; get " + longest + "; page from=" + longest) ==
        longest + "=1; " + longest + "=1");
  CHECK(
      run(shelf, "page limit=10000; page after=" + longest + "; page backward after=" + longest).starts_with(longest));
  CHECK(run(shelf, "in " + std::string(32, 't') + "; put a 1; count") == "1");

  for (const std::string command : {"put", "add", "get", "has", "erase"}) {
    CAPTURE(command);
    const std::string quantity = command == "put" || command == "add" ? " 1" : "";
    CHECK(contains(invalid(shelf, command + " \"\"" + quantity), "has 0 bytes; 1 to 192"));
    CHECK(contains(invalid(shelf, command + " " + too_long + quantity), "has 193 bytes; 1 to 192"));
  }
  CHECK(contains(invalid(shelf, "in \"\""), "name of a table of Shelf/s has 0 bytes; 1 to 32"));
  CHECK(contains(invalid(shelf, "in " + std::string(33, 't')), "has 33 bytes; 1 to 32"));
  for (const std::string bound : {"from", "to", "prefix", "after"})
    CHECK(contains(invalid(shelf, "page " + bound + "=" + too_long), "`" + bound + "`"));
  CHECK(contains(invalid(shelf, "page limit=0"), "1 to 10000"));
  CHECK(contains(invalid(shelf, "page limit=10001"), "1 to 10000"));
}

AT_EVERY_DISTANCE("a row too large or too deep to be read back is refused") {
  const auto shelf = shelf_of(distance);

  CHECK(contains(invalid(shelf, "put a 1; deep b 69"), "row \"b\" of table \"items\" of Shelf/s cannot be kept"));
  CHECK(contains(invalid(shelf, "big b 67174400"), "at most 67174400"));

  CHECK(run(shelf, "deep b 68; big c 1000000; count") == "2");
  CHECK(run(shelf, "get b; get c; page") == "b=0; c=0; b=0 c=0");
}

AT_EVERY_DISTANCE("a page of large rows ends early and says so") {
  const auto shelf = shelf_of(distance);
  for (const std::string key : {"a", "b", "c"}) CHECK(run(shelf, "big " + key + " 3000000").empty());

  CHECK(run(shelf, "page; page after=b; page backward; each") == "a=0 b=0 +; c=0; c=0 b=0 +; a=0 b=0 c=0");
}

AT_EVERY_DISTANCE("rows are erased by the page") {
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "fill 1 8; put x 9").empty());

  CHECK(run(shelf,
            "erase_page limit=3; count; first; erase_page prefix=0 backward limit=2; count; first prefix=0 backward") ==
        "3; 5; 000004=4; 2; 3; 000005=5");
  CHECK(run(shelf, "erase_page; erase_page; count; page") == "3; 0; 0; ");
  CHECK(run(shelf, "count") == "0");
}

AT_EVERY_DISTANCE("a timer's work has the tables of its actor") {
  const auto shelf = shelf_of(distance);

  CHECK(run(shelf, "later put a 1").empty());

  CHECK(eventually([&] { return run(shelf, "count") == "1"; }));
}

TEST_CASE("rows and their count are there when the actor's node has died and come back") {
  Distance distance(Length::processes);
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "fill 1 2001; put x 1").empty());
  CHECK(run(shelf, "erase 000001; put x 2") == "1");

  distance.kill_owner();
  distance.start_owner();

  CHECK(run(shelf, "count; first; first backward; page from=001999") ==
        "2000; 000002=2; x=2; 001999=1999 002000=2000 x=2");
  CHECK(text(at_once(shelf.memory().get())->getAtStart()) == "2000 000002=2 x=2");
}

TEST_CASE("a turn that writes more rows than one commit can hold is refused, and changes nothing") {
  Distance distance(Length::pointer);
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1").empty());

  CHECK(contains(invalid(shelf, "put a 2; big b 60000000; big c 60000000; big d 60000000"), "in several turns"));

  CHECK(run(shelf, "page; count") == "a=1; 1");
}

TEST_CASE("rows are there when the actor has been passivated and comes back") {
  Distance distance(Length::bytes, [](NodeConfig& config) { config.idle_after = 40ms; });
  const auto shelf = shelf_of(distance);
  CHECK(run(shelf, "put a 1; put b 2").empty());
  CHECK(text(at_once(shelf.memory().get())->getAtStart()) == "0 - -");

  (void)distance.desk("other").nap([](auto p) { p.setMilliseconds(300); }).get();

  CHECK(text(at_once(shelf.memory().get())->getAtStart()) == "2 a=1 b=2");
  CHECK(run(shelf, "page") == "a=1 b=2");
}
