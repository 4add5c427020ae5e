// A program as the document of view_document.h has it.

// Where what stands in the row of an op; the inputs begin at HEAD.
const TYPE = 0, BLOCK = 1, NUMBER = 2, FLAGS = 3, SET = 4, INPUTS = 5, HEAD = 6;

export const PARTS = ['forward', 'backward', 'optimizer'];
export const KINDS = ['float', 'rounded', 'integer', 'quantizing'];
export const ROLES = {quantize: 0, dequantize: 1, round: 2, observe: 3};

export class Program {
  constructor(document) {
    this.document = document;
    this.title = document.title;
    this.summary = document.summary;
    this.texts = document.texts;
    this.opCount = document.ops.length;
    this.blocks = document.blocks.map(([label, owner]) => ({label: this.texts[label], owner, ops: []}));
    document.ops.forEach((op, i) => this.blocks[op[BLOCK]].ops.push(i));
    this.bodies = new Map();  // of an op: the blocks that it runs
    this.blocks.forEach((block, number) => {
      if (block.owner >= 0) this.bodies.set(block.owner, [...this.bodies.get(block.owner) ?? [], number]);
    });
    this.scopes = new Array(this.opCount);  // of an op, where it has one: the path of its name scope
    for (const [op, path] of document.scopes) this.scopes[op] = this.texts[path].split('/').filter(Boolean);
    this.folds = new Map(document.folds.map(([op, operand, result, role, bits]) => [op, {operand, result, role, bits}]));
    this.values = document.values;
    this.valueOf = new Map();  // of a variable: the quantized value whose rounded form it is
    for (const value of this.values) this.valueOf.set(value.rounded, value);
    this.scaledBack = new Map(document.products.map(([op, ...scalings]) => [op, scalings]));
  }

  typeNumber(op) { return this.document.ops[op][TYPE]; }
  type(op) { return this.texts[this.typeNumber(op)]; }
  block(op) { return this.document.ops[op][BLOCK]; }
  number(op) { return this.document.ops[op][NUMBER]; }
  part(op) { return this.document.ops[op][FLAGS] & 3; }
  kind(op) { return this.document.ops[op][FLAGS] >> 2 & 3; }
  isQuantized(op) { return ['rounded', 'integer'].includes(KINDS[this.kind(op)]); }
  isOld(op) { return this.document.ops[op][FLAGS] >> 4 === 1; }
  set(op) { return this.document.ops[op][SET]; }

  // "0:39"; with a minus for an op that is only in the older form.
  place(op) { return `${this.isOld(op) ? '-' : ''}${this.block(op)}:${this.number(op)}`; }

  // The op at a place; undefined where there is none.
  at(place) {
    const parts = /^(-?)(?:(\d+):)?(\d+)$/.exec(place);
    if (parts === null) return undefined;
    return this.#opOfPlace().get(`${parts[1]}${Number(parts[2] ?? 0)}:${Number(parts[3])}`);
  }

  // Made when the first place is asked for: a program may have 10^5 ops, and as many changes.
  #opOfPlace() {
    if (this.places === undefined) {
      this.places = new Map();
      for (let op = 0; op < this.opCount; ++op) {
        const place = this.place(op);
        if (!this.places.has(place)) this.places.set(place, op);
      }
    }
    return this.places;
  }

  // [{slot, names: [{variable or -1, name}]}]
  inputs(op) { return this.#slots(this.document.ops[op], HEAD, this.#end(op)); }
  outputs(op) { return this.#slots(this.document.ops[op], this.#end(op)); }

  #end(op) { return HEAD + this.document.ops[op][INPUTS]; }

  #slots(row, begin, stop = row.length) {
    const slots = [];
    for (let i = begin; i < stop;) {
      const slot = {slot: this.texts[row[i]], names: []};
      const end = i + 2 + row[i + 1];
      for (i += 2; i < end; ++i) slot.names.push({variable: Math.max(row[i], -1), name: this.nameOf(row[i])});
      slots.push(slot);
    }
    return slots;
  }

  nameOf(argument) {
    return this.texts[argument >= 0 ? this.document.variables[argument][0] : -1 - argument];
  }

  variable(number) {
    const [name, block, type, persistable] = this.document.variables[number];
    return {name: this.texts[name], block, type: this.texts[type], persistable: persistable === 1};
  }
  isPersistable(number) { return this.document.variables[number][3] === 1; }

  // Whether an op neither reads nor writes nor runs anything, as the declaration of a parameter in a program of Paddle 3.
  isSilent(op) { return this.document.ops[op].length === HEAD && !this.bodies.has(op); }

  // Calls f(argument, slot's text) for each of an op's inputs; the argument is below 0 where no variable has the name.
  forEachInput(op, f) { this.#forEach(this.document.ops[op], HEAD, this.#end(op), f); }
  forEachOutput(op, f) { this.#forEach(this.document.ops[op], this.#end(op), this.document.ops[op].length, f); }

  #forEach(row, begin, stop, f) {
    for (let i = begin; i < stop;) {
      const slot = row[i];
      const end = i + 2 + row[i + 1];
      for (i += 2; i < end; ++i) f(row[i], slot);
    }
  }

  // [{name, type, text}] in the order of the program.
  attributes(op) {
    return this.attributesOfSet(this.set(op)).map((number) => this.attribute(number));
  }
  attributesOfSet(set) { return this.document.sets[set].split(' ').filter(Boolean).map(Number); }
  attribute(number) {
    const [name, value] = this.document.attributes[number];
    return {name: this.texts[name], type: value.type, value: value.value, text: attributeText(value)};
  }
}

function attributeText(value) {
  if ('text' in value) return String(value.text);
  return typeof value.value === 'string' ? `'${value.value}'` : JSON.stringify(value.value);
}

// "LOD_TENSOR FP32 [20, 1, 5, 5] lod_level 1" as "20×1×5×5"; empty where there is no shape.
export function shapeOf(type) {
  const shape = /\[([-\d, ]*)\]/.exec(type);
  return shape ? shape[1].split(', ').map((dim) => (dim.startsWith('-') ? '?' : dim)).join('×') : '';
}

export function count(number, word) {
  return `${number} ${word}${number === 1 ? '' : 's'}`;
}
