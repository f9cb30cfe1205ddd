// On paper a page is as wide as it was on screen, made smaller: tables and charts are pictures of their own width.

const PAPER = 1047; // CSS pixels across A4 on its side, without margins of 10 mm

export default function () {
  if (window.nsgflowPaper) return;
  window.nsgflowPaper = true;
  addEventListener("beforeprint", () => {
    const parts = document.querySelectorAll('[data-testid="stMainBlockContainer"] > [data-testid="stVerticalBlock"]');
    const widest = Math.max(...[...parts].map((part) => part.scrollWidth), PAPER);
    document.documentElement.style.setProperty("--on-paper", String(PAPER / widest));
  });
}
