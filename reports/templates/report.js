// Filters the answers. Its state is the URL's fragment, so that a filtered view and a single answer can be linked.
"use strict";
(() => {
  const form = document.querySelector("main form#filter");
  const list = document.querySelector("main #questions");
  if (!form || !list) return;
  const output = document.querySelector("main #shown");
  const toggle = document.querySelector("main #toggle");
  const fields = ["q", "topic", "language", "target", "outcome", "kind", "order"];
  const queue = list.querySelector(":scope > #queue");
  const control = (name) => form.elements.namedItem(name);
  const fold = (text) => text.normalize("NFKC").toLowerCase();

  const questions = [...list.querySelectorAll("details.q")].map((element) => ({
    element,
    home: element.parentElement,
    topic: element.dataset.topic,
    kind: element.dataset.kind,
    exchanges: [...element.querySelectorAll(":scope > .x")].map((x) => ({
      element: x,
      language: x.dataset.language,
      prompt: x.querySelector(".prompt"),
      answers: [...x.querySelectorAll("article.a")].map((a) => ({
        element: a,
        column: a.parentElement,
        target: a.dataset.target,
        outcome: a.dataset.outcome,
        review: Number(a.dataset.review || Infinity),
      })),
    })),
  }));
  const texts = new WeakMap();
  const text = (element) => {
    if (!texts.has(element)) texts.set(element, fold(element.textContent));
    return texts.get(element);
  };

  const matches = (wanted, value) => !wanted || wanted === value;

  function filter(state) {
    const query = fold(state.q || "").trim();
    let shown = 0;
    for (const question of questions) {
      const here = matches(state.topic, question.topic) && matches(state.kind, question.kind);
      let any = false;
      for (const exchange of question.exchanges) {
        const within = here && matches(state.language, exchange.language);
        const asked = within && query !== "" && text(exchange.prompt).includes(query);
        let visible = 0;
        const columns = new Map();
        for (const answer of exchange.answers) {
          const on =
            within &&
            matches(state.target, answer.target) &&
            matches(state.outcome, answer.outcome) &&
            (query === "" || asked || text(answer.element).includes(query));
          answer.element.hidden = !on;
          columns.set(answer.column, columns.get(answer.column) || on);
          if (on) visible += 1;
        }
        for (const [column, on] of columns) column.hidden = !on;
        exchange.element.hidden = visible === 0;
        shown += visible;
        any = any || visible > 0;
      }
      question.element.hidden = !any;
    }
    arrange(state.order);
    for (const topic of list.querySelectorAll(":scope > section")) {
      topic.hidden = topic.querySelector(":scope > details:not([hidden])") === null;
    }
    output.textContent = output.dataset.text.replace("{shown}", shown.toLocaleString("en"));
    const open = questions.filter((question) => !question.element.hidden);
    if (open.length === 1) open[0].element.open = true;
    label();
  }

  const due = (exchange) => Math.min(...exchange.answers.filter((a) => !a.element.hidden).map((a) => a.review));
  const first = (question) => Math.min(...question.exchanges.map(due));
  const sorted = (list, place) =>
    list.map((one) => [place(one), one]).sort(([a], [b]) => (a === b ? 0 : a - b)).map(([, one]) => one);

  // Moves the questions into one queue by their first answer to review, or back under their topics.
  let arranged = "";
  function arrange(order) {
    if (!order && !arranged) return;
    arranged = order;
    for (const question of questions) {
      const exchanges = order ? sorted(question.exchanges, due) : question.exchanges;
      question.element.append(...exchanges.map((exchange) => exchange.element));
    }
    for (const question of order ? sorted(questions, first) : questions) {
      (order ? queue : question.home).append(question.element);
    }
  }

  function label() {
    const open = questions.some((question) => !question.element.hidden && question.element.open);
    toggle.textContent = open ? toggle.dataset.close : toggle.dataset.open;
  }

  const read = () => Object.fromEntries(fields.map((name) => [name, control(name).value]));

  function write(state) {
    const chosen = Object.entries(state).filter(([, value]) => value);
    const fragment = new URLSearchParams(chosen).toString() || "answers";
    history.replaceState(null, "", "#" + fragment);
  }

  function fill(parameters) {
    for (const name of fields) control(name).value = parameters.get(name) || "";
    filter(read());
  }

  function show(element) {
    for (let at = element; at; at = at.parentElement) {
      if (at.tagName === "DETAILS") at.open = true;
      if (at.hidden) fill(new URLSearchParams());
    }
    element.scrollIntoView({ behavior: "instant" });
  }

  function follow() {
    const fragment = location.hash.slice(1);
    if (fragment.includes("=")) {
      fill(new URLSearchParams(fragment));
      document.getElementById("answers").scrollIntoView({ behavior: "instant" });
    } else if (/^[aq]-[0-9a-f-]+$/.test(fragment)) {
      const element = document.getElementById(fragment);
      if (element) show(element);
    }
  }

  let pending = 0;
  form.addEventListener("input", () => {
    clearTimeout(pending);
    pending = setTimeout(() => {
      const state = read();
      filter(state);
      write(state);
    }, 80);
  });
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => {
    setTimeout(() => {
      filter(read());
      write({});
    });
  });
  toggle.addEventListener("click", () => {
    const shown = questions.filter((question) => !question.element.hidden);
    const open = !shown.some((question) => question.element.open);
    for (const question of shown) question.element.open = open;
    label();
  });
  list.addEventListener("toggle", label, true);
  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-filter]");
    if (!link) return;
    event.preventDefault();
    location.hash = link.dataset.filter;
  });
  window.addEventListener("hashchange", follow);

  form.hidden = false;
  filter(read());
  follow();
})();
