"use strict";
// The list of questions. Everything that is shown is put into the page as text, never as HTML.
(() => {
  const data = JSON.parse(document.getElementById("data").textContent);
  const form = document.querySelector(".filters");
  const list = document.querySelector(".questions");
  const more = document.querySelector(".more");
  const found = document.querySelector(".found");
  const PORTION = 25;
  let shown = PORTION;

  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) {
      if (key === "own") element.style.setProperty("--own", `var(--side-${value})`);
      else element.setAttribute(key, value);
    }
    element.append(...children.filter((child) => child !== null));
    return element;
  };
  const tone = (state) => (state === "right" ? "right" : state === "not judged" ? "" : "wrong");
  const right = (question, side) => question.sides[side].state === "right";
  const judged = (question) => question.sides.every((side) => side.state !== "not judged");

  const views = [
    ["all", "all questions", () => true],
    ["flipped", "flipped", (q) => judged(q) && q.sides.some((_, i) => right(q, i) !== right(q, 0))],
    ...data.sides.slice(1).flatMap((side, i) => [
      [`won${i + 1}`, `won by ${side.letter} ${side.label}`, (q) => judged(q) && right(q, i + 1) && !right(q, 0)],
      [`lost${i + 1}`, `lost by ${side.letter} ${side.label}`, (q) => judged(q) && !right(q, i + 1) && right(q, 0)],
    ]),
    ["wrong", "wrong on every side", (q) => judged(q) && q.sides.every((_, i) => !right(q, i))],
    ["answers", "with different answers", (q) => q.sides.some((side) => side.answer !== q.sides[0].answer)],
  ];

  const options = (name, items) => {
    for (const [value, text] of items) form.elements[name].append(make("option", { value }, text));
  };
  const count = (test) => data.questions.filter(test).length;
  options("show", views.map(([value, text, test]) => [value, `${text} (${count(test)})`]));
  options("kind", [["", "any"], ...data.kinds.map((kind) => [kind, `${kind} (${count((q) => q.kind === kind)})`])]);
  options("ending", [
    ["", "in any way"],
    ...data.endings.flatMap((state) =>
      data.sides.map((side, i) => [`${i}:${state}`, `${side.letter}: ${state}`, count((q) => q.sides[i].state === state)])
    ).filter(([, , n]) => n).map(([value, text, n]) => [value, `${text} (${n})`]),
  ]);

  const matches = () => {
    const words = form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean);
    const view = views.find(([value]) => value === form.elements.show.value)[2];
    const kind = form.elements.kind.value;
    const [side, state] = form.elements.ending.value.split(/:(.*)/s);
    return data.questions.filter((q) => {
      if (kind && q.kind !== kind) return false;
      if (state && q.sides[Number(side)].state !== state) return false;
      if (!view(q)) return false;
      const text = [q.id, q.question, ...q.answers, ...q.sides.map((s) => s.answer || "")].join(" ").toLowerCase();
      return words.every((word) => text.includes(word));
    });
  };

  const article = (q, i) => {
    const side = q.sides[i];
    const rows = [];
    if (side.cited.length) {
      const cited = make("dd", {});
      side.cited.forEach((doc, n) => {
        const gold = q.gold.includes(doc);
        cited.append(n ? ", " : "", make("span", gold ? { class: "gold", title: "a gold document" } : {}, doc + (gold ? " ✓" : "")));
      });
      rows.push(make("dt", {}, "cited"), cited);
    }
    if (side.trace) rows.push(make("dt", {}, "trace"), make("dd", {}, make("code", {}, `ragkit trace show ${side.trace.slice(0, 8)}`)));
    return make(
      "article", { own: data.sides[i].color },
      make("h3", {}, make("span", {}, `${data.sides[i].letter} ${data.sides[i].label}`), make("span", { class: `state ${tone(side.state)}` }, side.state)),
      make("p", side.answer === null ? { class: "why" } : {}, side.answer === null ? "no answer" : side.answer),
      side.detail ? make("p", { class: "why" }, side.detail) : null,
      make("ul", { class: "numbers" }, ...side.numbers.map(([name, value]) => make("li", {}, name, make("b", {}, value)))),
      make("dl", {}, ...rows)
    );
  };

  const open = (q) => make(
    "div", { class: "opened" },
    make("p", { class: "wanted" }, "Right: ", make("b", {}, q.answers.length ? q.answers.join(" · ") : "no answer is listed"),
      q.gold.length ? ` in ${q.gold.join(", ")}` : ""),
    make("div", { class: "answers" }, ...q.sides.map((_, i) => article(q, i)))
  );

  const item = (q) => {
    const details = make(
      "details", {},
      make("summary", {},
        make("span", { class: "asked" }, make("small", {}, q.kind ? `${q.id} · ${q.kind}` : q.id), q.question),
        make("span", { class: "states" }, ...q.sides.map((side, i) =>
          make("span", { class: `state ${tone(side.state)}`, own: data.sides[i].color }, make("b", {}, data.sides[i].letter), side.state))))
    );
    details.addEventListener("toggle", () => {
      if (details.open && details.childElementCount === 1) details.append(open(q));
    });
    return make("li", {}, details);
  };

  const draw = () => {
    const chosen = matches();
    list.replaceChildren(...chosen.slice(0, shown).map(item));
    more.hidden = chosen.length <= shown;
    found.textContent = `${chosen.length} of ${data.questions.length} questions`;
  };
  const remember = () => {
    const state = new URLSearchParams([...new FormData(form)].filter(([, value]) => value && value !== "all"));
    history.replaceState(null, "", state.size ? `#${state}` : location.pathname + location.search);
  };
  const recall = () => {
    for (const [name, value] of new URLSearchParams(location.hash.slice(1))) {
      const field = form.elements[name];
      if (field && (field.tagName === "INPUT" || [...field.options].some((option) => option.value === value))) field.value = value;
    }
  };

  form.addEventListener("input", () => { shown = PORTION; draw(); remember(); });
  form.addEventListener("submit", (event) => event.preventDefault());
  more.addEventListener("click", () => { shown += PORTION; draw(); });
  addEventListener("hashchange", () => {
    form.reset();
    recall();
    draw();
    document.getElementById("questions").scrollIntoView();
  });
  form.hidden = false;
  recall();
  draw();
})();
