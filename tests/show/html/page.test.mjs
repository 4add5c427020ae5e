import assert from 'node:assert/strict';
import {execFileSync} from 'node:child_process';
import {mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {test} from 'node:test';

const SOURCES = new URL('../../../src/show/html/', import.meta.url);
const MODULES = /set\(modules ([\w ]+)\)/.exec(readFileSync(new URL('../../../cmake/html_page.cmake', import.meta.url), 'utf8'))[1].split(' ');

test('the build puts all modules together, each behind those that it imports', () => {
  assert.deepEqual([...MODULES].sort(), readdirSync(SOURCES).filter((name) => name.endsWith('.mjs')).map((name) => name.slice(0, -4)).sort());
  for (const module of MODULES) {
    for (const [, imported] of readFileSync(new URL(`${module}.mjs`, SOURCES), 'utf8').matchAll(/^import .* from '\.\/(\w+)\.mjs';$/gm)) {
      assert.ok(MODULES.indexOf(imported) < MODULES.indexOf(module), `${module} imports ${imported}`);
    }
  }
});

test('no two modules have a name in common', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pdquant-page-'));
  const script = join(folder, 'script.mjs');
  const texts = MODULES.map((module) => readFileSync(new URL(`${module}.mjs`, SOURCES), 'utf8'));
  writeFileSync(script, texts.join('').replace(/^import .*$/gm, '').replace(/^export /gm, ''));
  execFileSync(process.execPath, ['--check', script]);
  rmSync(folder, {recursive: true});
});

test('nothing makes markup, code or styles of texts', () => {
  for (const module of MODULES) {
    const text = readFileSync(new URL(`${module}.mjs`, SOURCES), 'utf8');
    assert.doesNotMatch(text, /innerHTML|outerHTML|insertAdjacentHTML|document\.write|\beval\(|new Function|fetch\(|XMLHttpRequest/, module);
  }
});
