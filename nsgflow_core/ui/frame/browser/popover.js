// What a button opens is drawn at the end of the page, after all else that Tab reaches: here it follows its button.

const BUTTON = '[data-testid="stPopoverButton"]';
const BODY = '[data-testid="stPopoverBody"]';
const CONTROLS = 'a[href], button:not([disabled]), input:not([disabled]), textarea, [tabindex="0"]';

export default function () {
  if (window.nsgflowPopover) return;
  window.nsgflowPopover = true;
  addEventListener("keydown", step, true);
}

function step(event) {
  if (event.key !== "Tab" || event.altKey || event.ctrlKey || event.metaKey) return;
  const button = document.querySelector(`${BUTTON}[aria-expanded="true"]`);
  const body = document.querySelector(BODY);
  if (!button || !body) return;
  const controls = [...body.querySelectorAll(CONTROLS)].filter((each) => each.tabIndex >= 0 && each.offsetParent);
  if (!controls.length) return;
  if (event.target === button && !event.shiftKey) go(event, controls[0]);
  else if (event.target === controls[0] && event.shiftKey) go(event, button);
  else if (event.target === controls.at(-1) && !event.shiftKey) button.focus(); // and from there on to what follows it
}

function go(event, to) {
  event.preventDefault();
  to.focus();
}
