// Tell the server the least width of the window, in steps, and whenever that changes; a wide one tells nothing.

let steps = null;
let latest = null;

function tell() {
  const least = Math.max(0, ...steps.filter(each => each.query.matches).map(each => each.pixels));
  if (least !== latest.data.told) latest.setStateValue("least", least);
}

export default function (component) {
  latest = component;
  if (!steps) {
    steps = component.data.steps.map(pixels => ({ pixels, query: matchMedia(`(min-width: ${pixels}px)`) }));
    steps.forEach(each => each.query.addEventListener("change", tell));
  }
  tell();
}
