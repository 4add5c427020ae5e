// Documents as view_document.h describes them, made of what a test has to say.

const NONE = {purpose: 'forward program', quantization: {text: 'not quantized'}, types: [], inputs: [], outputs: []};

// `ops` is [{type, reads: {slot: [name]}, writes: {slot: [name]}, block, part, kind, old, attributes: {name: value}, scope}], `stored` the names of
// variables that are persistable, `owners` the ops that run the blocks from 1 on, `folds` as in the document, with names.
export function makeDocument({ops, stored = [], owners = [], folds = [], values = [], products = [], oldBlocks}) {
  const texts = [], variables = [], attributes = [], sets = [];
  const text = (word) => {
    if (!texts.includes(word)) texts.push(word);
    return texts.indexOf(word);
  };
  const variable = (name) => {
    let number = variables.findIndex(([other]) => texts[other] === name);
    if (number < 0) number = variables.push([text(name), 0, text('LOD_TENSOR FP32 [-1, 8]'), stored.includes(name) ? 1 : 0]) - 1;
    return number;
  };
  const slots = (described) => Object.entries(described ?? {}).flatMap(([slot, names]) =>
    [text(slot), names.length, ...names.map((name) => (name.startsWith('?') ? -1 - text(name) : variable(name)))]);
  const attribute = ([name, value]) => attributes.push([text(name), {type: 'STRING', value}]) - 1;
  const numbers = new Map();
  const rows = ops.map((op) => {
    const block = op.block ?? 0;
    const key = `${op.old === true} ${block}`;
    const number = op.number ?? numbers.get(key) ?? 0;
    numbers.set(key, number + 1);
    const inputs = slots(op.reads);
    const set = sets.push(Object.entries(op.attributes ?? {}).map(attribute).join(' ')) - 1;
    return [text(op.type), block, number, (op.part ?? 0) | (op.kind ?? 0) << 2 | (op.old === true ? 1 : 0) << 4, set, inputs.length, ...inputs, ...slots(op.writes)];
  });
  return {
    title: 'a program', summary: NONE, texts, variables, attributes, sets, ops: rows,
    blocks: [[text('main'), -1], ...owners.map((owner) => [text('body'), owner])],
    scopes: ops.flatMap((op, i) => (op.scope ? [[i, text(op.scope)]] : [])),
    folds: folds.map(([op, operand, result, role, bits]) => [op, variable(operand), variable(result), role, bits]),
    values: values.map((value) => ({...value, source: variable(value.source), rounded: variable(value.rounded)})),
    products, ...oldBlocks ? {old_blocks: oldBlocks} : {},
  };
}

// A chain of ops of these types: each reads what the one before it wrote.
export function chain(types, more = () => ({})) {
  return types.map((type, i) => ({type, reads: {X: [`v${i}`]}, writes: {Out: [`v${i + 1}`]}, ...more(i)}));
}

// input ─> quantize ─> dequantize ─┐
//     w ─> quantize ─> dequantize ─> conv2d ─> relu
export const QUANTIZED = {
  ops: [
    {type: 'fake_quantize', kind: 3, reads: {X: ['input']}, writes: {Out: ['input.q']}},
    {type: 'fake_dequantize', kind: 3, reads: {X: ['input.q']}, writes: {Out: ['input.d']}},
    {type: 'fake_quantize', kind: 3, reads: {X: ['w']}, writes: {Out: ['w.q']}},
    {type: 'fake_dequantize', kind: 3, reads: {X: ['w.q']}, writes: {Out: ['w.d']}},
    {type: 'conv2d', kind: 1, reads: {Input: ['input.d'], Filter: ['w.d']}, writes: {Output: ['c']}},
    {type: 'relu', reads: {X: ['c']}, writes: {Out: ['r']}},
  ],
  stored: ['w'],
  folds: [[0, 'input', 'input.q', 0, 8], [1, 'input.q', 'input.d', 1, 0], [2, 'w', 'w.q', 0, 6], [3, 'w.q', 'w.d', 1, 0]],
  values: [{source: 'w', rounded: 'w.d', bits: 6, ops: [2, 3], weight: true}],
};
