#!/usr/bin/env bash
# installed_test.sh CMAKE BUILD-DIRECTORY SOURCES COMPILER
#
# Installs the build into a package's root (DESTDIR, another prefix than it was configured with), and works from there
# alone: the folders beside this file are copied out of the tree, built with what find_package(Troupe) gives, and run.
# `outside` runs twice, and the second run must find what the first one committed; `tested` is a test of the same service
# with the test kit; `workflows` uses the components; `cluster` runs as three processes, and once more over TLS. An
# installed gateway serves an installed shop. What find_package() and troupe_generate() refuse, they explain.
set -euo pipefail
cmake=$1 build=$2 sources=$3 compiler=$4

work=$(mktemp -d)
trap 'kill $(jobs -p) 2>/dev/null || true; rm -rf "$work"' EXIT
cp -r "$sources"/{outside,tested,workflows,cluster} "$work"
cp "$sources/outside/counter.capnp" "$work/tested"
prefix=$work/root/opt/troupe
# What has not changed since the last time is not compiled again, wherever it lies.
if command -v ccache >/dev/null; then
  export CMAKE_CXX_COMPILER_LAUNCHER=ccache CCACHE_BASEDIR=$work CCACHE_NOHASHDIR=1
fi

echo "== install"
DESTDIR=$work/root "$cmake" --install "$build" --prefix /opt/troupe >"$work/install.log" || { cat "$work/install.log"; exit 1; }

echo "== nothing private is installed, and pages that headers name are"
(cd "$prefix/include" && find . -type f | sort) >"$work/headers"
if grep -vE '^\./troupe/((testing|actors/(dashboard|gateway|gateway/http|gateway/audit|gateway/streams|auth|auth/http|rpc|saga|topic|topic/jetstream))/)?[a-z_]+\.(h|hpp|capnp|capnp(\.troupe)?\.h)$' "$work/headers"; then
  echo "the lines above do not belong into an install"
  exit 1
fi
for page in $(grep -rhoE '(runtime/doc|actors)/[a-z_/]+\.md|actors/[a-z]+/README\.md' "$prefix/include" | sort -u); do
  [[ -f $prefix/share/doc/Troupe/$page ]] || { echo "headers name $page, which is not installed"; exit 1; }
done
if grep -rlF "$build" "$prefix/lib/cmake"; then
  echo "the files above name the build directory"
  exit 1
fi

configure() {  # FOLDER ARGUMENTS...
  "$cmake" -S "$work/$1" -B "$work/build_$1" -G Ninja -DCMAKE_PREFIX_PATH="$prefix" -DCMAKE_CXX_COMPILER="$compiler" "${@:2}" \
    >"$work/configure.log" 2>&1
}
build_outside() {  # FOLDER
  echo "== configure and build $1"
  configure "$1" || { cat "$work/configure.log"; exit 1; }
  "$cmake" --build "$work/build_$1"
}
# refused CLAIM PATTERN: the folder `wrong` cannot be configured, which is explained. CMake breaks lines where it likes.
refused() {
  if configure wrong; then echo "$1: it was configured"; exit 1; fi
  if [[ ! $(tr -s ' \n' ' ' <"$work/configure.log") =~ $2 ]]; then
    echo "$1: not explained by"
    cat "$work/configure.log"
    exit 1
  fi
  echo "ok: $1"
}
expect() {  # WANTED GOT
  echo "$2"
  [[ $2 == "$1" ]] || { echo "wanted: $1"; exit 1; }
}

# One by itself; the others in one build.
mkdir "$work/others"
printf '%s\n' 'cmake_minimum_required(VERSION 3.25)' 'project(Others LANGUAGES CXX)' >"$work/others/CMakeLists.txt"
for folder in tested workflows cluster; do
  echo "add_subdirectory(../$folder $folder)" >>"$work/others/CMakeLists.txt"
done
build_outside outside
build_outside others
expect "total 2" "$("$work/build_outside/counter" "$work/data")"
expect "total 4" "$("$work/build_outside/counter" "$work/data")"

expect "kept 2" "$("$work/build_others/tested/counter_test")"

expect "office, done, heard" "$("$work/build_others/workflows/workflows" "$work/workflows/node.toml")"

