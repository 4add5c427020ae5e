import assert from 'node:assert/strict';
import {createRequire} from 'node:module';
import {test} from 'node:test';
import {Flow} from '../../../src/show/html/flow.mjs';
import {Layout, pathOf} from '../../../src/show/html/layout.mjs';
import {Program} from '../../../src/show/html/program.mjs';
import {findRepeats} from '../../../src/show/html/repeats.mjs';
import {Tree} from '../../../src/show/html/structure.mjs';
import {chain, makeDocument, QUANTIZED} from './documents.mjs';

function treeOf(described) {
  return new Tree(new Flow(new Program(makeDocument(described)), true));
}
const labels = (nodes) => nodes.map((node) => `${node.kind} ${node.label}`);

test('repeats are found, the longest first', () => {
  const find = (text) => findRepeats([...text].map((letter) => letter.charCodeAt(0))).map(({start, length, times}) => `${start} ${length}×${times}`);
  assert.deepEqual(find('xabcabcabcy'), ['1 3×3']);
  assert.deepEqual(find('aabaabaab'), ['0 3×3']);
  assert.deepEqual(find('aaaa'), ['0 1×4']);
  assert.deepEqual(find('aaa'), []);
  assert.deepEqual(find('abcd'), []);
  assert.deepEqual(find(''), []);
  assert.deepEqual(find('ababxcdcdcd'), ['0 2×2', '5 2×3']);
});

test('a run begins where little is cut', () => {
  const cuts = (position) => (position % 3 === 2 ? 0 : 1);
  assert.deepEqual(findRepeats([0, 1, 2, 0, 1, 2, 0, 1, 2, 0, 1], cuts), [{start: 2, length: 3, times: 3}]);
});

test('what is large is looked at in linear time', () => {
  const tokens = Array.from({length: 100000}, (_, i) => i % 250);
  assert.deepEqual(findRepeats(tokens), [{start: 0, length: 250, times: 400}]);
  const start = performance.now();
  findRepeats(Array.from({length: 100000}, (_, i) => (i * 7919) % 99991));
  assert.ok(performance.now() - start < 3000);
});

test('a small program is shown op by op, its inputs first', () => {
  const tree = treeOf(QUANTIZED);
  assert.deepEqual(labels(tree.open(tree.root)), ['input input', 'op conv2d', 'op relu']);
  assert.deepEqual(tree.edges(tree.root).map(({from, to, bits}) => [from, to, bits]), [[0, 1, 8], [1, 2, 0]]);
});

test('backward and optimizer are a group each', () => {
  const tree = treeOf({ops: chain(['mul', 'loss', 'loss_grad', 'mul_grad', 'sgd', 'sgd'], (i) => ({part: i < 2 ? 0 : i < 4 ? 1 : 2}))});
  assert.deepEqual(labels(tree.open(tree.root)), ['input v0', 'op mul', 'op loss', 'part backward', 'part optimizer']);
  assert.deepEqual(tree.edges(tree.root).map(({from, to}) => [from, to]), [[0, 1], [1, 2], [2, 3], [3, 4]]);
});

test('name scopes are groups, and those that hold all are left out', () => {
  const scopes = ['/net/a/x/', '/net/a/y/', '/net/a/y/', '/net/b/'];
  const tree = treeOf({ops: chain(['p', 'q', 'r', 's'], (i) => ({scope: scopes[i]}))});
  const children = tree.open(tree.root);
  assert.deepEqual(labels(children), ['input v0', 'scope a', 'op s']);
  assert.deepEqual(labels(tree.open(children[1])), ['op p', 'scope y']);
});

test('a scope that is very deep', () => {
  const tree = treeOf({ops: chain(['p', 'q'], () => ({scope: `/${'a/'.repeat(100000)}`}))});
  assert.deepEqual(labels(tree.open(tree.root)), ['input v0', 'op p', 'op q']);
});

test('repeated layers are one group, and layers of layers too', () => {
  const block = ['conv', 'norm', 'relu'];
  const stage = ['pool', ...Array(7).fill(block).flat()];
  const tree = treeOf({ops: chain(['feed', ...stage, ...stage, ...stage, 'mean'])});
  const [, , layers] = tree.open(tree.root);
  assert.deepEqual(labels(tree.open(tree.root)), ['input v0', 'op feed', 'layers 3 × 22 ops', 'op mean']);
  assert.deepEqual(labels(tree.open(layers)), ['layer 1 of 3', 'layer 2 of 3', 'layer 3 of 3']);
  assert.deepEqual(labels(tree.open(layers.children[0])), ['op pool', 'layers 7 × 3 ops']);
});

test('many ops without any structure are put into sections', () => {
  const tree = treeOf({ops: chain(Array.from({length: 5000}, (_, i) => `type${(i * i) % 4999}`))});
  const see = (node) => {
    const children = tree.open(node);
    assert.ok(children.length <= 37, `${children.length} children`);
    children.filter((child) => tree.canOpen(child)).forEach(see);
    return children;
  };
  const children = see(tree.root);
  assert.equal(children.flatMap((child) => child.ops.length).reduce((a, b) => a + b) + children.filter((child) => child.op >= 0).length, 5000);
});

test('each op is found again, whatever it is in', () => {
  const types = Array.from({length: 400}, (_, i) => ['a', 'b', 'c', `d${i % 40}`][i % 4]);
  const ops = chain(types, (i) => ({part: i > 300 ? 1 : 0, scope: i % 7 === 0 ? `/s${i % 5}/` : undefined}));
  ops[10].type = 'while';
  ops.push({type: 'inner', block: 1, reads: {X: ['v3']}});
  const tree = treeOf({ops, owners: [10]});
  for (let op = 0; op < ops.length; ++op) {
    const found = tree.pathTo(op);
    assert.equal(found.node.op, op);
    let outer = tree.root;
    for (const node of [...found.path.slice(1), found.node]) {
      assert.ok(tree.open(outer).includes(node));
      outer = node;
    }
  }
});

test('a layout has a place for each node and points for each edge, and opening a group keeps what is inside within it', () => {
  const dagre = createRequire(import.meta.url)(process.env.PDQUANT_DAGRE ?? '/usr/share/nodejs/dagre/dist/dagre.min.js');
  const tree = treeOf({ops: chain(['a', 'b', 'c', 'd'], (i) => ({scope: i === 1 || i === 2 ? '/net/' : undefined}))});
  const layout = new Layout(tree, {Graph: dagre.graphlib.Graph, layout: dagre.layout}, (text) => text.length * 7, (node) => [node.label]);
  const closed = layout.of(tree.root, () => false);
  assert.equal(closed.nodes.length, 4);
  assert.equal(closed.edges.length, 3);
  for (const {points} of closed.edges) assert.ok(points.length >= 2 && pathOf(points).startsWith('M'));
  const group = tree.root.children.find((node) => node.kind === 'scope');
  const open = layout.of(tree.root, (node) => node === group);
  const place = open.nodes.find(({node}) => node === group);
  assert.equal(place.inner.nodes.length, 2);
  assert.ok(place.width > place.inner.width && place.height > place.inner.height);
  assert.deepEqual(place.inner.edges.map(({edge}) => [edge.from, edge.to]).sort(), [[-1, 0], [0, 1], [1, -1]]);
});
