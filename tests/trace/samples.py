"""Runs to store, tell and compare: made by hand, in the shape in which the engine leaves them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ragkit.trace.model import Span, Trace, new_trace_id
from ragkit.types import Answer, Citation, Decision, Label, Parts, Passage, Passages, Usage

START = 1_770_000_000_000_000_000
MS = 1_000_000
QUESTION = "How does Adaptive-k choose the number of passages?"


def passage(number: int, **scores: float) -> Passage:
    """A passage of about a hundred words; its text says its number."""
    text = f"Passage {number} says that retrieval depth follows the largest gap. " * 10
    return Passage(
        f"doc{number}:0", f"doc{number}", f"Title {number}", text, scores, tokens=130, start=0, end=len(text),
        metadata={"year": 2020 + number % 5}, parent=f"doc{number}", next=f"doc{number}:1",
    )  # fmt: skip


POOL = [passage(number) for number in range(200)]


def ranked(count: int, name: str = "cosine", first: int = 0) -> Passages:
    return Passages([passage(n, **{name: 0.9 - 0.01 * n}) for n in range(first, first + count)], name)


class Recorder:
    """Builds a trace span by span; each takes the time it is said to take, one after the other unless told."""

    def __init__(self, question: str = QUESTION, name: str = "adaptive-k", started: int = START) -> None:
        self.trace = Trace(
            new_trace_id(), question, {"name": name, "hash": "ab12" * 16, "file": f"{name}.yaml"}, started,
            inputs={"question": question, "history": []},
            conditions={"overlay": None, "corpus_version": {"papers": "v3"}, "models": {}, "seed": None},
        )  # fmt: skip
        self.clock = started

    def step(self, step: str, use: str, *, ms: float = 1.0, parent: Span | None = None, **fields: Any) -> Span:
        spans = self.trace.spans
        span = Span(
            len(spans), None if parent is None else parent.index, step, use, fields.pop("kind", "CHAIN"),
            fields.pop("frame", ""), self.clock,
        )  # fmt: skip
        self.clock += int(ms * MS)
        span.ended = self.clock
        for name, value in fields.items():
            setattr(span, name, value)
        spans.append(span)
        return span

    def end(self, span: Span) -> None:
        span.ended = self.clock

    def finish(self, **result: Any) -> Trace:
        self.trace.ended = self.clock
        outputs = [value for span in reversed(self.trace.spans) for value in span.outputs.values()]
        answer = next((value for value in outputs if isinstance(value, Answer)), None)
        self.trace.result = result_document(self.trace, answer) | result
        return self.trace


def result_document(trace: Trace, answer: Answer | None) -> Mapping[str, Any]:
    spent = trace.usage
    return {
        "question": trace.question,
        "answer": None if answer is None else answer.text,
        "abstained": answer is not None and answer.abstained,
        "citations": [
            {"number": c.number, "passage_id": c.passage_id, "doc_id": c.doc_id, "quote": c.quote, "start": c.start,
             "end": c.end}
            for c in (answer.citations if answer else ())
        ],
        "passages": [
            {"id": p.id, "doc_id": p.doc_id, "title": p.title, "text": p.text, "scores": dict(p.scores)}
            for p in (answer.passages if answer else ())
        ],
        "route": None,
        "routes": [],
        "decisions": [
            {"step": s.step, "kind": s.decision.kind, "kept": s.decision.kept, "of": s.decision.of,
             "score": s.decision.score, "threshold": s.decision.threshold, "reason": s.decision.reason}
            for s in trace.spans if s.decision
        ],
        "warnings": [w for s in trace.spans for w in s.warnings],
        "stopped": None,
        "error": None,
        "usage": {
            "lm_calls": spent.lm_calls, "prompt_tokens": spent.prompt_tokens,
            "completion_tokens": spent.completion_tokens, "retrieval_calls": spent.retrieval_calls,
            "cached_tokens": spent.cached_tokens, "context_tokens": 390, "cost": spent.cost, "seconds": 0.0417,
        },
        "trace_id": trace.id,
        "pipeline": {"name": trace.pipeline["name"], "hash": trace.pipeline["hash"]},
        "conditions": dict(trace.conditions),
    }  # fmt: skip


def answer_from(passages: Passages, text: str = "It cuts at the largest gap [1].") -> Answer:
    first = passages[0]
    quote = first.text[:55]
    return Answer(text, (Citation(1, first.id, first.doc_id, quote, 0, len(quote)),), passages)


def adaptive_run(kept: int = 3, pool: int = 8, **recorder: Any) -> Trace:
    """The pipeline of DESIGN.md section 2: hybrid candidates, an adaptive cut, an extractive answer."""
    record = Recorder(**recorder)
    candidates = ranked(pool)
    record.step(
        "candidates", "retrieve.hybrid", ms=12.4, kind="RETRIEVER", inputs={"question": record.trace.question},
        outputs={"passages": candidates}, params={"k": pool}, usage=Usage(retrieval_calls=1),
    )  # fmt: skip
    evidence = candidates[:kept]
    record.step(
        "evidence", "select.adaptive_k", ms=0.3, inputs={"passages": candidates}, outputs={"passages": evidence},
        params={"buffer": 1},
        decision=Decision(
            "select", "the largest gap is after rank 2, plus a buffer of 1", kept=kept, of=pool, score=0.12,
            threshold=0.05, details={"scores": candidates.score_list(), "cut": 2},
        ),
        warnings=("the score curve is nearly flat",),
    )  # fmt: skip
    record.step(
        "answer", "generate.extractive", ms=29, inputs={"question": record.trace.question, "passages": evidence},
        outputs={"answer": answer_from(evidence)},
        decision=Decision("answer", "one sentence scored above 0.4", score=0.61, threshold=0.4),
    )  # fmt: skip
    record.trace.usage = Usage(retrieval_calls=1)
    return record.finish()


def long_run(steps: int = 20, pool: int = 50) -> Trace:
    """A chain of steps, each of which scores all of its passages anew."""
    record = Recorder(name="long")
    current = ranked(pool)
    for number in range(steps):
        following = Passages([p.scored(f"s{number}", 1 / (i + 1)) for i, p in enumerate(current)], f"s{number}")
        record.step(
            f"step{number}",
            "rerank.cross_encoder",
            kind="RERANKER",
            inputs={"question": QUESTION, "passages": current},
            outputs={"passages": following},
            params={"k": pool},
            decision=Decision("order", "by the model's score", kept=pool, of=pool),
        )
        current = following
    record.step("answer", "generate.extractive", outputs={"answer": answer_from(current)})
    return record.finish()


def usual_run(start: int = 0) -> Trace:
    """Twenty steps over 50 passages, of which four score them anew and the others choose among them."""
    record = Recorder(name="usual")
    current = Passages([p.scored("cosine", 0.9 - i / 100) for i, p in enumerate(POOL[start : start + 50])], "cosine")
    for number in range(20):
        if number % 5 == 4:
            following = Passages([p.scored(f"s{number}", 1 / (i + 1)) for i, p in enumerate(current)], f"s{number}")
        else:
            following = current[:]
        record.step(
            f"step{number}", "select.top_k", inputs={"question": QUESTION, "passages": current}, params={"k": 50},
            outputs={"passages": following}, decision=Decision("select", "all of them", kept=50, of=50),
        )  # fmt: skip
        current = following
    record.step("answer", "generate.extractive", outputs={"answer": answer_from(current)})
    return record.finish()


def nested_run() -> Trace:
    """A route whose branch holds a map over sub-questions, each with a loop of two rounds; a fuse; a failed step."""
    record = Recorder(name="nested")
    record.step("gate", "route.lexical", ms=0.2, inputs={"question": QUESTION}, outputs={"label": Label("multi")},
                decision=Decision("route", "two question words", label="multi", score=2.0, threshold=1.0))  # fmt: skip
    choose = record.step("choose", "flow.route", inputs={"label": Label("multi")}, kind="CHAIN",
                         decision=Decision("route", "the label is 'multi'", label="multi"))  # fmt: skip
    parts = ["what is k", "who chose it"]
    each = record.step("choose.multi.each", "flow.map", parent=choose, inputs={"over": parts})
    for number, part in enumerate(parts):
        frame = f"each[{number}]"
        ask = record.step("choose.multi.each.ask", "flow.loop", parent=each, frame=frame, inputs={"last": ""})
        for round in (1, 2):
            inner = f"{frame}/ask#{round}"
            record.step("choose.multi.each.ask.hits", "retrieve.dense", ms=4, parent=ask, frame=inner, kind="RETRIEVER",
                        inputs={"query": f"{part} {round}"}, outputs={"passages": ranked(3, first=number)})  # fmt: skip
            record.step("choose.multi.each.ask.extra", "retrieve.bm25", parent=ask, frame=inner, ms=0,
                        status="skipped", reason="its condition does not hold: same.unchanged")  # fmt: skip
        ask.decision = Decision("stop", "max_rounds was reached after 2 rounds")
        ask.outputs = {"output": ranked(3, first=number), "rounds": 2}
        record.end(ask)
    lists = [ranked(3), ranked(3, first=1)]
    each.outputs = {"output": lists}
    record.end(each)
    fused = Passages([passage(n, rrf=0.03 - 0.001 * i) for i, n in enumerate((1, 2, 0, 3))], "rrf")
    record.step("choose.multi.pool", "fuse.rrf", parent=choose, inputs={"passages": Parts(lists, [0, 0])},
                outputs={"passages": fused})  # fmt: skip
    choose.outputs = {"output": fused, "label": "multi"}
    record.end(choose)
    reordered = Passages([fused[i].scored("cross", 5.0 - n) for n, i in enumerate((2, 0, 1, 3))], "cross")
    record.step("rerank", "rerank.cross_encoder", kind="RERANKER", ms=80, batch=4, params={"k": 4, "model": "tiny"},
                inputs={"question": QUESTION, "passages": fused}, outputs={"passages": reordered})  # fmt: skip
    record.step("answer", "generate.answer", kind="LLM", ms=900, status="failed",
                inputs={"question": QUESTION, "passages": reordered},
                error={"code": "step", "message": "step 'answer' (generate.answer) failed: no LM", "place": "answer",
                       "hint": "set RAGKIT_LM"},
                usage=Usage(lm_calls=1, prompt_tokens=None, completion_tokens=0))  # fmt: skip
    return record.finish(error=dict(record.trace.spans[-1].error or {}), answer=None)


def as_dict(trace: Trace) -> dict[str, Any]:
    """All that a trace holds, its spans as dictionaries too."""
    data = {name: getattr(trace, name) for name in Trace.__dataclass_fields__}
    data["spans"] = [{name: getattr(span, name) for name in type(span).__slots__} for span in trace.spans]
    return data
