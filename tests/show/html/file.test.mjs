// The files that pdquant writes. PDQUANT is the program, PDQUANT_TESTDATA the folder testdata of the source tree.
import assert from 'node:assert/strict';
import {execFileSync, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {mkdtempSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {after, test} from 'node:test';

const {PDQUANT, PDQUANT_TESTDATA: DATA} = process.env;
const folder = mkdtempSync(join(tmpdir(), 'pdquant-page-'));
after(() => rmSync(folder, {recursive: true}));
const run = (...words) => spawnSync(PDQUANT, words, {encoding: 'utf8', maxBuffer: 1 << 28});
const skip = PDQUANT === undefined && 'PDQUANT names no program';

const elements = (html, tag) => [...html.matchAll(new RegExp(`<${tag}([^>]*)>([\\s\\S]*?)</${tag}>`, 'g'))].map(([, attributes, text]) => ({attributes, text}));

function check(html) {
  const policy = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(html)[1];
  assert.match(policy, /^default-src 'none'; /);
  assert.doesNotMatch(policy, /unsafe|http|\*/);
  const hash = (text) => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
  const scripts = elements(html, 'script');
  for (const {attributes, text} of scripts) {
    if (attributes.includes('application/json')) JSON.parse(text);
    else assert.ok(policy.includes(hash(text)), 'the policy allows the script');
  }
  for (const {text} of elements(html, 'style')) assert.ok(policy.includes(hash(text)), 'the policy allows the style');
  assert.equal(elements(html, 'style').length, 1);
  const markup = html.replace(/<(script|style)[\s\S]*?<\/\1>/g, '');
  assert.doesNotMatch(markup, / (src|srcset|href|style|on\w+)=/);
  return Object.fromEntries(scripts.filter(({attributes}) => attributes.includes('json')).map(({attributes, text}) => [/id="(\w+)"/.exec(attributes)[1], JSON.parse(text)]));
}

test('a program, a change and several models are files that load nothing', {skip}, () => {
  const main = join(DATA, 'paddle/transpile/lenet/main.pb');
  const {program} = check(run('show', '--format', 'html', main).stdout);
  assert.equal(program.ops.length, program.summary.ops);
  const quantized = join(folder, 'q.pb');
  execFileSync(PDQUANT, ['transpile', '-q', main, '-o', quantized]);
  const changed = run('diff', main, quantized, '--format', 'html');
  assert.equal(changed.status, 1);
  assert.deepEqual(Object.keys(check(changed.stdout)), ['program', 'diff']);
  assert.deepEqual(Object.keys(check(run('show', '--format', 'html', main, quantized).stdout)), ['models']);
});

test('the licences are in the file', {skip}, () => {
  const html = run('show', '--format', 'html', join(DATA, 'paddle/transpile/mlp/main.pb')).stdout;
  for (const words of ['Chris Pettitt', 'Permission is hereby granted', 'lodash']) assert.ok(html.includes(words), words);
});

test('names end nothing', {skip}, () => {
  const bytes = (text) => [...Buffer.from(text)];
  const field = (number, content) => [number << 3 | 2, ...sizeOf(content.length), ...content];
  const sizeOf = (size) => (size < 128 ? [size] : [size & 127 | 128, size >> 7]);
  const name = bytes('</script><script>alert(1)</script><!--\u2028&lt;');
  // blocks { idx: 0 parent_idx: 0 vars { name type } ops { inputs { parameter arguments } type } }
  const variable = field(3, [...field(1, name), ...field(2, [8, 7])]);
  const op = field(4, [...field(1, [...field(1, name), ...field(2, name)]), ...field(3, name)]);
  const file = join(folder, 'names.pb');
  writeFileSync(file, Uint8Array.from(field(1, [8, 0, 16, 0, ...variable, ...op])));
  const {stdout} = run('show', '--format', 'html', file);
  const {program} = check(stdout);
  assert.ok(program.texts.includes(Buffer.from(name).toString()));
  assert.doesNotMatch(stdout, /alert\(1\)<\/script/);
});
