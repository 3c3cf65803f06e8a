"""What a run found: tables, and how ImgOpt stands on each target, as text and as JSON."""

import json
import math
from dataclasses import dataclass, field


@dataclass
class Table:
    title: str
    columns: list
    rows: list = field(default_factory=list)


def _cell(value):
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return "-"
    if isinstance(value, float):
        return f"{value:.3f}" if abs(value) < 10 else f"{value:.1f}"
    return f"{value:,}" if isinstance(value, int) else str(value)


class Findings:
    def __init__(self):
        self.tables = []
        self.points = []
        self.images = {}
        self._told = 0

    def table(self, title, columns):
        self.tables.append(Table(title, columns))
        return self.tables[-1]

    def point(self, number, claim, holds, numbers):
        """One target: `holds` is None where it could not be measured, `numbers` the sentence with what was."""
        self.points.append({"point": number, "claim": claim, "holds": holds, "numbers": numbers})

    def image(self, source, tool, made, **facts):
        """Keeps one encoding's numbers for the JSON."""
        if made is not None:
            facts |= {"bytes": made.bytes, "cpu_s": round(made.cpu, 4)}
            if made.score is not None:
                facts["score"] = round(made.score, 3)
        self.images.setdefault(source.name, {}).setdefault(tool, []).append(facts)

    def new_tables(self):
        """The text of the tables that no earlier call gave."""
        lines = []
        for table in self.tables[self._told:]:
            cells = [table.columns] + [[_cell(v) for v in row] for row in table.rows]
            widths = [max(len(row[i]) for row in cells) for i in range(len(table.columns))]
            lines += ["", table.title]
            for row in cells:
                first = row[0].ljust(widths[0])
                lines.append("  " + "  ".join([first] + [c.rjust(w) for c, w in zip(row[1:], widths[1:])]))
        self._told = len(self.tables)
        return "\n".join(lines)

    def targets(self):
        lines = ["", "Targets"]
        for point in self.points:
            verdict = {True: "PASS ", False: "short", None: "-    "}[point["holds"]]
            lines.append(f"  {verdict}  {point['point']}. {point['claim']}: {point['numbers']}")
        return "\n".join(lines)

    def json(self):
        tables = [{"title": t.title, "rows": [dict(zip(t.columns, row)) for row in t.rows]} for t in self.tables]
        clean = json.loads(json.dumps({"schema": 1, "points": self.points, "tables": tables, "images": self.images}),
                           parse_constant=lambda _: None)
        return json.dumps(clean, indent=1)
