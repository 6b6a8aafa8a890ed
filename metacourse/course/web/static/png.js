/* metacourse.png(width, height, rgb): a PNG as a DataView, of bytes RGB row by row. It is written
   by hand because some browsers add noise to what is read from a canvas. Not compressed. */
(() => {
  const TABLE = Uint32Array.from({ length: 256 }, (_, n) => {
    for (let bit = 0; bit < 8; bit += 1) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
    return n;
  });
  const crc = (bytes) =>
    ~bytes.reduce((sum, byte) => TABLE[(sum ^ byte) & 255] ^ (sum >>> 8), -1) >>> 0;

  const number = (value) => [24, 16, 8, 0].map((shift) => (value >>> shift) & 255);

  function chunk(kind, data) {
    const named = [...new TextEncoder().encode(kind), ...data];
    return [...number(data.length), ...named, ...number(crc(named))];
  }

  /* Adler-32, at the end of compressed data. */
  function adler(bytes) {
    let [a, b] = [1, 0];
    for (const byte of bytes) {
      a = (a + byte) % 65521;
      b = (b + a) % 65521;
    }
    return b * 65536 + a;
  }

  /* The data as zlib has them, in one block of at most 65,535 bytes that is not compressed. */
  function stored(bytes) {
    const sizes = [bytes.length, ~bytes.length].flatMap((n) => [n & 255, (n >>> 8) & 255]);
    return [0x78, 1, 1, ...sizes, ...bytes, ...number(adler(bytes))];
  }

  metacourse.png = (width, height, rgb) => {
    const rows = [];
    for (let y = 0; y < height; y += 1) {
      rows.push(0, ...rgb.slice(3 * width * y, 3 * width * (y + 1)));
    }
    const header = [...number(width), ...number(height), 8, 2, 0, 0, 0];
    const bytes = [137, 80, 78, 71, 13, 10, 26, 10, ...chunk("IHDR", header),
                   ...chunk("IDAT", stored(rows)), ...chunk("IEND", [])];
    return new DataView(Uint8Array.from(bytes).buffer);
  };
})();
