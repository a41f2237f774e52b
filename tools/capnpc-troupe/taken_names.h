// The members of troupe::Actor, StatefulActor and RefBase that authors and callers use: a method of such a name would
// hide it. tests/unit/capnpc-troupe/taken_names_test.py reads the headers and says when this is not the list.
#pragma once

#include <array>
#include <string_view>

namespace troupe::schema {

inline constexpr std::array<std::string_view, 50> kTakenNames = {
    "after",           "begin_call",   "blocking",    "caller",    "cancel_reminder",  "cancel_timer", "cancelled",
    "demonitor",       "dispatch",     "edit",        "edit_root", "erase_everything", "every",        "holds_back",
    "idempotency_key", "key",          "link",        "log",       "make_call",        "make_message", "migrate",
    "monitor",         "name_calls",   "node_time",   "now",       "on_activate",      "on_answer",    "on_behalf_of",
    "on_down",         "on_passivate", "on_reminder", "ref",       "remind_at",        "remind_every", "remind_in",
    "send_durably",    "service",      "sleep_for",   "spawn",     "start_call",       "state",        "state_root",
    "stop_self",       "table",        "text",        "time_left", "time_since",       "timeout",      "trap_links",
    "unlink",
};

}  // namespace troupe::schema
