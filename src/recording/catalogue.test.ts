import { mkdir, mkdtemp, readFile, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { systemClock } from '../clock.ts';
import { readWav, wavHeader } from '../media/wav.ts';
import { RecordingCatalogue } from './catalogue.ts';
import type { RecordingEntry } from './ports.ts';
import { createPrivateFile, RecordingFile } from './recording-file.ts';
import { MemoryRecordingStore } from './testing.ts';

let folder: string;
let directory: string;
let store: MemoryRecordingStore;
let catalogue: RecordingCatalogue;

const nameOf = (n: number) => `${String(n).padStart(32, 'a')}.wav`;
const DAY_MS = 86_400_000;

async function add(n: number, changes: Partial<RecordingEntry> = {}, samples = 800): Promise<RecordingEntry> {
  const entry: RecordingEntry = {
    ...{ id: `r${n}`, callId: `c${n}`, sessionId: `c${n}`, name: `r${n}`, file: nameOf(n), state: 'completed' },
    ...{ startedBy: 'bot', startedAt: new Date().toISOString(), offsetMs: 0, endedAt: undefined, durationMs: 100 },
    ...{ bytes: 44 + samples * 4, pauses: [], note: undefined },
    ...changes,
  };
  await store.save(entry);
  await writeFile(
    join(directory, nameOf(n)),
    Buffer.concat([wavHeader(8000, 2, samples * 4), Buffer.alloc(samples * 4, n)]),
  );
  return entry;
}

const exists = (file: string) =>
  stat(file).then(
    () => true,
    () => false,
  );
const codeOf = (promise: Promise<unknown>) =>
  promise.then(
    () => undefined,
    (error: { code: string }) => error.code,
  );

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-recordings-'));
  directory = join(folder, 'recordings');
  await mkdir(directory);
  store = new MemoryRecordingStore();
  catalogue = new RecordingCatalogue({
    directory,
    keepDays: 30,
    store,
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('a file under way', () => {
  it('belongs to nobody else, is never one that is there already, and never a link', async () => {
    const path = join(directory, 'deep', nameOf(1));
    const file = await createPrivateFile(path);
    await file.write(Buffer.from('abc'), 2);
    await file.close();
    expect((await stat(path)).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'deep'))).mode & 0o777).toBe(0o700);
    await expect(createPrivateFile(path)).rejects.toMatchObject({ code: 'EEXIST' });
    await symlink('/etc/passwd', join(directory, nameOf(2)));
    await expect(createPrivateFile(join(directory, nameOf(2)))).rejects.toMatchObject({ code: 'EEXIST' });
  });

  it('plays at any moment, and is complete at its end', async () => {
    const path = join(directory, nameOf(1));
    const options = { path, sampleRate: 8000, create: createPrivateFile, maxPendingBytes: 1e6 } as const;
    const file = new RecordingFile({ ...options, failed: (error) => expect.fail(error.message) });
    for (let n = 0; n < 5; n++) file.append(Buffer.alloc(4_000, n));
    await file.close();
    await file.close();
    file.append(Buffer.alloc(4_000));
    expect(file.bytes).toBe(20_044);
    expect(readWav(await readFile(path)).channels[0]).toHaveLength(5_000);
  });
});

