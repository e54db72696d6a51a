"""What ``trace prune`` did, for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ragkit.cli import console

if TYPE_CHECKING:
    from ragkit.trace.pruning import Pruned


def told(done: Pruned, *, dry_run: bool) -> str:
    """A line on the runs, one on what went with them, and one on the size of the file."""
    total = console.count(done.removed + done.kept, "run")
    if not done.removed and not done.contents:
        lines = [f"nothing to remove: all of {total} are kept" if done.kept else "nothing to remove: there are no runs"]
    else:
        lines = [f"{'would remove' if dry_run else 'removed'} {done.removed:,} of {total}; {done.kept:,} stay"]
        if done.contents:
            lines.append(
                f"and {console.count(done.contents, 'passage or graph', 'passages and graphs')} that no other run uses"
            )
        if done.said:
            lines.append(f"and what was said about {console.count(done.said, 'run')}")
    if dry_run:
        lines.append(f"they hold {console.size(done.bytes)}; the traces take {console.size(done.size_before)} on disk")
    else:
        lines.append(
            f"the traces take {console.size(done.size_after or 0)} on disk, before {console.size(done.size_before)}"
        )
    return "\n".join(lines)
