// Words that are parted by spaces, as roles and scopes are; how long a caller may be; traces as W3C writes them.
#include <doctest/doctest.h>

#include "base/shared_caller.h"
#include "base/trace_context.h"

using namespace troupe;

TEST_CASE("a caller has the roles and scopes that its words say, whole ones alone") {
  const Caller caller{.name = "ann", .roles = " clerk  admin ", .scopes = "read"};

  CHECK(caller.known());
  CHECK(caller.has_role("clerk"));
  CHECK(caller.has_role("admin"));
  for (const char* no : {"cler", "clerks", "", " ", "clerk admin", "clerk  admin", "read"}) {
    CAPTURE(no);
    CHECK_FALSE(caller.has_role(no));
  }
  CHECK(caller.has_scope("read"));
  CHECK_FALSE(Caller{}.has_scope("read"));
  CHECK_FALSE(Caller{}.known());
}

TEST_CASE("of words that are needed the first that is missing is named") {
  CHECK(first_missing("a b", "b a").empty());
  CHECK(first_missing("", "").empty());
  CHECK(first_missing("  ", "").empty());
  CHECK(first_missing("a b c", "c a") == "b");
  CHECK(first_missing("a", "") == "a");
  CHECK(any_word("a b", "c b"));
  CHECK_FALSE(any_word("a b", "c"));
  CHECK_FALSE(any_word("", ""));
}

TEST_CASE("a caller past a limit is refused, and nothing of it is quoted") {
  const std::string long_name(limits::kMaxCallerNameBytes + 1, 'n');
  const std::string long_words(limits::kMaxCallerWordsBytes + 1, 'w');

  CHECK(check_caller({}).ok());
  for (const Caller& caller :
       {Caller{.name = long_name, .roles = {}, .scopes = {}}, Caller{.name = "a", .roles = long_words, .scopes = {}},
        Caller{.name = "a", .roles = {}, .scopes = long_words}}) {
    const auto checked = check_caller(caller);
    REQUIRE_FALSE(checked.ok());
    CHECK(checked.error().kind() == ErrorKind::invalid);
    CHECK(checked.error().message().find("nnn") == std::string::npos);
    CHECK(checked.error().message().find("www") == std::string::npos);
  }
}

TEST_CASE("a trace is read from a traceparent and written as one") {
  const std::string header = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

  const TraceContext trace = TraceContext::of_traceparent(header);

  CHECK(trace.trace_id.front() == 0x4b);
  CHECK(trace.span_id.back() == 0xb7);
  CHECK(trace.flags == 1);
  CHECK(trace.traceparent() == header);
  CHECK(TraceContext::of_traceparent("cc-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-what comes later") ==
        trace);
}

TEST_CASE("what is no traceparent is no trace") {
  for (const char* header : {
           "",
           "00",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-0",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-more",
           "01-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01more",
           "ff-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
           "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01",
           "00-00000000000000000000000000000000-00f067aa0ba902b7-01",
           "00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01",
           "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
       }) {
    CAPTURE(header);
    CHECK_FALSE(TraceContext::of_traceparent(header).is_set());
  }
}
