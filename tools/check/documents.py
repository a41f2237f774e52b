"""What a page names exists: files in backticks, and the targets of relative links.

A word in backticks counts as a file when it starts with a folder of the tree or ends like a source file of ours. A bare
name may be anywhere in the tree; a path is looked for from the root, the page's folder and the include roots.
"""

import re
from pathlib import Path

import tree

ROOTS = ("", "runtime", "runtime/include", "runtime/schema")
ENDINGS = (".md", ".h", ".hpp", ".cpp", ".capnp", ".cmake", ".py", ".cmake.in")
CODE = re.compile(r"`([^`\s]+)`")
LINK = re.compile(r"\]\(([^)\s]+)\)")
NOT_A_NAME = re.compile(r"[*<>{}$…()|=,;\"'~]|\.\.\.|^/|^-")
GENERATED = re.compile(r"\.capnp(\.troupe)?\.(h|c\+\+)$")


def folders(root: Path):
    inside = {p.name for base in ("", "runtime") if (root / base).is_dir() for p in (root / base).iterdir() if p.is_dir()}
    return {name for name in inside if name not in tree.SKIPPED and not name.startswith(".")}


def names_a_file(word: str, tops: set):
    if NOT_A_NAME.search(word) or "://" in word or GENERATED.search(word):
        return False
    return ("/" in word and word.split("/")[0] in tops) or word.endswith(ENDINGS)


def exists(root: Path, page: Path, name: str, everything: set):
    name = name.split("#")[0].split(":")[0].rstrip("/")
    if (page.parent / name).exists() or any((root / r / name).exists() for r in ROOTS):
        return True
    return "/" not in name and name in everything


def check(root: Path):
    found = []
    everything = {p.name for p in tree.files(root)}
    tops = folders(root)
    for page in (p for p in tree.files(root) if p.suffix == ".md"):
        fenced = False
        for number, line in enumerate(page.read_text(errors="replace").splitlines(), 1):
            if line.lstrip().startswith("```"):
                fenced = not fenced
            if fenced:
                continue
            words = [w for w in CODE.findall(line) if names_a_file(w, tops)]
            words += [w for w in LINK.findall(CODE.sub("", line)) if "://" not in w and w[0] not in "#/" and "mailto:" not in w]
            for word in words:
                if not exists(root, page, word, everything):
                    found.append(f"{page.relative_to(root)}:{number}: there is no {word}")
    return found
