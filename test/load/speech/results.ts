import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { getPriority, loadavg } from 'node:os';
import { join } from 'node:path';
import { percentile } from '../figures.ts';
import { rig } from '../report.ts';

const RESULTS = join(import.meta.dirname, '../results/speech.md');

/** A table of the results: what stands before its rows. */
export interface Table {
  heading: string;
  text: string;
  columns: readonly string[];
}

/** Adds a row to a table of results/speech.md, which is made where it is missing. */
export async function saveRow(table: Table, row: string): Promise<void> {
  const lines = existsSync(RESULTS) ? (await readFile(RESULTS, 'utf8')).trimEnd().split('\n') : [];
  let at = lines.indexOf(table.heading);
  if (at === -1) {
    if (lines.length > 0) lines.push('');
    lines.push(table.heading, '', ...table.text.split('\n'), '', `| ${table.columns.join(' | ')} |`);
    lines.push(`|${'---|'.repeat(table.columns.length)}`);
    at = lines.length - 1;
  } else {
    const next = lines.findIndex((line, index) => index > at && line.startsWith('#'));
    at = lines.findLastIndex((line, index) => line.startsWith('|') && (next === -1 || index < next));
  }
  lines.splice(at + 1, 0, row);
  await writeFile(RESULTS, `${lines.join('\n')}\n`);
}

export function timestamp(): string {
  return new Date().toISOString().slice(0, 16).replace('T', ' ');
}

/** p50 / p95 in milliseconds. */
export function both(times: readonly number[]): string {
  if (times.length === 0) return '-';
  return `${percentile(times, 0.5).toFixed(1)} / ${percentile(times, 0.95).toFixed(1)}`;
}

/** Processes that wanted a core in the minute before, and how far ahead of them this one is put. */
export function load(): string {
  const nice = getPriority();
  return `${(loadavg()[0] ?? Number.NaN).toFixed(1)}${nice === 0 ? '' : `, nice ${nice}`}`;
}

export function machine(): string {
  const { cores, cpu, memoryGb, node, kernel } = rig();
  return `${cores} x ${cpu}, ${memoryGb} GB, node ${node}, Linux ${kernel}`;
}
