#include <algorithm>
#include <array>

#include "baseline/baselines.h"
#include "durable_call.h"
#include "gateway_order.h"
#include "gateway_read.h"
#include "hand_over.h"
#include "http_server.h"
#include "idle_activation.h"
#include "jwt_checks.h"
#include "line.h"
#include "local_call.h"
#include "messages.h"
#include "overload_goodput.h"
#include "reminders.h"
#include "remote_call.h"
#include "restart.h"
#include "saga_steps.h"
#include "table_rows.h"
#include "topics.h"

namespace troupe::bench {
namespace {

constexpr int kAsAsked = 1000;

constexpr Goal at_least(double ratio) { return {Goal::Sense::at_least, ratio}; }
constexpr Goal at_most(double ratio) { return {Goal::Sense::at_most, ratio}; }

const std::array kLines = {
    Line{"local_call_1pair", "calls/s", "CAF request/then, work stealing, 2 workers",
         "One actor calls another of its process, call after call; neither keeps anything. Parameters are built, the\n"
         "call has an id and a deadline, and the caller is a coroutine. CAF's messages hold one integer; no timeout.",
         at_least(0.9), kAsAsked, [](const Effort& e) { return local_calls(1, e); },
         [](const Effort& e) { return baseline::caf_local_calls(1, e); }},
    Line{"recorder_cost", "calls/s", "the same calls with the flight recorder off",
         "As local_call_1pair: what it costs to note every turn.", at_least(0.97), kAsAsked,
         [](const Effort& e) { return local_calls(1, e); }, local_calls_unrecorded},
    Line{"local_call_2pairs", "calls/s", "CAF request/then, work stealing, 2 workers",
         "The same with two pairs on the two workers; the sum.", at_least(0.9), kAsAsked,
         [](const Effort& e) { return local_calls(2, e); },
         [](const Effort& e) { return baseline::caf_local_calls(2, e); }},
    Line{
        "route_lookup", "calls/s", "the same calls on a node of no cluster",
        "As local_call_1pair, on a node that joined a cluster by a coordinator: what it costs a local call to ask who\n"
        "owns a partition.",
        at_least(0.95), kAsAsked, local_calls_of_a_member, [](const Effort& e) { return local_calls(1, e); }},
    Line{"tracing_cost", "calls/s", "the same calls with tracing off",
         "As local_call_1pair, in runs of 1024 calls that each begin a trace. Ours records 1 in 100 of them, with\n"
         "every call and turn; so 1 in 100 of the calls is recorded.",
         at_least(0.97), kAsAsked, [](const Effort& e) { return traced_local_calls(true, e); },
         [](const Effort& e) { return traced_local_calls(false, e); }},
    Line{"metrics_cost", "calls/s", "the same calls, and nothing counted of them",
         "As local_call_1pair, which is with metrics on: what counting and measuring costs a call.", at_least(0.95),
         kAsAsked, [](const Effort& e) { return local_calls(1, e); }, local_calls_uncounted},
    Line{"pool_call", "calls/s", "the same calls to a keyed actor of the node",
         "One actor calls a pool of its process, call after call: what choosing a member and one of its actors costs.",
         at_least(0.7), kAsAsked, pool_calls, [](const Effort& e) { return local_calls(1, e); }},
    Line{"one_way_1to1", "messages/s", "CAF send, the last of a burst by request/then, 2 workers",
         "One actor sends to another of its process, 256 messages and then as many again, and waits for the answer to\n"
         "the last of each 256. Ours are calls whose answers nobody waits for: each has an id, a deadline and a bound.",
         at_least(0.5), kAsAsked, [](const Effort& e) { return one_way_messages(1, e); },
         [](const Effort& e) { return baseline::caf_one_way_messages(1, kOneWayBurst, e); }},
    Line{"one_way_2to1", "messages/s", "CAF send, the last of a burst by request/then, 2 workers",
         "The same with two senders and one receiver; the sum.", at_least(0.5), kAsAsked,
         [](const Effort& e) { return one_way_messages(2, e); },
         [](const Effort& e) { return baseline::caf_one_way_messages(2, kOneWayBurst, e); }},
    Line{"remote_call_p50", "us", "TCP ping-pong of 64 bytes, TCP_NODELAY, blocking sockets",
         "An actor calls an actor on a node in another process over loopback with 64 bytes, which come back, call\n"
         "after call: the median. The baseline moves 64 bytes where a frame of Troupe is larger.",
         at_most(1.6), kAsAsked, [](const Effort& e) { return remote_calls(1, e).median_us; },
         baseline::tcp_round_trip_us},
    Line{"remote_pool_call_p50", "us", "the same calls to a keyed actor of the far node",
         "As remote_call_p50, to a pool whose members are on the far node.", at_most(1.1), kAsAsked,
         [](const Effort& e) { return remote_calls(1, e, Links::plain, Callees::pool).median_us; },
         [](const Effort& e) { return remote_calls(1, e).median_us; }},
    Line{"remote_call_window64", "calls/s", "CAF BASP request/then, 64 in flight",
         "The same with 64 calls in flight from one actor to one actor; so has the baseline.", at_least(2), kAsAsked,
         [](const Effort& e) { return remote_calls(64, e).calls_per_second; },
         [](const Effort& e) { return baseline::caf_remote_calls(64, e); }},
    Line{"remote_call_window1024", "calls/s", "TCP echo, 1024 times 64 bytes in flight, up to 64 KiB a system call",
         "The same with 1024 calls in flight. The baseline moves bytes and looks at none of them: what loopback can\n"
         "carry, and more than anything that knows of calls could reach.",
         at_least(0.02), kAsAsked, [](const Effort& e) { return remote_calls(1024, e).calls_per_second; },
         [](const Effort& e) { return baseline::tcp_round_trips(1024, e); }},
    Line{"remote_call_tls_p50", "us", "TLS 1.3 ping-pong of 64 bytes, OpenSSL on blocking sockets, TCP_NODELAY",
         "As remote_call_p50, over links with TLS 1.3; so is the baseline, with the same cipher, AES-128-GCM.",
         at_most(1.3), kAsAsked, [](const Effort& e) { return remote_calls(1, e, Links::tls).median_us; },
         baseline::tls_round_trip_us},
    Line{
        "remote_call_tls_window64", "calls/s", "TLS 1.3 echo, OpenSSL on blocking sockets, 64 times 64 bytes in flight",
        "As remote_call_window64, over links with TLS 1.3. The baseline moves bytes, looks at none of them, and seals\n"
        "as many in a record as there are.",
        at_least(0.4), kAsAsked, [](const Effort& e) { return remote_calls(64, e, Links::tls).calls_per_second; },
        [](const Effort& e) { return baseline::tls_round_trips(64, e); }},
    Line{"durable_call_p50", "us", "LMDB, one put of an equal value and a synced commit",
         "An actor calls a durable counter of its process, call after call; the reply leaves when the commit is on\n"
         "disk. The value is the counter's state, 112 bytes; Troupe's record also holds the remembered replies.",
         at_most(1.5), kAsAsked, durable_call_us, lmdb_put_us},
    Line{"durable_call_64", "calls/s", "LMDB, transactions of 64 puts to the same 64 keys",
         "64 counters, each called by an actor of its own, one call in flight each.", at_least(0.7), kAsAsked,
         [](const Effort& e) { return durable_calls(64, e); }, [](const Effort& e) { return lmdb_puts_by_64(64, e); }},
    Line{"durable_call_1024", "calls/s", "Redis, appendfsync always, 1024 SETs in flight on one connection",
         "1024 counters, each called by an actor of its own, one call in flight each. The baseline sets a value as\n"
         "large as the counter's state; it answers when its append-only file is synced. It needs redis-server.",
         at_least(0.5), kAsAsked, [](const Effort& e) { return durable_calls_by(1024, e); },
         [](const Effort& e) { return redis_sets_by(1024, e); }},
    Line{"durable_call_64_100k", "calls/s", "LMDB, transactions of 64 puts to 100,000 keys",
         "64 callers with one call in flight each, to 100,000 counters at random, all of them active.", at_least(0.7),
         3, [](const Effort& e) { return durable_calls(100'000, e); },
         [](const Effort& e) { return lmdb_puts_by_64(100'000, e); }},
    Line{"outbox_messages", "messages/s", "LMDB, the same rows, as many a transaction",
         "16 actors send durable messages to one actor each, 64 a turn; the answer to the last of a batch brings the\n"
         "next. Every message is put with its sender's turn, taken with its receiver's, and erased. The baseline does\n"
         "the same puts and erasures, as many in a transaction as ours took on average.",
         at_least(0.5), kAsAsked, durable_messages, lmdb_messages},
    Line{"saga_steps", "steps/s", "LMDB, transactions of 256 times the two puts of a step",
         "256 sagas of 20 steps at once, and then the next 256; every step is a commit of its own, with a row of the\n"
         "journal and the journal's count. Starting and ending the sagas counts as no step.",
         at_least(0.5), kAsAsked, saga_steps, lmdb_saga_steps},
    Line{"topic_publish", "events/s", "LMDB, the same rows, as many a transaction",
         "4 publishers append batches of 256 events of 100 bytes, each to a partition of its own, one batch in flight\n"
         "each. A batch is in the log when its publisher is answered. Events are rows; the baseline puts rows as\n"
         "large, and the partition's state with each batch, as many in a transaction as ours took on average.",
         at_least(0.5), kAsAsked, topic_publish, lmdb_publish},
    Line{
        "topic_consume", "events/s", "LMDB, the same rows, as many a transaction",
        "4 groups take the events of a partition each and give them, 256 at a time, to an actor that counts them: the\n"
        "batch is in the group's outbox, then taken with the actor's state, then answered. The baseline writes the\n"
        "same rows, as many in a transaction as ours took on average, and reads no events.",
        at_least(0.5), kAsAsked, topic_consume, lmdb_consume},
    Line{"table_rows", "rows/s", "LMDB, the same rows, as many a transaction",
         "4 actors put 256 rows of 80 bytes a turn into a table each, one turn in flight each. The baseline puts\n"
         "the rows, their counts and records, as many in a transaction as ours took on average.",
         at_least(0.5), kAsAsked, table_rows, lmdb_table_rows},
    Line{"reminders_fired", "reminders/s", "LMDB, the same rows, as many a transaction",
         "1024 actors set a reminder that is due at once and count its firing; when all have fired, again. The\n"
         "baseline puts the rows and later erases them, the actors' records with both, as many in a transaction as\n"
         "ours took on average.",
         at_least(0.5), kAsAsked, reminders_fired, lmdb_reminders},
    Line{"restart_p50", "us", "CAF, a monitor that spawns the next actor",
         "An actor without durable state throws in a call and is called again: from the first call to the answer of "
         "the\n"
         "second, the median. With CAF the caller monitors the actor, spawns another when it is down and asks that "
         "one.\n"
         "Both start again at once; the goal of 20 us is beside what Erlang's supervisor takes, 13 us on this kind of\n"
         "machine.",
         at_most(1), kAsAsked, restart_us, baseline::caf_restart_us},
    Line{"handover_pause_p99", "us", "the goal, 50 ms",
         "8 callers write to 128 actors while a member is drained and returns again and again: how long calls waited\n"
         "for a partition in the last steps of its hand-over, the 99th of a hundred.",
         at_most(1), 3, hand_over_pause_us, hand_over_goal_us},
    Line{"join_rebalance", "bytes/s", "read and written by the MiB, and synced",
         "A member joins one that has 128 MiB of rows, and gets its half: from its start until it owns that. The\n"
         "baseline copies a file as large as what moved.",
         at_least(0.05), 3, join_bytes_per_second, copied_bytes_per_second},
    Line{"overload_goodput_10x", "calls/s", "the same node at capacity",
         "64 actors that work for 30 us a call are offered ten times what they can serve; calls come when they are "
         "due,\n"
         "answered or not. What is answered, to what is answered when callers wait for their answers and call again.",
         at_least(0.8), kAsAsked, goodput_at_ten_times, goodput_at_capacity},
    Line{
        "http_plain", "requests/s", "a bare Boost.Beast server",
        "One process asks for 64 bytes over 64 connections, one request under way in each, and a server of one thread\n"
        "answers. The baseline has no limits, no checks of its own, no timeouts and fewer fields in its answers.",
        at_least(0.9), kAsAsked, http_plain_requests, baseline::beast_requests},
    Line{"gateway_read", "requests/s", "a bare Boost.Beast server",
         "64 connections ask a gateway for an article, one request under way in each: a route, a rule, a readOnly call "
         "of\n"
         "one durable actor among 1,000, its answer as JSON with an ETag. One thread of I/O; the baseline's answer is "
         "fixed.",
         at_least(0.8), kAsAsked, gateway_reads, baseline::beast_requests},
    Line{"gateway_read_nginx", "requests/s", "nginx, one worker process, a fixed answer",
         "As gateway_read, beside the server that many put before their services. It needs nginx.", at_least(0.4), 3,
         gateway_reads, baseline::nginx_requests},
    Line{
        "gateway_order", "requests/s", "the same calls of 64 actors to new ones, without HTTP",
        "64 connections order, one order under way in each: a token that is checked, JSON, a new durable actor, whose\n"
        "commit is on disk before the answer leaves.",
        at_least(0.4), kAsAsked, gateway_orders, order_calls},
    Line{"gateway_order_p99", "us", "the goal: 50 ms",
         "As gateway_order, at half of the orders a second that it reached: 99 of 100 take at most so long from when "
         "they\n"
         "were due.",
         at_most(1), 3, gateway_order_p99_us, gateway_order_p99_goal_us},
    Line{"http_idle_bytes", "bytes", "a bare Boost.Beast server",
         "Resident bytes per connection of 10,000 that have asked once and wait. What the kernel keeps is not counted.",
         at_most(1), 1, http_idle_bytes, baseline::beast_idle_bytes},
    Line{"jwt_check", "us", "OpenSSL, the signature alone",
         "A token of ES256 is checked: taken apart, its signature verified, its claims read and compared.",
         at_most(1.3), kAsAsked, es256_check_us,
         [](const Effort& e) { return baseline::signature_check_us(false, e); }},
    Line{"jwt_check_rs256", "us", "OpenSSL, the signature alone", "The same with RS256 and a key of 2048 bits.",
         at_most(2), kAsAsked, rs256_check_us, [](const Effort& e) { return baseline::signature_check_us(true, e); }},
    Line{"jwt_check_again", "us", "the same check without remembering",
         "The same token of ES256 again: the check remembers it by its digest, and looks at its times and its key.",
         at_most(0.1), kAsAsked, repeated_check_us, es256_check_us},
    Line{"idle_activation_bytes", "bytes", "CAF event-based actor",
         "Resident bytes per actor, a million at once. Ours have a state of 24 bytes, have committed it and remember\n"
         "that call's reply; CAF's have a handler and nothing else. Freed memory and mapped files do not count.",
         at_most(2.1), 1, idle_activation_bytes, baseline::caf_idle_bytes},
};

}  // namespace

std::span<const Line> all_lines() { return kLines; }

const Line* find_line(std::string_view name) {
  const auto it = std::find_if(kLines.begin(), kLines.end(), [&](const Line& line) { return line.name == name; });
  return it == kLines.end() ? nullptr : &*it;
}

}  // namespace troupe::bench
