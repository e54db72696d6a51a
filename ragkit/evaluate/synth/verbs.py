"""English verbs of expository prose: which word is one, its base form and its third person."""

from __future__ import annotations

import functools
import re
from collections.abc import Mapping
from typing import Literal, NamedTuple

from ragkit.evaluate.synth.wordlist import word_set

Tense = Literal["present", "past"]

_REGULAR = """
    accelerate accept accompany account achieve acquire act activate adapt add address adjust admire adopt advance
    advocate affect aim align alleviate allocate allow alter amplify analyse analyze annotate announce answer appear
    apply appoint approach approximate argue arise arrest arrive ask assemble assess assign assist associate assume
    attack attain attend attract augment automate avoid balance ban belong benchmark block boost bridge bury
    calculate call capture carry cause celebrate chair challenge change characterise characterize circumvent claim
    classify cleave co-found coach collect combine command commemorate compare compensate compete compile complement
    complete compose compress comprise compute concern conclude condemn condition conduct confer confirm connect
    conquer conserve consider consist constitute constrain construct consume contain continue contribute convert
    cook cooperate coordinate correct correlate count cover create cross curate debut decide decline decode
    decompose decouple decrease defeat defend define degrade deliver demonstrate denote depend depict deploy derive
    describe design destroy detail detect determine develop devise diagnose differ direct discard discover discuss
    dismiss display disrupt distinguish divide document donate double drop ease edit elect elicit eliminate emerge
    emphasise emphasize employ enable encode encompass encourage endorse enforce enhance enjoy enlarge enrich ensure
    enter entertain equip erect escape establish estimate evaluate examine exceed exchange execute exhibit exist
    expand explain exploit explore export expose express extend extract facilitate fail feature fill filter finance
    finish float focus follow form formalise formalize formulate foster fund fuse gain gather generalise generalize
    generate govern graduate grant guarantee guard guide handle happen harness head heat help highlight hire host
    hunt identify illustrate impair impede implement import improve inaugurate incorporate increase indicate induce
    infer influence inform inhabit inherit inhibit initiate insert inspect inspire integrate interact introduce
    invade invent investigate invite involve isolate join jump kill lack last launch lean learn leverage lift limit
    link live load localise localize locate look lower maintain manage manipulate map marry match maximise maximize
    measure mediate mention merge migrate mine minimise minimize mirror mitigate mix model modify modulate motivate
    move multiply narrow need nominate normalise normalize note observe obtain occupy offer open operate oppose
    optimise optimize orchestrate order organise organize originate outline outperform overlap oversee own paint
    parse participate partition pass perform permit perturb phosphorylate photograph pinpoint place plan plant play
    point portray position possess pour praise predict premiere prepare present preserve prevail prevent print
    prioritise prioritize process produce project promote propose protect prove provide prune publish purchase
    pursue push quantify quantize quit race raise range rank reach reason rebuild recall receive recognise recognize
    recommend reconstruct record recover recruit reduce refer refine reflect regulate reign reject relate release
    rely remain remove rent repair replace report represent require rescue resemble reserve reside resign resolve
    respond restore restrict result retain retire retrieve return reuse reveal review revise reward route rule sail
    sample satisfy save scale scan scare schedule score search select separate serve settle share shift shorten
    showcase sign simplify simulate skip slow solve sort specialise specialize specify sponsor stabilise stabilize
    star start state stay steer stimulate stop store streamline strengthen stretch struggle study succeed suffer
    suggest suit supervise supply support suppress surpass surround survey survive sustain swap switch synthesise
    synthesize tackle talk target tend test touch tour trace track train transfer transform translate travel treat
    trigger try tune turn unify unveil update upregulate use utilise utilize validate vary verify visit wait walk
    want warn wash watch weigh welcome work worry yield
"""
_ALSO_NOUNS = word_set(
    """account advance advocate aim answer approach attack balance ban bear beat benchmark block boost break bridge
    call cause chair challenge change claim coach command condition cost count cover cross cut debut decline
    decrease defeat design detail display document double drive effect estimate exchange experiment exploit export
    express extract fall feature feed feel fight filter finish fit float fly focus form function fund gain grant
    guard guide handle head heat help highlight host hunt import increase influence insert join jump lack launch
    lift limit link load map match measure mine model move narrow need note offer order outline overlap paint
    partition pass photograph place plan plant play point position praise print process produce project promise
    purchase push race range rank reach reason record rent repair report request rescue research result return
    review reward rise route rule run sail sample scale scan schedule score search separate set share shift shoot
    show sign slow sort span sponsor stage stand star start state stay stem stop store stretch struggle study supply
    support survey switch talk target test throw touch tour trace track transfer transform travel trigger try tune
    turn update use view visit wait walk want watch welcome win work worry yield"""
)
_DOUBLED = ("plan", "map", "drop", "permit", "refer", "confer", "control", "transfer", "cut", "let", "stem", "occur",
            "infer", "prefer", "ship", "program", "span")  # fmt: skip
