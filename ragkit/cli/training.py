"""The report of a training as a person reads it."""

from __future__ import annotations

from typing import Any

from ragkit.cli import console


def selector(report: dict[str, Any]) -> str:
    """What a selector's training came to."""
    if "promises" in report:
        return _conformal(report)
    lines = [
        f"{report['questions']} questions, {report['passages']:,} passages, {report['relevant']} of them relevant; "
        f"every figure by {report['folds']}-fold cross-validation",
        f"AUC {report['auc']:.3f}, calibration error {report['calibration_error']:.4f}",
        "",
        console.table(
            ("fixed k", "tokens", "recall", "learned, as many tokens", "gain"),
            [
                (
                    str(row["k"]),
                    f"{row['fixed']['tokens']:.0f}",
                    f"{row['fixed']['recall']['mean']:.3f}",
                    f"{row['learned']['recall']['mean']:.3f}",
                    f"{row['gain']['mean']:+.3f} [{row['gain']['low']:+.3f}, {row['gain']['high']:+.3f}]",
                )
                for row in report["against_fixed_k"]
            ],
        ),
        "",
        console.table(
            ("target", "tokens", "passages", "precision"),
            [
                (f"recall: {row['recall']:g}", f"{row['tokens']:.0f}", f"{row['kept']:.1f}", f"{row['precision']:.3f}")
                for row in report["targets"]
            ],
        ),
    ]
    return "\n".join(lines)


def router(report: dict[str, Any]) -> str:
    """What a router's training came to."""
    if "policies" in report:
        return _cost(report)
    labels = list(report["labels"])
    f1, majority = report["macro_f1"], report["majority"]
    drawn = "halves" if report["parts"] == 2 else f"{report['parts']} parts"
    lines = [
        f"{report['questions']} questions ("
        + ", ".join(f"{count} {label}" for label, count in report["labels"].items())
        + f") and {report['added']} more to learn from; every figure by {drawn} drawn {report['repeats']} times",
        "",
        console.table(
            ("", "macro-F1", "accuracy"),
            [
                ("router", f"{f1['mean']:.3f} [{f1['low']:.3f}, {f1['high']:.3f}]", _interval(report["accuracy"])),
                (f"always {majority['label']}", f"{majority['macro_f1']:.3f}", f"{majority['accuracy']:.3f}"),
            ],
        ),
        f"calibration error {report['calibration_error']:.3f}; of macro-F1 the range of 95 % of the draws, of accuracy "
        "the 95 % interval over questions",
        "",
        console.table(
            ("is \\ was labelled", *labels),
            [
                (wanted, *(f"{report['confusion'][wanted][given] / report['repeats']:.1f}" for given in labels))
                for wanted in labels
            ],
        ),
    ]
    if "silver" in report:
        right = ", ".join(f"{label} {count}" for label, count in report["silver"]["right"].items())
        lines.append(
            f"right by branch: {right}; {report['silver']['by_bias']} labelled by their kind, "
            f"{report['silver']['left_out']} left out"
        )
    return "\n".join(lines)


def _cost(report: dict[str, Any]) -> str:
    names = list(report["policies"][0]["spent"])
    rows = [
        (row["policy"], _interval(row["right"]), *(f"{row['spent'][name]:,.2f}" for name in names))
        for row in report["policies"]
    ]
    drawn = "halves" if report["parts"] == 2 else f"{report['parts']} parts"
    shares = ", ".join(f"{label} {share:.0%}" for label, share in report["shares"].items())
    lines = [
        f"{report['questions']} questions ({report['left_out']} left out: not known whether a branch is right) and "
        f"{report['added']} more to learn from; every figure of 'chosen' by {drawn} drawn {report['repeats']} times",
        "",
        console.table(("policy", "right", *(name.replace("_", " ") for name in names)), rows),
        f"calibration error of the losses {report['calibration_error']:.3f}; chosen: {shares}",
    ]
    return "\n".join(lines)


def gate(report: dict[str, Any]) -> str:
    """What a gate's training came to."""
    drawn = "halves" if report["parts"] == 2 else f"{report['parts']} parts"
    held, threshold = report["held_out"], report["threshold"]
    auc = "not known" if report["roc_auc"] is None else f"{report['roc_auc']:.3f}"
    value = "none is worth more than retrieving always"
    if threshold["value"] is not None:
        value = f"retrieve from {threshold['value']:.4g} up"
    agree = (
        "" if threshold["by"] == "sweep" else f"; the sweep decides {'alike' if threshold['agree'] else 'otherwise'}"
    )
    lines = [
        f"{report['method'].replace('_', ' ')} of {report['questions']} questions: {report['needed']} need retrieval, "
        f"{report['not_needed']} do not, for {report['no_difference']} it makes no difference "
        f"({report['left_out']} left out: not known)",
        f"ROC-AUC {auc}, calibration error {report['calibration_error']:.3f}",
        f"threshold: {value} (by {threshold['by']}{agree})",
        "",
        console.table(
            ("decisions held out", "share"),
            [(name, _interval(held[name])) for name in ("accuracy", "overconfidence", "underconfidence", "rate")],
        ),
        "",
        console.table(
            ("policy", "retrieves", "LM requests", "right"),
            [
                (
                    row["policy"], f"{row['rate']:.3f}", f"{row['lm_calls']:.2f}",
                    "not known" if row["right"] is None else _interval(row["right"]),
                )
                for row in report["policies"]
            ],
        ),
        f"decisions and 'gate' by {drawn} drawn {report['repeats']} times, with 95 % intervals over questions; "
        "decisions over those for which it makes a difference",
    ]  # fmt: skip
    if report["curve"]:
        rows = [(f"{row['rate']:.2f}", f"{row['right']:.3f}", f"{row['random']:.3f}") for row in report["curve"]]
        lines += ["", console.table(("retrieve for the most uncertain", "right", "as many at random"), rows)]
    return "\n".join(lines)


def _interval(found: dict[str, float]) -> str:
    return f"{found['mean']:.3f} [{found['low']:.3f}, {found['high']:.3f}]"


def _conformal(report: dict[str, Any]) -> str:
    rows = [
        (
            f"promise: {row['promise']}, miss: {row['miss']:g}",
            f"{row['missed']:.3f}",
            f"{row['kept']:.1f}",
            "not known" if row["tokens"] is None else f"{row['tokens']:.0f}",
        )
        for row in report["promises"]
    ]
    head = (
        f"{report['questions']} questions, cut on {report['score']!r}; halves drawn {report['repeats']} times, "
        "calibrated on one and measured on the other"
    )
    return f"{head}\n\n{console.table(('promised', 'missed', 'passages', 'tokens'), rows)}"
