"""Reads what the manual shows: console blocks, files, and what must be there before they run.

A chapter is Markdown. Of it count:

    ```console        commands, each after "$ " (a line that ends in \\ goes on), and below each what it prints
    <!-- run: photo photos/beach.jpg 640x427 -->       draws a photograph; the name's ending says the format
    <!-- run: drawing icons/logo.png 64x64 -->         draws a flat graphic with transparency
    <!-- run: file imgopt.json -->                     the next block is this file's content
    <!-- run: hidden COMMAND -->                       runs without being shown
    <!-- run: once WORDS: COMMAND -->                  runs as soon as the next command has printed WORDS, which goes on;
                                                       several wait for each other; the command Ctrl-C interrupts it
    <!-- run: fresh folder -->                         what follows happens in a new empty folder
    <!-- run: not REASON -->                           the next console block is not run
    <!-- run: needs PROGRAM... -->                     the chapter is left out where a program is missing

All of a chapter happens in one folder, from top to bottom. In what a command prints, numbers that depend on the
machine (with decimals, a unit, or four digits and more, and digests) are not compared; "..." alone on a line
stands for any lines, within a line for any text.
"""

import re
from dataclasses import dataclass, field

DIRECTIVE = re.compile(r"<!--\s*run:\s*(.*?)\s*-->\s*$")
FENCE = re.compile(r"^(\s*)(```+|~~~+)\s*(.*)$")


@dataclass
class Command:
    text: str
    line: int
    expected: list = field(default_factory=list)
    shown: bool = True
    moments: list = field(default_factory=list)  # (words, command)


@dataclass
class Step:
    """kind: command, photo, drawing, file, fresh, needs."""
    kind: str
    line: int
    words: list = field(default_factory=list)
    command: Command = None
    content: str = ""


@dataclass
class Block:
    language: str
    line: int
    lines: list


class TranscriptError(Exception):
    pass


def split_blocks(text):
    """Yields directives (line, text) and fenced Blocks in their order."""
    fence, block = None, None
    for number, line in enumerate(text.splitlines(), 1):
        if fence:
            if line.strip().startswith(fence) and not line.strip().strip(fence[0]):
                yield block
                fence = None
            else:
                block.lines.append(line[block_indent:] if not line[:block_indent].strip() else line)
            continue
        if match := FENCE.match(line):
            block_indent, fence = len(match.group(1)), match.group(2)
            block = Block(match.group(3).strip(), number, [])
        elif match := DIRECTIVE.match(line.strip()):
            yield number, match.group(1)
    if fence:
        raise TranscriptError(f"line {block.line}: the block has no end")


def commands_of(block):
    """The commands of a console block with what each prints."""
    commands, goes_on = [], False
    for offset, line in enumerate(block.lines, 1):
        if goes_on:
            commands[-1].text += "\n" + line.removeprefix("> ")
        elif line.startswith("$ "):
            commands.append(Command(line[2:], block.line + offset))
        elif commands:
            commands[-1].expected.append(line.rstrip())
        elif line.strip():
            raise TranscriptError(f"line {block.line + offset}: a console block begins with a command after '$ '")
        goes_on = (goes_on or line.startswith("$ ")) and line.endswith("\\")
    return commands


def steps_of(text):
    """The steps of a chapter."""
    steps, file_name, left_out, moments = [], None, False, []
    for item in split_blocks(text):
        if isinstance(item, Block):
            if file_name is not None:
                steps.append(Step("file", item.line, [file_name], content="\n".join(item.lines) + "\n"))
                file_name = None
            elif item.language == "console":
                commands = commands_of(item)
                if moments:
                    commands[0].moments, moments = moments, []
                if not left_out:
                    steps += [Step("command", c.line, command=c) for c in commands]
                left_out = False
            elif any(line.startswith("$ ") for line in item.lines):
                raise TranscriptError(f"line {item.line}: commands with output belong into a ```console block")
            continue
        line, directive = item
        verb, _, rest = directive.partition(" ")
        if verb == "file":
            file_name = rest
        elif verb == "once" and ": " in rest:
            moments.append(tuple(rest.split(": ", 1)))
        elif verb == "not" and rest:
            left_out = True
        elif verb == "hidden":
            steps.append(Step("command", line, command=Command(rest, line, shown=False)))
        elif directive == "fresh folder":
            steps.append(Step("fresh", line))
        elif verb in ("photo", "drawing", "needs"):
            steps.append(Step(verb, line, rest.split()))
        else:
            raise TranscriptError(f"line {line}: unknown directive: {directive}")
    return steps


BLURRED = re.compile(
    r"\b[0-9a-f]{16,64}\b"  # digests
    r"|(?<![\w.])\d[\d,]*(?:\.\d+)?\s?(?:min|ms|us|s|h|kB|MB|GB|B|KiB|MiB|GiB|%|dB)(?![\w])"
    r"|(?<![\w.])-?\d+\.\d+(?![\w.])"
    r"|(?<![\w.])\d{4,}(?![\w])"
)


def blurred(line):
    """The line with what depends on the machine replaced, and runs of spaces made one: columns move with numbers."""
    return re.sub(r"\s+", " ", BLURRED.sub("#", line)).strip()


def line_matches(expected, actual):
    parts = [re.escape(blurred(part)) for part in expected.split("...")]
    return re.fullmatch(r"\s*.*?\s*".join(parts), blurred(actual)) is not None


def output_matches(expected, actual):
    """Whether the lines printed are those shown; '...' alone stands for any number of lines."""
    expected = list(expected)
    while expected and not expected[-1]:
        expected.pop()
    actual = list(actual)
    while actual and not actual[-1].strip():
        actual.pop()
    # reachable[j]: the expected lines so far can end before actual line j.
    reachable = {0}
    for line in expected:
        if line.strip() == "...":
            reachable = set(range(min(reachable, default=len(actual) + 1), len(actual) + 1))
        else:
            reachable = {j + 1 for j in reachable if j < len(actual) and line_matches(line, actual[j])}
    return len(actual) in reachable
