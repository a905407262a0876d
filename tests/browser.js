// Walk through the slides of a page and return what is wrong, a sentence each, for tests/browser.py.
() => {
  const WIDTH = 1280, HEIGHT = 720;
  const HIDDEN = "aside, script, style, .MJX_Assistive_MathML, .MathJax_Preview";
  const LEAST = { prose: 24, table: 20, code: 20 };
  const problems = [];

  function kind(element) {
    if (element.closest("svg, .MathJax")) return null; // formulas are as large as their words
    if (element.closest("sub, sup")) return null;
    if (element.closest("pre, code")) return "code";
    return element.closest("table") ? "table" : "prose";
  }

  function look(slide, say) {
    const written = slide.querySelectorAll('script[type^="math/tex"]').length;
    const drawn = [...slide.querySelectorAll(".MathJax_SVG svg")].filter(
      (formula) => formula.getBoundingClientRect().width > 1 && formula.querySelector("use, path"),
    ).length;
    if (drawn !== written) say(`${written} formulas written, ${drawn} drawn`);
    for (const formula of slide.querySelectorAll(".MathJax_SVG"))
      if (getComputedStyle(formula).fontSize !== getComputedStyle(formula.parentElement).fontSize)
        say("a formula has another size than its words");
    if (slide.querySelector(".merror, [data-mjx-error], .MathJax_Error, .noError"))
      say("a formula is an error");
    if (slide.textContent.includes("Math Processing Error")) say("Math Processing Error");

    for (const picture of slide.querySelectorAll("img")) {
      if (!picture.naturalWidth) say("a picture is missing");
      if (!picture.alt.trim()) say("a picture has no alternative text");
      const width = picture.getAttribute("width") || picture.naturalWidth;
      const least = Math.min(1.2 * width, WIDTH - 100);
      if (picture.getBoundingClientRect().width < least) say("a picture is small");
    }

    for (const element of slide.querySelectorAll("*")) {
      const box = element.getBoundingClientRect();
      if (element.closest(HIDDEN) || box.width < 1 || box.height < 1) continue;
      const over = Math.max(box.bottom - HEIGHT, box.right - WIDTH, -box.top, -box.left);
      if (over > 2) say(`${element.tagName} is ${Math.round(over)} pixels outside`);
    }

    const words = document.createTreeWalker(slide, NodeFilter.SHOW_TEXT);
    while (words.nextNode()) {
      const { data, parentElement: element } = words.currentNode;
      if (!data.trim() || element.closest(HIDDEN)) continue;
      const size = parseFloat(getComputedStyle(element).fontSize) * Reveal.getScale();
      const least = LEAST[kind(element)];
      if (size < least) say(`${kind(element)} of ${size} pixels`);
      if (!element.closest("pre, code, svg") && /\$[^$\s]|\\[a-z]{2,}|\\\(/.test(data))
        say(`raw TeX ${data.trim().slice(0, 40)}`);
    }
  }

  for (const hint of document.querySelectorAll("details")) hint.open = true;
  const slides = Reveal.getSlides();
  slides.forEach((slide, i) => {
    const { h, v } = Reveal.getIndices(slide);
    Reveal.slide(h, v, 99);
    const found = new Set();
    look(slide, (problem) => found.add(`slide ${i + 1}: ${problem}`));
    problems.push(...found);
  });
  return { slides: slides.length, problems };
}
