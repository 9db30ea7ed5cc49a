// The page: a board or a picture goes in, bars come out.

import { DrawingBoard } from "./drawing_board.js";
import { answer, differenceOf, openRun } from "./answer.js";
import { bright } from "./ink.js";
import { pictureOf, show } from "./pictures.js";

const TOLERANCE = 1e-4; // of the class scores; a phone's own rounding stays below a hundredth of it
const SHOWN = 20; // bars; of more classes the most probable ones
const SIZE = 224; // pixels of the board: eight for each of MNIST's, which a phone rights within a blink
const PAUSE = 600; // ms without a change before a screen reader is told

const element = (id) => document.getElementById(id);

function numbers() {
  const bytes = Uint8Array.from(atob(element("numbers").textContent), (letter) => letter.charCodeAt(0));
  return new Float32Array(bytes.buffer);
}

function start() {
  const run = openRun(JSON.parse(element("facts").textContent), numbers());
  const difference = differenceOf(run);
  const agrees = difference <= TOLERANCE;
  element("proof").textContent = agrees
    ? `This page computes what the run computes: on ${run.proof.length} images of noise the largest difference between `
      + `two class scores is ${difference.toExponential(1)}.`
    : "This browser does not compute what the run computes, so that nothing is answered here. Try another browser.";
  element("proof").dataset.agrees = agrees;
  if (agrees) new Page(run);
}

class Page {
  #run; #board; #picture = null; #asked = false; #timer;

  constructor(run) {
    this.#run = run;
    const dark = run.style ? bright(run.style) : (run.border ?? 0) < 0.5; // the training images' ground
    const [ink, paper] = dark ? ["#fff", "#000"] : ["#000", "#fff"];
    this.#board = new DrawingBoard(element("board"), {
      size: SIZE, ink, paper, onchange: () => { this.#picture = null; this.#changed(); },
    });
    const clicks = { undo: () => this.#board.undo(), clear: () => this.#board.clear() };
    for (const [id, act] of Object.entries(clicks)) element(id).addEventListener("click", act);
    for (const id of ["righted", "invert"]) element(id).addEventListener("change", () => this.#changed());
    element("righted").closest("label").hidden = run.style === null;
    element("file").addEventListener("change", (event) => this.#open(event.target.files));
    document.addEventListener("paste", (event) => this.#open(event.clipboardData?.files));
    document.addEventListener("dragover", (event) => event.preventDefault());
    document.addEventListener("drop", (event) => { event.preventDefault(); this.#open(event.dataTransfer?.files); });
    element("work").hidden = false;
    this.#changed();
  }

  async #open(files) {
    const [file] = files ?? [];
    if (!file) return;
    element("problem").textContent = "";
    try {
      this.#picture = await pictureOf(file, this.#run.paper);
    } catch {
      element("problem").textContent = "This browser cannot open the file as a picture. Try PNG or JPEG.";
      return;
    }
    this.#changed();
  }

  // At most once for each frame.
  #changed() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => { this.#asked = false; this.#answer(); });
  }

  #answer() {
    element("picture").hidden = this.#picture === null;
    element("board").hidden = this.#picture !== null;
    if (this.#picture) show(element("picture"), this.#picture);
    const blank = this.#picture === null && this.#board.blank;
    element("empty").hidden = !blank;
    element("answer").hidden = blank;
    if (blank) return;
    const options = { asIs: !element("righted").checked, invert: element("invert").checked };
    const found = answer(this.#run, this.#picture ?? this.#drawing(), options);
    show(element("seen"), found.image);
    this.#bars(found);
    element("remarks").textContent = found.remarks.join(" ");
    clearTimeout(this.#timer);
    const said = [this.#words(found, found.label), ...found.remarks].join(". ");
    this.#timer = setTimeout(() => { element("said").textContent = said; }, PAUSE);
  }

  #drawing() {
    const { width, height } = element("board");
    return { height, width, channels: 1, data: this.#board.pixels() };
  }

  #words({ scores }, label) {
    return `${this.#run.classes[label]}: ${(100 * Math.min(Math.max(scores[label], 0), 1)).toFixed(1)} %`;
  }

  #bars(found) {
    const labels = found.scores.map((_, label) => label);
    if (labels.length > SHOWN) labels.sort((one, other) => found.scores[other] - found.scores[one]).length = SHOWN;
    element("bars").replaceChildren(...labels.map((label) => this.#bar(found, label)));
    element("best").textContent = this.#words(found, found.label);
  }

  #bar({ scores, label: best }, label) {
    const share = Math.min(Math.max(scores[label], 0), 1);
    const [row, name, cell, bar, figure] = ["tr", "th", "td", "span", "td"].map((kind) => document.createElement(kind));
    name.scope = "row";
    name.textContent = this.#run.classes[label];
    bar.className = "bar";
    bar.style.width = `${100 * share}%`;
    figure.className = "n";
    figure.textContent = `${(100 * share).toFixed(1)} %`;
    row.classList.toggle("best", label === best);
    cell.append(bar);
    row.append(name, cell, figure);
    return row;
  }
}

start();
