// Start the slides. When all formulas are drawn: fill each slide as far as it goes, move what is too
// much onto the next one, give pictures their size, and hand over to reveal.js. For paper (?print-pdf)
// the style sheet is enough: a page for each slide.
const HEIGHT = 720 - 8;
const WIDTH = 1280 - 2 * 36;
const LEAST = 1.25; // of the size in the notebook: labels of 13 pixels have 16 then
const MOST = 2;
const NARROW = 660; // in the notebook: text stands beside such a picture

const pictures = (slide) => [...slide.querySelectorAll("img")];

function textFollows(picture, slide) {
  const range = document.createRange();
  range.setStartAfter(picture);
  range.setEndAfter(slide.lastElementChild);
  const after = range.cloneContents();
  after.querySelectorAll("aside").forEach((note) => note.remove());
  const next = after.querySelector("p, ul, ol, pre, table"); // code takes the whole width
  return next !== null && !next.closest(".highlight");
}

function enlarge(slide, scale) {
  for (const picture of pictures(slide)) {
    const width = picture.getAttribute("width") || picture.naturalWidth;
    const alone = pictures(slide).length === 1 && width <= NARROW;
    picture.classList.toggle("beside", alone && textFollows(picture, slide));
    const most = picture.matches(".beside") ? Math.max(LEAST * width, WIDTH / 2) : WIDTH;
    picture.style.width = `${Math.min(scale * width, most)}px`;
  }
}

function fits(slide) {
  enlarge(slide, LEAST);
  return slide.scrollHeight <= HEIGHT;
}

// Say whether a slide fits, if need be with smaller words and less space between them.
function fitsTightly(slide) {
  if (fits(slide)) return true;
  slide.classList.add("tight");
  if (fits(slide)) return true;
  slide.classList.remove("tight");
  return false;
}

// Take what is too much from the end of `part` of a slide; return it, in a copy of the part's frame.
function cut(slide, part) {
  const rest = part.cloneNode(false);
  rest.removeAttribute("id");
  rest.classList.remove("fragment");
  while (!fits(slide) && part.children.length > 1) rest.prepend(part.lastElementChild);
  if (!fits(slide) && part.lastElementChild.matches("div")) {
    const more = cut(slide, part.lastElementChild);
    if (more) rest.prepend(more);
  }
  return rest.children.length ? rest : null;
}

// Let the next slide follow on this one, step by step, if it has no heading and there is room.
function joined(slide) {
  const next = slide.nextElementSibling;
  if (!next || next.querySelector("h1, h2, h3, h4")) return false;
  const empty = !slide.textContent.trim() && !pictures(slide).length;
  const moved = [...next.children];
  slide.append(...moved);
  if (empty || fitsTightly(slide)) {
    moved[0].classList.toggle("fragment", !empty);
    next.remove();
    return true;
  }
  next.append(...moved);
  fitsTightly(slide); // as it was before
  return false;
}

// Let the next slide begin on this one, if it has no heading and is too long for one slide.
function begun(slide) {
  const next = slide.nextElementSibling;
  if (!next || next.querySelector("h1, h2, h3, h4") || fits(next)) return;
  let first = next.firstElementChild;
  first.classList.add("fragment");
  do {
    slide.append(first);
    first = next.firstElementChild;
  } while (fits(slide) && next.children.length > 1);
  if (!fits(slide)) next.prepend(slide.lastElementChild);
  next.firstElementChild.classList.remove("fragment");
}

function fill(slide) {
  const rest = fitsTightly(slide) ? null : cut(slide, slide);
  if (rest) {
    slide.after(rest);
    rest.firstElementChild.classList.remove("fragment");
  } else {
    while (joined(slide));
    begun(slide);
  }
  if (slide.nextElementSibling) fill(slide.nextElementSibling);
  grow(slide);
}

// Make the pictures of a slide as large as its room allows.
function grow(slide) {
  for (let scale = MOST; scale > LEAST; scale -= 0.05) {
    enlarge(slide, scale);
    if (slide.scrollHeight <= HEIGHT) return;
  }
  enlarge(slide, LEAST);
}

async function start() {
  await document.fonts.ready;
  document.querySelectorAll(".slides .jp-Collapser").forEach((bar) => bar.remove());
  const hints = document.querySelectorAll("details");
  hints.forEach((hint) => (hint.open = true)); // there is room for them
  document.querySelectorAll(".slides > section > section:first-child").forEach(fill);
  for (const note of document.querySelectorAll("aside.notes")) note.closest("section").append(note);
  if (location.search.includes("print-pdf")) document.documentElement.className = "print-pdf";
  else {
    hints.forEach((hint) => (hint.open = false));
    Reveal.initialize({
      width: 1280, height: 720, margin: 0, center: false, controls: false, hash: true,
      navigationMode: "linear", slideNumber: "c", transition: "none", plugins: [RevealNotes],
    });
  }
}

window.addEventListener("load", () => {
  if (window.MathJax) MathJax.Hub.Queue(start);
  else start();
});
