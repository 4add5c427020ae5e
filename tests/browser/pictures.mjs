// Makes the pictures of docs/pictures that show pages.
import {join} from 'node:path';
import {copyFileSync, rmSync} from 'node:fs';
import {CORPUS, DATA, folder, launch, open, page, run} from './browser.mjs';

const PICTURES = join(DATA, '../docs/pictures');
process.chdir(folder);
const browser = await launch();

async function take(name, file, keys, options = {}) {
  const {tab, faults, close} = await open(browser, file, {width: 1100, height: 640, ...options});
  if (faults.length > 0) throw new Error(faults.join('\n'));
  for (const key of keys) await tab.keyboard.press(key);
  await tab.evaluate(() => document.activeElement.blur());
  await tab.screenshot({path: join(PICTURES, name)});
  await close();
}

// Beside each other, so that the titles are short.
const corpus = (name, to) => copyFileSync(join(CORPUS, name), to);
corpus('freeze/lenet/moving/quant/model.pb', 'lenet.pdmodel');
corpus('freeze/lenet/moving/quant/params', 'lenet.pdiparams');
corpus('transpile/residual/main.pb', 'residual.pb');
run(['freeze', 'lenet', '-q', '-o', 'frozen', '--report', 'report.json']);
run(['transpile', '-q', 'residual.pb', '-o', 'quantized.pb']);
await take('html-frozen.png', page('show', 'frozen'), ['g', 'ArrowDown', 'ArrowDown']);
await take('html-overlay.png', page('show', 'lenet', '--overlay', 'report.json'), ['n'], {dark: true});
await take('html-diff.png', page('diff', 'residual.pb', 'quantized.pb'), []);
await browser.close();
rmSync(folder, {recursive: true});