_IRREGULAR: Mapping[str, str] = {
    "be": "is was", "have": "has had", "do": "does did", "go": "goes went", "become": "becomes became",
    "beat": "beats beat", "bear": "bears bore", "buy": "buys bought", "catch": "catches caught", "eat": "eats ate",
    "feed": "feeds fed", "feel": "feels felt", "fight": "fights fought", "fly": "flies flew", "hear": "hears heard",
    "lend": "lends lent", "shoot": "shoots shot", "sing": "sings sang", "sit": "sits sat", "swim": "swims swam",
    "throw": "throws threw", "wear": "wears wore",
    "begin": "begins began", "bind": "binds bound", "break": "breaks broke", "bring": "brings brought",
    "build": "builds built", "choose": "chooses chose", "come": "comes came", "cut": "cuts cut", "draw": "draws drew",
    "drive": "drives drove", "fall": "falls fell", "find": "finds found", "fit": "fits fitted", "get": "gets got",
    "give": "gives gave", "grow": "grows grew", "hold": "holds held", "keep": "keeps kept", "know": "knows knew",
    "lead": "leads led", "leave": "leaves left", "lie": "lies lay", "lose": "loses lost", "make": "makes made",
    "mean": "means meant", "meet": "meets met", "occur": "occurs occurred", "overcome": "overcomes overcame",
    "pay": "pays paid", "put": "puts put", "rise": "rises rose", "run": "runs ran", "see": "sees saw",
    "seek": "seeks sought", "sell": "sells sold", "send": "sends sent", "set": "sets set", "show": "shows showed",
    "span": "spans spanned", "speak": "speaks spoke", "speed": "speeds sped", "spend": "spends spent",
    "stand": "stands stood", "stem": "stems stemmed", "take": "takes took", "teach": "teaches taught",
    "tell": "tells told", "think": "thinks thought", "understand": "understands understood",
    "undergo": "undergoes underwent", "underlie": "underlies underlay", "win": "wins won", "write": "writes wrote",
    "control": "controls controlled", "can": "can could", "will": "will would", "may": "may might",
}  # fmt: skip
_PLURAL_FORMS: Mapping[str, tuple[str, Tense]] = {
    "are": ("be", "present"),
    "were": ("be", "past"),
    "am": ("be", "present"),
}
_MODAL = frozenset({"can", "will", "may"})


class Form(NamedTuple):
    """What a word is the form of."""

    base: str
    tense: Tense


@functools.cache
def forms() -> Mapping[str, Form]:
    """The third persons and past forms that are known, each with its base."""
    found: dict[str, Form] = {}
    for base in _REGULAR.split():
        if base not in _IRREGULAR:
            found[_third(base)] = Form(base, "present")
            found[_past(base)] = Form(base, "past")
    for base, told in _IRREGULAR.items():
        present, past = told.split()
        found[past] = Form(base, "past")
        found[present] = Form(base, "present")
    return found


@functools.cache
def bases() -> frozenset[str]:
    """The base forms that are known, "be" left out."""
    return (frozenset(_REGULAR.split()) | frozenset(_IRREGULAR)) - {"be"}


def form_of(word: str) -> Form | None:
    """What a word is the form of: "contains" of "contain" in the present; None for a word that is no known form."""
    lower = word.lower()
    return Form(*_PLURAL_FORMS[lower]) if lower in _PLURAL_FORMS else forms().get(lower)


def third_person(verb: str) -> str | None:
    """The form after "it" of what stands after "we": propose → proposes, are → is, found → found; None: not known."""
    word = verb.lower()
    if word in _PLURAL_FORMS:
        return {"present": "is", "past": "was"}[_PLURAL_FORMS[word][1]]
    if word in _MODAL:
        return word
    if word in bases():
        return _IRREGULAR[word].split()[0] if word in _IRREGULAR else _third(word)
    form = forms().get(word)
    return word if form is not None and form.tense == "past" else None


def past(verb: str) -> str:
    """The past form of a base: propose → proposed, find → found."""
    return _IRREGULAR[verb].split()[1] if verb in _IRREGULAR else _past(verb)


def is_plural_noun_too(word: str) -> bool:
    """True for a third person that is as often the plural of a noun: "results", "models", "works"."""
    form = form_of(word)
    return form is not None and form.tense == "present" and form.base in _ALSO_NOUNS


def is_only_a_verb(word: str) -> bool:
    """True for a base form that is no noun as well: "enhance", but not "design"."""
    return word.lower() in bases() and word.lower() not in _ALSO_NOUNS


def is_finite(word: str) -> bool:
    """True for a word that can be the verb of a clause about one thing."""
    return form_of(word) is not None


def _third(base: str) -> str:
    if re.search(r"(?:s|x|z|ch|sh|o)$", base):
        return f"{base}es"
    return f"{base[:-1]}ies" if re.search(r"[^aeiou]y$", base) else f"{base}s"


def _past(base: str) -> str:
    if base in _DOUBLED:
        return f"{base}{base[-1]}ed"
    if base.endswith("e"):
        return f"{base}d"
    return f"{base[:-1]}ied" if re.search(r"[^aeiou]y$", base) else f"{base}ed"
