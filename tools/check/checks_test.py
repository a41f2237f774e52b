#!/usr/bin/env python3
"""The checks can fail: each rule meets a small tree that breaks it, and one that does not."""

import tempfile
import unittest
from pathlib import Path

import clocks
import coroutines
import documents
import layers
import limits
import shape
import slowest


class Tree(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.root = Path(self.folder.name)
        self.addCleanup(self.folder.cleanup)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def assert_complains(self, check, *expected):
        found = check(self.root)
        self.assertEqual(len(found), len(expected), found)
        for line, piece in zip(found, expected):
            self.assertIn(piece, line)

    def assert_content(self, check):
        self.assertEqual(check(self.root), [])


class Layers(Tree):
    def include(self, name, header):
        self.write(name, f"// A file.\n#include {header}\n")

    def test_an_arrow_that_points_down_is_fine(self):
        self.include("runtime/actor/turn.cpp", '"store/commit.h"')
        self.include("runtime/node/node.cpp", '"call/caller.h"')
        self.include("runtime/store/commit.cpp", '"troupe/error.h"')

        self.assert_content(layers.check)

    def test_an_arrow_that_points_up_is_named_with_its_line(self):
        self.include("runtime/store/commit.cpp", '"actor/turn.h"')

        self.assert_complains(layers.check, "runtime/store/commit.cpp:2: includes actor/turn.h: 'store' must not")

    def test_an_arrow_that_points_sideways_is_refused(self):
        self.include("runtime/wire/envelope.cpp", '"store/commit.h"')
        self.include("runtime/observe/admin.cpp", '"wire/envelope.h"')

        self.assert_complains(layers.check, "'observe' must not include 'wire'", "'wire' must not include 'store'")

    def test_a_relative_path_hides_nothing(self):
        self.write("runtime/actor/turn.h", "// Turn.\n")
        self.include("runtime/store/commit.cpp", '"../actor/turn.h"')

        self.assert_complains(layers.check, "'store' must not include 'actor'")

    def test_libraries_stay_in_their_rooms(self):
        self.include("runtime/actor/a.cpp", "<caf/actor.hpp>")
        self.include("runtime/engine/b.cpp", "<lmdb.h>")
        self.include("runtime/net/c.cpp", "<boost/asio.hpp>")
        self.include("runtime/net/d.cpp", "<openssl/ssl.h>")
        self.include("runtime/wire/e.cpp", "<openssl/evp.h>")
        self.include("tools/troupe/f.cpp", "<caf/actor.hpp>")

        self.assert_complains(layers.check, "<caf/>", "<lmdb.h>", "<boost/>", "<openssl/ssl.h>", "<openssl/>", "<caf/>")

    def test_libraries_are_welcome_in_their_rooms(self):
        self.include("runtime/engine/a.cpp", "<caf/actor.hpp>")
        self.include("runtime/net/b.cpp", "<caf/io/broker.hpp>")
        self.include("runtime/store/lmdb/c.cpp", "<lmdb.h>")
        self.include("runtime/observe/d.cpp", "<boost/beast.hpp>")
        self.include("runtime/include/troupe/caf.hpp", "<caf/actor.hpp>")
        self.include("runtime/tls/e.cpp", "<openssl/ssl.h>")
        self.include("runtime/net/link_secret.cpp", "<openssl/hmac.h>")

        self.assert_content(layers.check)

    def test_the_rooms_of_the_store_have_levels(self):
        self.include("runtime/store/format/a.cpp", '"store/log/log_file.h"')
        self.include("runtime/store/log/b.cpp", '"store/encryption/cipher.h"')
        self.include("runtime/store/encryption/c.cpp", '"store/store.h"')
        self.include("runtime/store/d.cpp", "<lmdb.h>")

        self.assert_complains(layers.check, "<lmdb.h>", "'store/encryption' must not", "'store/format' must not",
                              "'store/log' must not")

    def test_the_rooms_of_the_store_may_look_down_and_at_plain_facts(self):
        self.include("runtime/store/log/a.cpp", '"store/format/keys.h"')
        self.include("runtime/store/lmdb/b.cpp", '"store/log/log_file.h"')
        self.include("runtime/store/encryption/c.cpp", '"store/identity.h"')
        self.include("runtime/store/backup/d.cpp", '"store/store.h"')
        self.include("runtime/store/e.cpp", '"store/backup/rewrite.h"')

        self.assert_content(layers.check)

    def test_http_of_kj_is_refused_everywhere(self):
        self.include("runtime/observe/admin.cpp", "<kj/compat/http.h>")

        self.assert_complains(layers.check, "no room at all")

    def test_base_builds_on_the_standard_library(self):
        self.include("runtime/base/a.cpp", "<capnp/message.h>")

        self.assert_complains(layers.check, "standard library alone")

    def test_a_public_header_includes_no_room_and_no_engine(self):
        self.include("runtime/include/troupe/node.h", '"host/assembly.h"')
        self.include("runtime/include/troupe/ref.h", "<caf/actor.hpp>")
        self.include("runtime/include/troupe/task.h", "<boost/asio.hpp>")

        self.assert_complains(layers.check, "not installed", "<caf/>", "<boost/>")

    def test_tools_actors_and_the_shop_see_public_headers_alone(self):
        for top in ("actors", "demo-shop", "tools"):
            self.include(f"{top}/x/bad.cpp", '"wire/envelope.h"')
            self.include(f"{top}/x/good.cpp", "<troupe/node.h>")

        self.assert_complains(layers.check, *["only public headers"] * 3)

    def test_the_runtimes_own_schemas_are_private(self):
        self.include("demo-shop/main.cpp", '"troupe/store.capnp.h"')
        self.include("runtime/base/ids.cpp", '"troupe/wire.capnp.h"')
        self.include("demo-shop/stock.cpp", '"stock.capnp.troupe.h"')

        self.assert_complains(layers.check, "'base' must not include 'wire'", "room 'store'")

    def test_a_folder_of_the_shop_may_be_called_like_a_room(self):
        self.write("demo-shop/store/shelf.h", "// A shelf.\n")
        self.include("demo-shop/main.cpp", '"store/shelf.h"')

        self.assert_content(layers.check)

    def test_tests_may_look_into_every_room(self):
        self.include("tests/unit/store/commit_test.cpp", '"store/commit.h"')

        self.assert_content(layers.check)


class Shape(Tree):
    def test_a_file_of_400_lines_passes_and_one_more_does_not(self):
        self.write("runtime/actor/fits.cpp", "int x;\n" * 400)
        self.write("runtime/actor/long.cpp", "int x;\n" * 401)

        self.assert_complains(shape.check, "runtime/actor/long.cpp: 401 lines")

    def test_a_long_file_with_a_reason_passes(self):
        self.write("runtime/actor/long.cpp", "int x;\n" * 401)
        self.write("tools/check/long_files.txt", "runtime/actor/long.cpp: a table of names\n")

        self.assert_content(shape.check)

    def test_a_long_file_needs_a_reason(self):
        self.write("runtime/actor/long.cpp", "int x;\n" * 401)
        self.write("tools/check/long_files.txt", "# a comment\nruntime/actor/long.cpp:\n")

        self.assert_complains(shape.check, "long_files.txt:2: runtime/actor/long.cpp stands here without a reason")

    def test_a_reason_outlives_its_file_and_is_noticed(self):
        self.write("tools/check/long_files.txt", "runtime/actor/gone.cpp: was long\n")

        self.assert_complains(shape.check, "take it off the list")

    def test_a_header_opens_with_what_it_is(self):
        self.write("runtime/actor/mute.h", "#pragma once\n")
        self.write("runtime/actor/plain.h", "// One turn.\n#pragma once\n")

        self.assert_complains(shape.check, "runtime/actor/mute.h:1")


class Coroutines(Tree):
    def refused(self, statement):
        self.write("runtime/actor/turn.cpp", f"// A turn.\nTask<> run() {{\n  {statement}\n}}\n")
        self.assert_complains(coroutines.check, "runtime/actor/turn.cpp:3: co_await decides here")

    def fine(self, statement):
        self.write("runtime/actor/turn.cpp", f"// A turn.\nTask<> run() {{\n  {statement}\n}}\n")
        self.assert_content(coroutines.check)

    def test_a_condition_that_waits_is_refused(self):
        self.refused("if (!co_await task()) co_return;")
        self.refused("while (f(1) && (co_await next())) use();")

    def test_so_is_what_waits_beside_an_operator_that_decides(self):
        self.refused("const bool known = !stored.empty() && co_await blocking(check);")
        self.refused("const int n = flag ? co_await one() : 2;")
        self.refused("const int n = flag ? 1 : co_await two();")

    def test_what_is_named_first_is_fine(self):
        self.fine("const bool done = co_await task(); if (!done) co_return;")
        self.fine("if (ready) more = co_await next();  // if (co_await it) is not")
        self.fine('for (auto& call : flying) co_await std::move(call); say("if (co_await x)");')


class Clocks(Tree):
    def refused(self, statement, piece):
        self.write("runtime/actor/timers.cpp", f"// Timers.\nvoid f() {{\n  {statement}\n}}\n")
        self.assert_complains(clocks.check, f"runtime/actor/timers.cpp:3: {piece}")

    def fine(self, statement):
        self.write("runtime/actor/timers.cpp", f"// Timers.\nvoid f() {{\n  {statement}\n}}\n")
        self.assert_content(clocks.check)

    def test_a_sum_with_a_moment_is_refused(self):
        for statement in ("wake(clock.now() + delay);", "const auto until = now + patience;", "auto due = now_ms() + period;",
                          "auto end = kPatience + std::chrono::steady_clock::now();", "at = context_.clock.exact_now() + time;"):
            self.refused(statement, "a sum with a moment overflows")

    def test_so_is_waiting_for_a_condition_by_a_duration(self):
        self.refused("wake_.wait_for(lock, timeout, done);", "wait_for() overflows")

    def test_what_ends_at_the_end_of_time_is_fine(self):
        self.fine("wake(later(clock.now(), delay)); wake_.wait_until(lock, later(now, time));")
        self.fine("read(now_ms + 1); text += now; auto left = until - now(); // now() + delay")
        self.fine("return asked.wait_for(kPatience) == std::future_status::ready;")


class Documents(Tree):
    def test_files_that_exist_are_fine_from_root_page_and_include_roots(self):
        self.write("runtime/wire/envelope.h", "// Envelope.\n")
        self.write("runtime/doc/limits.md", "Limits.\n")
        self.write("runtime/doc/page.md", "`runtime/wire/envelope.h` `wire/envelope.h` `envelope.h` `runtime/wire/` [limits](limits.md#top)\n")

        self.assert_content(documents.check)

    def test_a_file_that_is_gone_is_named_with_page_and_line(self):
        self.write("runtime/wire/envelope.h", "// Envelope.\n")
        self.write("README.md", "Text.\n\nSee `runtime/wire/frame.h` and `gone.cpp`.\n")

        self.assert_complains(documents.check, "README.md:3: there is no runtime/wire/frame.h", "there is no gone.cpp")

    def test_a_broken_link_is_named(self):
        self.write("README.md", "[design](runtime/doc/gone.md) [web](https://example.org/x.md)\n")

        self.assert_complains(documents.check, "there is no runtime/doc/gone.md")

    def test_code_words_and_generated_names_are_no_files(self):
        self.write("README.md", "`edit().set` `a/b` `std::chrono` `stock.capnp.troupe.h` `<name>.capnp` `*.cpp` `build/release/bin/shop`\n")

        self.assert_content(documents.check)

    def test_a_fenced_example_may_name_what_its_reader_will_write(self):
        self.write("README.md", "```\n`gone.cpp`\n```\n")

        self.assert_content(documents.check)


class Limits(Tree):
    def test_a_limit_that_a_public_header_names_is_public_and_included(self):
        self.write("runtime/include/troupe/limits.h", "inline constexpr std::size_t kMost = 1;\n")
        self.write("runtime/include/troupe/actor.h", '#include "troupe/limits.h"\n// At most limits::kMost.\n')

        self.assert_content(limits.check)

    def test_one_that_is_not_public_is_named(self):
        self.write("runtime/include/troupe/limits.h", "inline constexpr std::size_t kMost = 1;\n")
        self.write("runtime/include/troupe/actor.h", "// At most limits::kMost.\n// At least limits::kLeast.\n")

        self.assert_complains(
            limits.check, "actor.h:2: names limits::kLeast, which is not public", "actor.h:1: names limits::kMost without"
        )


class Slowest(Tree):
    def test_tests_are_ordered_by_their_seconds_whatever_their_end(self):
        self.write(
            "release/ctest.log",
            "      Start  1: unit.base\n"
            " 1/3 Test  #1: unit.base ..............   Passed    0.20 sec\n"
            " 2/3 Test #12: crash.storm ............***Failed   31.05 sec\n"
            " 3/3 Test  #2: contract ...............***Timeout 600.10 sec\n",
        )

        lines = slowest.report(0, [self.root / "release"])

        self.assertEqual(lines[0], "tests: 3, 631 s in all; the slowest:")
        self.assertEqual([line.split()[-1] for line in lines[1:]], ["contract", "crash.storm", "unit.base"])

    def test_ten_are_shown_of_what_was_built_in_this_run(self):
        old = "0\t9000\t1000000000\told.o\taa\n"
        new = "".join(f"0\t{i}000\t3000000000\tnew{i}.o\t{i:x}\n" for i in range(1, 13))
        again = "0\t500\t3000000000\tnew12.o\tff\n"
        self.write("asan/.ninja_log", "# ninja log v5\n" + old + new + again)

        lines = slowest.report(2.0, [self.root / "asan"])

        self.assertEqual(len(lines), 11)
        self.assertTrue(lines[1].endswith("11.0 s  asan new11.o"), lines)
        self.assertNotIn("old.o", "\n".join(lines))

    def test_a_command_with_two_outputs_counts_once(self):
        self.write("r/.ninja_log", "0\t2000\t3000000000\ta.h\tcc\n0\t2000\t3000000000\ta.c++\tcc\n")

        self.assertIn("built: 1, 2 s", slowest.report(0, [self.root / "r"])[0])

    def test_nothing_run_prints_nothing(self):
        self.assertEqual(slowest.report(0, [self.root / "none"]), [])


if __name__ == "__main__":
    unittest.main()
