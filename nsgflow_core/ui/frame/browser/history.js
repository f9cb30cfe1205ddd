// One action of a person is one entry of the history.
//
// Streamlit pushes an entry for the page that a click leads to, and one more for the parameters which that page's run
// writes at its end; `st.switch_page` pushes the page that is left with the new parameters first. A push that nothing
// from the person preceded belongs to the action before: it takes the place of that one's entry.

const ACTIONS = ["pointerdown", "keydown", "click", "input", "change", "drop"];

export default function () {
  if (window.nsgflowHistory) return;
  window.nsgflowHistory = true;
  let acted = false;
  for (const action of ACTIONS) addEventListener(action, () => (acted = true), true);
  addEventListener("popstate", () => (acted = false), true);
  history.pushState = function (...entry) {
    const write = acted ? "pushState" : "replaceState";
    acted = false;
    History.prototype[write].apply(history, entry);
  };
}
