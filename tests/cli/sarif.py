"""What SARIF 2.1.0 (OASIS, errata 01) demands of the objects that imgopt writes: their properties, types and required ones.

tests/integrations/sarif_schema_test.py compares logs with the whole schema, which npm has.
"""

# object -> property -> (type, whether it is required). A type is a Python type, a set of allowed strings, the name of
# another object, or a list of one of these.
OBJECTS = {
    "log": {"$schema": (str, False), "version": ({"2.1.0"}, True), "runs": (["run"], True)},
    "run": {"tool": ("tool", True), "results": (["result"], False)},
    "tool": {"driver": ("driver", True)},
    "driver": {"name": (str, True), "version": (str, False), "rules": (["rule"], False)},
    "rule": {"id": (str, True), "shortDescription": ("message", False)},
    "result": {"ruleId": (str, False), "level": ({"none", "note", "warning", "error"}, False), "message": ("message", True),
               "locations": (["location"], False), "suppressions": (["suppression"], False)},
    "message": {"text": (str, True)},
    "location": {"physicalLocation": ("physical location", False)},
    "physical location": {"artifactLocation": ("artifact location", True)},
    "artifact location": {"uri": (str, False), "uriBaseId": (str, False)},
    "suppression": {"kind": ({"inSource", "external"}, True), "justification": (str, False)},
}


def _problems(value, kind, place):
    if isinstance(kind, list):
        if not isinstance(value, list):
            return [f"{place} is no array"]
        return [p for i, item in enumerate(value) for p in _problems(item, kind[0], f"{place}[{i}]")]
    if isinstance(kind, set):
        return [] if value in kind else [f"{place} is {value!r}"]
    if not isinstance(kind, str):
        return [] if isinstance(value, kind) else [f"{place} is no {kind.__name__}"]
    if not isinstance(value, dict):
        return [f"{place} is no object"]
    properties = OBJECTS[kind]
    found = [f"{place}.{name} is no property of a {kind}" for name in value if name not in properties]
    for name, (inner, required) in properties.items():
        if name in value:
            found += _problems(value[name], inner, f"{place}.{name}")
        elif required:
            found.append(f"{place}.{name} is missing")
    return found


def problems(log):
    """What is wrong with a log, one sentence each; nothing where it is valid."""
    found = _problems(log, "log", "log")
    if found:
        return found
    for number, run in enumerate(log["runs"]):
        ids = [rule["id"] for rule in run["tool"]["driver"].get("rules", [])]
        if len(set(ids)) != len(ids):
            found.append(f"runs[{number}]: two rules have one id")
        for result in run.get("results", []):
            if result.get("ruleId") not in ids:
                found.append(f"runs[{number}]: there is no rule {result.get('ruleId')}")
            for location in result.get("locations", []):
                uri = location["physicalLocation"]["artifactLocation"]["uri"]
                if not uri.isascii() or any(c in uri for c in ' "<>\\^`{|}') or not uri.isprintable():
                    found.append(f"runs[{number}]: {uri!r} is no URI")
    return found
