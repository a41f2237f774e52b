#!/usr/bin/env bash
# tools/dev answers wrong usage with exit 2 and says what is missing. Runs nothing that builds.
set -uo pipefail
dev=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/tools/dev
failures=0

# expect CLAIM EXIT-CODE PATTERN COMMAND...: the pattern is looked for in stdout and stderr together.
expect() {
  local claim=$1 code=$2 pattern=$3 output result=0
  shift 3
  output=$("$@" 2>&1) || result=$?
  if [[ $result -eq $code && $output =~ $pattern ]]; then
    echo "ok: $claim"
  else
    echo "FAILED: $claim: exit $result, wanted $code and '$pattern', in: $output"
    failures=$((failures + 1))
  fi
}

# A Debian on which nothing is installed and root is out of reach.
bare=$(mktemp -d)
trap 'rm -rf "$bare"' EXIT
printf '#!/bin/sh\nexit 1\n' >"$bare/dpkg-query"
printf '#!/bin/sh\necho "apt-get $*"; exit 100\n' >"$bare/apt-get"
printf '#!/bin/sh\nexit 1\n' >"$bare/sudo"
chmod +x "$bare"/*

cd /
expect "help names every command" 0 'deps.*build.*test.*demo.*bench.*crash.*sim.*format.*check.*release-schemas.*clean.*help' "$dev" help
expect "--help works on every command" 0 'usage: tools/dev' "$dev" test --help
expect "no command is wrong usage" 2 'which command' "$dev"
expect "an unknown command is wrong usage and is named" 2 "unknown command 'fly'" "$dev" fly
expect "an unknown preset is wrong usage and the presets are named" 2 'release, debug, asan' "$dev" build fast
expect "an unknown argument is named" 2 "unknown argument '--fast'" "$dev" test --fast
expect "an unknown argument of release-schemas is named" 2 "unknown argument '--now'" "$dev" release-schemas --now
expect "an unknown argument of crash is named" 2 "unknown argument '--hard'" "$dev" crash --hard
expect "a storm of no length is wrong usage" 2 "--minutes wants a number, not 'long'" "$dev" crash --minutes long
expect "a seed that is missing is wrong usage" 2 "--seed wants a number" "$dev" crash --seed
expect "an unknown argument of sim is named" 2 "unknown argument '--hard'" "$dev" sim --hard
expect "no number of seeds is wrong usage" 2 "--seeds wants a whole number, not 'many'" "$dev" sim --seeds many
expect "packages that cannot be installed are all named" 1 'apt-get could not install g\+\+.*python3|not root.*python3' \
  env PATH="$bare:$PATH" "$dev" deps
expect "a test run that cannot start still ends with its totals" 1 '0 passed, 1 failed$' env PATH="$bare:$PATH" "$dev" test
# A machine that has everything, and a build that fails as soon as it is told what to build.
whole=$(mktemp -d)
trap 'rm -rf "$bare" "$whole"' EXIT
printf '#!/bin/sh\necho installed\n' >"$whole/dpkg-query"
printf '#!/bin/sh\n[ "$1" = --preset ] || { echo "builds: $*"; exit 1; }\n' >"$whole/cmake"
chmod +x "$whole"/*
expect "the demo builds the tool that it tells its reader to use" 1 'builds: .*shop troupe_tool' env PATH="$whole:$PATH" "$dev" demo
expect "the full run leaves to the sanitizers what they show as well" 1 \
  'builds: .*preset release .*without_left_to_asan.*builds: .*preset asan .*tests_asan.*0 passed, 2 failed$' \
  env PATH="$whole:$PATH" "$dev" test
expect "the quick run builds every test, without sanitizers" 1 'builds: .*preset release .*target all.*0 passed, 1 failed$' \
  env PATH="$whole:$PATH" "$dev" test --quick
expect "the run under sanitizers alone builds what they run" 1 'builds: .*preset asan .*tests_asan.*0 passed, 1 failed$' \
  env PATH="$whole:$PATH" "$dev" test --asan-only
expect "ThreadSanitizer's run builds unit and contract tests" 1 'builds: .*preset tsan .*tests_unit tests_contract.*1 failed$' \
  env PATH="$whole:$PATH" "$dev" test --tsan
[[ $failures -eq 0 ]]
