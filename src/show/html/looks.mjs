// What a node of the picture says, and how it looks.
import {html, svg} from './dom.mjs';
import {titleOf} from './details.mjs';
import {count, KINDS, shapeOf} from './program.mjs';

const MOST_LINES = 2;      // of parameters in a node
const LONGEST = 34;        // characters of a line in a node
export const NO_MARK = {name: '', sign: '', title: ''};
const KIND_MARKS = [NO_MARK, {name: 'rounded', sign: '≈', title: 'rounded'}, {name: 'integer', sign: '#', title: 'integer'}, {name: 'quantizing', sign: 'q', title: 'quantizes or dequantizes'}];

function cut(text) {
  return text.length <= LONGEST ? text : `${text.slice(0, LONGEST / 2)}…${text.slice(1 - LONGEST / 2)}`;
}

// The sign of an op: that of its change, else that of how it computes.
export function markOf(viewer, op) {
  const change = viewer.changes?.markOf(op) ?? null;
  return change ?? KIND_MARKS[viewer.program.kind(op)];
}

// The lines of a node.
export function linesOf(viewer, node) {
  const {program} = viewer;
  if (node.kind === 'input') {
    const variables = [...node.variables];
    return [cut(node.label), ...variables.length === 1 ? [shapeOf(program.variable(variables[0]).type)].filter(Boolean) : []];
  }
  if (node.op < 0) {
    const changed = viewer.changes?.countsOf(node.ops) ?? '';
    const quantized = node.ops.filter((op) => program.isQuantized(op)).length;
    const lines = [cut(titleOf(node)), ...viewer.tree.types(node, 2).map(cut)];
    if (quantized > 0) lines.push(`${quantized} of ${node.ops.length} quantized`);
    return changed === '' ? lines : [...lines, changed];
  }
  const lines = [cut(viewer.shownRoot.kind === 'around' ? `${program.place(node.op)} ${node.label}` : node.label)];
  const isPort = node.label === 'feed' || node.label === 'fetch';
  if (isPort) {
    const slots = node.label === 'feed' ? program.outputs(node.op) : program.inputs(node.op);
    const [name] = slots.flatMap((slot) => slot.names).slice(0, 1);
    if (name !== undefined && name.variable >= 0) lines.push(cut(name.name), shapeOf(program.variable(name.variable).type));
    return lines.filter(Boolean);
  }
  const parameters = [];
  viewer.flow.forEachParameter(node.op, (variable, bits, slot) => {
    const known = bits || program.valueOf.get(variable)?.bits;
    parameters.push(cut(`${program.texts[slot]} ${shapeOf(program.variable(variable).type)}${known ? `, ${known} bits` : ''}`));
  });
  lines.push(...parameters.length > MOST_LINES ? [count(parameters.length, 'stored value')] : parameters);
  const report = viewer.overlay?.markOf(node.op) ?? null;
  if (report !== null) lines.push(report.text);
  if (node.ops.length > 0) lines.push(`runs ${count(node.ops.length, 'op')}`);
  return lines;
}

// Its classes, its sign and what shows when the mouse rests on it.
export function lookOf(viewer, node) {
  if (node.kind === 'input') return {classes: 'input', sign: '', tip: [...node.variables].slice(0, 20).map((variable) => `${viewer.program.variable(variable).name} ${viewer.program.variable(variable).type}`).join('\n')};
  if (node.op < 0) return {classes: 'group', sign: viewer.isOpen(node) ? '▾' : '▸', tip: viewer.tree.types(node, 12).join('\n')};
  const change = viewer.changes?.markOf(node.op) ?? null;
  const isPort = node.label === 'feed' || node.label === 'fetch';
  const kind = isPort ? 'input' : KINDS[viewer.program.kind(node.op)];
  const report = viewer.overlay?.markOf(node.op) ?? null;
  const body = node.ops.length > 0 ? (viewer.isOpen(node) ? '▾' : '▸') : '';
  const tip = [`${viewer.program.place(node.op)} ${node.label}`, change?.title, report?.title].filter(Boolean).join('\n');
  return {classes: [kind, change?.name, report?.name].filter(Boolean).join(' '), sign: change?.sign ?? (body || KIND_MARKS[viewer.program.kind(node.op)].sign), tip};
}

// What forms and colours mean, as far as the program has them.
export function legendOf(viewer) {
  const kinds = new Set();
  for (let op = 0; op < viewer.program.opCount; ++op) kinds.add(viewer.program.kind(op));
  const sample = (classes, draw, text) => html('span', {}, svg('svg', {viewBox: '0 0 24 15', 'aria-hidden': 'true'}, svg('g', {class: classes}, draw)), ' ', text);
  const rect = (rx, inset = 0, name = 'shape') => svg('rect', {class: name, x: 1 + inset, y: 1 + inset, width: 22 - 2 * inset, height: 13 - 2 * inset, rx});
  const entries = [];
  if (kinds.has(1) || kinds.has(2)) entries.push(sample('node', [rect(1)], 'float'));
  if (kinds.has(1)) entries.push(sample('node rounded', [rect(6), rect(4, 2.5, 'shape line')], 'rounded ≈'));
  if (kinds.has(2)) entries.push(sample('node integer', [svg('path', {class: 'shape', d: 'M5 1H19L23 5V10L19 14H5L1 10V5z'})], 'integer #'));
  if (viewer.changes !== null) {
    for (const [name, text] of [['inserted', '+ inserted'], ['removed', '− removed'], ['changed', '~ changed'], ['moved', '› moved']]) entries.push(sample(`node ${name}`, [rect(1)], text));
  }
  if (viewer.overlay !== null) {
    for (const [name, text] of [['bad', '< 20 dB'], ['weak', '< 30 dB'], ['fair', '< 40 dB'], ['good', '40 dB and more']]) entries.push(sample(`node ${name}`, [rect(1)], text));
  }
  return entries;
}
