// Which op makes what another one reads. Where pairs are folded, an op that quantizes or dequantizes is passed through: its reader reads
// what it was made of, with so many bits. A program may have 10^5 ops: lists of numbers stand one behind another in one array for all ops.
import {ROLES} from './program.mjs';

// Lists of numbers, one for each op, each filled at once.
class Lists {
  constructor(count) {
    this.all = [];
    this.begins = new Int32Array(count);
    this.ends = new Int32Array(count);
  }
  begin(op) { this.begins[op] = this.all.length; }
  end(op) { this.ends[op] = this.all.length; }
  of(op) { return this.all.slice(this.begins[op], this.ends[op]); }
}

export class Flow {
  // `fold` is whether pairs are folded.
  constructor(program, fold) {
    this.program = program;
    this.folded = new Uint8Array(program.opCount);
    this.readLists = new Lists(program.opCount);
    this.parameterLists = new Lists(program.opCount);
    this.makerLists = new Lists(program.opCount);
    this.done = new Uint8Array(program.opCount);
    this.reader = new Map();  // of an op that is folded: the first op that reads its result
    this.#begin();
    if (fold) this.#chooseFolded();
    this.#walk();
    this.#collectReaders();
  }

  // By variable, as it is so far: the op that wrote it last; the op that made what it holds, of which variable, with how many bits.
  #begin() {
    const count = this.program.document.variables.length;
    this.writer = new Int32Array(count).fill(-1);
    this.maker = new Int32Array(count).fill(-1);
    this.source = Int32Array.from({length: count}, (_, variable) => variable);
    this.bits = new Uint8Array(count);
    this.through = new Map();  // the last op that is folded into it, and those before: {op, before}
  }

  // Only what somebody reads: else nothing would be left of it.
  #chooseFolded() {
    const {program} = this;
    if (program.folds.size === 0) return;
    const read = new Uint8Array(program.document.variables.length);
    for (let op = 0; op < program.opCount; ++op) program.forEachInput(op, (argument) => { if (argument >= 0) read[argument] = 1; });
    for (const [op, fold] of program.folds) {
      if (fold.role !== ROLES.observe && read[fold.result] === 1) this.folded[op] = 1;
    }
  }

  // In the order in which ops run: a body when the op that runs it is reached.
  #walk() {
    const {program} = this;
    const frame = (block) => ({block, next: 0, written: new Set()});
    const stack = program.blocks.map((_, number) => number).filter((number) => program.blocks[number].owner < 0).reverse().map(frame);
    const entered = new Set(stack.map(({block}) => block));
    while (stack.length > 0) {
      const top = stack[stack.length - 1];
      const {ops, owner} = program.blocks[top.block];
      if (top.next === ops.length) {
        stack.pop();
        if (owner >= 0) this.#leave(top, owner, stack[stack.length - 1]);
        continue;
      }
      const op = ops[top.next++];
      this.#addOp(op);
      if (owner >= 0) program.forEachOutput(op, (argument) => { if (argument >= 0) top.written.add(argument); });
      for (const block of program.bodies.get(op) ?? []) {
        if (entered.has(block)) continue;
        entered.add(block);
        stack.push(frame(block));
      }
    }
    for (let op = 0; op < program.opCount; ++op) {  // in blocks that lie in one another
      if (this.done[op] === 0) this.#addOp(op);
    }
  }

  // What a body wrote outside is made by the op that runs it.
  #leave({block, written}, owner, outer) {
    for (const variable of written) {
      if (this.program.document.variables[variable][1] === block) continue;
      outer.written.add(variable);
      this.writer[variable] = owner;
      this.#make(variable, this.program.isPersistable(variable) ? -1 : owner, variable, 0);
    }
  }

  #make(variable, op, source, bits) {
    this.maker[variable] = op;
    this.source[variable] = source;
    this.bits[variable] = bits;
    if (this.through.size > 0) this.through.delete(variable);
  }

  #addOp(op) {
    const {program, readLists, parameterLists, makerLists} = this;
    this.done[op] = 1;
    for (const lists of [readLists, parameterLists, makerLists]) lists.begin(op);
    program.forEachInput(op, (argument, slot) => {
      makerLists.all.push(argument < 0 ? -1 : this.writer[argument]);
      if (argument < 0) return;
      // Where one has a reader, those before it have one, too.
      for (let fold = this.through.get(argument); fold !== undefined && !this.reader.has(fold.op); fold = fold.before) {
        this.reader.set(fold.op, op);
      }
      const maker = this.maker[argument], source = this.source[argument];
      if (maker < 0 && program.isPersistable(source)) parameterLists.all.push(source, this.bits[argument], slot);
      else readLists.all.push(maker, source, this.bits[argument]);
    });
    for (const lists of [readLists, parameterLists, makerLists]) lists.end(op);
    const fold = this.folded[op] === 1 ? program.folds.get(op) : undefined;
    program.forEachOutput(op, (argument) => {
      if (argument < 0) return;
      this.writer[argument] = op;
      // What is written to a stored value, such as the running mean of a batch_norm, is no data that flows on.
      if (fold === undefined) this.#make(argument, program.isPersistable(argument) ? -1 : op, argument, 0);
      else if (argument === fold.result) this.#passThrough(op, fold);
    });
  }

  #passThrough(op, {operand, result, role, bits}) {
    const before = this.through.get(operand);
    this.#make(result, this.maker[operand], this.source[operand], role === ROLES.dequantize ? this.bits[operand] : bits);
    this.through.set(result, {op, before});
  }

  #collectReaders() {
    const {all, begins, ends} = this.readLists;
    this.readerEnds = new Int32Array(this.program.opCount + 1);
    const forEach = (f) => {
      for (let op = 0; op < this.program.opCount; ++op) {
        if (this.folded[op] === 1) continue;
        for (let i = begins[op]; i < ends[op]; i += 3) if (all[i] >= 0) f(all[i], op);
      }
    };
    forEach((maker) => ++this.readerEnds[maker + 1]);
    for (let op = 0; op < this.program.opCount; ++op) this.readerEnds[op + 1] += this.readerEnds[op];
    const next = this.readerEnds.slice();
    this.allReaders = new Int32Array(this.readerEnds[this.program.opCount]);
    forEach((maker, op) => { this.allReaders[next[maker]++] = op; });
  }

  // Calls f(op that makes it or -1, variable, bits or 0) for what an op reads and that isn't stored.
  forEachRead(op, f) {
    const {all, begins, ends} = this.readLists;
    for (let i = begins[op]; i < ends[op]; i += 3) f(all[i], all[i + 1], all[i + 2]);
  }
  // Calls f(variable, bits or 0, slot) for each stored value that an op reads.
  forEachParameter(op, f) {
    const {all, begins, ends} = this.parameterLists;
    for (let i = begins[op]; i < ends[op]; i += 3) f(all[i], all[i + 1], all[i + 2]);
  }
  // The ops that read what an op makes; one of them may come more than once.
  readers(op) { return this.allReaders.subarray(this.readerEnds[op], this.readerEnds[op + 1]); }
  // For each input of an op the op that wrote it last, whatever is folded, or -1.
  makers(op) { return this.makerLists.of(op); }

  // Of a variable that an op writes, the ops that read what it wrote, whatever is folded.
  users(op, variable) {
    const users = new Set();
    for (let other = 0; other < this.program.opCount; ++other) {
      const {all, begins, ends} = this.makerLists;
      let found = false;
      for (let i = begins[other]; i < ends[other]; ++i) found ||= all[i] === op;
      if (found) this.program.forEachInput(other, (argument) => { if (argument === variable) users.add(other); });
    }
    return [...users];
  }

  // The op that stands for an op in the picture: that which reads it where it is folded.
  shown(op) {
    for (let turns = 0; this.folded[op] === 1 && turns < 8; ++turns) {
      const reader = this.reader.get(op);
      if (reader === undefined) break;
      op = reader;
    }
    return op;
  }

  // The ops at most `hops` edges from `centers`, in their order: no more than `most`, the nearest first.
  around(centers, hops, most) {
    const found = new Set(centers);
    let edge = [...found];
    for (let hop = 0; hop < hops && found.size < most; ++hop) {
      const next = [];
      const take = (op) => {
        if (op < 0 || found.has(op) || this.folded[op] === 1 || found.size >= most) return;
        found.add(op);
        next.push(op);
      };
      for (const op of edge) {
        this.readers(op).forEach(take);
        this.forEachRead(op, take);
      }
      edge = next;
    }
    return [...found].sort((a, b) => a - b);
  }
}
