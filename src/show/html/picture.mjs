// The picture: what is open of the program, drawn with SVG; it can be moved, and made larger or smaller.
import {svg, watchSize} from './dom.mjs';
import {pathOf, SIZES} from './layout.mjs';

const SMALLEST = 0.05, LARGEST = 3;

export class Picture {
  // `look` gives {classes, sign, tip} of a node. `choose` and `toggle` are called with the node that was clicked once or twice.
  constructor(element, look, choose, toggle) {
    this.element = element;
    this.size = watchSize(element);
    this.look = look;
    this.choose = choose;
    this.toggle = toggle;
    this.view = {x: 20, y: 20, scale: 1};
    this.placed = new Map();  // of the id of a node: where it is drawn
    this.scene = svg('g');
    element.replaceChildren(svg('defs', {}, arrow('arrow'), arrow('arrow-quantized')), this.scene);
    this.#listen();
  }

  draw(layout, selected) {
    this.layout = layout;
    this.placed.clear();
    this.scene.replaceChildren(...this.#group(layout, 0, 0));
    this.select(selected);
  }

  select(node) {
    this.scene.querySelector('.selected')?.classList.remove('selected');
    this.selected = node === null ? undefined : this.placed.get(node.id);
    this.selected?.element.classList.add('selected');
  }

  #group(layout, x, y) {
    const edges = svg('g', {class: 'edges'}, layout.edges.map((edge) => this.#edge(edge)));
    const nodes = layout.nodes.map((place) => this.#node(place, x, y));
    return [edges, ...nodes];
  }

  #edge({edge, points, label}) {
    const outside = edge.from < 0 || edge.to < 0;
    const classes = `edge${edge.bits > 0 ? ' quantized' : ''}${outside ? ' outside' : ''}`;
    const path = svg('path', {class: classes, d: pathOf(points), 'marker-end': edge.to >= 0 && `url(#arrow${edge.bits > 0 ? '-quantized' : ''})`});
    if (label === null) return path;
    const x = label.x - 20, y = label.y - 8;
    return svg('g', {}, path, svg('rect', {class: 'pill', x, y, width: 40, height: 16, rx: 8}),
      svg('text', {class: 'pill', x: label.x, y: label.y + 4}, `${edge.bits} bits`));
  }

  #node({node, lines, x, y, width, height, inner}, left, top) {
    const {classes, sign, tip} = this.look(node);
    const element = svg('g', {class: `node ${classes}${inner ? ' open' : ''}`, transform: `translate(${x.toFixed(1)} ${y.toFixed(1)})`},
      svg('title', {}, tip), ...shapesOf(classes, width, height, inner));
    lines.forEach((line, i) => element.append(svg('text', {class: i === 0 ? 'name' : 'more', x: inner ? 12 : width / 2 + (sign && i === 0 ? SIZES.sign / 2 - 2 : 0),
      y: 18 + i * SIZES.line, 'text-anchor': inner ? 'start' : 'middle'}, line)));
    if (sign) element.append(svg('text', {class: 'sign', x: inner ? width - 16 : 11, y: 18}, sign));
    element.addEventListener('click', (event) => {
      event.stopPropagation();
      this.choose(node);
    });
    element.addEventListener('dblclick', (event) => {
      event.stopPropagation();
      this.toggle(node);
    });
    this.placed.set(node.id, {node, element, x: left + x, y: top + y, width, height, isOpen: inner !== undefined});
    if (inner) {
      const shift = {x: (width - inner.width) / 2, y: SIZES.title};
      element.append(svg('g', {transform: `translate(${shift.x.toFixed(1)} ${shift.y})`}, this.#group(inner, left + x + shift.x, top + y + shift.y)));
    }
    return element;
  }

  #listen() {
    const {element} = this;
    element.addEventListener('wheel', (event) => {
      event.preventDefault();
      const box = element.getBoundingClientRect();
      this.zoom(Math.exp(-event.deltaY / 500), event.clientX - box.left, event.clientY - box.top);
    }, {passive: false});
    let from = null;
    element.addEventListener('pointerdown', (event) => {
      if (event.button === 0) from = {x: event.clientX, y: event.clientY, view: {...this.view}, moved: false};
    });
    element.addEventListener('pointermove', (event) => {
      if (from === null) return;
      const x = event.clientX - from.x, y = event.clientY - from.y;
      if (!from.moved && Math.hypot(x, y) < 4) return;
      if (!from.moved) element.setPointerCapture(event.pointerId);
      from.moved = true;
      this.#show({...this.view, x: from.view.x + x, y: from.view.y + y});
    });
    const end = () => { from = null; };
    element.addEventListener('pointerup', end);
    element.addEventListener('pointercancel', end);
  }

  #show(view) {
    this.view = view;
    this.scene.setAttribute('transform', `translate(${view.x.toFixed(2)} ${view.y.toFixed(2)}) scale(${view.scale.toFixed(4)})`);
  }

  // Around a point of the element; its middle unless it is said.
  zoom(factor, x = this.size.width / 2, y = this.size.height / 2) {
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.view.scale * factor));
    const real = scale / this.view.scale;
    this.#show({scale, x: x - (x - this.view.x) * real, y: y - (y - this.view.y) * real});
  }

  pan(x, y) { this.#show({...this.view, x: this.view.x + x, y: this.view.y + y}); }

  // All of it, no larger than it is; not so small that nothing can be read, unless `whole` is said.
  fit(whole = false) {
    const {size, layout: {width, height}} = this;
    const all = Math.min((size.width - 24) / width, (size.height - 24) / height, 1);
    const scale = Math.max(whole ? all : Math.max(all, 0.62), SMALLEST);
    this.#show({scale, x: (size.width - width * scale) / 2, y: Math.max(12, (size.height - height * scale) / 2)});
  }

  // Moves so that a node is seen; into the middle where it is far away.
  reveal(node) {
    const place = this.placed.get(node.id);
    if (place === undefined) return;
    const {size, view: {scale}} = this;
    const x = this.view.x + place.x * scale, y = this.view.y + place.y * scale;
    const width = place.width * scale, height = place.height * scale;
    if (x >= 0 && y >= 0 && x + width <= size.width && y + height <= size.height) return;
    const inside = (size, space, margin) => (size > space ? margin : (space - size) / 2);
    this.#show({scale, x: this.view.x + inside(width, size.width, 12) - x, y: this.view.y + inside(height, size.height, 12) - y});
  }

  // The node next to the selected one in a direction; the first where none is selected.
  next(direction) {
    if (this.selected === undefined) return this.layout.nodes[0]?.node ?? null;
    const from = middleOf(this.selected);
    const [dx, dy] = {ArrowUp: [0, -1], ArrowDown: [0, 1], ArrowLeft: [-1, 0], ArrowRight: [1, 0]}[direction];
    let best = null, least = Infinity;
    for (const place of this.placed.values()) {
      if (place.isOpen || place === this.selected) continue;
      const to = middleOf(place);
      const along = (to.x - from.x) * dx + (to.y - from.y) * dy;
      const across = Math.abs((to.x - from.x) * dy) + Math.abs((to.y - from.y) * dx);
      if (along < 4) continue;
      const distance = along + 2 * across;
      if (distance < least) [best, least] = [place.node, distance];
    }
    return best;
  }
}

