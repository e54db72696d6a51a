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


def test_where_nothing_is_named_one_round_ends_it_and_the_list_stays_as_it_was_found():
    result, _ = run(None, "How is the ranked list cut?")
    loop = spans(result, "search")[0]
    assert (loop.outputs["rounds"], loop.outputs["stopped"]) == (1, "until")
    assert spans(result, "weighed")[0].status == "skipped"
    assert result.usage["retrieval_calls"] == 1
    first = spans(result, "first")[0].outputs["passages"]
    assert [passage.id for passage in result.passages] == [passage.id for passage in first[:10]]


def test_what_is_named_and_found_already_comes_forward_without_another_retrieval():
    documents = {**CHAIN, "seaside hotel": ["A comedy album was recorded where it stood, which was sold."]}
    result, _ = run(documents)
    assert spans(result, "named")[0].decision.details["new"] == 0
    assert result.usage["retrieval_calls"] == 1
    assert "seaside hotel" in [passage.doc_id for passage in result.passages[:3]]


def test_a_title_that_the_question_mentions_is_followed():
    result, _ = run({**CHAIN, "zephyr": ["Nothing else is said."]}, "Was the comedy album live, and what is Zephyr?")
    assert {"title": "Zephyr", "named_by": "question"} in spans(result, "named")[0].decision.details["followed"]
    assert "zephyr" in [passage.doc_id for passage in result.passages]
