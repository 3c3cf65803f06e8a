"""The manual's page of all options, made from the program's own table.

    options_page.py --write      writes docs/manual/options.md and docs/imgopt.schema.json
    options_page.py              ends with 1 where they are not what it would write (a test)

IMGOPT names the program, IMGOPT_SOURCE_DIR the sources.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

GROUPS = [("settings", "What is wanted of an image"), ("sources", "Sources and outputs"), ("running", "Running"),
          ("telling", "Telling")]
IN_CONFIG = {"anywhere": "`imgopt.json`: anywhere", "top-level": "`imgopt.json`: top level", "none": "command line alone"}

HEAD = """# Every option

This page is made from the table that the program itself uses. An option's name without its dashes is its key in
`imgopt.json`, where it says so: *anywhere* means at the top level and in rules, *top level* once for the run. A flag that
was set is undone with `--no-` before its name or `=no` behind it.

"""


def told(*arguments):
    return subprocess.run([os.environ["IMGOPT"], *arguments], check=True, capture_output=True, text=True).stdout


def option_text(option):
    usage = f"--{option['name']}"
    if "letter" in option:
        usage = f"-{option['letter']}, {usage}"
    if "implied" in option:
        usage += f"[={option['value']}]"
    elif "value" in option:
        usage += f" {option['value']}"
    lines = [f"### `{usage}`", "", f"{option['summary']} {option['details']}".strip()]
    if "choices" in option:
        lines += ["", *(f"- `{c['name']}`: {c['summary']}" for c in option["choices"])]
    facts = []
    if "default" in option:
        facts.append(f"Default: {option['default']}")
    if option["repeatable"]:
        facts.append("May be repeated")
    facts.append(IN_CONFIG[option["config"]])
    facts.append("Commands: " + ", ".join(option["commands"]))
    return "\n".join([*lines, "", " · ".join(facts) + ".", ""])


def page():
    table = json.loads(told("help", "--json"))
    parts = [HEAD, "## Commands\n\n| command | what it does |\n|---|---|\n"]
    for command in table["commands"]:
        arguments = command["arguments"].replace("|", "\\|")
        parts.append(f"| `imgopt {command['name']}{' ' + arguments if arguments else ''}` | {(command['summary'] + ' ' + command['details']).strip()} |\n")
    parts.append("\n## Profiles\n\n| profile | for | sets |\n|---|---|---|\n")
    for profile in table["profiles"]:
        settings = {}
        for setting in profile["settings"]:
            settings.setdefault(setting["option"], []).append(setting["value"])
        sets = "; ".join(f"`{name}` {', '.join(values)}" for name, values in settings.items())
        parts.append(f"| `{profile['name']}` | {profile['summary']} | {sets} |\n")
    for group, title in GROUPS:
        parts.append(f"\n## {title}\n\n")
        parts += [option_text(o) + "\n" for o in table["options"] if o["group"] == group]
    return "".join(parts).rstrip() + "\n"


def main():
    docs = Path(os.environ["IMGOPT_SOURCE_DIR"]) / "docs"
    wanted = {docs / "manual" / "options.md": page(), docs / "imgopt.schema.json": told("config", "--schema")}
    stale = [path for path, text in wanted.items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if "--write" in sys.argv:
        for path in stale:
            path.write_text(wanted[path], encoding="utf-8")
        return
    if stale:
        sys.exit(f"{', '.join(p.name for p in stale)} is not what the program says: tests/docs/options_page.py --write")
    # The profiles that the chapter on configuration shows are those that the program knows.
    chapter = (docs / "manual" / "configuration.md").read_text(encoding="utf-8")
    for line in wanted[docs / "manual" / "options.md"].splitlines():
        if line.startswith("| `") and line.count("|") == 4 and "imgopt " not in line.split("|")[1]:
            name, sets = line.split("|")[1].strip(), line.split("|")[3].strip()
            if not any(name in row and sets in row for row in chapter.splitlines()):
                sys.exit(f"configuration.md does not show the profile {name} with {sets}")


if __name__ == "__main__":
    main()
