"""A page's console blocks as a transcript: commands, what they print, and which routes they ask for.

A block is fenced as ```console. Lines that begin with "$ " are a command, "> " goes on in it; what follows is what it prints,
where "..." stands for anything within a line. All commands of a page run in one bash, so that variables last.
"""

import json
import re
import shlex
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

SERVER = "localhost:8080"  # as pages write it
END = "-- end of what the command prints --"


@dataclass
class Step:
    line: int  # of the command in the page, from 1
    command: str
    expected: list = field(default_factory=list)
    last: int = 0  # line of the page after the last expected one, from 1


def read(page: Path):
    steps, inside = [], False
    for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
        if line.startswith("```"):
            inside = line.strip() == "```console"
            continue
        if not inside:
            continue
        if line.startswith("$ "):
            steps.append(Step(number, line[2:], last=number + 1))
        elif line.startswith("> ") and steps and not steps[-1].expected:
            steps[-1].command += "\n" + line[2:]
            steps[-1].last = number + 1
        elif steps:
            steps[-1].expected.append(line)
            steps[-1].last = number + 1
    return steps


class Shell:
    """One bash for a page; ends with it."""

    def __init__(self, server: str, directory: Path):
        self.server = server
        self.bash = subprocess.Popen(
            ["bash", "--norc"], cwd=directory, text=True, encoding="utf-8", stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT)

    def run(self, command: str):
        """What it prints, by lines."""
        text = command.replace(SERVER, self.server)
        self.bash.stdin.write(f"{text}\necho; echo '{END}'\n")
        self.bash.stdin.flush()
        lines = []
        for line in self.bash.stdout:
            if line.rstrip("\n") == END:
                break
            lines.append(line.rstrip("\r\n"))
        else:
            raise RuntimeError(f"bash ended in: {command}")
        # What ends without a line feed has one by now; what had one has an empty line more.
        while lines and lines[-1] == "":
            lines.pop()
        return lines

    def close(self):
        self.bash.stdin.close()
        self.bash.wait(timeout=10)
        self.bash.stdout.close()


def fits(expected: str, line: str) -> bool:
    return re.fullmatch(".*".join(re.escape(part) for part in expected.split("...")), line) is not None


def difference(step: Step, printed):
    """None, or what is not as the page says."""
    wanted = list(step.expected)
    while wanted and wanted[-1] == "":
        wanted.pop()
    for number, line in enumerate(printed):
        if number >= len(wanted):
            return f"it also prints: {line}"
        if not fits(wanted[number], line):
            return f"the page says: {wanted[number]}\n  it prints:     {line}"
    if len(printed) < len(wanted):
        return f"it does not print: {wanted[len(printed)]}"
    return None


ASKS = {"curl", "json"}  # json: a function of the page that adds a header to curl
BODY = {"-d", "--data", "--data-binary", "--data-raw", "--json", "-F"}
WITH_VALUE = BODY | {"-H", "--header", "-o", "--output", "-w", "--write-out", "-b", "-c", "-u", "--max-time", "-m"}


def requests(command: str):
    """(verb, path) of every curl in it."""
    found = []
    for part in re.split(r"[|;&]{1,2}(?=(?:[^'\"]|'[^']*'|\"[^\"]*\")*$)|\$\(", command):
        try:
            words = shlex.split(part.rstrip(") \n"), posix=True)
        except ValueError:
            continue
        asks = next((word for word in words if word in ASKS), None)
        if not asks:
            continue
        words = words[words.index(asks) + 1:]
        verb, url, has_body, upload, query = None, None, False, False, False
        while words:
            word = words.pop(0)
            if word in ("-X", "--request"):
                verb = words.pop(0)
            elif word in ("-T", "--upload-file"):
                upload = True
                words.pop(0)
            elif word in ("-I", "--head"):
                verb = "HEAD"
            elif word in ("-G", "--get"):
                query = True
            elif word in WITH_VALUE:
                has_body |= word in BODY
                words.pop(0)
            elif not word.startswith("-"):
                url = word
        if url is None:
            continue
        path = re.sub(r"^(https?://)?[^/]*", "", url).split("?")[0] or "/"
        default = "PUT" if upload else "POST" if has_body and not query else "GET"
        found.append((verb or default, path))
    return found


def missing_routes(document: str, steps):
    """Routes of an OpenAPI document that no command of the page asks for."""
    asked = [request for step in steps for request in requests(step.command)]
    missing = []
    for path, verbs in json.loads(document)["paths"].items():
        pattern = re.compile("/".join("[^/]+" if part.startswith("{") else re.escape(part) for part in path.split("/")))
        for verb in verbs:
            if verb.upper() not in {"GET", "POST", "PUT", "PATCH", "DELETE"}:
                continue
            if not any(v == verb.upper() and pattern.fullmatch(p) for v, p in asked):
                missing.append(f"{verb.upper()} {path}")
    return missing


MASKS = [
    (re.compile(r'("(?:accessToken|refreshToken|access_token|refresh_token|traceId)":")[^"]*'), r"\1..."),
    (re.compile(r'("\w*Ms":)\d{6,}'), r"\1..."),
    (re.compile(r"\bo-[a-z0-9]{20,}"), "o-..."),
    (re.compile(r'("instance":")[^"]*'), r"\1..."),
]


def masked(line: str) -> str:
    for pattern, by in MASKS:
        line = pattern.sub(by, line)
    return line


def write(page: Path, steps, printed):
    """The page with what its commands print now."""
    lines = page.read_text(encoding="utf-8").splitlines()
    for step, output in reversed(list(zip(steps, printed))):
        first = step.last - 1 - len(step.expected)
        lines[first:step.last - 1] = [masked(line) for line in output]
    page.write_text("\n".join(lines) + "\n", encoding="utf-8")
