// What one sees first is small: the program as a tree of groups, by part, by name scope, by repeated layer and, where much is left, by
// sections. A group is taken apart when it is opened.
import {findRepeats} from './repeats.mjs';
import {count, PARTS} from './program.mjs';

const MOST_CHILDREN = 36;    // children of a group, before they are put into sections
const ENOUGH = 20;    // below, repeated layers are left as they are
const ROUNDS = 5;     // layers of layers
const MOST_INPUTS = 12;

export class Tree {
  constructor(flow) {
    this.flow = flow;
    this.program = flow.program;
    this.home = new Array(this.program.opCount);  // of an op: the innermost group, or the node of its own, that is made
    this.nextId = 0;
    const first = this.program.blocks[0].ops.filter((op) => flow.folded[op] === 0 && !this.program.isSilent(op));
    this.root = this.group('program', this.program.title, first);
    for (const op of first) this.home[op] = this.root;
  }

  group(kind, label, ops, more = {}) {
    return {id: this.nextId++, kind, label, ops, op: -1, parent: null, children: null, scopeDepth: 0, ...more};
  }

  leaf(op) {
    const bodies = this.program.bodies.get(op) ?? [];
    const ops = bodies.flatMap((block) => this.program.blocks[block].ops).filter((inner) => this.flow.folded[inner] === 0);
    return this.group('op', this.program.type(op), ops, {op});
  }

  canOpen(node) { return node.ops.length > 0; }

  // The children of a group, or of an op that runs blocks.
  open(node) {
    if (node.children !== null) return node.children;
    const entries = node.kind === 'layers' ? node.entries : this.#entries(node);
    node.children = this.#sections(entries).map((entry) => (typeof entry === 'number' ? this.leaf(entry) : entry));
    if (node.kind === 'program') node.children.unshift(...this.#inputs(node.ops));
    node.children.forEach((child, position) => {
      child.parent = node;
      child.position = position;
      forEachOp(child, (op) => { this.home[op] = child; });
    });
    return node.children;
  }

  // What forward ops read and no op makes: a node for each, or one for all where there are many.
  #inputs(ops) {
    const variables = new Set();
    for (const op of ops) {
      if (this.program.part(op) !== 0) continue;
      this.flow.forEachRead(op, (maker, variable) => { if (maker < 0) variables.add(variable); });
    }
    const make = (label, inside) => ({...this.group('input', label, []), variables: inside});
    if (variables.size > MOST_INPUTS) return [make(count(variables.size, 'input'), variables)];
    return [...variables].map((variable) => make(this.program.variable(variable).name, new Set([variable])));
  }

  // A group of its own with some ops, which have no place in the tree.
  aroundGroup(ops) {
    const node = this.group('around', '', ops);
    node.children = ops.map((op, position) => ({...this.leaf(op), ops: [], parent: node, position}));
    return node;
  }

  // The groups to open so that an op is seen, from outside to inside, and its node.
  pathTo(op) {
    const path = [];
    let node = this.home[op];
    if (node === undefined) {
      const {owner} = this.program.blocks[this.program.block(op)];
      if (owner < 0) return null;
      const outer = this.pathTo(this.flow.shown(owner));
      if (outer === null) return null;
      path.push(...outer.path, outer.node);
      node = outer.node;
      this.open(node);
    }
    while (node.op !== op) {
      path.push(node);
      this.open(node);
      if (this.home[op] === node || this.home[op] === undefined) return null;
      node = this.home[op];
    }
    const above = [];
    for (let up = node.parent; up !== null; up = up.parent) above.unshift(up);
    return {path: above, node};
  }

  // What is below a group: ops, as numbers, and groups.
  #entries(node) {
    let entries = node.entries ?? (node.kind === 'program' ? this.#byPart(node.ops) : this.#byScope(node.ops, node.scopeDepth));
    for (let round = 0; round < ROUNDS && entries.length > ENOUGH; ++round) {
      const before = entries.length;
      entries = this.#byRepeats(entries);
      if (entries.length === before) break;
    }
    return entries;
  }

