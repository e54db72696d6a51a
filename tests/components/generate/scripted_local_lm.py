"""A local LM that writes what it is told to, word by word, with chosen entropies and attention."""

from __future__ import annotations

import re

import numpy as np

from ragkit.components.generate import local
from ragkit.components.generate._local_lm import Prompt, Writing

_WORD = re.compile(r"\s*\S+")


def spans(text):
    return [found.span() for found in _WORD.finditer(text)]


class ScriptedLocalLM:
    """``rule(prompt)`` gives the text, the entropies of its words by name, and whom each word attends to.

    A word that is not named has no entropy. ``looks`` maps a word to ``{other: attention}``: over the prompt and the
    text, at the last place where the other stands.
    """

    def __init__(self, rule):
        self.rule = rule
        self.prompts = []

    def prompt(self, instructions, passages, question, so_far):
        told = "\n\n".join(part for part in (passages, f"Question: {question}") if part)
        head = f"{told}\nAnswer:" + (" " if so_far else "")
        end = head.index("Question: ") + len("Question: ") + len(question)
        return Prompt(head + so_far, (end - len(question), end), (len(head), len(head) + len(so_far)), False)

    def write(self, prompt, max_tokens, watched):
        self.prompts.append(prompt)
        said = self.rule(prompt)
        if isinstance(said, Exception):
            raise said
        text, entropies, looks, finished = said
        tokens, read = spans(text), spans(prompt.text)
        if not watched:
            return Writing(text, tokens, read, finished)
        words = [text[a:b].strip(" .,") for a, b in tokens]
        every = [prompt.text[a:b].strip(" .,?:") for a, b in read] + words
        attention = np.zeros((len(tokens), len(every)))
        for word, others in looks.items():
            row = attention[len(words) - 1 - words[::-1].index(word)]
            for other, weight in others.items():
                row[len(every) - 1 - every[::-1].index(other)] = weight
        return Writing(text, tokens, read, finished, np.array([entropies.get(word, 0.0) for word in words]), attention)

    def put(self, monkeypatch):
        """In the place of every model."""
        monkeypatch.setattr(local.LocalLM, "load", classmethod(lambda cls, name, device: self))
        return self
