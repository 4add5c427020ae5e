// What is known of an op, or of a group, beside the picture.
import {html, svg} from './dom.mjs';
import {count, KINDS, PARTS} from './program.mjs';

const MOST_USERS = 8;
const MOST_VARIABLES = 40;

const KIND_TEXTS = {
  float: 'computes with floats',
  rounded: 'computes with rounded floats (simulated)',
  integer: 'computes with integers',
  quantizing: 'quantizes or dequantizes',
};

export class Details {
  // `go` is called with an op that a link leads to.
  constructor(program, flow, go) {
    this.program = program;
    this.flow = flow;
    this.go = go;
  }

  link(op) {
    const {program} = this;
    const place = program.place(op);
    return html('a', {href: `#${place}`, onclick: (event) => {
      event.preventDefault();
      this.go(op);
    }}, `${place} ${program.type(op)}`);
  }

  ofOp(op, extra = []) {
    const {program} = this;
    const kind = KINDS[program.kind(op)];
    return [
      html('h2', {}, html('span', {class: 'place'}, program.place(op)), ' ', program.type(op)),
      html('p', {class: 'muted'}, `${PARTS[program.part(op)]}, ${KIND_TEXTS[kind]}`,
        program.scopes[op] ? `, in ${program.scopes[op].join(' / ')}` : ''),
      ...extra,
      ...this.#values(op),
      ...this.#inputs(op),
      ...this.#outputs(op),
      ...this.#attributes(op),
    ];
  }

  ofGroup(tree, node) {
    const {program} = this;
    const {ops} = node;
    const quantized = ops.filter((op) => program.isQuantized(op)).length;
    const parts = [html('h2', {}, titleOf(node))];
    if (ops.length > 0) {
      parts.push(html('p', {class: 'muted'}, `${count(ops.length, 'op')}, ${quantized} of them compute with quantized values`),
        html('p', {}, 'Enter or a double click opens it.'),
        html('h3', {}, 'Ops by type'), html('table', {}, tree.types(node, 100) && node.types.map(([type, times]) => html('tr', {}, html('td', {class: 'number'}, times), html('td', {}, type)))));
    }
    const variables = [...node.variables ?? []];
    for (const variable of variables.slice(0, MOST_VARIABLES)) parts.push(this.#variable(variable));
    if (variables.length > MOST_VARIABLES) parts.push(html('p', {class: 'muted'}, `and ${variables.length - MOST_VARIABLES} more`));
    return parts;
  }

  #values(op) {
    const {program} = this;
    const parts = [];
    const seen = new Set();
    const add = (slot, value) => {
      if (seen.has(value)) return;
      seen.add(value);
      parts.push(this.#value(slot, value));
    };
    for (const {slot, names} of program.inputs(op)) {
      for (const {variable} of names) if (program.valueOf.has(variable)) add(slot, program.valueOf.get(variable));
    }
    for (const value of program.values) if (value.ops.includes(op)) add('this value', value);
    const scalings = program.scaledBack.get(op) ?? [];
    if (scalings.length > 0) parts.push(html('p', {}, 'Its product is scaled back by ', ...joined(scalings.map((scaling) => this.link(scaling)))));
    return parts.length > 0 ? [html('h3', {}, 'Quantization'), ...parts] : [];
  }

  #value(slot, value) {
    const {program} = this;
    const {scale} = value;
    const rows = [
      ['bits', value.bits || 'not known'],
      ['scale', scale ? describeScale(scale) : value.dynamic ? 'of the data, at every run' : 'in the parameters'],
      ['axis', value.axis < 0 ? 'whole tensor' : `${value.axis} (a scale for each channel)`],
      ['form', value.form],
    ];
    if (value.sqnr_db !== undefined) rows.push(['SQNR', value.sqnr_db === null ? 'no noise' : `${value.sqnr_db.toFixed(1)} dB`]);
    if (value.largest_error !== undefined) rows.push(['largest error', value.largest_error.toPrecision(3)]);
    if (value.values > 0) rows.push(['integers', `${percent(value.zeros, value.values)} are 0, ${percent(value.saturated, value.values)} are ±${2 ** (value.bits - 1) - 1}`]);
    return html('section', {class: 'value'},
      html('p', {}, html('b', {}, slot), ` ${value.weight ? 'weight' : 'activation'} `, html('code', {}, program.nameOf(value.source))),
      table(rows),
      value.histogram && value.values > 0 ? histogram(value) : null,
      value.ops.length > 0 ? html('p', {class: 'muted'}, 'by ', ...joined(value.ops.map((op) => this.link(op)))) : null);
  }

