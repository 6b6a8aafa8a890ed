/* The transformer of transformer.py, written out. Tokens are a Float64Array, one after the other;
   weights are { name: { shape: [rows, columns], values } }. */
(() => {
  const HEADS = 4;

  /* Weights as a recording holds them; whole numbers of 16 bits, times a scale for each matrix. */
  const weights = (kept) => Object.fromEntries(Object.entries(kept).map(([name, matrix]) =>
    [name, { shape: matrix.shape, values: Float64Array.from(metacourse.numbers(matrix)) }]));

  /* Each token times a matrix transposed, and a bias: (T, columns) → (T, rows). Four tokens and two
     rows at a time, so that what is fetched is used more than once: three times as fast. */
  function linear(tokens, { shape: [rows, columns], values }, bias) {
    const n = tokens.length / columns, out = new Float64Array(n * rows);
    for (let t = 0; t < n; t += 4) {
      const a = t, b = Math.min(t + 1, n - 1), c = Math.min(t + 2, n - 1);
      const d = Math.min(t + 3, n - 1);
      const i = a * columns, j = b * columns, k = c * columns, l = d * columns;
      for (let r = 0; r < rows; r += 2) {
        const s = Math.min(r + 1, rows - 1), one = r * columns, two = s * columns;
        let ar = 0, as = 0, br = 0, bs = 0, cr = 0, cs = 0, dr = 0, ds = 0;
        for (let m = 0; m < columns; m += 1) {
          const x = values[one + m], y = values[two + m];
          const e = tokens[i + m], f = tokens[j + m], g = tokens[k + m], h = tokens[l + m];
          ar += x * e; br += x * f; cr += x * g; dr += x * h;
          as += y * e; bs += y * f; cs += y * g; ds += y * h;
        }
        out[a * rows + r] = ar; out[b * rows + r] = br; out[c * rows + r] = cr;
        out[d * rows + r] = dr; out[a * rows + s] = as; out[b * rows + s] = bs;
        out[c * rows + s] = cs; out[d * rows + s] = ds;
      }
    }
    if (bias) for (let m = 0; m < out.length; m += 1) out[m] += bias.values[m % rows];
    return out;
  }

  function mlp(params, prefix, x) {
    const [first, second] = [0, 1].map((n) => `${prefix}layer${n}.`);
    const hidden = linear(x, params[`${first}weight`], params[`${first}bias`]);
    for (let i = 0; i < hidden.length; i += 1) if (hidden[i] < 0) hidden[i] = 0;
    return linear(hidden, params[`${second}weight`], params[`${second}bias`]);
  }

  /* Each token less its mean, over its deviation. */
  function normed(tokens, width) {
    const out = new Float64Array(tokens.length);
    for (let t = 0; t < tokens.length; t += width) {
      let mean = 0, square = 0;
      for (let i = t; i < t + width; i += 1) mean += tokens[i] / width;
      for (let i = t; i < t + width; i += 1) square += (tokens[i] - mean) ** 2 / width;
      const size = Math.sqrt(square + 1e-5);
      for (let i = t; i < t + width; i += 1) out[i] = (tokens[i] - mean) / size;
    }
    return out;
  }

  const accumulate = (tokens, more) => more.forEach((value, i) => { tokens[i] += value; });

  const product = (a, i, b, j, size) => {
    let sum = 0;
    for (let k = 0; k < size; k += 1) sum += a[i + k] * b[j + k];
    return sum;
  };

  /* What one head reads for a token, the numbers from `at`; it looks at the tokens `seen`, of which
     its own keys and values begin at `from`. */
  function look(q, k, v, at, seen, from, out, width) {
    const size = width / HEADS, shares = new Float64Array(seen.length);
    let most = -Infinity, sum = 0;
    for (let n = 0; n < shares.length; n += 1) {
      shares[n] = product(q, at, k, seen[n] * width + from, size) / Math.sqrt(size);
      most = Math.max(most, shares[n]);
    }
    for (let n = 0; n < shares.length; n += 1) sum += shares[n] = Math.exp(shares[n] - most);
    for (let n = 0; n < shares.length; n += 1) {
      const share = shares[n] / sum, place = seen[n] * width + from;
      for (let i = 0; i < size; i += 1) out[at + i] += share * v[place + i];
    }
  }

  function attend(params, layer, tokens, width, seen) {
    const [q, k, v] = ["query", "key", "value"].map((name) =>
      linear(name === "query" ? tokens : tokens.subarray(0, width * seen.context),
        params[`${layer}.${name}`]));
    const read = new Float64Array(tokens.length);
    for (let t = 0; t < tokens.length / width; t += 1) {
      const others = seen.by(t);
      for (let from = 0; from < width; from += width / HEADS) {
        look(q, k, v, t * width + from, others, from, read, width);
      }
    }
    return linear(read, params[`${layer}.out`]);
  }

  /* What it says to each token: (T, outputs). seen.by(t) are the tokens that t looks at, all among
     the first seen.context. */
  function transformer(params, tokens, seen) {
    const width = params.head.shape[1];
    for (let layer = 0; `${layer}.query` in params; layer += 1) {
      accumulate(tokens, attend(params, layer, normed(tokens, width), width, seen));
      accumulate(tokens, mlp(params, `${layer}.mlp.`, normed(tokens, width)));
    }
    return linear(normed(tokens, width), params.head);
  }

  /* Tokens of points that are told, [inputs, labels] each, and of inputs that are asked for. */
  function tokensOf(params, told, asked) {
    const inputs = [...told.map(([x]) => x), ...asked].flat();
    const tokens = mlp(params, "embed.", Float64Array.from(inputs)), width = params.head.shape[1];
    told.forEach(([, labels], t) => labels.forEach((label, n) => {
      for (let i = 0; i < width; i += 1) {
        tokens[t * width + i] += label * params.told.values[n * width + i];
      }
    }));
    for (let t = told.length * width; t < tokens.length; t += 1) {
      tokens[t] += params.asked.values[t % width];
    }
    return tokens;
  }

  const upTo = (n) => Array.from({ length: n }, (_, i) => i);

  /* transformer.ask: pair t sees those up to t, a query all pairs and itself. One number each. */
  function ask(params, told, asked) {
    const tokens = tokensOf(params, told, asked), pairs = upTo(told.length);
    const by = (t) => (t < pairs.length ? pairs.slice(0, t + 1) : [...pairs, t]);
    const seen = { by, context: told.length + asked.length };
    return transformer(params, tokens, seen).subarray(told.length);
  }

  /* The chance of class 1 at what is asked, by transformer.prior_fitted_logits of two classes: all
     see all pairs. told has [x, class] each. */
  function chances(params, told, asked) {
    const oneHot = told.map(([x, label]) => [x, [0, 1].map((n) => Number(n === label))]);
    const pairs = upTo(told.length);
    const seen = { by: () => pairs, context: told.length };
    const scores = transformer(params, tokensOf(params, oneHot, asked), seen);
    return asked.map((_, n) => {
      const at = 2 * (told.length + n);
      return 1 / (1 + Math.exp(scores[at] - scores[at + 1]));
    });
  }

  metacourse.transformer = { ask, chances, weights };
})();
