// What diff found, as steps to go through: a change with what follows from it, such as a quantize op with its dequantize op and its readers.
import {count} from './program.mjs';

const SIGNS = {
  inserted: {name: 'inserted', sign: '+', title: 'inserted'},
  removed: {name: 'removed', sign: '−', title: 'removed'},
  changed: {name: 'changed', sign: '~', title: 'changed'},
  moved: {name: 'moved', sign: '›', title: 'moved'},
};

export class Changes {
  // `diff` is a document as diff.schema.json describes it.
  constructor(program, diff) {
    this.program = program;
    this.diff = diff;
    this.all = diff.changes ?? [];
    this.opOf = new Map();      // of the id of a change, its op
    this.changeOf = new Map();  // the other way round
    for (const change of this.all) {
      const op = change.what === 'op' ? this.#opOf(change) : undefined;
      if (op === undefined) continue;
      this.opOf.set(change.id, op);
      this.changeOf.set(op, change);
    }
    this.steps = this.#steps();
    this.stepOf = new Map();  // of an op
    this.steps.forEach((step, i) => step.ops.forEach((op) => this.stepOf.set(op, i)));
    this.groups = this.#groups();
  }

  #opOf(change) {
    if (change.b) return this.program.at(`${change.b.block}:${change.b.op}`);
    const block = this.program.document.old_blocks?.[change.a.block];
    return this.program.at(`-${block}:${change.a.op}`);
  }

  #steps() {
    const steps = new Map();
    const leaderOf = (change) => {
      let leader = change;
      for (let turns = 0; leader.follows_from !== null && turns < 64; ++turns) leader = this.all[leader.follows_from];
      return leader;
    };
    for (const change of this.all) {
      const leader = leaderOf(change);
      if (!steps.has(leader.id)) steps.set(leader.id, {leader, changes: [], ops: []});
      const step = steps.get(leader.id);
      step.changes.push(change);
      if (this.opOf.has(change.id)) step.ops.push(this.opOf.get(change.id));
    }
    return [...steps.values()].sort((a, b) => a.leader.id - b.leader.id);
  }

  // Steps that are alike: "+ 104 pairs".
  #groups() {
    const groups = new Map();
    this.steps.forEach((step, i) => {
      const title = this.#kindOf(step);
      if (!groups.has(title.key)) groups.set(title.key, {...title, steps: []});
      groups.get(title.key).steps.push(i);
    });
    return [...groups.values()];
  }

  #kindOf(step) {
    const {sign} = this.mark(step.leader);
    if (step.leader.what !== 'op') return {key: `${sign} ${step.leader.what}`, sign, word: step.leader.what};
    const own = step.ops.filter((op) => this.mark(this.changeOf.get(op)).sign === sign);
    const pairs = own.length === 2 && own.every((op) => this.program.folds.has(op));
    const type = (step.leader.b ?? step.leader.a).type;
    return pairs ? {key: `${sign} pair`, sign, word: 'pair'} : {key: `${sign} ${type}`, sign, word: type};
  }

  mark(change) {
    if (change.inserted) return SIGNS.inserted;
    if (change.removed) return SIGNS.removed;
    return change.moved && !change.changed ? SIGNS.moved : SIGNS.changed;
  }
  markOf(op) { return this.changeOf.has(op) ? this.mark(this.changeOf.get(op)) : null; }

  // "+3 ~2" of the ops of a group; empty where nothing changed.
  countsOf(ops) {
    const counts = new Map();
    for (const op of ops) {
      const mark = this.markOf(op);
      if (mark !== null) counts.set(mark.sign, (counts.get(mark.sign) ?? 0) + 1);
    }
    return [...counts].map(([sign, times]) => `${sign}${times}`).join(' ');
  }

  // "~ 0:3 -> 0:5 conv2d"
  titleOf(change) {
    const side = change.b ?? change.a ?? {};
    const placeOf = (one) => (one ? (one.op === undefined ? `block ${one.block}` : `${one.block}:${one.op}`) : '');
    const a = placeOf(change.a), b = placeOf(change.b);
    const places = a !== '' && b !== '' && a !== b ? `${a} → ${b}` : b || a;
    const what = change.what === 'op' ? side.type : change.what === 'variable' ? `variable ${side.name}` : change.what;
    return `${this.mark(change).sign} ${places} ${what}`;
  }

  // The same for a step; of a pair what it quantizes.
  titleOfStep({leader, ops}) {
    const fold = this.program.folds.get(this.opOf.get(leader.id));
    const title = this.titleOf(leader);
    return fold === undefined || ops.length < 2 ? title : `${this.mark(leader).sign} ${this.program.place(ops[0]).replace('-', '')} ${this.program.nameOf(fold.operand)}${fold.bits > 0 ? `, ${fold.bits} bits` : ''}`;
  }

  // ["input X: a → b", …]
  linesOf(change) {
    const lines = change.differences.map(({part, name, position, from, to}) =>
      `${part} ${name}${position === undefined ? '' : ` [${position}]`}: ${from ?? '(nothing)'} → ${to ?? '(nothing)'}`);
    if (change.moved) lines.push(change.with_effect ? 'moved, and values change with it' : 'moved');
    return lines;
  }

  groupTitle(group) {
    return group.word === 'pair' ? `${group.sign} ${count(group.steps.length, 'pair')}` : `${group.sign} ${group.steps.length} ${group.word}`;
  }
}
