// The draw page: sends what is on the board, or a picture instead of it, and shows what the models say of it.
// One request is under way at a time, and the next one asks about the newest state: a slow machine skips states in
// between and never shows an old one last.
import { DrawingBoard } from "./drawing_board.js";
import { change } from "./request.js";

const PAUSE = 60; // ms at least between two requests: more than 15 a second nobody reads
const REST = 2; // times as long as an answer took, where that is longer: many who draw at once leave room for each other
const QUIET = 700; // ms without a change after which a screen reader is told: it would never end a sentence before
const PICTURE_BYTES = 700_000; // in base64 and JSON a third more, which is below the limit of a request
const PICTURE_SIDE = 1024; // pixels of a larger picture, made smaller here; ink is looked for in 480
const READ = ["image/png", "image/jpeg", "image/bmp", "image/gif", "image/webp", "image/tiff", "image/avif"];
const KEPT = "classlab-drawing"; // the strokes, while other models are chosen

const root = document.getElementById("draw");
const find = (name) => root.querySelector(`[data-part="${name}"]`);
const columns = [...root.querySelectorAll("[data-model]")];
const models = columns.map((column) => column.dataset.model);
const problem = find("problem"), spoken = find("spoken"), shownFile = find("file"), preview = shownFile.querySelector("img");
let file = null; // a picture instead of the drawing
let state = 0, asking = false, waiting = false, quiet = null, address = null;

const board = new DrawingBoard(find("board"), {
  ink: root.dataset.ink, paper: root.dataset.paper, onchange: changed,
  onpen: (down, [x, y]) => {
    spoken.textContent = `Pen ${down ? "down" : "up"}, ${Math.round(100 * x)} % from the left, ${Math.round(100 * y)} % from the top`;
  },
});

function changed() {
  if (file) takeDrawing();
  ask();
}

// Anything but another stroke: answers to what was asked before are not shown.
function anew() {
  state += 1;
  ask();
}

function takeDrawing() {
  file = null;
  state += 1;
  shownFile.hidden = true;
  URL.revokeObjectURL(address);
}

async function ask() {
  if (asking) { waiting = true; return; }
  if (!file && board.blank) { state += 1; empty("Nothing is drawn yet."); return; }
  asking = true;
  const mine = state, began = performance.now();
  try {
    const drawn = file === null;
    const blob = file ?? await drawing();
    const question = { models, seen: seen(), drawn, picture: await base64(blob) };
    const found = await change(root.dataset.answer, question);
    if (found.problem) throw new Error(found.problem);
    if (mine === state) show(found.answers);
  } catch (error) {
    if (mine === state) refuse(error.message);
  }
  setTimeout(() => {
    asking = false;
    if (waiting) { waiting = false; ask(); }
  }, Math.max(PAUSE, REST * (performance.now() - began)));
}

// The drawing in as many pixels as these models need: fewer are answered sooner, and the board shows more.
function drawing() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = Number(root.dataset.side);
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(board.image(), 0, 0, canvas.width, canvas.height);
  return new Promise((done) => { canvas.toBlob(done, "image/png"); });
}

async function base64(blob) {
  const bytes = new Uint8Array(await blob.arrayBuffer());
  let letters = "";
  for (let start = 0; start < bytes.length; start += 0x8000) {
    letters += String.fromCharCode(...bytes.subarray(start, start + 0x8000));
  }
  return btoa(letters);
}

function seen() {
  return root.querySelector('input[name="seen"]:checked').value;
}

function show(answers) {
  tell("");
  answers.forEach((answer, place) => fill(columns[place], answer));
  clearTimeout(quiet);
  quiet = setTimeout(() => {
    spoken.textContent = columns.map((column, place) => (
      `${column.dataset.title}: ${answers[place].problem ?? `${answers[place].sentence}. ${answers[place].warning ?? ""}`}`)).join(" ");
  }, QUIET);
}

function fill(column, answer) {
  const part = (name) => column.querySelector(`[data-part="${name}"]`);
  if (answer.problem) {
    tellBest(column, "No answer.");
    part("warning").textContent = answer.problem;
    part("warning").hidden = false;
    return;
  }
  part("image").src = answer.image;
  part("image").alt = `${answer.how_seen} ${answer.sentence}.`;
  part("image").hidden = false;
  part("how").textContent = answer.how_seen;
  tellBest(column, answer.sentence);
  part("warning").textContent = answer.warning ?? "";
  part("warning").hidden = !answer.warning;
  const rows = part("bars").rows;
  answer.bars.forEach((bar, place) => {
    const [name, number, length] = rows[place].cells;
    name.textContent = bar.name;
    number.textContent = bar.words;
    length.firstElementChild.style.width = `${100 * bar.share}%`;
    rows[place].classList.toggle("best", bar.best);
  });
}

