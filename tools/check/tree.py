"""The files of the tree, as the checks see them. Build output and what a dot hides are no part of it."""

from pathlib import Path

SKIPPED = {"build", "__pycache__"}
CXX = {".h", ".hpp", ".cpp", ".cc", ".c++"}


def files(root: Path, *tops: str):
    """Every regular file below the given folders of the tree (all of it when none is given), sorted."""
    for top in [root / t for t in tops] or [root]:
        for path in sorted(top.rglob("*")):
            parts = path.relative_to(root).parts
            if path.is_file() and not any(p in SKIPPED or p.startswith(".") for p in parts):
                yield path


def sources(root: Path, *tops: str):
    return (p for p in files(root, *tops) if p.suffix in CXX)