  #byPart(ops) {
    const parts = [[], [], []];
    for (const op of ops) parts[this.program.part(op)].push(op);
    const entries = this.#byScope(parts[0], 0);
    for (const part of [1, 2]) {
      if (parts[part].length === 0) continue;
      // A program of nothing else is no group.
      if (parts[part].length === ops.length) return this.#byScope(ops, 0);
      entries.push(this.group('part', PARTS[part], parts[part]));
    }
    return entries;
  }

  // A scope that all ops are in says nothing: what is in it is taken.
  #byScope(ops, depth) {
    if (this.program.document.scopes.length === 0) return ops.slice();
    let entries;
    do entries = this.#byScopeAt(ops, depth++);
    while (entries.length === 1 && typeof entries[0] === 'object' && ops.length > 1);
    return entries.map((entry) => (typeof entry === 'object' && entry.ops.length === 1 ? entry.ops[0] : entry));
  }

  #byScopeAt(ops, depth) {
    const {scopes} = this.program;
    const entries = [];
    const groups = new Map();
    for (const op of ops) {
      const name = scopes[op]?.[depth];
      const known = name === undefined ? undefined : groups.get(name);
      if (known !== undefined) {
        known.ops.push(op);
      } else if (name === undefined) {
        entries.push(op);
      } else {
        const group = this.group('scope', name, [op], {scopeDepth: depth + 1});
        groups.set(name, group);
        entries.push(group);
      }
    }
    return entries;
  }

  // What an entry is, but for its numbers.
  #token(entry) {
    if (typeof entry === 'number') return this.program.typeNumber(entry);
    if (entry.kind === 'layers') return `layers ${entry.unit}`;
    return `${entry.kind} ${entry.label.replace(/[\d.]+/g, '#')} ${entry.ops.length}`;
  }

  #byRepeats(entries) {
    const tokens = entries.map((entry) => this.#token(entry));
    const numbers = new Map();
    const crossing = this.#crossings(entries);
    const repeats = findRepeats(tokens.map((token) => {
      if (!numbers.has(token)) numbers.set(token, numbers.size);
      return numbers.get(token);
    }), (position) => crossing[position]);
    const result = [];
    let at = 0;
    for (const {start, length, times} of repeats) {
      result.push(...entries.slice(at, start));
      at = start + length * times;
      const layers = [];
      for (let i = 0; i < times; ++i) {
        const inside = entries.slice(start + i * length, start + (i + 1) * length);
        layers.push(length === 1 ? inside[0] : this.group('layer', `${i + 1} of ${times}`, opsIn(inside), {entries: inside}));
      }
      result.push(this.group('layers', `${times} × ${count(opsIn(layers.slice(0, 1)).length, 'op')}`, opsIn(layers), {entries: layers, unit: tokens.slice(start, start + length).join(' '), times}));
    }
    result.push(...entries.slice(at));
    return result;
  }

  // Where there are too many children, those next to each other are put together, so that few edges are cut.
  #sections(entries) {
    if (entries.length <= MOST_CHILDREN) return entries;
    const sections = Math.min(MOST_CHILDREN - 6, Math.ceil(entries.length / 20));
    const size = entries.length / sections;
    const crossing = this.#crossings(entries);
    const result = [];
    let begin = 0;
    for (let section = 1; section <= sections; ++section) {
      let end = section === sections ? entries.length : Math.round(section * size);
      if (section < sections) {
        const reach = Math.floor(size / 4);
        for (let i = end - reach; i <= end + reach; ++i) {
          if (i > begin && i < entries.length && crossing[i] < crossing[end]) end = i;
        }
      }
      const inside = entries.slice(begin, end);
      begin = end;
      if (inside.length === 1) result.push(inside[0]);
      if (inside.length < 2) continue;
      const ops = opsIn(inside);
      const label = `${this.program.place(ops[0])} – ${this.program.place(ops[ops.length - 1])}`;
      result.push(this.group('section', label, ops, {entries: inside}));
    }
    return result;
  }

  // Numbers ops by the entry that they are in, calls f(position by op, -1 for others), and clears the numbers.
  #withPositions(entries, f) {
    this.positions ??= new Int32Array(this.program.opCount).fill(-1);
    entries.forEach((entry, i) => forEachOp(entry, (op) => { this.positions[op] = i; }));
    f(this.positions);
    for (const entry of entries) forEachOp(entry, (op) => { this.positions[op] = -1; });
  }

  // By position, how many edges go past it from entries before to it and later ones.
  #crossings(entries) {
    const changes = new Int32Array(entries.length + 1);
    this.#withPositions(entries, (positions) => {
      entries.forEach((entry, to) => forEachOp(entry, (op) => this.flow.forEachRead(op, (maker) => {
        const from = maker < 0 ? -1 : positions[maker];
        if (from < 0 || from >= to) return;
        ++changes[from + 1];
        --changes[to + 1];
      })));
    });
    for (let i = 1; i <= entries.length; ++i) changes[i] += changes[i - 1];
    return changes;
  }

  // Edges between the children of an open group, and to what is outside: [{from, to, bits}]; -1 is outside.
  edges(node) {
    if (node.edges) return node.edges;
    const children = this.open(node);
    const edges = new Map();
    const add = (from, to, bits) => {
      if (from === to) return;
      const key = (from + 1) * 65536 + to + 1;
      const edge = edges.get(key);
      if (edge === undefined) edges.set(key, {from, to, bits});
      else edge.bits = Math.max(edge.bits, bits);
    };
    const input = new Map();  // of a variable, its node
    for (const child of children) for (const variable of child.variables ?? []) input.set(variable, child.position);
    const isWhole = node.kind === 'program' || node.kind === 'around';
    this.#withPositions(children, (positions) => {
      for (const child of children) {
        const {position} = child;
        forEachOp(child, (op) => {
          this.flow.forEachRead(op, (maker, variable, bits) => {
            const isInput = maker < 0 && this.program.part(op) === 0 && input.has(variable);
            const from = isInput ? input.get(variable) : maker < 0 ? -1 : positions[maker];
            if (from >= 0 || !isWhole) add(from, position, bits);
          });
          if (!isWhole) this.flow.readers(op).forEach((reader) => { if (!this.#isInside(reader, positions)) add(position, -1, 0); });
        });
      }
    });
    node.edges = [...edges.values()];
    if (node.kind === 'program') node.edges = this.#withoutReuse(node.edges, children);
    return node.edges;
  }

  // What a body reads is read by the op that runs it.
  #isInside(op, positions) {
    while (positions[op] < 0) {
      op = this.program.blocks[this.program.block(op)].owner;
      if (op < 0) return false;
    }
    return true;
  }

  // The backward reads what nearly every forward op makes: an edge from the last of them, the loss, says enough.
  #withoutReuse(edges, children) {
    const last = new Map();
    for (const {from, to} of edges) if (children[to]?.kind === 'part') last.set(to, Math.max(from, last.get(to) ?? -1));
    return edges.filter(({from, to}) => !last.has(to) || last.get(to) === from);
  }

  // "12 conv2d, 12 relu, 1 pool2d and 3 more types"
  types(node, most = 3) {
    if (node.types === undefined) {
      const counts = new Map();
      for (const op of node.ops) {
        const type = this.program.typeNumber(op);
        counts.set(type, (counts.get(type) ?? 0) + 1);
      }
      node.types = [...counts].sort((a, b) => b[1] - a[1]).map(([type, times]) => [this.program.texts[type], times]);
    }
    const shown = node.types.slice(0, most).map(([type, times]) => `${times} ${type}`);
    const left = node.types.length - shown.length;
    return left > 0 ? [...shown, `and ${count(left, 'more type')}`] : shown;
  }
}

// Calls f(op) for each op that an entry, a number or a node, stands for among others; not for those in the blocks that an op runs.
function forEachOp(entry, f) {
  if (typeof entry === 'number') f(entry);
  else if (entry.op >= 0) f(entry.op);
  else entry.ops.forEach(f);
}

function opsIn(entries) {
  const ops = [];
  for (const entry of entries) forEachOp(entry, (op) => ops.push(op));
  return ops;
}
