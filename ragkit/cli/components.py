"""``ragkit components``: what there is to build with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from ragkit.cli import complete, console
from ragkit.cli.options import JsonOption, VerboseOption, examples
from ragkit.errors import UsageError, did_you_mean

_COLUMN = 60
app = typer.Typer(
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    help="List what pipelines are made of, and show one component.",
    epilog=examples("ragkit components list", "ragkit components show select.adaptive_k"),
)


@app.command(
    "list",
    help="List the components, what each does and needs. ROLE keeps one kind.",
    epilog=examples("ragkit components list", "ragkit components list select", "ragkit components list --json"),
)
def list_(
    role: Annotated[
        str | None,
        typer.Argument(metavar="ROLE", help="Only this role: retrieve, fuse, select …", autocompletion=complete.roles),
    ] = None,
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Lists the components."""
    from ragkit.cli.reference import component_names, describe, summary
    from ragkit.components.catalogue import Catalogue

    catalogue = Catalogue()
    names = component_names(catalogue, role)
    if not names:
        roles = sorted({name.split(".")[0] for name in catalogue.names()})
        raise UsageError(f"no role {role!r}{did_you_mean(role or '', roles)}", hint=f"roles: {', '.join(roles)}")
    classes = [(name, catalogue.get(name)) for name in names]
    if as_json:
        console.document([describe(name, cls) for name, cls in classes])
        return
    rows = [(name, ", ".join(sorted(need.value for need in cls.needs)), summary(cls)) for name, cls in classes]
    console.result(console.table(("component", "needs", "what it does"), rows))
    console.say(f"\n{console.count(len(names), 'component')}; `ragkit components show {names[0]}` shows one whole")


@app.command(
    help="Show one component: its ports, its parameters and what it needs.",
    epilog=examples("ragkit components show fuse.rrf", "ragkit components show retrieve.hybrid --json"),
)
def show(
    name: Annotated[
        str,
        typer.Argument(
            metavar="NAME", help="Its name: role.name.", show_default=False, autocompletion=complete.components
        ),
    ],
    as_json: JsonOption = False,
    verbose: VerboseOption = False,
) -> None:
    """Shows one component."""
    from ragkit.cli.reference import component_names, describe
    from ragkit.components.catalogue import Catalogue

    catalogue = Catalogue()
    if name not in catalogue and component_names(catalogue, name):
        raise UsageError(f"{name!r} is a role, not a component", hint=f"ragkit components list {name}")
    described = describe(name, catalogue.get(name))
    if as_json:
        console.document(described)
    else:
        console.result(text(described))


def _short(type_text: str) -> str:
    """A type that fits into its column; one of many choices is counted, and they stand with the description."""
    head, _, choices = type_text.partition(": ")
    many = head == "one of" and len(type_text) > _COLUMN
    return f"one of {choices.count(',') + 1}" if many else type_text


def text(described: dict[str, Any]) -> str:
    """A component for a terminal."""
    blocks = [console.style(described["use"], "bold"), _indent(described["doc"])]
    if described["inputs"]:
        rows: list[tuple[str, ...]] = [
            (p["name"], p["type"], "list of references" if p["list"] else "" if p["required"] else "optional")
            for p in described["inputs"]
        ]
        blocks.append(_section("Inputs", rows))
    if described["parameters"]:
        rows = [
            (
                p["name"],
                _short(p["type"]),
                "required" if p["required"] else json.dumps(p["default"], ensure_ascii=False),
                p["description"]
                + ("  (takes {from: step.port})" if p["bindable"] else "")
                + ("" if _short(p["type"]) == p["type"] else f": {p['type']}"),
            )
            for p in described["parameters"]
        ]
        blocks.append(_section("Parameters", rows))
    if described["keys"]:
        rows = [
            (k["name"], k["kind"], "required" if k["required"] else "", k["description"]) for k in described["keys"]
        ]
        blocks.append(_section("Keys", rows))
    if described["outputs"]:
        rows = [(p["name"], p["type"], "main" if i == 0 else "") for i, p in enumerate(described["outputs"])]
        blocks.append(_section("Outputs", rows))
    facts = [f"needs: {', '.join(described['needs'])}"] if described["needs"] else []
    if described["passthrough"]:
        facts.append(f"disabled, it hands on: {described['passthrough']}")
    if not described["deterministic"]:
        facts.append("never cached: two runs may differ")
    if facts:
        blocks.append("\n".join(facts))
    return "\n\n".join(blocks)


def _section(title: str, rows: Sequence[Sequence[str]]) -> str:
    columns = len(rows[0])
    widths = [max(len(row[i]) for row in rows) for i in range(columns - 1)]
    lines = []
    for row in rows:
        head = "  " + "  ".join(cell.ljust(widths[i]) for i, cell in enumerate(row[:-1])) + "  "
        lines.append(console.wrap(row[-1], indent=" " * min(len(head), 40), first=head).rstrip())
    return console.style(title, "bold") + "\n" + "\n".join(lines)


def _indent(doc: str) -> str:
    return "\n".join(f"  {line}" if line else "" for line in doc.splitlines())
