// One entry of the history: the address changes once, and Streamlit follows it as it follows Back and Forward.
// What is typed is completed from what the page was given, the busiest first; everything that is data stays text.

const MOST = 8;
const held = new WeakMap();
let box = null;

// From anywhere on a page: Tab passes the menu first.
addEventListener("keydown", (event) => {
  const isAsked = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey && event.key.toLowerCase() === "k";
  if (!isAsked || !box?.isConnected) return;
  event.preventDefault();
  box.focus();
  box.select();
});

export default function ({ parentElement, data }) {
  box = parentElement.querySelector("input");
  let follow = held.get(parentElement);
  if (!follow) held.set(parentElement, (follow = build(parentElement)));
  follow(data);
  return () => {};
}

function build(root) {
  const [form, input, list] = ["form", "input", "ul"].map((name) => root.querySelector(name));
  const typedIn = { page: "address", key: "ip", more: {} };
  let data = { base: "/", kept: [], known: [] };
  let offers = [];
  let active = -1;

  function go(text, { page, key, more }) {
    open(false);
    if (!text) return;
    const before = new URLSearchParams(location.search);
    const params = new URLSearchParams({ [key]: text, ...more });
    data.kept.forEach((key) => before.getAll(key).forEach((value) => params.append(key, value)));
    const to = `${data.base}${page}?${params}`;
    if (to === location.pathname + location.search) return;
    history.pushState({}, "", to);
    dispatchEvent(new PopStateEvent("popstate"));
    input.value = "";
    input.blur();
  }

  function offer() {
    offers = suggestions(input.value.trim().toLowerCase(), data.known).slice(0, MOST);
    list.replaceChildren(
      ...offers.map(({ text, kind, leads }, place) => {
        const row = document.createElement("li");
        row.id = `found-${place}`;
        row.setAttribute("role", "option");
        row.setAttribute("aria-selected", "false");
        const [name, words] = [document.createElement("b"), document.createElement("span")];
        name.textContent = row.title = text;
        words.textContent = kind;
        row.append(name, words);
        row.onpointerdown = (event) => event.preventDefault();
        row.onclick = () => go(text, leads);
        return row;
      }),
    );
    open(offers.length > 0);
  }

  function open(yes) {
    list.hidden = !yes;
    input.setAttribute("aria-expanded", String(yes));
    move(-1);
  }

  function move(to) {
    active = to;
    [...list.children].forEach((row, place) => row.setAttribute("aria-selected", String(place === to)));
    if (to < 0) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", `found-${to}`);
  }

  input.oninput = offer;
  input.onfocus = offer;
  input.onblur = () => open(false);
  input.onkeydown = (event) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (list.hidden) offer();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (offers.length) move((active + step + offers.length + (active < 0 && step < 0 ? 1 : 0)) % offers.length);
    } else if (event.key === "Escape" && !list.hidden) {
      event.preventDefault();
      open(false);
    }
  };
  form.onsubmit = (event) => {
    event.preventDefault();
    const typed = input.value.trim();
    const { text, leads } = offers[active] ?? called(typed, data.known) ?? { text: typed, leads: typedIn };
    go(text, leads);
  };
  return (next) => (data = next);
}

// What is called exactly so, the kinds in their order.
function called(typed, known) {
  const all = known.flatMap(({ values, leads }) => values.map((text) => ({ text, leads })));
  return all.find(({ text }) => text.toLowerCase() === typed.toLowerCase());
}

// Those that begin with what is typed before those that hold it; each in the given order.
function suggestions(typed, known) {
  const all = known.flatMap(({ values, ...of }) => values.map((text) => ({ text, ...of, low: text.toLowerCase() })));
  const held = all.filter(({ low }) => low.includes(typed) && low !== typed);
  return held.sort((one, other) => other.low.startsWith(typed) - one.low.startsWith(typed));
}
