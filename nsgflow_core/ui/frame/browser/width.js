// Tell the server whether the window is as narrow as a phone's, and whenever that changes; a wide one tells nothing.

const PHONE = matchMedia("(max-width: 640px)");
let latest = null;

function tell() {
  if (PHONE.matches !== latest.data.told) latest.setStateValue("narrow", PHONE.matches);
}

PHONE.addEventListener("change", () => latest && tell());

export default function (component) {
  latest = component;
  tell();
}
