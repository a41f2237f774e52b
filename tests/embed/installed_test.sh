#!/usr/bin/env bash
# installed_test.sh CMAKE BUILD-DIRECTORY OUTSIDE-PROJECT COMPILER
#
# Installs the build to a fresh prefix, copies the outside project out of the tree, builds it against the prefix alone and
# runs it twice: the second run must find what the first one committed.
set -euo pipefail
cmake=$1 build=$2 outside=$3 compiler=$4

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cp -r "$outside" "$work/project"

echo "== install"
"$cmake" --install "$build" --prefix "$work/prefix" >"$work/install.log" || { cat "$work/install.log"; exit 1; }

echo "== nothing private is installed"
(cd "$work/prefix/include" && find . -type f | sort) >"$work/headers"
if grep -vE '^\./troupe/[a-z_]+\.(h|hpp|capnp|capnp\.h)$' "$work/headers"; then
  echo "the lines above do not belong into an install"
  exit 1
fi

echo "== configure and build outside the tree"
"$cmake" -S "$work/project" -B "$work/build" -G Ninja -DCMAKE_PREFIX_PATH="$work/prefix" -DCMAKE_CXX_COMPILER="$compiler" \
  >"$work/configure.log" 2>&1 || { cat "$work/configure.log"; exit 1; }
"$cmake" --build "$work/build"

echo "== run twice"
first=$("$work/build/counter" "$work/data")
second=$("$work/build/counter" "$work/data")
echo "first: $first, second: $second"
[[ $first == "total 2" && $second == "total 4" ]]
