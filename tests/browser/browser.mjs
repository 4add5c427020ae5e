// A browser that shows a page and keeps count of what it must not do.
import {spawnSync} from 'node:child_process';
import {mkdtempSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';

export const {PDQUANT, PDQUANT_CORPUS: CORPUS, PDQUANT_TESTDATA: DATA, PDQUANT_PUBLIC_MODELS: PUBLIC} = process.env;
export const folder = mkdtempSync(join(tmpdir(), 'pdquant-browser-'));

export async function launch() {
  const {chromium} = await import(process.env.PDQUANT_PLAYWRIGHT);
  return chromium.launch({executablePath: '/usr/bin/chromium', args: ['--no-sandbox', '--disable-dev-shm-usage']});
}

// Runs pdquant; `codes` are the exit codes that are no failure.
export function run(words, codes = [0]) {
  const done = spawnSync(PDQUANT, words, {encoding: 'utf8', maxBuffer: 1 << 28});
  if (!codes.includes(done.status)) throw new Error(`pdquant ${words.join(' ')}: ${done.status}\n${done.stderr}`);
  return done.stdout;
}

let files = 0;

// The file that `show` or `diff` writes with these words.
export function page(...words) {
  const file = join(folder, `${files++}.html`);
  run([...words, '--format', 'html', '-o', file], words[0] === 'diff' ? [0, 1] : [0]);
  return file;
}

export function write(name, bytes) {
  const file = join(folder, name);
  writeFileSync(file, bytes);
  return file;
}

// A tab with the page. `faults` gets what the page says on the console, its errors, and each request but that for the file.
export async function open(browser, file, {dark = false, hash = '', width = 1280, height = 800} = {}) {
  const context = await browser.newContext({viewport: {width, height}, colorScheme: dark ? 'dark' : 'light', reducedMotion: 'reduce'});
  const tab = await context.newPage();
  const faults = [];
  tab.on('console', (message) => faults.push(`console: ${message.text()}`));
  tab.on('pageerror', (error) => faults.push(`error: ${error}`));
  tab.on('dialog', (dialog) => { faults.push('dialog'); dialog.dismiss(); });
  tab.on('request', (request) => { if (request.url().split('#')[0] !== `file://${file}`) faults.push(`request: ${request.url()}`); });
  await tab.goto(`file://${file}${hash}`);
  await tab.waitForFunction(() => document.querySelector('#picture .node, table.models, main > p') !== null);
  return {tab, faults, close: () => context.close()};
}
