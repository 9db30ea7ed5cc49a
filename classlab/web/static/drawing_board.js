// A board to draw on with mouse, finger, pen or keyboard. It keeps strokes, not pixels: they can be undone and
// recorded. It asks nothing of the page but a <canvas> and touches nothing outside it.
//
// A stroke is {points: [[x, y], ...], width, colour}: places and width as shares of the board's side, from 0 to 1, so
// that a recorded stroke fits a board of any size; without a colour it has the board's ink.

const STEP = 1 / 40; // of the side that an arrow key goes; with Shift a quarter of it, for corners
const WIDTH = 0.08; // of the side: MNIST's strokes are 0.1 of theirs, and a finger's width of a phone 0.07

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

export class DrawingBoard {
  #canvas; #layer; #strokes = []; #current = null; #pointer = null; #cursor = [0.5, 0.5]; #keys = false;
  #stale = true; #asked = false; #ink; #paper; #onchange; #onpen;

  // size: pixels of a side; width: of the pen; ink and paper: CSS colours; onchange(board): after every change;
  // onpen(down, [x, y]): after the keyboard has set the pen down, lifted it, or moved it.
  constructor(canvas, { size = 280, width = WIDTH, ink = "#fff", paper = "#000", onchange, onpen } = {}) {
    this.#canvas = canvas;
    this.#layer = document.createElement("canvas");
    for (const each of [canvas, this.#layer]) each.width = each.height = size;
    Object.assign(this, { width, colour: null });
    [this.#ink, this.#paper, this.#onchange, this.#onpen] = [ink, paper, onchange, onpen];
    canvas.tabIndex = 0;
    canvas.style.touchAction = "none"; // a finger draws here, and scrolls elsewhere
    const listeners = {
      pointerdown: (event) => this.#down(event), pointermove: (event) => this.#move(event),
      pointerup: (event) => this.#up(event), pointercancel: (event) => this.#up(event),
      keydown: (event) => this.#key(event), blur: () => this.#lift(),
    };
    for (const [name, listener] of Object.entries(listeners)) canvas.addEventListener(name, listener);
    this.#paint();
  }

  get strokes() { return structuredClone(this.#strokes); }

  get blank() { return this.#strokes.length === 0; }

  setStrokes(strokes) {
    this.#current = null;
    this.#strokes = strokes.map(({ points, width = this.width, colour = null }) => (
      { points: points.map(([x, y]) => [x, y]), width, colour }));
    this.#changed();
  }

  clear() { this.setStrokes([]); }

  undo() { this.setStrokes(this.#strokes.slice(0, -1)); }

  // What was drawn, without the cursor: a canvas of size x size.
  image() {
    if (this.#stale) this.#render();
    return this.#layer;
  }

  // The same as grey, one byte for each pixel, row by row: the luminance of ITU-R BT.601, as the program has it.
  pixels() {
    const { width, height } = this.image();
    const colours = this.#layer.getContext("2d").getImageData(0, 0, width, height).data;
    const grey = new Uint8ClampedArray(width * height);
    for (let place = 0, at = 0; place < grey.length; place += 1, at += 4) {
      grey[place] = (19595 * colours[at] + 38470 * colours[at + 1] + 7471 * colours[at + 2] + 32768) >>> 16;
    }
    return grey;
  }

  #down(event) {
    if (this.#pointer !== null || event.button !== 0) return; // a second finger, or another button
    event.preventDefault();
    this.#canvas.focus({ preventScroll: true });
    this.#lift();
    this.#keys = false;
    this.#pointer = event.pointerId;
    try { this.#canvas.setPointerCapture(event.pointerId); } catch { /* a pointer that a program made up */ }
    this.#begin(this.#place(event));
  }

  #move(event) {
    if (event.pointerId !== this.#pointer) return;
    const events = event.getCoalescedEvents?.() ?? [];
    for (const each of events.length ? events : [event]) this.#extend(this.#place(each));
    this.#changed();
  }

  #up(event) {
    if (event.pointerId !== this.#pointer) return;
    this.#pointer = this.#current = null;
  }

  #key(event) {
    const arrow = ARROWS[event.key];
    if (event.key === "z" && (event.ctrlKey || event.metaKey)) this.undo();
    else if (event.ctrlKey || event.metaKey || event.altKey) return;
    else if (arrow) this.#go(arrow, event.shiftKey ? STEP / 4 : STEP);
    else if (event.key === " ") this.#penDownOrUp(event.repeat);
    else if (event.key === "Escape" && this.#current) this.#lift();
    else if (event.key === "Backspace") this.undo();
    else if (event.key === "Delete") this.clear();
    else return;
    event.preventDefault();
  }

  #go(arrow, step) {
    this.#keys = true;
    this.#cursor = this.#cursor.map((place, axis) => Math.min(1, Math.max(0, place + step * arrow[axis])));
    if (this.#current) this.#extend([...this.#cursor]);
    this.#onpen?.(this.#current !== null, this.#cursor);
    if (this.#current) this.#changed();
    else this.#askPaint();
  }

  #penDownOrUp(repeated) {
    if (repeated || this.#pointer !== null) return; // a key that is held down is no second press
    this.#keys = true;
    if (this.#current) this.#lift();
    else this.#begin([...this.#cursor]);
    this.#onpen?.(this.#current !== null, this.#cursor);
  }

  #lift() {
    if (this.#pointer === null) this.#current = null;
    this.#askPaint();
  }

  #begin(point) {
    this.#current = { points: [point], width: this.width, colour: this.colour };
    this.#strokes.push(this.#current);
    this.#changed();
  }

  #extend(point) {
    const last = this.#current?.points.at(-1);
    if (last && (last[0] !== point[0] || last[1] !== point[1])) this.#current.points.push(point);
  }

  #place(event) {
    const box = this.#canvas.getBoundingClientRect();
    return [(event.clientX - box.left) / box.width, (event.clientY - box.top) / box.height];
  }

  #changed() {
    this.#stale = true;
    this.#askPaint();
    this.#onchange?.(this);
  }

  #askPaint() {
    if (this.#asked) return;
    this.#asked = true;
    requestAnimationFrame(() => { this.#asked = false; this.#paint(); });
  }

  // Whole strokes anew each time: one stroke painted in pieces has other edges than in one, and pixels must not depend
  // on how quickly somebody drew.
  #render() {
    const context = this.#layer.getContext("2d", { willReadFrequently: true });
    const size = this.#layer.width;
    context.fillStyle = this.#paper;
    context.fillRect(0, 0, size, size);
    context.lineCap = context.lineJoin = "round";
    for (const { points, width, colour } of this.#strokes) {
      context.strokeStyle = context.fillStyle = colour ?? this.#ink;
      context.lineWidth = width * size;
      context.beginPath();
      if (points.length === 1) {
        context.arc(points[0][0] * size, points[0][1] * size, (width * size) / 2, 0, 2 * Math.PI);
        context.fill();
        continue;
      }
      for (const [x, y] of points) context.lineTo(x * size, y * size);
      context.stroke();
    }
    this.#stale = false;
  }

  #paint() {
    const context = this.#canvas.getContext("2d");
    context.drawImage(this.image(), 0, 0);
    if (!this.#keys) return;
    const [x, y] = this.#cursor.map((place) => place * this.#canvas.width);
    const radius = Math.max(4, (this.width * this.#canvas.width) / 2);
    // Two rings, so that one of them stands out from any ground; a filled middle is a pen that is down.
    for (const [colour, wide] of [["#fff", 4], ["#d40000", 2]]) {
      context.strokeStyle = context.fillStyle = colour;
      context.lineWidth = wide;
      context.beginPath();
      context.arc(x, y, radius, 0, 2 * Math.PI);
      context.stroke();
      if (this.#current && this.#pointer === null) {
        context.beginPath();
        context.arc(x, y, radius / 3, 0, 2 * Math.PI);
        context.fill();
      }
    }
  }
}