// Why there is no answer. A picture that cannot be read is asked about no more, and no older answer stands beside that.
function refuse(sentence) {
  takeDrawing();
  empty("No answer.");
  tell(sentence);
}

function empty(sentence) {
  clearTimeout(quiet);
  tell("");
  for (const column of columns) {
    const part = (name) => column.querySelector(`[data-part="${name}"]`);
    part("image").hidden = part("warning").hidden = true;
    part("how").textContent = "";
    tellBest(column, sentence);
    for (const row of part("bars").rows) {
      row.cells[1].textContent = "";
      row.cells[2].firstElementChild.style.width = "0";
      row.classList.remove("best");
    }
  }
}

// In the model's column, and once more below the board, where a phone shows no column.
function tellBest(column, sentence) {
  column.querySelector('[data-part="best"]').textContent = sentence;
  root.querySelector(`[data-brief="${column.dataset.model}"]`).textContent = sentence;
}

function tell(sentence) {
  problem.textContent = sentence;
  problem.hidden = !sentence;
}

// A picture instead of the drawing. Its own bytes are sent where the program reads them, so that the answer is that of
// `classlab predict`; a larger one, or one of another kind, is made a smaller PNG or JPEG here.
async function takePicture(blob) {
  if (!blob) return;
  try {
    file = READ.includes(blob.type) && blob.size <= PICTURE_BYTES ? blob : await smaller(blob);
  } catch {
    refuse("This browser cannot open that file as a picture. Save it as PNG or JPEG.");
    return;
  }
  URL.revokeObjectURL(address);
  address = URL.createObjectURL(file);
  preview.src = address;
  shownFile.hidden = false;
  anew();
}

async function smaller(blob) {
  const picture = await createImageBitmap(blob);
  const scale = Math.min(1, PICTURE_SIDE / Math.max(picture.width, picture.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(picture.width * scale));
  canvas.height = Math.max(1, Math.round(picture.height * scale));
  const context = canvas.getContext("2d");
  context.imageSmoothingQuality = "high";
  context.drawImage(picture, 0, 0, canvas.width, canvas.height);
  const as = (kind) => new Promise((done) => { canvas.toBlob(done, kind, 0.92); });
  const exact = await as("image/png");
  return exact.size <= PICTURE_BYTES ? exact : as("image/jpeg");
}

function pictureIn(transfer) {
  return [...(transfer?.files ?? [])].find((each) => each.type.startsWith("image/"));
}

preview.addEventListener("load", () => { preview.hidden = false; });
preview.addEventListener("error", () => { preview.hidden = true; }); // no picture, or one of a kind that only the program reads
find("undo").addEventListener("click", () => board.undo());
find("clear").addEventListener("click", () => { takeDrawing(); board.clear(); });
find("width").addEventListener("input", (event) => { board.width = event.target.value / 100; });
find("colour")?.addEventListener("input", (event) => { board.colour = event.target.value; });
find("back").addEventListener("click", () => { takeDrawing(); ask(); });
find("upload").addEventListener("change", (event) => { takePicture(event.target.files[0]); event.target.value = ""; });
for (const choice of root.querySelectorAll('input[name="seen"]')) choice.addEventListener("change", anew);
document.addEventListener("paste", (event) => takePicture(pictureIn(event.clipboardData)));
document.addEventListener("dragover", (event) => event.preventDefault());
document.addEventListener("drop", (event) => { event.preventDefault(); takePicture(pictureIn(event.dataTransfer)); });
find("choose").addEventListener("click", () => {
  sessionStorage.setItem(KEPT, JSON.stringify(board.strokes));
  const wanted = [...root.querySelectorAll("select")].map((select) => select.value).filter(Boolean);
  const query = new URLSearchParams(wanted.map((model) => ["model", model]));
  location.assign(`${location.pathname}?${query}`);
});

const kept = sessionStorage.getItem(KEPT);
sessionStorage.removeItem(KEPT);
if (kept) board.setStrokes(JSON.parse(kept));
else empty("Nothing is drawn yet.");
