"""Inclusion arrows point down, and third-party headers stay in their rooms.

A room may include itself, the public headers, and rooms of a lower level. What lies outside runtime/ and tests/ sees the
public headers alone. Public headers include no room, and of the libraries behind the runtime only Cap'n Proto.
"""

import re
from pathlib import Path, PurePosixPath

import tree

LEVELS = {
    "base": 0,
    "wire": 1, "store": 1, "engine": 1, "observe": 1,
    "reflect": 2, "coordinator": 2, "telemetry": 2,
    "actor": 3, "net": 3,
    "supervise": 4, "partition": 4, "call": 4, "cluster": 4, "tls": 4,
    "transfer": 5, "processes": 5, "resilience": 5,
    "membership": 6,
    "host": 7,
    "inspect": 8,
    "node": 9,
    "testing": 10, "toml": 10,
}
# The rooms within a room: what lies in one includes its own level and lower ones. What lies in none of them, and in
# backup, sees all, and they see of it what is named here.
STORE_LEVELS = {"format": 0, "lmdb": 1, "log": 1, "encryption": 2}
STORE_FACTS = {"commit.h", "disk_faults.h", "identity.h", "place.h"}
PUBLIC = "public"    # runtime/include/troupe
OUTSIDE = "outside"  # tools, actors, demo-shop, examples

# Headers (by prefix) and the places that may include them.
CONFINED = {
    "caf/": {"engine", "net", "runtime/include/troupe/caf.hpp"},
    # A coordinator's environment is written by many processes and never resized, which is all that store's is about.
    "lmdb.h": {"runtime/store/lmdb/", "runtime/coordinator/file/"},
    "nats/": {"actors/topic/jetstream"},
    "argon2.h": {"actors/auth/"},
    "openssl/ssl.h": {"tls", "runtime/coordinator/etcd/", "runtime/telemetry/otlp_http.cpp", "actors/gateway/http/"},
    "openssl/x509": {"tls"},
    "openssl/": {"tls", "runtime/coordinator/etcd/", "runtime/telemetry/otlp_http.cpp", "runtime/net/link_secret.cpp", "store", "actors/gateway/", "actors/auth/", "actors/rpc/"},
    "boost/": {"observe", "runtime/coordinator/etcd/", "runtime/telemetry/otlp_http.cpp", "actors/gateway", "actors/auth/http/", "demo-shop/load/"},
    "prometheus/": {"observe"},
    "zlib.h": {"actors/gateway/http/", "demo-shop/opening/"},
    "kj/compat/http.h": set(),  # 0.9.2 lets requests be smuggled; HTTP is Boost.Beast
}
# base builds on the standard library and the system alone.
NOT_IN_BASE = ("capnp/", "kj/", "fmt/", "spdlog/", "openssl/", "nlohmann/", "toml")
# Schemas of the runtime's own bytes; their generated headers belong to the room that lays them out.
PRIVATE_SCHEMAS = {"wire.capnp.h": "wire", "transfer.capnp.h": "transfer", "store.capnp.h": "store", "recording.capnp.h": "actor"}

INCLUDE = re.compile(r'^\s*#\s*include\s*[<"]([^>"]+)[>"]')


def place_of(path: PurePosixPath):
    """Which room a file of the tree is in, PUBLIC, OUTSIDE, or None where no rule holds (tests)."""
    if path.parts[0] == "runtime":
        if path.parts[1] == "include":
            return PUBLIC
        return path.parts[1] if path.parts[1] in LEVELS else None
    return OUTSIDE if path.parts[0] in ("tools", "actors", "demo-shop", "examples") else None


def target_room(root: Path, includer: Path, header: str):
    """The room a header belongs to, or None when it is public, generated for a contract, or from a library."""
    name = PurePosixPath(header).name
    if name in PRIVATE_SCHEMAS:
        return PRIVATE_SCHEMAS[name]
    beside = (includer.parent / header).resolve()
    if beside.is_file():
        if root.resolve() not in beside.parents:
            return None
        place = place_of(PurePosixPath(beside.relative_to(root.resolve()).as_posix()))
        return place if place in LEVELS else None
    first = PurePosixPath(header).parts[0]
    if first == "runtime" and len(PurePosixPath(header).parts) > 1:
        first = PurePosixPath(header).parts[1]
    return first if first in LEVELS else None


def store_complaint(path: PurePosixPath, header: PurePosixPath):
    """Why this file of the store must not include that header of the store, or None."""
    inner = path.parts[2]
    if inner not in STORE_LEVELS or len(header.parts) < 2:
        return None
    if header.parts[1] in STORE_FACTS:
        return None
    if STORE_LEVELS.get(header.parts[1], len(STORE_LEVELS)) > STORE_LEVELS[inner]:
        return f"'store/{inner}' must not include what is above it in the store"
    return None


def complaint(root: Path, path: Path, header: str):
    """Why this file must not include this header, or None."""
    relative = PurePosixPath(path.relative_to(root).as_posix())
    place = place_of(relative)
    if place is None:
        return None
    for prefix, allowed in CONFINED.items():
        if header.startswith(prefix) and place not in allowed and not any(str(relative).startswith(a) for a in allowed):
            where = ", ".join(sorted(allowed)) or "no room at all"
            return f"<{prefix}> belongs in {where}"
    if place == "base" and header.startswith(NOT_IN_BASE):
        return "base builds on the standard library alone"
    room = target_room(root, path, header)
    if place == "store" and room == "store":
        return store_complaint(relative, PurePosixPath(header))
    if room is None or room == place:
        return None
    if place == PUBLIC:
        return f"a public header must not include room '{room}': it is not installed"
    if place == OUTSIDE:
        return f"only public headers (troupe/...) are seen outside runtime/, not room '{room}'"
    if LEVELS[room] >= LEVELS[place]:
        return f"'{place}' must not include '{room}': arrows point down only"
    return None


def check(root: Path):
    found = []
    for path in tree.sources(root, "runtime", "tools", "actors", "demo-shop", "examples"):
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            match = INCLUDE.match(line)
            why = match and complaint(root, path, match.group(1))
            if why:
                found.append(f"{path.relative_to(root)}:{number}: includes {match.group(1)}: {why}")
    return found