  #variable(number) {
    const {name, type, persistable} = this.program.variable(number);
    return html('div', {class: 'variable'}, html('code', {}, name), html('div', {class: 'muted'}, type, persistable ? ', stored' : ''));
  }

  #inputs(op) {
    const makers = this.flow.makers(op);
    let at = 0;
    return this.#slots('Reads', this.program.inputs(op), () => {
      const maker = makers[at++];
      return maker >= 0 ? html('div', {class: 'muted'}, 'made by ', this.link(maker)) : null;
    });
  }

  #outputs(op) {
    return this.#slots('Writes', this.program.outputs(op), (variable) => {
      const readers = this.flow.users(op, variable);
      if (readers.length === 0) return null;
      const left = readers.length - MOST_USERS;
      return html('div', {class: 'muted'}, 'read by ', ...joined(readers.slice(0, MOST_USERS).map((reader) => this.link(reader))), left > 0 ? ` and ${left} more` : '');
    });
  }

  #slots(title, slots, more) {
    if (slots.length === 0) return [];
    return [html('h3', {}, title), ...slots.map(({slot, names}) => html('section', {class: 'slot'}, html('h4', {}, slot),
      names.map(({variable, name}) => html('div', {}, variable >= 0 ? this.#variable(variable) : html('code', {}, name), more(variable)))))];
  }

  #attributes(op) {
    const attributes = this.program.attributes(op);
    if (attributes.length === 0) return [];
    const isLong = ({value}) => Array.isArray(value) && value.some((entry) => String(entry).includes('\n'));
    const short = attributes.filter((attribute) => !isLong(attribute));
    return [html('h3', {}, 'Attributes'), table(short.map(({name, text}) => [name, text])),
      ...attributes.filter(isLong).map(({name, value}) => html('details', {}, html('summary', {}, name), html('pre', {}, value.join(''))))];
  }
}

export function titleOf(node) {
  return node.kind === 'layer' ? `layer ${node.label}` : node.kind === 'section' ? `ops ${node.label}` : node.label;
}

// "fc_0.w_0: 416 of 416 values differ, by 126.63 at most"
export function tensorLine({name_a: a, name_b: b, number, type_a: from, type_b: to, values, differing, largest}) {
  const name = b ?? a ?? `record ${number}`;
  const what = from !== to ? `${from ?? '(nothing)'} → ${to ?? '(nothing)'}` : `${differing} of ${values} values differ${largest ? `, by ${largest.difference} at most` : ''}`;
  return html('p', {}, html('code', {}, name), `: ${what}`);
}

function joined(links) { return links.flatMap((link, i) => (i === 0 ? [link] : [', ', link])); }

export function table(rows) {
  return html('table', {}, rows.map(([name, value]) => html('tr', {}, html('th', {scope: 'row'}, name), html('td', {}, value))));
}

function percent(part, whole) { return `${(100 * part / whole).toPrecision(2)} %`; }

function describeScale({count: channels, min, max}) {
  const text = (value) => Number(value.toPrecision(5)).toString();
  return channels === 1 ? text(max) : `${text(min)} to ${text(max)}, of ${channels} channels`;
}

// How many integers have which magnitude.
function histogram({histogram: counts, bits, values}) {
  const most = Math.max(...counts), width = 256, height = 56, step = width / counts.length;
  const largest = 2 ** (bits - 1) - 1;
  const bars = counts.map((times, i) => svg('rect', {x: (i * step).toFixed(2), width: Math.max(step - 0.5, 0.5).toFixed(2),
    y: (height - height * times / most).toFixed(2), height: (height * times / most).toFixed(2)}));
  return svg('svg', {class: 'histogram', viewBox: `0 0 ${width} ${height + 14}`, role: 'img', 'aria-label': `Histogram of the magnitudes of ${values} integers, from 0 to ${largest}`},
    bars, svg('text', {x: 0, y: height + 12}, '|q| = 0'), svg('text', {x: width, y: height + 12, 'text-anchor': 'end'}, largest));
}

// Of the whole program.
export function overview(program) {
  const {summary} = program;
  const rows = [['purpose', summary.purpose], ['quantization', summary.quantization.text], ['ops', `${summary.forward_ops} forward, ${summary.backward_ops} backward, ${summary.optimizer_ops} optimizer`],
    ['blocks', summary.blocks], ['variables', summary.variables], ['stored', `${count(summary.persistable_tensors, 'tensor')}, ${summary.persistable_values} values`],
    ['inputs', summary.inputs.join(', ') || 'none'], ['outputs', summary.outputs.join(', ') || 'none']];
  return [html('h2', {}, program.title), table(rows), html('h3', {}, 'Ops by type'),
    table(summary.types.map(({type, count: times, quantized}) => [type, quantized > 0 ? `${times}, ${quantized} quantized` : times]))];
}
