"""pipelines/several-steps.yaml: what a found passage names is found too, and the loop ends."""

from __future__ import annotations

from pathlib import Path

from ragkit.testing import FakeReader, opened

FILE = Path(__file__).parents[2] / "pipelines" / "several-steps.yaml"
CHAIN = {
    "adults only": ["Adults Only is a comedy album that was recorded in the Seaside Hotel."],
    "seaside hotel": ["It had the name of Grand before it was sold."],
    **{f"album {n}": [f"A comedy album, number {n}, that was recorded live."] for n in range(12)},
}
QUESTION = "What was the former name of the place where the comedy album adults only was recorded?"


def run(documents, question=QUESTION):
    text = FILE.read_text(encoding="utf-8")
    with opened(text[text.index("version: 1") :], reader=FakeReader(documents)) as pipeline:
        return pipeline.run(question), pipeline.plan


def spans(result, name):
    return [span for span in result.trace.spans if span.step.endswith(name)]


def test_it_is_short():
    assert len(FILE.read_text(encoding="utf-8").splitlines()) <= 50


def test_the_second_document_comes_behind_the_one_that_names_it():
    result, plan = run(CHAIN)
    before = [passage.doc_id for passage in spans(result, "first")[0].outputs["passages"]]
    found = [passage.doc_id for passage in result.passages]
    assert found.index("seaside hotel") < before.index("seaside hotel")
    assert found.index("seaside hotel") <= 2
    followed = spans(result, "named")[0].decision.details["followed"]
    assert {"title": "Seaside Hotel", "named_by": "adults only#0"} in followed
    assert (plan.calls.lm, plan.calls.retrievals) == (0, 3)
    assert result.usage["retrieval_calls"] <= 3


def test_where_nothing_is_named_one_round_ends_it():
    result, _ = run(None, "How is the ranked list cut?")
    loop = spans(result, "search")[0]
    assert (loop.outputs["rounds"], loop.outputs["stopped"]) == (1, "until")
    assert result.usage["retrieval_calls"] == 2
    assert result.passages[0].doc_id == "adaptive-k"
