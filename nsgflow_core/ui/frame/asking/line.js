// One line of conditions with a list of suggestions: a combobox as the ARIA practices describe it. Plain, no build step.
// Everything that is data is written as text, never as markup.

const MOST = 8;
const held = new WeakMap();

export default function (component) {
  const { parentElement, data, setTriggerValue } = component;
  let view = held.get(parentElement);
  if (!view) held.set(parentElement, (view = build(parentElement)));
  view.follow(data, (text) => setTriggerValue("asked", text));
  return () => {};
}

function build(root) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const [input, list, said, note, clear] = ["input", "list", "said", "note", "clear"].map(part);
  let data = { text: "", columns: [], moments: [], is_not: "!" };
  let apply = () => {};
  let offers = [];
  let active = -1;
  let told = null;

  const isDraft = () => input.value.trim() !== data.text;

  function follow(next, how) {
    apply = how;
    const before = told;
    data = next;
    told = JSON.stringify([next.text, next.error, next.turn]);
    if (told === before) return;
    if (next.error) {
      input.value = next.draft;
      mark(next.error.start);
    } else {
      input.value = next.text;
    }
    said.textContent = next.error ? `${next.error.message} ${next.error.hint}` : "";
    said.hidden = !next.error;
    input.setAttribute("aria-invalid", String(Boolean(next.error)));
    tell();
  }

  function mark(start) {
    const at = Array.from(input.value).slice(0, start).join("").length;
    const word = /^("[^"]*"?|[^\s,]*)/.exec(input.value.slice(at))[0];
    if (root.activeElement === input) input.setSelectionRange(at, at + word.length);
  }

  function tell() {
    clear.hidden = !input.value;
    note.hidden = !isDraft();
  }

  function offer() {
    const caret = input.selectionStart;
    const found = suggestions(input.value.slice(0, caret), data);
    offers = found.offers.slice(0, MOST);
    active = -1;
    list.replaceChildren(
      ...offers.map((each, place) => {
        const row = document.createElement("li");
        row.id = `offer-${place}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        const text = document.createElement("code");
        text.textContent = each.shown;
        const words = document.createElement("span");
        words.textContent = each.words;
        row.append(text, words);
        row.onpointerdown = (event) => {
          event.preventDefault();
          take(each, found.start);
        };
        return row;
      }),
    );
    list.dataset.start = found.start;
    open(offers.length > 0);
  }

  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    if (!yes) move(-1);
  }

  function move(to) {
    active = to;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === to)));
    if (to < 0) input.removeAttribute("aria-activedescendant");
    else {
      input.setAttribute("aria-activedescendant", `offer-${to}`);
      list.children[to].scrollIntoView({ block: "nearest" });
    }
  }

  function take(each, start) {
    const after = input.value.slice(input.selectionStart);
    input.value = input.value.slice(0, start) + each.text + after;
    const caret = start + each.text.length;
    input.setSelectionRange(caret, caret);
    input.focus();
    tell();
    if (each.goesOn) offer();
    else open(false);
  }

  function ask(text) {
    open(false);
    apply(text.trim());
  }

  input.oninput = () => {
    tell();
    offer();
  };
  input.onblur = () => open(false);
  input.onkeydown = (event) => {
    const isOpen = !list.hidden;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!isOpen) offer();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (offers.length) move((active + step + offers.length + (active < 0 && step < 0 ? 1 : 0)) % offers.length);
    } else if (event.key === "Enter" || (event.key === "Tab" && isOpen && active >= 0)) {
      event.preventDefault();
      if (isOpen && active >= 0) take(offers[active], Number(list.dataset.start));
      else ask(input.value);
    } else if (event.key === "Escape") {
      if (isOpen) open(false);
      else {
        input.value = data.text;
        tell();
      }
    }
  };
  clear.onclick = () => {
    input.value = "";
    input.focus();
    ask("");
  };
  return { follow };
}

// What can stand at the end of this text: { start, offers: [{ text, shown, words, goesOn }] }, `start` where it goes.
function suggestions(before, data) {
  const start = lastTerm(before);
  const term = before.slice(start);
  const named = /^(!?)([A-Za-z_][\w-]*)(!?~|!?[:=])/.exec(term);
  if (!named) return { start, offers: columns(term, data) };
  const name = named[2].toLowerCase();
  const at = start + lastValue(term, named[0].length);
  const typed = before.slice(at).replace(/^[!~=]*"?/, "").toLowerCase();
  const marks = /^[!~=]*/.exec(before.slice(at))[0];
  if (name === "since" || name === "until") {
    const moments = data.moments.filter((each) => each.startsWith(typed));
    return { start: at, offers: moments.map((each) => value(each, "", marks)) };
  }
  const column = data.columns.find((each) => each.names.includes(name));
  if (!column) return { start, offers: [] };
  const fitting = column.values.filter((each) => each.toLowerCase().includes(typed) && each.toLowerCase() !== typed);
  fitting.sort((one, other) => other.toLowerCase().startsWith(typed) - one.toLowerCase().startsWith(typed));
  return { start: at, offers: fitting.map((each) => value(each, column.label, marks)) };
}

function value(text, words, marks) {
  const written = /[\s,"]|^[!~=]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  return { text: marks + written, shown: text, words, goesOn: false };
}

function columns(term, data) {
  const not = term.startsWith("!") ? "!" : "";
  const typed = term.slice(not.length).toLowerCase();
  const exact = data.columns.find((each) => each.names.includes(typed));
  const offers = [];
  if (exact) {
    for (const way of exact.ways) {
      if (not && !way.mark.startsWith("!")) continue;
      const mark = way.mark.replace(/^!/, "");
      const text = `${way.mark.startsWith("!") ? "!" : ""}${typed}${mark || ":"}`;
      offers.push({ text, shown: text, words: `${exact.label} ${way.words}`, goesOn: true });
    }
  }
  for (const each of data.columns) {
    const name = each.names.find((one) => one.startsWith(typed));
    if (each === exact || !(name || (typed && each.label.toLowerCase().includes(typed)))) continue;
    const text = `${not}${name || each.names[0]}:`;
    offers.push({ text, shown: text, words: each.help, goesOn: true });
  }
  for (const each of data.words) {
    if (!not && each.text.startsWith(typed)) {
      offers.push({ text: each.text, shown: each.text, words: each.words, goesOn: each.text.endsWith(":") });
    }
  }
  return offers;
}

// Where the last term of a text begins: behind the last blank outside of quotation marks.
function lastTerm(text) {
  let start = 0;
  let quoted = false;
  for (let at = 0; at < text.length; at += 1) {
    if (text[at] === '"') quoted = !quoted;
    else if (!quoted && /\s/.test(text[at])) start = at + 1;
  }
  return start;
}

// Where the last value of a term begins: behind the last comma outside of quotation marks, or behind the mark.
function lastValue(term, from) {
  let start = from;
  let quoted = false;
  for (let at = from; at < term.length; at += 1) {
    if (term[at] === '"') quoted = !quoted;
    else if (!quoted && term[at] === ",") start = at + 1;
  }
  return start;
}
