// Pictures as the page gets them: from a file, the clipboard or the drawing board, and back onto a canvas.

const MOST = 2 ** 24; // pixels of a canvas that every phone takes

// A file's picture, opaque: {height, width, channels: 3, data}.
export async function pictureOf(file, paper) {
  const bitmap = await createImageBitmap(file);
  const scale = Math.min(1, Math.sqrt(MOST / (bitmap.width * bitmap.height)));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.floor(bitmap.width * scale));
  canvas.height = Math.max(1, Math.floor(bitmap.height * scale));
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const { width, height, data } = context.getImageData(0, 0, canvas.width, canvas.height);
  return { height, width, channels: 3, data: opaque(data, paper) };
}

// Colours and opacity laid on paper: the one that ink stands out from, where none is given.
export function opaque(pixels, paper) {
  let [light, weight] = [0, 0];
  for (let at = 0; at < pixels.length; at += 4) {
    const grey = 0.299 * pixels[at] + 0.587 * pixels[at + 1] + 0.114 * pixels[at + 2];
    light += grey * pixels[at + 3];
    weight += pixels[at + 3];
  }
  const ground = (paper ?? (light > 127.5 * weight ? "black" : "white")) === "white" ? 255 : 0;
  const out = new Uint8Array((pixels.length / 4) * 3);
  for (let at = 0, to = 0; at < pixels.length; at += 4) {
    const share = pixels[at + 3] / 255;
    for (let colour = 0; colour < 3; colour += 1, to += 1) {
      out[to] = Math.round(share * pixels[at + colour] + (1 - share) * ground);
    }
  }
  return out;
}

// Shows a picture on a canvas of its own size.
export function show(canvas, { height, width, channels, data }) {
  const image = new ImageData(width, height);
  for (let place = 0; place < height * width; place += 1) {
    for (let colour = 0; colour < 3; colour += 1) {
      image.data[4 * place + colour] = data[place * channels + (channels === 1 ? 0 : colour)];
    }
    image.data[4 * place + 3] = 255;
  }
  [canvas.width, canvas.height] = [width, height];
  canvas.getContext("2d").putImageData(image, 0, 0);
}