# Ports that are free now, in place of those of the file.
for port in 7501 7502 7503; do
  free=$(python3 -c 'import socket; s = socket.socket(); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])')
  sed -i "s/$port/$free/" "$work/cluster/cluster.toml"
done
member=("$work/build_others/cluster/counters" "$work/cluster/cluster.toml")
run_cluster() {  # WANTED
  "${member[@]}" one & one=$!
  "${member[@]}" two & two=$!
  expect "$1" "$("${member[@]}" desk | tr '\n' ' ' | sed 's/ $//')"
  kill $one $two
  wait $one $two
}
run_cluster "a 2 b 2 c 2 d 2"
"$prefix/bin/troupe" cert init "$work/tls" --cluster counters
"$prefix/bin/troupe" cert node "$work/tls" one two desk
TROUPE_TLS_DIR=$work/tls run_cluster "a 4 b 4 c 4 d 4"
for member in one two; do [[ -d $work/cluster/data/$member ]] || { echo "$member kept nothing"; exit 1; }; done

if [[ -x $prefix/bin/shop ]]; then
  echo "== an installed shop serves its pages"
  "$prefix/bin/shop" up --nodes 1 --port 0 --data "$work/shop" >"$work/shop.log" 2>&1 &
  shop=$!
  for _ in $(seq 300); do grep -q 'shop: open ' "$work/shop.log" && break; sleep 0.1; done
  url=$(sed -n 's/^shop: open //p' "$work/shop.log")
  [[ -n $url ]] || { cat "$work/shop.log"; exit 1; }
  python3 -c 'import sys, urllib.request as u; assert b"<html" in u.urlopen(sys.argv[1]).read()' "$url" ||
    { echo "no page at $url"; exit 1; }

  echo "== an installed gateway serves the shop by its schemas"
  cp -r "$sources/../../demo-shop/schema" "$work/schema"
  cat >"$work/gateway.toml" <<END
[gateway]
schemas = ["schema"]
port = 0
[node]
name = "gate"
cluster = "shop"
link_secret = "shop/link.secret"
[node.join]
kind = "file"
directory = "shop/coordinator"
client = true
END
  "$prefix/bin/troupe" gateway "$work/gateway.toml" >"$work/gateway.log" 2>&1 &
  gateway=$!
  for _ in $(seq 300); do grep -q 'takes requests at ' "$work/gateway.log" && break; sleep 0.1; done
  url=$(sed -n 's/.*takes requests at //p' "$work/gateway.log")
  python3 -c 'import json, sys, urllib.request as u
assert json.load(u.urlopen(sys.argv[1] + "/products?limit=3"))["total"] == 24
assert b"rapi-doc" in u.urlopen(sys.argv[1] + "/docs").read()' "$url" || { cat "$work/gateway.log"; exit 1; }
  kill -TERM $gateway
  wait $gateway
  kill -TERM $shop
  wait $shop
fi

echo "== what cannot be is explained"
mkdir -p "$work/wrong/a" "$work/wrong/b"
cp "$work/outside/counter.capnp" "$work/wrong/a"
cp "$work/outside/counter.capnp" "$work/wrong/b"
wrong() {
  rm -rf "$work/build_wrong"
  printf 'cmake_minimum_required(VERSION 3.25)\nproject(Wrong LANGUAGES CXX)\n%s\n' "$1" >"$work/wrong/CMakeLists.txt"
}
wrong 'find_package(Troupe REQUIRED COMPONENTS sagas)'
refused "a component that is not there is named beside those that are" 'no component sagas; this install has: .*topic, .*saga'
wrong 'find_package(Troupe REQUIRED)
add_library(two STATIC)
troupe_generate(two a/counter.capnp b/counter.capnp)'
refused "two schemas of one basename say what to do" 'would both become counter\.capnp\.h\. Rename one of them; or write SRC_PREFIX'

echo "== a handler that forgets its co_return does not compile"
sed -i 's/^ *co_return;  \/\/ commit.*//' "$work/outside/main.cpp"
if "$cmake" --build "$work/build_outside" >"$work/forgetful.log" 2>&1; then
  echo "it was built"
  exit 1
fi
grep -q 'Werror=return-type' "$work/forgetful.log" || { cat "$work/forgetful.log"; exit 1; }
