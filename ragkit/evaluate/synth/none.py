"""Questions that need no documents: greetings, arithmetic, conversions, small tasks, what everybody knows."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence

from ragkit.evaluate.synth.draft import Draft, Method

_GREETINGS = (
    "Hello!", "Hi there", "Good morning!", "good evening", "Hey, how are you today?", "How are you doing?",
    "Nice to meet you!", "Thank you very much!", "Thanks, that helped a lot.", "thx!", "Great, thank you.",
    "Goodbye!", "See you tomorrow.", "Have a nice weekend!", "Who are you?", "What can you do for me?",
    "What's your name?", "Are you a person or a machine?", "Can you help me?", "Could we start over, please?",
    "Never mind, forget my last question.", "ok", "Sorry, that was a typo.", "Please answer more briefly from now on.",
    "Can we speak German?", "I am back.", "That is not what I meant.", "You are wrong about that.", "Wow, impressive!",
    "Please repeat that.", "How do I delete this conversation?", "Is anybody there?",
)  # fmt: skip
_SENTENCES = (
    "the meeting was moved to Thursday", "we will be ten minutes late", "the parcel has not arrived yet",
    "please close the window", "the printer is out of paper again", "my train leaves at noon",
    "the soup was too salty", "she has lost her keys", "the lift is broken", "our garden needs water",
    "the cat sleeps on the sofa", "they forgot the tickets at home", "I would like a table for two",
    "the shop opens at nine", "he never answers the telephone", "the lamp in the hall flickers",
)  # fmt: skip
_TASKS = (
    'Translate into {language}: "{sentence}".', 'How do you say "{sentence}" in {language}?',
    "Make this sound more polite: {sentence}.", 'Rewrite this sentence in the past tense: "{sentence}".',
    'Turn this into a question: "{sentence}".', 'Correct the spelling: "{typo}".',
    "Write a limerick about {thing}.", "Give me three names for {thing}.", "Tell me a joke about {thing}.",
    "Write a birthday card for my {person}.", "Draft an e-mail to my {person}: {sentence}.",
    "Suggest a present for my {person}.", "Write two lines that rhyme with {rhyme}.",
    "Write {number} words of small talk for a party.", "Shorten this: {sentence}, and nobody knows why.",
)  # fmt: skip
_LANGUAGES = ("French", "Spanish", "German", "Italian", "Portuguese", "Dutch", "Polish", "Swedish")
_THINGS = (
    "a lazy dog",
    "a rainy Monday",
    "my old bicycle",
    "a goldfish",
    "a coffee machine",
    "a sleepy owl",
    "a snowman",
)
_PEOPLE = ("sister", "boss", "neighbour", "grandfather", "landlady", "dentist", "best friend", "teacher")
_RHYMES = ("moon", "night", "rain", "cheese", "train", "mountain")
_CAPITALS = (
    ("France", "Paris"), ("Italy", "Rome"), ("Spain", "Madrid"), ("Japan", "Tokyo"), ("Canada", "Ottawa"),
    ("Egypt", "Cairo"), ("Norway", "Oslo"), ("Kenya", "Nairobi"), ("Peru", "Lima"), ("Greece", "Athens"),
    ("Portugal", "Lisbon"), ("Austria", "Vienna"), ("Poland", "Warsaw"), ("Chile", "Santiago"), ("Cuba", "Havana"),
    ("Ireland", "Dublin"), ("Finland", "Helsinki"), ("Hungary", "Budapest"), ("Thailand", "Bangkok"),
)  # fmt: skip
_SYMBOLS = (
    ("iron", "Fe"), ("silver", "Ag"), ("sodium", "Na"), ("lead", "Pb"), ("tin", "Sn"), ("potassium", "K"),
    ("copper", "Cu"), ("helium", "He"), ("mercury", "Hg"),
)  # fmt: skip
_FACTS = (
    ("How many days has a leap year?", "366"), ("How many legs does a spider have?", "8"),
    ("Which month comes after April?", "May"), ("How many sides has a hexagon?", "6"),
    ("How many minutes are there in a day?", "1440"), ("Which planet is closest to the sun?", "Mercury"),
    ("At how many degrees Celsius does water boil at sea level?", "100"), ("Who wrote Hamlet?", "William Shakespeare"),
    ("How many strings does a violin have?", "4"), ("Which ocean lies between Europe and America?", "Atlantic"),
    ("How many letters has the English alphabet?", "26"), ("Which animal is called the king of the jungle?", "lion"),
    ("How many continents are there?", "7"), ("What is frozen water called?", "ice"),
)  # fmt: skip
_OPPOSITES = (("hot", "cold"), ("early", "late"), ("empty", "full"), ("cheap", "expensive"), ("wide", "narrow"))
_PLURALS = (("mouse", "mice"), ("goose", "geese"), ("child", "children"), ("wolf", "wolves"), ("tooth", "teeth"))


Make = Callable[[random.Random], Draft]


def none_questions(rng: random.Random) -> Iterator[Draft]:
    """Questions without end: every method in turn, and each of its patterns before one comes again."""
    decks = [_deal(makers, rng) for makers in (_arithmetic(), _greetings(), _conversions(), _tasks(), _knowledge())]
    while True:
        for deck in decks:
            yield next(deck)(rng)


def _deal(makers: Sequence[Make], rng: random.Random) -> Iterator[Make]:
    while True:
        yield from rng.sample(makers, len(makers))


def _draft(method: Method, question: str, *answers: str) -> Draft:
    return Draft("none", method, question, answers)


def _arithmetic() -> list[Make]:
    patterns: tuple[Callable[[int, int, int], tuple[str, int]], ...] = (
        lambda a, b, c: (f"What is {a} + {b}?", a + b),
        lambda a, b, c: (f"{a} - {b} = ?", a - b),
        lambda a, b, c: (f"how much is {b} times {c}", b * c),
        lambda a, b, c: (f"Divide {b * c} by {c}.", b),
        lambda a, b, c: (f"What is {5 * c} percent of {20 * b}?", b * c),
        lambda a, b, c: (f"square root of {c * c}", c),
        lambda a, b, c: (f"{c} to the power of 3", c**3),
        lambda a, b, c: (f"A pen costs {c} euros. What do {b} pens cost?", b * c),
        lambda a, b, c: (f"I had {a} stamps and gave away {c}. How many are left?", a - c),
        lambda a, b, c: (f"What is the sum of {a}, {b} and {c}?", a + b + c),
        lambda a, b, c: (f"Which number is {c} more than {a}?", a + c),
    )

    def maker(pattern: Callable[[int, int, int], tuple[str, int]]) -> Make:
        def make(rng: random.Random) -> Draft:
            question, answer = pattern(rng.randint(12, 999), rng.randint(3, 99), rng.randint(2, 12))
            return _draft("arithmetic", question, *_spelt(answer))

        return make

    return [maker(pattern) for pattern in patterns]


def _conversions() -> list[Make]:
    patterns: tuple[Callable[[int], tuple[str, int]], ...] = (
        lambda n: (f"How many metres are {n} kilometres?", n * 1000),
        lambda n: (f"{n} hours in minutes", n * 60),
        lambda n: (f"How many grams are {n} kilograms?", n * 1000),
        lambda n: (f"{5 * n} degrees Celsius in Fahrenheit", 9 * n + 32),
        lambda n: (f"How many days are {n} weeks?", n * 7),
        lambda n: (f"convert {n} minutes to seconds", n * 60),
        lambda n: (f"How many centimetres are {n} metres?", n * 100),
        lambda n: (f"How many months are {n} years?", n * 12),
    )

    def maker(pattern: Callable[[int], tuple[str, int]]) -> Make:
        def make(rng: random.Random) -> Draft:
            question, answer = pattern(rng.randint(2, 40))
            return _draft("conversion", question, *_spelt(answer))

        return make

    return [maker(pattern) for pattern in patterns]


def _greetings() -> list[Make]:
    return [lambda _, text=text: _draft("greeting", text) for text in _GREETINGS]  # type: ignore[misc]


def _tasks() -> list[Make]:
    def maker(pattern: str) -> Make:
        def make(rng: random.Random) -> Draft:
            sentence = rng.choice(_SENTENCES)
            words = {
                "sentence": sentence, "typo": _typo(sentence, rng), "language": rng.choice(_LANGUAGES),
                "thing": rng.choice(_THINGS), "person": rng.choice(_PEOPLE), "rhyme": rng.choice(_RHYMES),
                "number": str(10 * rng.randint(3, 15)),
            }  # fmt: skip
            return _draft("task", pattern.format(**words))

        return make

    return [maker(pattern) for pattern in _TASKS]


def _knowledge() -> list[Make]:
    patterns: tuple[Callable[[random.Random], tuple[str, str]], ...] = (
        *(lambda _, fact=fact: fact for fact in _FACTS),
        lambda rng: _filled("What is the capital of {0}?|{1}", rng.choice(_CAPITALS)),
        lambda rng: _filled("capital of {0}|{1}", rng.choice(_CAPITALS)),
        lambda rng: _filled("Of which country is {1} the capital?|{0}", rng.choice(_CAPITALS)),
        lambda rng: _filled("What is the chemical symbol for {0}?|{1}", rng.choice(_SYMBOLS)),
        lambda rng: _filled("Which element has the symbol {1}?|{0}", rng.choice(_SYMBOLS)),
        lambda rng: _filled("What is the opposite of {0}?|{1}", rng.choice(_OPPOSITES)),
        lambda rng: _filled("What is the plural of {0}?|{1}", rng.choice(_PLURALS)),
    )

    def maker(pattern: Callable[[random.Random], tuple[str, str]]) -> Make:
        return lambda rng: _draft("common-knowledge", *pattern(rng))

    return [maker(pattern) for pattern in patterns]


def _filled(pattern: str, words: tuple[str, str]) -> tuple[str, str]:
    question, answer = pattern.format(*words).split("|")
    return question, answer


def _spelt(number: int) -> tuple[str, ...]:
    """The number, and from a thousand on also with a comma."""
    return (str(number), f"{number:,}") if abs(number) >= 1000 else (str(number),)


def _typo(sentence: str, rng: random.Random) -> str:
    """The sentence with two neighbouring letters of its longest word exchanged."""
    word = max(sentence.split(), key=len)
    places = [i for i in range(1, len(word) - 1) if word[i] != word[i + 1]]
    at = rng.choice(places)
    return sentence.replace(word, word[:at] + word[at + 1] + word[at] + word[at + 2 :], 1)
