#!/usr/bin/env python3
"""What may follow the last release: every schema of the tree against the form it was released in.

    released_schemas.py check ROOT TROUPE             complaints, and exit code 1 when a schema may not follow
    released_schemas.py renew ROOT TROUPE [--anyway]  writes schemas/released/ anew; --anyway: also when it may not follow

A released schema is what `capnp compile -ocapnp` makes of it: no comments, every type id written out. TROUPE is the debug
tool, which knows the rules (runtime/doc/schema_evolution.md).
"""

import shutil
import subprocess
import sys
from pathlib import Path

RELEASED = "schemas/released"
ANNOTATIONS = "runtime/schema"
ACTORS = "actors"  # "/saga/saga.capnp"


def components(root: Path):
    """The folders of schemas, and where each is kept: demo-shop/schema in schemas/released/demo-shop."""
    found = [root / "runtime/schema", root / "demo-shop/schema", *sorted(path.parent for path in root.glob("actors/*/*.capnp"))]
    return [(path, root / RELEASED / str(path.relative_to(root)).removesuffix("/schema"))
            for path in found if any(path.rglob("*.capnp"))]


def imports(root: Path, option=None):
    """Where "/troupe/service.capnp" and "/saga/saga.capnp" are found, as options of a command line."""
    found = [folder for folder in (root / ANNOTATIONS, root / ACTORS) if folder.is_dir()]
    return [part for folder in found for part in ([option, str(folder)] if option else [f"-I{folder}"])]


def check(root: Path, troupe: str):
    """Prints what changed; True when all of it may."""
    good = True
    for current, released in components(root):
        name = current.relative_to(root).as_posix()
        if not released.is_dir():
            print(f"{name}: not released yet")
            continue
        done = subprocess.run(
            [troupe, "schema", "check", "-I", str(released), *imports(root, "-I"), str(released), str(current)],
            capture_output=True, text=True)
        print(f"{name}: {(done.stdout + done.stderr).strip()}")
        good = good and done.returncode == 0
    return good


def canonical(root: Path, folder: Path, schema: Path):
    done = subprocess.run(
        ["capnp", "compile", f"-I{folder}", *imports(root), f"--src-prefix={folder}", "-ocapnp", str(schema)],
        capture_output=True, text=True, check=True)
    # "/topic/topic.capnp" in the folder of topics means its neighbour: the released one, where this is released.
    return done.stdout.replace(f'import "/{folder.name}/', 'import "/') if folder.parent == root / ACTORS else done.stdout


def renew(root: Path):
    texts = {}
    for current, released in components(root):
        for schema in sorted(current.rglob("*.capnp")):
            texts[released / schema.relative_to(current)] = canonical(root, current, schema)
    shutil.rmtree(root / RELEASED, ignore_errors=True)
    for path, text in texts.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    print(f"{len(texts)} schemas are released in {RELEASED}")


def main(arguments):
    anyway = arguments[3:] == ["--anyway"]
    if len(arguments) < 3 or arguments[0] not in ("check", "renew") or (arguments[3:] and not anyway):
        print(__doc__, file=sys.stderr)
        return 2
    root = Path(arguments[1]).resolve()
    good = check(root, arguments[2])
    if arguments[0] == "check" or not (good or anyway):
        if not good:
            print("Programs in the field cannot follow this. Take the change back, or see runtime/doc/schema_evolution.md.")
        return 0 if good else 1
    renew(root)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
