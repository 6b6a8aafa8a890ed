/* Drawings as the course's networks see them, and the network that embeds them: the mathematics of
   tasks/framing.py and of nets.py. Strokes are polylines [[[x, y], …], …], y downwards. */
(() => {
  const { fround } = Math;

  // ---- a drawing becomes an image ---------------------------------------------------------------

  /* Points on a polyline, evenly spaced along its length. */
  function resample(line, spacing) {
    const lengths = [0];
    for (let i = 1; i < line.length; i += 1) {
      const [dx, dy] = [line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]];
      lengths.push(lengths[i - 1] + Math.hypot(dx, dy));
    }
    const whole = lengths.at(-1), n = Math.floor(whole / spacing) + 2;
    let part = 0;
    return Array.from({ length: n }, (_, k) => {
      const at = k === n - 1 ? whole : k * (whole / (n - 1));
      while (part < line.length - 2 && lengths[part + 1] <= at) part += 1;
      if (line.length === 1 || at >= whole) return line.at(-1);
      const share = (at - lengths[part]) / (lengths[part + 1] - lengths[part]);
      return [0, 1].map((k) => line[part][k] + share * (line[part + 1][k] - line[part][k]));
    });
  }

  /* All points of ink, from the middle of the canvas: the longer side fills the frame. */
  function framedPoints(strokes, { pen, letter, spacing }) {
    const lines = strokes.filter((stroke) => stroke.length), corners = lines.flat();
    const [low, high] = [Math.min, Math.max].map((most) =>
      [0, 1].map((k) => corners.reduce((found, point) => most(found, point[k]), corners[0][k])));
    const size = (letter - pen) / (Math.max(high[0] - low[0], high[1] - low[1]) || 1);
    const place = (point) => point.map((value, k) => (value - (low[k] + high[k]) / 2) * size);
    return lines.flatMap((line) => resample(line.map(place), spacing));
  }

  /* The squared distance of each pixel of the canvas to the nearest point of ink near it. */
  function nearestInk(points, canvas, reach) {
    const nearest = new Float32Array(canvas * canvas).fill(Infinity);
    for (const point of points) {
      const [x, y] = point.map((value) => fround(fround(value) + (canvas - 1) / 2));
      const [left, top] = [Math.floor(x), Math.floor(y)];
      for (let row = top - reach; row <= top + reach + 1; row += 1) {
        for (let column = left - reach; column <= left + reach + 1; column += 1) {
          const square = fround((column - x) ** 2) + fround((row - y) ** 2);
          const place = row * canvas + column;
          if (square < nearest[place]) nearest[place] = square;
        }
      }
    }
    return nearest;
  }

  /* What the network sees of a drawing: side × side bytes, ink 255 on 0. */
  function frame(strokes, sizes) {
    const { pen, canvas } = sizes, side = canvas / 2, radius = pen / 2;
    const reach = Math.ceil(radius + 0.5) - 1;
    const nearest = nearestInk(framedPoints(strokes, sizes), canvas, reach);
    const ink = Float32Array.from(nearest, (square) =>
      Math.min(Math.max(fround(radius + 0.5 - Math.sqrt(square)), 0), 1) * 255);
    return Uint8Array.from({ length: side * side }, (_, i) => {
      const at = 2 * Math.floor(i / side) * canvas + 2 * (i % side);
      const mean = (ink[at] + ink[at + 1] + ink[at + canvas] + ink[at + canvas + 1]) / 4;
      return Number(metacourse.fixed(mean, 0));
    });
  }

  /* The same strokes as another hand would draw them; uniform(low, high) → a number in between. */
  function anotherHand(strokes, uniform) {
    const { cos, sin } = Math, turn = uniform(-0.2, 0.2), slant = uniform(-0.25, 0.25);
    const [wide, high] = [uniform(0.75, 1), uniform(0.75, 1)];
    const phases = [0, 1].map(() => uniform(0, 2 * Math.PI));
    const waves = [0, 1].map(() => uniform(2, 7));
    const round = (value) => Number(Math.min(Math.max(value, 0), 1).toFixed(4));
    return strokes.map((stroke) => {
      const [right, down] = [uniform(-0.02, 0.02), uniform(-0.02, 0.02)];
      return stroke.map(([x, y]) => {
        const bentX = x - 0.5 + 0.03 * sin(waves[0] * (y - 0.5) + phases[0]);
        const bentY = (y - 0.5 + 0.03 * sin(waves[1] * (x - 0.5) + phases[1])) * high;
        const slanted = bentX * wide + slant * bentY;
        return [round(cos(turn) * slanted - sin(turn) * bentY + 0.5 + right),
          round(sin(turn) * slanted + cos(turn) * bentY + 0.5 + down)];
      });
    });
  }

  /* An image of bytes, ink 255, as a picture in black on white: the URL of a PNG. */
  function pictureOf(image) {
    const canvas = document.createElement("canvas"), side = Math.sqrt(image.length);
    [canvas.width, canvas.height] = [side, side];
    const pen = canvas.getContext("2d"), pixels = pen.createImageData(side, side);
    image.forEach((ink, i) => pixels.data.set([255 - ink, 255 - ink, 255 - ink, 255], 4 * i));
    pen.putImageData(pixels, 0, 0);
    return canvas.toDataURL();
  }

  // ---- an image becomes an embedding ------------------------------------------------------------

  /* Images with a rim of zeros, one pixel wide: side + 2 pixels instead of side. */
  function padded(x, side) {
    const area = side * side, wide = side + 2;
    const out = new Float32Array((x.length / area) * wide * wide);
    for (let row = 0; row < x.length / side; row += 1) {
      const channel = Math.floor(row / side);
      const to = channel * wide * wide + ((row % side) + 1) * wide + 1;
      out.set(x.subarray(row * side, (row + 1) * side), to);
    }
    return out;
  }

  /* A convolution 3 × 3 that keeps the size: (channels, side, side) → (filters, side, side). */
  function convolve(x, side, weight, filters) {
    const wide = side + 2, channels = x.length / (side * side), rim = padded(x, side);
    const out = new Float32Array(filters * side * side), sum = new Float64Array(side * wide - 2);
    for (let filter = 0; filter < filters; filter += 1) {
      sum.fill(0);
      for (let channel = 0; channel < channels; channel += 1) {
        addTaps(sum, rim, channel * wide * wide, wide, weight, 9 * (filter * channels + channel));
      }
      for (let row = 0; row < side; row += 1) {
        out.set(sum.subarray(row * wide, row * wide + side), (filter * side + row) * side);
      }
    }
    return out;
  }

  /* Adds one channel times nine weights. Each number of it is read once: the rows slide along. The
     two sums between the end of a row and the next are no pixels. */
  function addTaps(sum, x, from, wide, weight, at) {
    const a = weight[at], b = weight[at + 1], c = weight[at + 2], d = weight[at + 3];
    const e = weight[at + 4], f = weight[at + 5], g = weight[at + 6], h = weight[at + 7];
    const i = weight[at + 8];
    const [top, middle, low] = [from + 2, from + wide + 2, from + 2 * wide + 2];
    let [p0, p1, q0, q1, r0, r1] = [x[top - 2], x[top - 1], x[middle - 2], x[middle - 1],
      x[low - 2], x[low - 1]];
    for (let n = 0; n < sum.length; n += 1) {
      const p2 = x[top + n], q2 = x[middle + n], r2 = x[low + n];
      sum[n] += a * p0 + b * p1 + c * p2 + d * q0 + e * q1 + f * q2 + g * r0 + h * r1 + i * r2;
      p0 = p1;
      p1 = p2;
      q0 = q1;
      q1 = q2;
      r0 = r1;
      r1 = r2;
    }
  }

  /* GroupNorm: each group of channels gets mean 0 and variance 1, then a scale and a shift. */
  function normalise(x, filters, groups, scale, shift) {
    const area = x.length / filters, size = x.length / groups;
    for (let start = 0; start < x.length; start += size) {
      let [sum, squares] = [0, 0];
      for (let i = start; i < start + size; i += 1) sum += x[i];
      const mean = sum / size;
      for (let i = start; i < start + size; i += 1) squares += (x[i] - mean) ** 2;
      const rate = 1 / Math.sqrt(squares / size + 1e-5);
      for (let i = start; i < start + size; i += 1) {
        const filter = Math.floor(i / area);
        x[i] = (x[i] - mean) * rate * scale[filter] + shift[filter];
      }
    }
    return x;
  }

  /* The largest of 2 × 2 pixels, of fewer at the edge, and at least 0. */
  function pool(x, side) {
    const half = Math.ceil(side / 2), channels = x.length / (side * side);
    const out = new Float32Array(channels * half * half);
    for (let row = 0; row < channels * side; row += 1) {
      const channel = Math.floor(row / side), to = (channel * half + ((row % side) >> 1)) * half;
      for (let column = 0; column < side; column += 1) {
        const value = x[row * side + column], place = to + (column >> 1);
        if (value > out[place]) out[place] = value;
      }
    }
    return out;
  }

  /* The embedding of an image of bytes; blocks: [{ weight, scale, shift }, …]. */
  function embed(image, { blocks, groups }) {
    let x = Float32Array.from(image, (byte) => byte / 255), side = Math.sqrt(image.length);
    for (const { weight, scale, shift } of blocks) {
      x = normalise(convolve(x, side, weight, scale.length), scale.length, groups, scale, shift);
      x = pool(x, side);
      side = Math.ceil(side / 2);
    }
    return x;
  }

  Object.assign(metacourse, { network: { anotherHand, embed, frame }, pictureOf });
})();