describe('what a killed hub has left', () => {
  it('gets a true header and a true entry', async () => {
    await add(1, { state: 'paused', pauses: [{ fromMs: 20, toMs: undefined }] });
    const path = join(directory, nameOf(1));
    const whole = await readFile(path);
    // written, and the header not brought up to date; half a sample at the end
    await writeFile(path, Buffer.concat([wavHeader(8000, 2, 8), whole.subarray(44), Buffer.from([1, 2, 3])]));
    await add(2, { state: 'recording', startedAt: new Date(Date.now() - 2 * DAY_MS).toISOString() });
    await add(3, { state: 'recording' });
    for (const n of [2, 3]) await rm(join(directory, nameOf(n)));
    await catalogue.start();
    catalogue.close();
    expect(store.entries.get('r1')).toMatchObject({
      ...{ state: 'completed', durationMs: 100, bytes: 3_244, pauses: [{ fromMs: 20, toMs: 100 }] },
      note: expect.stringContaining('stopped'),
    });
    expect(await readFile(path)).toEqual(whole);
    expect(store.entries.get('r2')).toMatchObject({ state: 'failed', bytes: 0 });
    expect(store.entries.get('r3')).toMatchObject({ state: 'recording' });
  });

  it('a file that is none of ours stays as it is', async () => {
    await add(1, { state: 'recording', startedAt: new Date(Date.now() - 2 * DAY_MS).toISOString() });
    const path = join(directory, nameOf(1));
    await writeFile(path, 'x'.repeat(100));
    await catalogue.repair();
    expect(await readFile(path, 'utf8')).toBe('x'.repeat(100));
    expect(store.entries.get('r1')).toMatchObject({ state: 'failed' });
  });
});

describe('reading', () => {
  it('gives the bytes that are asked for', async () => {
    await add(7);
    const opened = await catalogue.open('r7');
    expect(opened.bytes).toBe(3_244);
    const chunks: Buffer[] = [];
    for await (const chunk of opened.read(43, 45)) chunks.push(chunk as Buffer);
    expect([...Buffer.concat(chunks)]).toEqual([0, 7, 7]);
    await (await catalogue.open('r7')).close();
  });

  it.each([
    ['nobody', 'recording_unknown'],
    ['active', 'recording_active'],
    ['lost', 'recording_elsewhere'],
    ['link', 'recording_elsewhere'],
    ['outside', 'recording_unknown'],
    ['hidden', 'recording_unknown'],
    ['absolute', 'recording_unknown'],
  ])('is refused: %s', async (id, code) => {
    await add(1, { id: 'active', state: 'recording' });
    await store.save({ ...(await add(2)), id: 'lost', file: nameOf(9) });
    await symlink('/etc/passwd', join(directory, nameOf(3)));
    await store.save({ ...(await add(4)), id: 'link', file: nameOf(3) });
    for (const [name, file] of [
      ['outside', `../${nameOf(5)}`],
      ['hidden', '.env'],
      ['absolute', '/etc/passwd'],
    ] as const) {
      await store.save({ ...(await add(6)), id: name, file });
    }
    await writeFile(join(folder, nameOf(5)), 'secret');
    expect(await codeOf(catalogue.open(id))).toBe(code);
    if (code === 'recording_unknown') expect(await codeOf(catalogue.delete(id))).toBe(code);
    expect(await readFile(join(folder, nameOf(5)), 'utf8')).toBe('secret');
  });
});

describe('deleting', () => {
  it('takes the file and the entry; a second time there is nothing', async () => {
    await add(1);
    await catalogue.delete('r1');
    expect([await exists(join(directory, nameOf(1))), store.entries.size]).toEqual([false, 0]);
    expect(await codeOf(catalogue.delete('r1'))).toBe('recording_unknown');
    await add(2);
    await rm(join(directory, nameOf(2)));
    await catalogue.delete('r2');
    expect(store.entries.size).toBe(0);
  });

  it('goes by age and by the records of calls, and takes old files that nobody knows', async () => {
    const old = new Date(Date.now() - 31 * DAY_MS);
    await add(1, { startedAt: old.toISOString() });
    await add(2, { startedAt: old.toISOString(), state: 'recording' });
    await add(3);
    await add(4);
    store.forgottenCalls.add('c4');
    for (const [name, time] of [
      [nameOf(5), old],
      [nameOf(6), new Date()],
      ['notes.txt', old],
    ] as const) {
      await writeFile(join(directory, name), 'x');
      await utimes(join(directory, name), time, time);
    }
    expect(await catalogue.prune()).toBe(3);
    expect([...store.entries.keys()]).toEqual(['r2', 'r3']);
    const there = await Promise.all([1, 2, 3, 4, 5, 6].map((n) => exists(join(directory, nameOf(n)))));
    expect(there).toEqual([false, true, true, false, false, true]);
    expect(await exists(join(directory, 'notes.txt'))).toBe(true);
  });
});
