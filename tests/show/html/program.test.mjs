import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Program, shapeOf} from '../../../src/show/html/program.mjs';
import {Flow} from '../../../src/show/html/flow.mjs';
import {Search} from '../../../src/show/html/search.mjs';
import {chain, makeDocument, QUANTIZED} from './documents.mjs';

test('an op has a place, slots and attributes', () => {
  const program = new Program(makeDocument({ops: [
    {type: 'concat', reads: {X: ['a', '?gone'], Axis: ['b']}, writes: {Out: ['c']}, attributes: {axis: 'one', name: 'x'}},
    {type: 'relu', block: 1, reads: {X: ['c']}, old: true},
  ], owners: [0]}));
  assert.equal(program.place(0), '0:0');
  assert.equal(program.place(1), '-1:0');
  assert.equal(program.at('0:0'), 0);
  assert.equal(program.at('0'), 0);
  assert.equal(program.at('0:7'), undefined);
  assert.deepEqual(program.inputs(0), [
    {slot: 'X', names: [{variable: 0, name: 'a'}, {variable: -1, name: '?gone'}]},
    {slot: 'Axis', names: [{variable: 1, name: 'b'}]},
  ]);
  assert.deepEqual(program.attributes(0).map(({name, text}) => [name, text]), [['axis', "'one'"], ['name', "'x'"]]);
  assert.deepEqual(program.bodies.get(0), [1]);
});

test('a place is found without a look at all ops', () => {
  const count = 100;
  const program = new Program(makeDocument({ops: chain(Array(count).fill('relu'))}));
  let asked = 0;
  const number = program.number.bind(program);
  program.number = (op) => {
    ++asked;
    return number(op);
  };
  for (let op = 0; op < count; ++op) assert.equal(program.at(`0:${op}`), op);
  assert.equal(program.at('00:07'), 7);
  assert.equal(program.at('-0:7'), undefined);
  assert.equal(asked, count);
});

test('a shape is read from a type', () => {
  assert.equal(shapeOf('LOD_TENSOR FP32 [20, 1, 5, 5] lod_level 1'), '20×1×5×5');
  assert.equal(shapeOf('LOD_TENSOR FP32 [-1, 13]'), '?×13');
  assert.equal(shapeOf('RAW'), '');
});

test('what a pair quantizes is read by its reader', () => {
  const program = new Program(makeDocument(QUANTIZED));
  const flow = new Flow(program, true);
  assert.deepEqual([...flow.folded], [1, 1, 1, 1, 0, 0]);
  const input = program.document.variables.findIndex(([name]) => program.texts[name] === 'input');
  const weight = program.document.variables.findIndex(([name]) => program.texts[name] === 'w');
  assert.deepEqual(flow.readLists.of(4), [-1, input, 8]);
  assert.deepEqual(flow.parameterLists.of(4), [weight, 6, program.texts.indexOf('Filter')]);
  assert.deepEqual([...flow.readers(4)], [5]);
  assert.equal(flow.shown(0), 4);
  assert.equal(flow.shown(3), 4);
  assert.equal(flow.shown(5), 5);
});

test('a long chain of folded ops stands once, and each has its reader', () => {
  const count = 100;
  const ops = [...chain(Array(count).fill('fake_quantize')), {type: 'relu', reads: {X: [`v${count}`]}, writes: {Out: ['r']}}];
  const folds = ops.slice(0, count).map((_, i) => [i, `v${i}`, `v${i + 1}`, 0, 8]);
  const flow = new Flow(new Program(makeDocument({ops, folds})), true);
  assert.deepEqual([...flow.reader], ops.slice(0, count).map((_, i) => [i, i + 1]));
  const nodes = new Set();
  for (const last of flow.through.values()) {
    for (let fold = last; fold !== undefined; fold = fold.before) nodes.add(fold);
  }
  assert.equal(nodes.size, count);
});

test('unfolded, each op reads what was written last', () => {
  const program = new Program(makeDocument(QUANTIZED));
  const flow = new Flow(program, false);
  assert.deepEqual(flow.makers(4), [1, 3]);
  assert.deepEqual([...flow.readers(1)], [4]);
  assert.deepEqual(flow.users(1, program.document.folds[1][2]), [4]);
  assert.equal(flow.folded.indexOf(1), -1);
});

test('a variable that is overwritten is that of its last writer', () => {
  const flow = new Flow(new Program(makeDocument({ops: [
    {type: 'a', writes: {Out: ['x']}}, {type: 'b', reads: {X: ['x']}, writes: {Out: ['x']}}, {type: 'c', reads: {X: ['x']}},
  ]})), true);
  assert.deepEqual(flow.makers(1), [0]);
  assert.deepEqual(flow.makers(2), [1]);
});

test('a body runs when its op is reached', () => {
  const flow = new Flow(new Program(makeDocument({ops: [
    {type: 'a', writes: {Out: ['x']}}, {type: 'while', reads: {X: ['x']}, writes: {Out: ['y']}}, {type: 'late', writes: {Out: ['x']}},
    {type: 'inner', block: 1, reads: {X: ['x']}},
  ], owners: [1]})), true);
  assert.deepEqual(flow.makers(3), [0]);
});

test('what a body writes outside is made by the op that runs it', () => {
  const flow = new Flow(new Program(makeDocument({ops: [
    {type: 'a', writes: {Out: ['x']}}, {type: 'while', reads: {X: ['x']}}, {type: 'after', reads: {X: ['x']}},
    {type: 'inner', block: 1, reads: {X: ['x']}, writes: {Out: ['x']}},
  ], owners: [1]})), true);
  assert.deepEqual(flow.makers(2), [1]);
  assert.deepEqual([...flow.readers(1)], [2]);
});

test('around an op is what is few edges away', () => {
  const flow = new Flow(new Program(makeDocument({ops: chain(['a', 'b', 'c', 'd', 'e', 'f'])})), true);
  assert.deepEqual(flow.around([3], 1, 60), [2, 3, 4]);
  assert.deepEqual(flow.around([3], 2, 60), [1, 2, 3, 4, 5]);
  assert.equal(flow.around([3], 5, 3).length, 3);
});

test('all words of a query have to be in an op', () => {
  const program = new Program(makeDocument({ops: [
    {type: 'conv2d', reads: {Input: ['image']}, writes: {Output: ['conv.tmp']}, attributes: {data_format: 'NCHW'}},
    {type: 'relu', reads: {X: ['conv.tmp']}, writes: {Out: ['relu.tmp']}},
  ]}));
  const search = new Search(program);
  assert.deepEqual(search.find(''), [0, 1]);
  assert.deepEqual(search.find('CONV'), [0, 1]);
  assert.deepEqual(search.find('conv2d'), [0]);
  assert.deepEqual(search.find('relu conv'), [1]);
  assert.deepEqual(search.find('data_format=\'nchw'), [0]);
  assert.deepEqual(search.find('0:1'), [1]);
  assert.deepEqual(search.find('nothing'), []);
});
