// Of this course, not of MathJax: no previews (printed slides would show each formula twice), and
// no menu (its renderers and its explorer are not among these files). A formula is as large as the
// words around it. Formulas drawn as SVG carry the class of the other renderers, too: style sheets
// and tools look for it.
MathJax.Hub.Config({
  "fast-preview": { disabled: true },
  tex2jax: { preview: "none" },
  SVG: { matchFontHeight: false, linebreaks: { automatic: false } },
  showMathMenu: false,
  menuSettings: { inTabOrder: false },
});
new MutationObserver(() => {
  const formulas = document.querySelectorAll(".MathJax_SVG:not(.MathJax)");
  formulas.forEach((formula) => formula.classList.add("MathJax"));
}).observe(document.documentElement, { childList: true, subtree: true });
MathJax.Ajax.loadComplete("[MathJax]/config/local/course.js");
