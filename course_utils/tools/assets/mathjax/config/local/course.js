// Of this course, not of MathJax: no previews (printed slides would show each formula twice), and
// no menu (its renderers and its explorer are not among these files).
MathJax.Hub.Config({
  "fast-preview": { disabled: true },
  tex2jax: { preview: "none" },
  showMathMenu: false,
  menuSettings: { inTabOrder: false },
});
MathJax.Ajax.loadComplete("[MathJax]/config/local/course.js");
