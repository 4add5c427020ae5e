// The list of ops beside the picture. Only the rows that are seen exist.
import {html, watchSize} from './dom.mjs';

const ROW = 24;

export class OpList {
  // `describe` gives {place, text, mark} of an op; `choose` is called with the op that was chosen.
  constructor(box, describe, choose) {
    this.box = box;
    this.describe = describe;
    this.choose = choose;
    this.ops = [];
    this.selected = -1;
    this.space = html('div', {class: 'space', role: 'presentation'});
    box.replaceChildren(this.space);
    this.top = 0;  // how far it is scrolled
    box.addEventListener('scroll', () => {
      this.top = box.scrollTop;
      this.draw();
    });
    box.addEventListener('keydown', (event) => this.#key(event));
    this.size = watchSize(box, () => this.draw());
  }

  // Other ops, from the first one on.
  show(ops) {
    this.ops = ops;
    this.space.style.height = `${ops.length * ROW}px`;
    this.#scroll(0);
    this.draw();
  }

  // Where an op is in the list, which is sorted; undefined where it isn't.
  #positionOf(op) {
    let low = 0, high = this.ops.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.ops[middle] < op) low = middle + 1;
      else high = middle;
    }
    return this.ops[low] === op ? low : undefined;
  }

  select(op) {
    this.selected = op;
    const at = this.#positionOf(op);
    if (at !== undefined) {
      const place = at * ROW;
      if (place < this.top || place + ROW > this.top + this.size.height) this.#scroll(place - this.size.height / 2);
    }
    this.draw();
  }

  #scroll(top) {
    this.top = Math.max(0, Math.min(top, this.ops.length * ROW - this.size.height));
    this.box.scrollTop = this.top;
  }

  draw() {
    const first = Math.max(0, Math.floor(this.top / ROW) - 4);
    const last = Math.min(this.ops.length, first + Math.ceil(this.size.height / ROW) + 8);
    const rows = [];
    for (let i = first; i < last; ++i) {
      const op = this.ops[i];
      const {place, text, mark} = this.describe(op);
      const row = html('div', {class: `row ${mark.name}`, role: 'option', id: `row${i}`, 'aria-selected': String(op === this.selected),
        'aria-setsize': this.ops.length, 'aria-posinset': i + 1, onclick: () => this.choose(op)},
      html('span', {class: 'place'}, place), html('span', {class: 'sign', title: mark.title}, mark.sign), html('span', {class: 'type'}, text));
      row.style.top = `${i * ROW}px`;
      rows.push(row);
    }
    this.space.replaceChildren(...rows);
    const at = this.#positionOf(this.selected);
    if (at === undefined) this.box.removeAttribute('aria-activedescendant');
    else this.box.setAttribute('aria-activedescendant', `row${at}`);
  }

  #key(event) {
    const step = {ArrowDown: 1, ArrowUp: -1, PageDown: 15, PageUp: -15, Home: -Infinity, End: Infinity}[event.key];
    if (step === undefined || event.ctrlKey || event.metaKey || this.ops.length === 0) return;
    const at = this.#positionOf(this.selected) ?? (step > 0 ? -1 : 1);
    const next = Math.min(Math.max(at + step, 0), this.ops.length - 1);
    event.preventDefault();
    event.stopPropagation();
    this.choose(this.ops[next]);
  }
}
