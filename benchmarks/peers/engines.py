"""A chain of no-op steps through the engines of Haystack and LangGraph: prints the seconds of each run as JSON.

engines.py haystack|langgraph STEPS RUNS
"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from time import perf_counter
from typing import TypedDict


def haystack(steps: int) -> Callable[[], object]:
    """A pipeline of components that hand on their text."""
    from haystack import Pipeline, component

    @component
    class Echo:
        @component.output_types(text=str)
        def run(self, text: str) -> dict[str, str]:
            return {"text": text}

    pipeline = Pipeline()
    for number in range(steps):
        pipeline.add_component(f"s{number}", Echo())
        if number:
            pipeline.connect(f"s{number - 1}.text", f"s{number}.text")
    return lambda: pipeline.run({"s0": {"text": "question"}})


def langgraph(steps: int) -> Callable[[], object]:
    """A compiled graph of nodes that hand on their text; no checkpoints."""
    from langgraph.graph import END, START, StateGraph

    class State(TypedDict):
        text: str

    def echo(state: State) -> State:
        return {"text": state["text"]}

    graph = StateGraph(State)
    for number in range(steps):
        graph.add_node(f"s{number}", echo)
        graph.add_edge(f"s{number - 1}" if number else START, f"s{number}")
    graph.add_edge(f"s{steps - 1}", END)
    compiled = graph.compile()
    config = {"recursion_limit": steps + 10}
    return lambda: compiled.invoke({"text": "question"}, config)


def main() -> None:
    """Times one engine."""
    engine, steps, runs = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    run = {"haystack": haystack, "langgraph": langgraph}[engine](steps)
    for _ in range(50):
        run()
    seconds = []
    for _ in range(runs):
        begin = perf_counter()
        run()
        seconds.append(perf_counter() - begin)
    print(json.dumps(seconds))


if __name__ == "__main__":
    main()
