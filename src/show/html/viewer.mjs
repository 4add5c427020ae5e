// A program, or the change of one: what is open, what is selected, and what keys and clicks do.
import {byId, html, svg, textWidth} from './dom.mjs';
import {count, Program} from './program.mjs';
import {Changes} from './changes.mjs';
import {Details, overview, titleOf} from './details.mjs';
import {Flow} from './flow.mjs';
import {listen} from './keys.mjs';
import {Layout} from './layout.mjs';
import {OpList} from './list.mjs';
import {legendOf, linesOf, lookOf, markOf} from './looks.mjs';
import {Overlay} from './overlay.mjs';
import {Picture} from './picture.mjs';
import {Search} from './search.mjs';
import {changeDetails, changesDetails, panelOf, reportDetails} from './steps.mjs';
import {Tree} from './structure.mjs';

const HOPS = 2;
const MOST_AROUND = 60;
const SOON = 20;  // milliseconds

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
    listen(this);
    this.list.show([...Array(this.program.opCount).keys()]);
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
    this.right.addEventListener('scroll', () => { this.areDetailsScrolled = true; });
    this.panel = html('section', {class: 'panel', hidden: true});
    byId('main').replaceChildren(
      html('aside', {class: 'side', 'aria-label': 'Ops'}, this.panel, this.searchBox, this.opsBox, html('div', {id: 'legend'})),
      html('section', {id: 'middle'}, this.box), this.right);
    this.picture = new Picture(this.box, (node) => lookOf(this, node), (node) => this.choose(node), (node) => this.toggle(node));
    this.list = new OpList(this.opsBox, (op) => ({place: program.place(op), text: program.type(op), mark: markOf(this, op)}), (op) => this.goToOp(op));
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
      layout: new Layout(tree, this.graph, textWidth, (node) => linesOf(this, node)),
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
    const legend = legendOf(this);
    byId('legend').replaceChildren(...legend);
    byId('legend').hidden = legend.length === 0;
  }

  #buildPanel() {
    const parts = panelOf(this);
    this.panel.replaceChildren(...parts);
    this.panel.hidden = parts.length === 0;
    const hasSteps = this.steps().length > 0;
    byId('button-next').hidden = !hasSteps;
    byId('button-previous').hidden = !hasSteps;
  }

  steps() { return this.changes?.steps ?? this.overlay?.worst ?? []; }

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
    this.#prepareOpening(node);
  }

  // What the next key is likely to show is laid out when this one is done with: what is in the selected group, and what is around the first
  // op that was found.
  #prepareOpening(node) {
    clearTimeout(this.preparing);
    if (!this.tree.canOpen(node) || this.isOpen(node)) return;
    this.preparing = setTimeout(() => this.layout.of(node, this.isOpen), SOON);
  }

  #prepareGoing(op) {
    const path = new Set(this.tree.pathTo(this.flow.shown(op))?.path);
    this.layout.of(this.tree.root, (node) => this.isOpen(node) || path.has(node));
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
      this.right.replaceChildren(...this.details.ofOp(op, [...changeDetails(this, op), ...reportDetails(this, op)]));
      this.say(`${this.program.place(op)} ${this.program.type(op)} ${markOf(this, op).title}`);
    } else if (node !== null) {
      this.right.replaceChildren(...this.details.ofGroup(this.tree, node));
      this.say(`${titleOf(node)}: ${node.ops.length > 0 ? count(node.ops.length, 'op') : 'input'}`);
    } else {
      this.right.replaceChildren(...overview(this.program));
    }
    if (this.areDetailsScrolled) this.right.scrollTop = 0;
    this.areDetailsScrolled = false;
  }

  say(text) { byId('status').textContent = text; }

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
      this.say(`There is no op ${place}`);
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
      this.say('Select an op first');
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
    const steps = this.steps();
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
    this.say(`${this.step + 1} of ${steps.length}: ${byId('status').textContent}`);
  }

  // A change of no op, such as that of a variable.
  #showChange({changes}) {
    this.selectedOp = -1;
    this.selectedNode = null;
    this.right.replaceChildren(...changesDetails(this, changes));
    this.say(this.changes.titleOf(changes[0]));
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
    this.say(`${titleOf(node)} ${this.opened.has(node.id) ? 'is open' : 'is closed'}`);
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
    this.say(this.fold ? 'Pairs are folded' : 'Pairs are shown');
  }

  find() {
    this.search ??= new Search(this.program);
    const found = this.search.find(this.searchBox.value);
    this.list.show(found);
    this.say(this.searchBox.value.trim() === '' ? '' : `${count(found.length, 'op')} found`);
    if (found.length > 0 && this.shownRoot.kind !== 'around') this.#prepareGoing(found[0]);
    return found;
  }
}
