/* Numbers and sentences as Python writes them, for all kinds of figures. */
(() => {
  const minus = (text) => text.replace("-", "−");

  /* value.toFixed, but where two texts are equally near the even one, as Python has it. */
  function fixed(value, digits) {
    const text = value.toFixed(digits);
    const tie = (Math.abs(value) * 2 ** (digits + 1)) % 2 === 1;
    if (!tie || Number(text.at(-1)) % 2 === 0) return text;
    return (value - Math.sign(value) * 10 ** -digits / 4).toFixed(digits);
  }

  const percent = (share, digits = 0) => `${fixed(100 * share, digits)}%`;

  /* A sentence of the catalogue with its {names} filled in. */
  const fill = (sentence, values = {}) =>
    sentence.replace(/\{(\w+)\}/g, (_, name) => values[name]);

  /* The place of the largest number, of the first of them. */
  const largest = (values) =>
    values.reduce((best, value, place) => (value > values[best] ? place : best), 0);

  /* Numbers as a recording holds them: { scale, whole }, whole numbers of 16 bits in base64. */
  function numbers({ scale, whole }) {
    const bytes = Uint8Array.from(atob(whole), (letter) => letter.charCodeAt(0));
    return Float32Array.from(new Int16Array(bytes.buffer), (value) => value * scale);
  }

  Object.assign(metacourse, { fill, fixed, largest, minus, numbers, percent });
})();
