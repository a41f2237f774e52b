#!/usr/bin/env bash
# installed_test.sh CMAKE BUILD-DIRECTORY OUTSIDE-PROJECT COMPILER
#
# Installs the build to a fresh prefix, copies the outside project out of the tree, builds it against the prefix alone and
# runs it twice: the second run must find what the first one committed. The folder `tested` beside it is a test of the same
# service with the test kit, and is built and run in the same way.
set -euo pipefail
cmake=$1 build=$2 outside=$3 compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$outside" "$work/project"
cp -r "$outside/../tested" "$work/tested"
cp "$outside/counter.capnp" "$work/tested"

echo "== install"
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }

echo "== nothing private is installed"
(cd "$work/prefix/include" && find . -type f | sort) >"$work/headers"
if grep -vE '^\./troupe/(testing/)?[a-z_]+\.(h|hpp|capnp|capnp\.h)$' "$work/headers"; then
  echo "the lines above do not belong into an install"
  exit 1
fi

echo "== configure and build outside the tree"
build_outside() {  # FOLDER BUILD-FOLDER
  "$cmake" -S "$1" -B "$2" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
    >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; exit 1; }
  "$cmake" --build "$2"
}
build_outside "$work/project" "$work/build"

echo "== run twice"
first=$("$work/build/counter" "$work/data")
second=$("$work/build/counter" "$work/data")
echo "first: $first, second: $second"
[[ $first == "total 2" && $second == "total 4" ]]

echo "== its test, with the test kit"
build_outside "$work/tested" "$work/build_tested"
tested=$("$work/build_tested/counter_test")
echo "$tested"
[[ $tested == "kept 2" ]]
