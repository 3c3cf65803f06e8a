"""Finds the messages of the program in its sources: every text of three words and more that is no help and no code.

A message is what stands between quotes in the sources, pieces that follow each other joined. Its parts in braces are filled
in at run time.
"""

import re
from collections import defaultdict

FOLDERS = ("base", "protocol", "tool")
# These print texts that the option table and their own tests look after.
HELP = ("tool/help/", "tool/settings/option_table", "tool/settings/config_schema", "tool/account/asset_header",
        "tool/account/report_page",
        # Nobody reads what stands there: it is hashed.
        "base/digest")
TOKEN = re.compile(r'//[^\n]*|R"\(.*?\)"|"(?:[^"\\\n]|\\.)*"|\'(?:[^\'\\\n]|\\.)+\'|#[^\n]*|\s+|.', re.S)
ESCAPE = re.compile(r'\\(.)')
PLACEHOLDER = re.compile(r"\{[^{}]*\}")
LEAST_WORDS = 3
# What an operation was, as system_error() and its like take it: "cannot open" may fail in many places, and the sentence
# that it becomes a part of is made in one.
OPERATION = re.compile(r"\b(?:system_error|path_error|write_error|descriptor_error)\s*\([^;\"]*$")


def literals(text):
    """(line, what stands before it on its statement, joined text) of each string."""
    line, joined, begun = 1, None, 0
    before = ""
    for match in TOKEN.finditer(text):
        token = match.group()
        if token.startswith('"'):
            if joined is None:
                joined, begun = "", line
            joined += token[1:-1]
        elif not token.isspace() and not token.startswith("//"):
            if joined is not None:
                yield begun, before, joined
                before, joined = before + '""', None
            before = "" if token in ";{}" else before + token
        elif token.isspace():
            before += " "
        line += token.count("\n")


def plain(literal):
    """Without escapes, as it is printed."""
    return ESCAPE.sub(lambda m: {"n": "\n", "t": "\t"}.get(m.group(1), m.group(1)), literal)


def is_message(literal):
    if not re.search(r"[a-z] [a-z`]|[a-z]: ", literal) or "\\x" in literal:
        return False
    return len(re.findall(r"[A-Za-z]{2,}", PLACEHOLDER.sub(" ", literal))) >= LEAST_WORDS


def messages(root):
    """{text: [place, ...]}; an operation of a failed system call counts once however often it stands."""
    found = defaultdict(list)
    for folder in FOLDERS:
        for path in sorted((root / folder).rglob("*.[ch]pp")):
            name = path.relative_to(root).as_posix()
            if name.startswith(HELP):
                continue
            for line, before, literal in literals(path.read_text(encoding="utf-8")):
                if not is_message(literal):
                    continue
                if OPERATION.search(before) and found[plain(literal)]:
                    continue
                found[plain(literal)].append(f"{name}:{line}")
    return found


def pattern(message):
    """What a printed message looks like."""
    text = message.strip().replace("{{", "\0").replace("}}", "\1")
    pieces = PLACEHOLDER.split(text)
    # What is filled in is on one line, and the ends may be cut off by what follows.
    return re.compile("[^\n]*?".join(re.escape(p.replace("\0", "{").replace("\1", "}")) for p in pieces))