function middleOf(place) { return {x: place.x + place.width / 2, y: place.y + place.height / 2}; }

function arrow(id) {
  return svg('marker', {id, class: id, viewBox: '0 0 8 8', refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: 'auto'}, svg('path', {d: 'M0 0.5L8 4L0 7.5z'}));
}

// The form says what the colour says: float ops are rectangles, rounded ones have round corners and a double line, integer ones have their
// corners cut, groups look like a stack.
function shapesOf(classes, width, height, inner) {
  const rect = (x, y, w, h, rx, name = 'shape') => svg('rect', {class: name, x, y, width: w, height: h, rx});
  if (/\bgroup\b/.test(classes) && !inner) return [rect(4, 4, width, height, 4, 'shape behind'), rect(0, 0, width, height, 4)];
  if (/\binput\b/.test(classes)) return [rect(0, 0, width, height, Math.min(height / 2, 17))];
  if (/\brounded\b/.test(classes)) return [rect(0, 0, width, height, 11), rect(3, 3, width - 6, height - 6, 8, 'shape line')];
  if (/\binteger\b/.test(classes)) {
    const c = 8;
    return [svg('path', {class: 'shape', d: `M${c} 0H${width - c}L${width} ${c}V${height - c}L${width - c} ${height}H${c}L0 ${height - c}V${c}z`})];
  }
  return [rect(0, 0, width, height, 2)];
}
