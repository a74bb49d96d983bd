import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { beforeEach, expect, it, onTestFinished } from 'vitest';
import { record, uuid } from '../api/testing.ts';
import type { CallRecord } from '../calls/record.ts';
import { systemClock } from '../clock.ts';
import { parseConfig } from '../config/load.ts';
import { FakeMediaEngine } from '../media/fake-engine.ts';
import { MemoryRecordingStore } from '../recording/testing.ts';
import { openRecordings, type Recordings } from './recordings.ts';
import { allConnectorSchemas } from './testing-connectors.ts';

const connectorSchemas = await allConnectorSchemas();

const text = (dataDir: string) => `
dataDir: ${dataDir}
speechServices: [{ id: local, vendor: local }]
bots:
  - { id: taped, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local }, parameters: { autoCallRecording: true } }
  - { id: demo, connector: ac-bot-api, url: 'http://127.0.0.1:1/', speech: { stt: local, tts: local } }
sipConnections: [{ id: pbx, gateways: ['sip:192.0.2.1'] }]
routingRules:
  - { id: agents, type: transfer, origin: { bot: demo }, destination: { sipConnection: pbx }, record: true }
  - { id: hotline, called: '1*', destination: { bot: demo }, record: true }
  - { id: rest, destination: { bot: demo } }`;

let store: MemoryRecordingStore;
let recordings: Recordings;
let media: ReturnType<Recordings['watch']>;
let directory: string;

beforeEach(async () => {
  const dataDir = await mkdtemp(join(tmpdir(), 'patchbay-recordings-'));
  onTestFinished(() => rm(dataDir, { recursive: true, force: true }));
  directory = join(dataDir, 'recordings');
  store = new MemoryRecordingStore();
  recordings = await openRecordings(parseConfig(text(dataDir), 'hub.yaml', {}, connectorSchemas), {
    store: {
      recordings: store,
      nodes: { subscribe: () => () => {} } as never,
      callRecords: { get: async (id) => (id === uuid(9) ? record(9) : undefined) },
    },
    metrics: { ended: () => {}, watch: () => {} },
    clock: systemClock,
    log: pino({ level: 'silent' }),
  });
  onTestFinished(() => recordings.close());
  media = recordings.watch(Object.assign(new FakeMediaEngine({ clock: systemClock }), { room: () => 1 }));
});

/** A call that is answered. */
async function answered(n: number, changes: Partial<CallRecord>): Promise<(changes: Partial<CallRecord>) => void> {
  await media.createEndpoint({ callId: uuid(n) });
  const follow = recordings.follow();
  const base = record(n, { routingRule: 'rest', ...changes });
  follow({ ...base, state: 'setup' });
  follow({ ...base, state: 'answered' });
  return (more) => follow({ ...base, ...more });
}
const started = async () => {
  await recordings.close();
  return [...store.entries.values()].map(({ callId, startedBy, sessionId }) => [callId, startedBy, sessionId]);
};

it('a bot that wants it, and a rule that wants it, have their calls recorded, others have not', async () => {
  await answered(1, { destination: { bot: 'taped' } });
  await answered(2, { destination: { bot: 'demo' }, routingRule: 'hotline' });
  await answered(3, { destination: { bot: 'demo' } });
  expect(await started()).toEqual([
    [uuid(1), 'parameter', uuid(1)],
    [uuid(2), 'rule hotline', uuid(2)],
  ]);
  expect(await readdir(directory)).toHaveLength(2);
});

it('a rule for transfers has the caller recorded, and not once more where that is done already', async () => {
  await answered(1, { destination: { bot: 'demo' } });
  await answered(2, { sessionId: uuid(1), routingRule: 'agents', destination: { sipConnection: 'pbx' } });
  await answered(3, { destination: { bot: 'taped' } });
  await answered(4, { sessionId: uuid(3), routingRule: 'agents', destination: { sipConnection: 'pbx' } });
  expect(await started()).toEqual([
    [uuid(1), 'rule agents', uuid(1)],
    [uuid(3), 'parameter', uuid(3)],
  ]);
});

it('a recording that was stopped does not begin again when the record changes', async () => {
  const change = await answered(1, { destination: { bot: 'taped' } });
  await recordings.port.command(uuid(1), { action: 'stop', by: 'client x' });
  change({ state: 'answered', bridgedWith: 'x' });
  expect(recordings.recorder.active).toBe(0);
});

it('ends with its call, whose record names it while it lives', async () => {
  const change = await answered(1, { destination: { bot: 'taped' } });
  expect(recordings.named(record(1)).recordings).toHaveLength(1);
  expect(recordings.named(record(2))).not.toHaveProperty('recordings');
  change({ state: 'ended' });
  expect(recordings.recorder.active).toBe(0);
});

it('what is asked of calls elsewhere, and of none, is refused', async () => {
  const ask = (n: number) => recordings.port.command(uuid(n), { action: 'start', by: 'x' });
  await expect(ask(9)).rejects.toMatchObject({ code: 'call_not_live' });
  await expect(ask(8)).rejects.toMatchObject({ code: 'recording_unknown' });
});
