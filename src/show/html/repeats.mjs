// What comes several times in a row: layers.

const SHORT = 24;       // lengths of a part that are always looked at
const CANDIDATES = 40;  // others: the distances at which words come again most often
const WORD = 4;         // tokens

// The runs of `tokens`, which are numbers, in which a part of some length follows itself: [{start, length, times}], in order, none within
// another. Those that explain most are taken first, of those the one with the shortest part. A part of one token has to come four times.
// `costOf` says what it costs to begin a part at a position, such as the edges that are cut there: where a run is longer than its parts, it
// begins where that is least. Linear.
export function findRepeats(tokens, costOf = () => 0) {
  const n = tokens.length;
  const found = [];
  for (const length of lengthsToTry(tokens)) {
    let equal = 0;  // tokens in a row that are the same `length` further on
    for (let i = 0; i + length <= n; ++i) {
      if (i + length < n && tokens[i] === tokens[i + length]) {
        ++equal;
        continue;
      }
      const times = Math.floor(equal / length) + 1;
      if (times >= (length === 1 ? 4 : 2)) found.push({start: i - equal, length, times, left: equal % length});
      equal = 0;
    }
  }
  found.sort((a, b) => (b.times - 1) * b.length - (a.times - 1) * a.length || a.length - b.length || a.start - b.start);
  const taken = new Uint8Array(n);
  const chosen = [];
  for (const repeat of found) {
    const {length, times} = repeat;
    if (taken.subarray(repeat.start, repeat.start + length * times).includes(1)) continue;
    const start = bestStart(repeat, taken, costOf);
    taken.fill(1, start, start + length * times);
    chosen.push({start, length, times});
  }
  return chosen.sort((a, b) => a.start - b.start);
}

function lengthsToTry(tokens) {
  const n = tokens.length;
  const last = new Map();  // where a word was last
  const distances = new Map();
  for (let i = 0; i + WORD <= n; ++i) {
    let word = 0;
    for (let k = 0; k < WORD; ++k) word = (Math.imul(word, 0x9E3779B1) + tokens[i + k]) | 0;
    const before = last.get(word);
    if (before !== undefined) distances.set(i - before, (distances.get(i - before) ?? 0) + 1);
    last.set(word, i);
  }
  const often = [...distances].sort((a, b) => b[1] - a[1] || a[0] - b[0]).slice(0, CANDIDATES).map(([distance]) => distance);
  const lengths = new Set(often);
  for (let length = 1; length <= SHORT; ++length) lengths.add(length);
  return [...lengths].filter((length) => length <= n >> 1).sort((a, b) => a - b);
}

function bestStart({start, length, times, left}, taken, costOf) {
  let best = start, least = Infinity;
  for (let i = start; i <= start + left; ++i) {
    if (taken[i + length * times - 1] === 1) break;
    const cost = costOf(i) + costOf(i + length);
    if (cost < least) [best, least] = [i, cost];
  }
  return best;
}
