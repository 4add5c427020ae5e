import assert from 'node:assert/strict';
import {test} from 'node:test';
import {Changes} from '../../../src/show/html/changes.mjs';
import {Flow} from '../../../src/show/html/flow.mjs';
import {Overlay} from '../../../src/show/html/overlay.mjs';
import {Program} from '../../../src/show/html/program.mjs';
import {makeDocument, QUANTIZED} from './documents.mjs';

const inserted = (id, op, leader = null) => ({id, what: 'op', inserted: true, removed: false, changed: false, moved: false, follows_from: leader, a: null,
  b: {block: 0, op, type: QUANTIZED.ops[op].type}, differences: []});
const changed = (id, op, leader) => ({...inserted(id, op, leader), inserted: false, changed: true, a: {block: 0, op: op - 4, type: QUANTIZED.ops[op].type},
  differences: [{part: 'input', name: 'Filter', from: 'w', to: 'w.d'}]});

test('what a rewrite did reads as pairs', () => {
  const program = new Program(makeDocument(QUANTIZED));
  const changes = new Changes(program, {changes: [inserted(0, 0), inserted(1, 1, 0), inserted(2, 2), inserted(3, 3, 2), changed(4, 4, 0)]});
  assert.deepEqual(changes.steps.map(({ops}) => ops), [[0, 1, 4], [2, 3]]);
  assert.deepEqual(changes.groups.map((group) => changes.groupTitle(group)), ['+ 2 pairs']);
  assert.equal(changes.markOf(0).name, 'inserted');
  assert.equal(changes.markOf(4).name, 'changed');
  assert.equal(changes.markOf(5), null);
  assert.equal(changes.titleOf(changes.all[4]), '~ 0:0 → 0:4 conv2d');
  assert.deepEqual(changes.linesOf(changes.all[4]), ['input Filter: w → w.d']);
  assert.equal(changes.countsOf([0, 1, 4, 5]), '+2 ~1');
});

test('a removed op stands among the ops that stay', () => {
  const ops = [{type: 'a'}, {type: 'b', old: true, number: 1}, {type: 'c', number: 1}];
  const program = new Program(makeDocument({ops, oldBlocks: [0]}));
  const change = {id: 0, what: 'op', inserted: false, removed: true, changed: false, moved: false, follows_from: null, a: {block: 0, op: 1, type: 'b'}, b: null, differences: []};
  const changes = new Changes(program, {changes: [change]});
  assert.deepEqual(changes.steps.map(({ops: found}) => found), [[1]]);
  assert.equal(changes.markOf(1).name, 'removed');
});

test('a report colours the ops that read its weights', () => {
  const program = new Program(makeDocument(QUANTIZED));
  const row = {name: 'w', source: 'w', sqnr_db: 27.5, largest_error: 0.1, bits: 8, from: {type: 'FP32'}, to: {type: 'FP32'}};
  const overlay = new Overlay(program, new Flow(program, true), {weights: [row], kept: [{block: 0, op: 5, why: 'asked for'}]});
  assert.equal(overlay.markOf(4).name, 'weak');
  assert.equal(overlay.markOf(4).text, '27.5 dB');
  assert.equal(overlay.markOf(5), null);
  assert.deepEqual(overlay.worst.map(({op}) => op), [4]);
  assert.equal(overlay.keptOf.get(5), 'asked for');
});
