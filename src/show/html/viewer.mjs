// A program, or the change of one: what is open, what is selected, and what keys and clicks do.
import {byId, html, svg, textWidth} from './dom.mjs';
import {count, KINDS, Program, shapeOf} from './program.mjs';
import {Changes} from './changes.mjs';
import {Details, table, tensorLine, titleOf} from './details.mjs';
import {Flow} from './flow.mjs';
import {Layout} from './layout.mjs';
import {OpList} from './list.mjs';
import {Overlay} from './overlay.mjs';
import {Picture} from './picture.mjs';
import {Search} from './search.mjs';
import {Tree} from './structure.mjs';

const HOPS = 2;
const MOST_AROUND = 60;
const MOST_LINES = 2;      // of parameters in a node
const LONGEST = 34;        // characters of a line in a node
const MOST_STEPS = 200;    // buttons in the list of changes
const LARGE = 20000;       // ops
const PAUSE = 150;         // milliseconds
const NO_MARK = {name: '', sign: '', title: ''};
const KIND_MARKS = [NO_MARK, {name: 'rounded', sign: '≈', title: 'rounded'}, {name: 'integer', sign: '#', title: 'integer'}, {name: 'quantizing', sign: 'q', title: 'quantizes or dequantizes'}];

function cut(text) {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)}…${text.slice(1 - LONGEST / 2)}`;
}

export class Viewer {
  constructor(document, {diff, overlay, graph}) {
    this.program = new Program(document);
    this.graph = graph;
    this.changes = diff === null ? null : new Changes(this.program, diff);
    this.views = {};
    this.fold = diff === null;
    this.isOpen = (node) => this.opened.has(node.id);
    this.report = overlay;
    this.step = -1;
    this.selectedOp = -1;
    this.selectedNode = null;
    this.search = null;
    this.#buildPage();
    this.#setFold(this.fold);
    this.#listen();
    this.list.show(this.search?.find('') ?? [...Array(this.program.opCount).keys()]);
    this.#start();
  }

  #start() {
    const place = decodeURIComponent(window.location.hash.slice(1));
    if (place !== '' && this.goToPlace(place)) return;
    this.#draw();
    this.picture.fit();
    this.#showDetails();
    const first = this.changes?.steps.findIndex((step) => step.ops.length > 0) ?? -1;
    if (first >= 0) this.goToStep(first);
  }

  #buildPage() {
    const {program} = this;
    byId('title').textContent = program.title;
    window.document.title = `${program.title} – pdquant`;
    byId('headline').textContent = this.changes?.diff.summary ?? this.#headline();
    byId('tools').hidden = false;
    this.box = svg('svg', {id: 'picture', tabindex: 0, role: 'group', 'aria-label': 'Picture of the program: arrow keys go from op to op, Enter opens a group', 'aria-describedby': 'status'});
    this.searchBox = html('input', {id: 'search', type: 'search', placeholder: 'Search ops  ( / )', title: 'Type, names, attribute=value, or a place such as 0:39', 'aria-label': 'Search ops by type, name, attribute or place'});
    this.opsBox = html('div', {id: 'ops', role: 'listbox', tabindex: 0, 'aria-label': 'Ops'});
    this.right = html('aside', {class: 'side right', id: 'details', 'aria-label': 'Details', tabindex: -1});
    this.panel = html('section', {class: 'panel', hidden: true});
    byId('main').replaceChildren(
      html('aside', {class: 'side', 'aria-label': 'Ops'}, this.panel, this.searchBox, this.opsBox, html('div', {id: 'legend'})),
      html('section', {id: 'middle'}, this.box), this.right);
    this.picture = new Picture(this.box, (node) => this.#look(node), (node) => this.choose(node), (node) => this.toggle(node));
    this.list = new OpList(this.opsBox, (op) => ({place: program.place(op), text: program.type(op), mark: this.#markOf(op)}), (op) => this.goToOp(op));
  }

  #headline() {
    const {summary} = this.program;
    return [summary.purpose, summary.quantization.text, count(summary.ops, 'op'), `${count(summary.persistable_tensors, 'stored tensor')}`].join(', ');
  }

  // What depends on whether pairs are folded.
  #view(fold) {
    const flow = new Flow(this.program, fold);
    const tree = new Tree(flow);
    return {flow, tree, shownRoot: tree.root, opened: new Set(),
      layout: new Layout(tree, this.graph, textWidth, (node) => this.#lines(node)),
      details: new Details(this.program, flow, (op) => this.goToOp(op)),
      overlay: this.report === null ? null : new Overlay(this.program, flow, this.report)};
  }

  #setFold(fold) {
    this.fold = fold;
    this.views[fold] ??= this.#view(fold);
    Object.assign(this, this.views[fold]);
    this.selectedNode = null;
    byId('button-fold').setAttribute('aria-pressed', String(fold));
    byId('button-fold').hidden = this.program.folds.size === 0;
    this.#buildPanel();
    this.#buildLegend();
  }

  // The steps to go through: changes, or the worst of a report.
  #buildPanel() {
    const parts = [];
    const button = (text, mark, current, go, more = '') => html('button', {type: 'button', class: `step ${mark.name}`, 'aria-current': current ? 'true' : undefined, onclick: go}, html('b', {}, text), more);
    if (this.changes !== null) {
      parts.push(html('h2', {}, `Changes (${this.changes.steps.length})`));
      for (const group of this.changes.groups) {
        const shown = group.steps.slice(0, MOST_STEPS);
        const steps = shown.map((i) => {
          const step = this.changes.steps[i];
          return button(this.changes.titleOfStep(step), this.changes.mark(step.leader), i === this.step, () => this.goToStep(i));
        });
        if (group.steps.length > shown.length) steps.push(html('p', {class: 'muted'}, `and ${group.steps.length - shown.length} more: n and p go through all`));
        parts.push(group.steps.length === 1 ? steps[0] : html('details', {open: this.step >= 0 && group.steps.includes(this.step)}, html('summary', {}, this.changes.groupTitle(group)), steps));
      }
      const tensors = this.changes.diff.tensor_changes ?? [];
      if (tensors.length > 0) parts.push(html('details', {}, html('summary', {}, `${count(tensors.length, 'tensor')} with other values`), tensors.slice(0, MOST_STEPS).map(tensorLine)));
    } else if (this.overlay !== null) {
      parts.push(html('h2', {}, 'Worst weights'), ...this.overlay.worst.map(({op, row}, i) =>
        button(`${row.sqnr_db.toFixed(1)} dB `, NO_MARK, i === this.step, () => this.goToStep(i), `${this.program.place(op)} ${row.source}`)));
      if (this.overlay.kept.length > 0) {
        parts.push(html('details', {}, html('summary', {}, `${count(this.overlay.kept.length, 'op')} kept in simulation`),
          this.overlay.kept.map(({op, why}) => button(this.program.place(op), NO_MARK, false, () => this.goToOp(op), ` ${why}`))));
      }
    }
    this.panel.replaceChildren(...parts);
    this.panel.hidden = parts.length === 0;
    const hasSteps = this.#steps().length > 0;
    byId('button-next').hidden = !hasSteps;
    byId('button-previous').hidden = !hasSteps;
  }

  #steps() { return this.changes?.steps ?? this.overlay?.worst ?? []; }

  // What forms and colours mean, as far as the program has them.
  #buildLegend() {
    const kinds = new Set();
    for (let op = 0; op < this.program.opCount; ++op) kinds.add(this.program.kind(op));
    const sample = (classes, draw, text) => html('span', {}, svg('svg', {viewBox: '0 0 24 15', 'aria-hidden': 'true'}, svg('g', {class: classes}, draw)), ' ', text);
    const rect = (rx, inset = 0, name = 'shape') => svg('rect', {class: name, x: 1 + inset, y: 1 + inset, width: 22 - 2 * inset, height: 13 - 2 * inset, rx});
    const entries = [];
    if (kinds.has(1) || kinds.has(2)) entries.push(sample('node', [rect(1)], 'float'));
    if (kinds.has(1)) entries.push(sample('node rounded', [rect(6), rect(4, 2.5, 'shape line')], 'rounded ≈'));
    if (kinds.has(2)) entries.push(sample('node integer', [svg('path', {class: 'shape', d: 'M5 1H19L23 5V10L19 14H5L1 10V5z'})], 'integer #'));
    if (this.changes !== null) {
      for (const [name, text] of [['inserted', '+ inserted'], ['removed', '− removed'], ['changed', '~ changed'], ['moved', '› moved']]) entries.push(sample(`node ${name}`, [rect(1)], text));
    }
    if (this.overlay !== null) {
      for (const [name, text] of [['bad', '< 20 dB'], ['weak', '< 30 dB'], ['fair', '< 40 dB'], ['good', '40 dB and more']]) entries.push(sample(`node ${name}`, [rect(1)], text));
    }
    byId('legend').replaceChildren(...entries);
    byId('legend').hidden = entries.length === 0;
  }

  #markOf(op) {
    const change = this.changes?.markOf(op) ?? null;
    return change ?? KIND_MARKS[this.program.kind(op)];
  }

  #lines(node) {
    const {program} = this;
    if (node.kind === 'input') {
      const variables = [...node.variables];
      return [cut(node.label), ...variables.length === 1 ? [shapeOf(program.variable(variables[0]).type)].filter(Boolean) : []];
    }
    if (node.op < 0) {
      const changed = this.changes?.countsOf(node.ops) ?? '';
      const quantized = node.ops.filter((op) => program.kind(op) === 1 || program.kind(op) === 2).length;
      const lines = [cut(titleOf(node)), ...this.tree.types(node, 2).map(cut)];
      if (quantized > 0) lines.push(`${quantized} of ${node.ops.length} quantized`);
      return changed === '' ? lines : [...lines, changed];
    }
    const lines = [cut(this.shownRoot.kind === 'around' ? `${program.place(node.op)} ${node.label}` : node.label)];
    const isPort = node.label === 'feed' || node.label === 'fetch';
    if (isPort) {
      const slots = node.label === 'feed' ? program.outputs(node.op) : program.inputs(node.op);
      const [name] = slots.flatMap((slot) => slot.names).slice(0, 1);
      if (name !== undefined && name.variable >= 0) lines.push(cut(name.name), shapeOf(program.variable(name.variable).type));
      return lines.filter(Boolean);
    }
    const parameters = [];
    this.flow.forEachParameter(node.op, (variable, bits, slot) => {
      const known = bits || program.valueOf.get(variable)?.bits;
      parameters.push(cut(`${program.texts[slot]} ${shapeOf(program.variable(variable).type)}${known ? `, ${known} bits` : ''}`));
    });
    lines.push(...parameters.length > MOST_LINES ? [count(parameters.length, 'stored value')] : parameters);
    const report = this.overlay?.markOf(node.op) ?? null;
    if (report !== null) lines.push(report.text);
    if (node.ops.length > 0) lines.push(`runs ${count(node.ops.length, 'op')}`);
    return lines;
  }

  #look(node) {
    if (node.kind === 'input') return {classes: 'input', sign: '', tip: [...node.variables].slice(0, 20).map((variable) => `${this.program.variable(variable).name} ${this.program.variable(variable).type}`).join('\n')};
    if (node.op < 0) return {classes: 'group', sign: this.isOpen(node) ? '▾' : '▸', tip: this.tree.types(node, 12).join('\n')};
    const change = this.changes?.markOf(node.op) ?? null;
    const isPort = node.label === 'feed' || node.label === 'fetch';
    const kind = isPort ? 'input' : KINDS[this.program.kind(node.op)];
    const report = this.overlay?.markOf(node.op) ?? null;
    const body = node.ops.length > 0 ? (this.isOpen(node) ? '▾' : '▸') : '';
    const tip = [`${this.program.place(node.op)} ${node.label}`, change?.title, report?.title].filter(Boolean).join('\n');
    return {classes: [kind, change?.name, report?.name].filter(Boolean).join(' '), sign: change?.sign ?? (body || KIND_MARKS[this.program.kind(node.op)].sign), tip};
  }

  #draw() {
    this.picture.draw(this.layout.of(this.shownRoot, this.isOpen), this.selectedNode);
    byId('button-structure').setAttribute('aria-pressed', String(this.shownRoot.kind !== 'around'));
    byId('button-around').setAttribute('aria-pressed', String(this.shownRoot.kind === 'around'));
  }

  // A node of the picture.
  choose(node) {
    this.selectedNode = node;
    this.picture.select(node);
    this.picture.reveal(node);
    this.#selectOp(node.op);
  }

  #selectOp(op) {
    this.selectedOp = op;
    this.list.select(op);
    if (op >= 0) {
      this.step = this.changes?.stepOf.get(op) ?? this.step;
      window.history.replaceState(null, '', `#${this.program.place(op)}`);
    }
    this.#showDetails();
  }

  #showDetails() {
    const op = this.selectedOp;
    const node = this.selectedNode;
    if (op >= 0) {
      this.right.replaceChildren(...this.details.ofOp(op, [...this.#changeDetails(op), ...this.#reportDetails(op)]));
      this.#say(`${this.program.place(op)} ${this.program.type(op)} ${this.#markOf(op).title}`);
    } else if (node !== null) {
      this.right.replaceChildren(...this.details.ofGroup(this.tree, node));
      this.#say(`${titleOf(node)}: ${node.ops.length > 0 ? count(node.ops.length, 'op') : 'input'}`);
    } else {
      this.right.replaceChildren(...this.#overview());
    }
    this.right.scrollTop = 0;
  }

  #overview() {
    const {summary} = this.program;
    const rows = [['purpose', summary.purpose], ['quantization', summary.quantization.text], ['ops', `${summary.forward_ops} forward, ${summary.backward_ops} backward, ${summary.optimizer_ops} optimizer`],
      ['blocks', summary.blocks], ['variables', summary.variables], ['stored', `${count(summary.persistable_tensors, 'tensor')}, ${summary.persistable_values} values`],
      ['inputs', summary.inputs.join(', ') || 'none'], ['outputs', summary.outputs.join(', ') || 'none']];
    return [html('h2', {}, this.program.title), table(rows), html('h3', {}, 'Ops by type'),
      table(summary.types.map(({type, count: times, quantized}) => [type, quantized > 0 ? `${times}, ${quantized} quantized` : times]))];
  }

  #changeDetails(op) {
    const step = this.changes?.stepOf.get(op);
    if (step === undefined) return [];
    const {leader, changes} = this.changes.steps[step];
    const own = this.changes.changeOf.get(op);
    const one = (change) => html('li', {}, change === own ? html('b', {}, this.changes.titleOf(change)) : this.changes.titleOf(change), this.changes.linesOf(change).map((line) => html('div', {}, html('code', {}, line))));
    const rest = changes.filter((change) => change !== own);
    return [html('h3', {}, 'Change'), html('ul', {}, one(own)),
      rest.length > 0 ? html('details', {}, html('summary', {}, own === leader ? `${count(rest.length, 'more change')} with it` : `follows from ${this.changes.titleOf(leader)}`), html('ul', {}, rest.slice(0, MOST_STEPS).map(one))) : null].filter(Boolean);
  }

  #reportDetails(op) {
    const rows = this.overlay?.rows.get(op) ?? [];
    const why = this.overlay?.keptOf.get(op);
    const parts = rows.map((row) => html('section', {class: 'value'}, html('code', {}, row.source), table([['SQNR', row.sqnr_db === null ? 'not known' : `${row.sqnr_db.toFixed(2)} dB`],
      ['largest error', row.largest_error ?? 'not known'], ['bits', row.bits ?? 'not known'], ['type', `${row.from.type} to ${row.to.type}`]])));
    if (why !== undefined) parts.push(html('p', {}, `Kept in simulation: ${why}`));
    return parts.length > 0 ? [html('h3', {}, 'Report'), ...parts] : [];
  }

  #say(text) { byId('status').textContent = text; }

  // An op, wherever it is: opens what it is in.
  goToOp(op) {
    const shown = this.flow.shown(op);
    if (this.shownRoot.kind === 'around') {
      const inside = this.shownRoot.children.find((child) => child.op === shown);
      if (inside === undefined) this.#showAround([shown]);
      else this.selectedNode = inside;
      this.picture.select(this.selectedNode);
    } else {
      this.#openTo(shown);
      this.#draw();
    }
    if (this.selectedNode !== null) this.picture.reveal(this.selectedNode);
    this.#selectOp(op);
  }

  #openTo(op) {
    const found = this.tree.pathTo(op);
    this.selectedNode = found?.node ?? null;
    for (const node of found?.path ?? []) if (node !== this.tree.root) this.opened.add(node.id);
  }

  goToPlace(place) {
    const op = this.program.at(place);
    if (op === undefined) {
      this.#say(`There is no op ${place}`);
      return false;
    }
    this.goToOp(op);
    return true;
  }

  #showAround(ops) {
    const near = this.flow.around(ops.map((op) => this.flow.shown(op)), HOPS, MOST_AROUND);
    this.shownRoot = this.tree.aroundGroup(near);
    this.selectedNode = this.shownRoot.children.find((child) => child.op === this.flow.shown(ops[0])) ?? null;
    this.#draw();
    this.picture.fit();
    if (this.selectedNode !== null) this.picture.reveal(this.selectedNode);
  }

  showAround() {
    if (this.selectedOp < 0) {
      this.#say('Select an op first');
      return;
    }
    this.#showAround([this.selectedOp]);
    this.#showDetails();
  }

  // Of a change pairs are folded here, as in a program; step by step they are shown.
  showStructure(fold = true) {
    if (this.changes !== null && this.fold !== fold) this.#setFold(fold);
    this.shownRoot = this.tree.root;
    if (this.selectedOp >= 0) this.#openTo(this.flow.shown(this.selectedOp));
    this.#draw();
    this.picture.fit();
    if (this.selectedNode !== null) this.picture.reveal(this.selectedNode);
  }

  goToStep(step) {
    const steps = this.#steps();
    if (steps.length === 0) return;
    this.step = (step + steps.length) % steps.length;
    if (this.changes === null) {
      this.goToOp(steps[this.step].op);
    } else {
      if (this.fold) this.#setFold(false);
      const {leader, ops} = steps[this.step];
      const first = ops.find((op) => this.changes.changeOf.get(op) === leader) ?? ops[0];
      if (first === undefined) {
        this.#showChange(steps[this.step]);
      } else {
        const at = this.step;
        this.#showAround([first, ...ops.filter((op) => op !== first).slice(0, MOST_AROUND / 3)]);
        this.#selectOp(first);
        this.step = at;
      }
    }
    this.#buildPanel();
    this.panel.querySelector('[aria-current]')?.scrollIntoView({block: 'nearest'});
    this.#say(`${this.step + 1} of ${steps.length}: ${byId('status').textContent}`);
  }

  // A change of no op, such as that of a variable.
  #showChange({changes}) {
    this.selectedOp = -1;
    this.selectedNode = null;
    this.right.replaceChildren(html('h2', {}, 'Change'), html('ul', {}, changes.slice(0, MOST_STEPS).map((change) =>
      html('li', {}, this.changes.titleOf(change), this.changes.linesOf(change).map((line) => html('div', {}, html('code', {}, line)))))));
    this.#say(this.changes.titleOf(changes[0]));
  }

  toggle(node) {
    if (!this.tree.canOpen(node)) {
      this.right.focus();
      return;
    }
    if (this.shownRoot.kind === 'around') return;
    if (this.opened.has(node.id)) this.opened.delete(node.id);
    else this.opened.add(node.id);
    this.selectedNode = node;
    this.#draw();
    this.picture.reveal(node);
    this.#selectOp(node.op);
    this.#say(`${titleOf(node)} ${this.opened.has(node.id) ? 'is open' : 'is closed'}`);
  }

  closeOuter() {
    let node = this.selectedNode;
    if (node === null || this.shownRoot.kind === 'around') return;
    if (!this.opened.has(node.id)) node = node.parent;
    if (node === null || node === this.tree.root) return;
    this.toggle(node);
  }

  toggleFold() {
    if (this.program.folds.size === 0) return;
    const isAround = this.shownRoot.kind === 'around';
    this.#setFold(!this.fold);
    if (isAround && this.selectedOp >= 0) this.#showAround([this.selectedOp]);
    else this.showStructure(this.fold);
    this.#say(this.fold ? 'Pairs are folded' : 'Pairs are shown');
  }

  #find() {
    this.search ??= new Search(this.program);
    const found = this.search.find(this.searchBox.value);
    this.opsBox.scrollTop = 0;
    this.list.show(found);
    this.#say(this.searchBox.value.trim() === '' ? '' : `${count(found.length, 'op')} found`);
    return found;
  }

  keys() {
    return [
      ['/', 'search', () => this.searchBox.focus()],
      ['ArrowUp ArrowDown ArrowLeft ArrowRight', 'to the next op or group in the picture, or in the list', null],
      ['Enter', 'open or close a group; to the details of an op', () => this.selectedNode !== null && this.toggle(this.selectedNode)],
      ['Backspace', 'close the group around', () => this.closeOuter()],
      ['n', 'next change, or next of the worst', () => this.goToStep(this.step + 1)],
      ['p', 'previous', () => this.goToStep(this.step - 1)],
      ['a', 'what is around the selected op', () => this.showAround()],
      ['s', 'the structure of the whole program', () => this.showStructure()],
      ['f', 'fold or unfold quantize and dequantize ops', () => this.toggleFold()],
      ['+ =', 'larger', () => this.picture.zoom(1.25)],
      ['-', 'smaller', () => this.picture.zoom(0.8)],
      ['0', 'all of the picture', () => this.picture.fit(true)],
      ['i j k l', 'move the picture up, left, down, right', null],
      ['g', 'to the picture', () => this.box.focus()],
      ['?', 'this list', () => byId('help').showModal()],
    ];
  }

  #listen() {
    const keys = this.keys();
    byId('keys').replaceChildren(...keys.map(([names, text]) => html('tr', {}, html('th', {scope: 'row'}, names), html('td', {}, text))));
    const actions = new Map(keys.flatMap(([names, , action]) => (action === null ? [] : names.split(' ').map((name) => [name, action]))));
    const moves = {i: [0, 80], k: [0, -80], j: [80, 0], l: [-80, 0]};
    window.addEventListener('keydown', (event) => {
      if (event.ctrlKey || event.metaKey || event.altKey || byId('help').open) return;
      const {target} = event;
      if (target === this.searchBox) {
        if (event.key === 'Escape') this.box.focus();
        if (event.key !== 'Enter' && event.key !== 'ArrowDown') return;
        event.preventDefault();
        if (this.list.ops.length > 0) this.goToOp(this.list.ops[0]);
        this.opsBox.focus();
        return;
      }
      const isControl = ['A', 'BUTTON', 'SUMMARY'].includes(target.tagName);
      if (isControl && event.key === 'Enter') return;
      if (event.key.startsWith('Arrow') && (target === this.box || target === window.document.body)) {
        event.preventDefault();
        const next = this.picture.next(event.key);
        if (next !== null) this.choose(next);
      } else if (event.key in moves) {
        this.picture.pan(...moves[event.key]);
      } else if (actions.has(event.key)) {
        event.preventDefault();
        actions.get(event.key)();
      }
    });
    // In a large program the search waits until the typing pauses.
    let waiting = 0;
    this.searchBox.addEventListener('input', () => {
      clearTimeout(waiting);
      if (this.program.opCount < LARGE) this.#find();
      else waiting = setTimeout(() => this.#find(), PAUSE);
    });
    const on = (id, action) => byId(id).addEventListener('click', action);
    on('button-structure', () => this.showStructure());
    on('button-around', () => this.showAround());
    on('button-fold', () => this.toggleFold());
    on('button-next', () => this.goToStep(this.step + 1));
    on('button-previous', () => this.goToStep(this.step - 1));
    on('button-fit', () => this.picture.fit(true));
    on('button-smaller', () => this.picture.zoom(0.8));
    on('button-larger', () => this.picture.zoom(1.25));
    on('button-help', () => byId('help').showModal());
    window.addEventListener('hashchange', () => this.goToPlace(decodeURIComponent(window.location.hash.slice(1))));
  }
}
