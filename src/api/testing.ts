import { Readable } from 'node:stream';
import type { FastifyInstance, InjectOptions } from 'fastify';
import { pino } from 'pino';
import { onTestFinished } from 'vitest';
import { type Access, type AccessOptions, createAccess } from '../access/access.ts';
import type { ApiClient } from '../access/client.ts';
import { type ClientGroup, groupNames } from '../access/groups.ts';
import { hashSecret } from '../access/secret.ts';
import { MemoryClientStore, MemoryKeyStore } from '../access/testing.ts';
import { matchesFilter } from '../calls/call-query.ts';
import type { CallRecord } from '../calls/record.ts';
import { type Clock, systemClock } from '../clock.ts';
import type { DialoutView } from '../dialout/dialout-store.ts';
import { DialoutError } from '../dialout/errors.ts';
import type { DialoutRequest } from '../dialout/request.ts';
import { RecordingError } from '../recording/errors.ts';
import type { RecordingEntry } from '../recording/ports.ts';
import type { ApiDependencies, DialoutsPort } from './ports.ts';
import type { RecordingsPort } from './recording-routes.ts';
import { createApi } from './server.ts';

/** The API on fakes, for tests. */

export function uuid(n: number): string {
  return `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;
}

export function record(n: number, changes: Partial<CallRecord> = {}): CallRecord {
  return {
    id: uuid(n),
    sipCallId: `c${n}`,
    direction: 'inbound',
    state: 'ended',
    calling: { user: 'ada', host: 'h', displayName: undefined },
    called: { user: 'demo', host: 'h' },
    remote: 'udp/127.0.0.1:5070',
    sipConnection: 'phones',
    routingRule: 'r',
    destination: { bot: 'demo' },
    conversationId: undefined,
    sessionId: uuid(n),
    setupTime: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(),
    answerTime: undefined,
    endTime: undefined,
    durationMs: 0,
    end: undefined,
    transcript: [],
    turns: [],
    ...changes,
  };
}

/** A store in memory. */
export function storeOf(records: readonly CallRecord[]): ApiDependencies['calls']['records'] {
  const key = (item: { setupTime: string; id: string }) => `${item.setupTime} ${item.id}`;
  return {
    get: async (id) => records.find((item) => item.id === id),
    list: async ({ limit, first, after, offset = 0, filter = {} }) => {
      const later = (a: { setupTime: string; id: string }, b: { setupTime: string; id: string }) =>
        key(a) === key(b) ? 0 : key(a) > key(b) === (first === 'oldest') ? 1 : -1;
      return records
        .filter((item) => matchesFilter(item, filter) && (after === undefined || later(item, after) > 0))
        .toSorted(later)
        .slice(offset, offset + limit)
        .map(({ transcript: _transcript, turns: _turns, ...summary }) => summary);
    },
  };
}

/** Calls under way and recorded ones; what is ended is told to `ended`. */
export function callsOf(
  records: readonly CallRecord[],
  live: readonly CallRecord[] = [],
  ended: string[] = [],
): ApiDependencies['calls'] {
  return {
    listLive: () => live,
    records: storeOf(records),
    end: async (id, by) => {
      if (live.some((call) => call.id === id)) {
        ended.push(`${id} by ${by}`);
        return 'ending';
      }
      const record = records.find((call) => call.id === id);
      return record === undefined ? 'unknown' : record.state === 'ended' ? 'ended' : 'elsewhere';
    },
  };
}

/** A client in each group, whose id is the group's name and whose secret is `secretOf`. */
export const secretOf = (id: string): string => `the-secret-of-${id}`;

export function basic(id: string, secret = secretOf(id)): string {
  return `Basic ${Buffer.from(`${id}:${secret}`).toString('base64')}`;
}

function declared(group: ClientGroup): ApiClient {
  return {
    id: group,
    secretHash: hashSecret(secretOf(group)),
    groups: [group],
    notificationSecret: undefined,
    source: 'configuration',
    createdAt: undefined,
  };
}

export interface FakeDialouts extends DialoutsPort {
  /** As they were submitted. */
  readonly submitted: { request: DialoutRequest; options: { idempotencyKey?: string; fingerprint?: string } }[];
}

/** Takes every dialout; a repeated key gives the first answer, another body with it a conflict. */
export function fakeDialouts(changes: Partial<DialoutsPort> = {}): FakeDialouts {
  const submitted: FakeDialouts['submitted'] = [];
  let count = 0;
  const viewOf = (request: DialoutRequest): DialoutView => ({
    id: request.id,
    client: request.client,
    bot: request.bot,
    state: 'queued',
    request,
    acceptedAt: request.acceptedAt,
    dialledAt: undefined,
    answeredAt: undefined,
    endedAt: undefined,
    outcome: undefined,
    machine: undefined,
  });
  return {
    submitted,
    clock: { date: () => new Date('2026-01-01T00:00:00Z') },
    newId: () => uuid(1_000 + count++),
    maxQueueMs: () => 60_000,
    checkUrl: () => {},
    submit: async (request, options) => {
      const earlier = submitted.find(
        (each) => options.idempotencyKey !== undefined && each.options.idempotencyKey === options.idempotencyKey,
      );
      if (earlier && earlier.options.fingerprint !== options.fingerprint) {
        throw new DialoutError('idempotency_conflict', 'the key stands for another request');
      }
      if (earlier) return { conversationId: earlier.request.id, repeated: true };
      submitted.push({ request, options });
      return { conversationId: request.id, repeated: false };
    },
    get: async (id) => {
      const found = submitted.find(({ request }) => request.id === id);
      return found && viewOf(found.request);
    },
    notificationsOf: async () => [
      {
        eventId: 1,
        status: 'initiated',
        timestamp: '2026-01-01T00:00:00.000Z',
        delivery: 'pending',
        attempts: [{ attempt: 1, at: '2026-01-01T00:00:00.000Z', status: 500, ms: 12 }],
      },
    ],
    ...changes,
  };
}

export function testAccess(options: { clock?: Clock; log?: AccessOptions['log'] } = {}): Access {
  return createAccess({
    declared: groupNames.map(declared),
    clients: new MemoryClientStore(),
    keys: new MemoryKeyStore(),
    tokenLifetimeMs: 3_600_000,
    clock: options.clock ?? systemClock,
    log: options.log ?? { info: () => {}, warn: () => {} },
  });
}

/** A recording of 444 bytes, and one that is under way; commands are taken for call 1. */
export function fakeRecordings(changes: Partial<RecordingsPort> = {}): RecordingsPort {
  const bytes = Buffer.alloc(444, 'RIFF');
  const entryOf = (n: number, state: RecordingEntry['state']): RecordingEntry => ({
    ...{ id: uuid(n), callId: uuid(1), sessionId: uuid(1), name: `name ${n}`, file: 'secret.wav', state },
    ...{ startedBy: 'bot', startedAt: new Date(Date.UTC(2026, 0, 1, 0, n)).toISOString(), offsetMs: 0 },
    ...{ endedAt: state === 'completed' ? '2026-01-01T01:00:00.000Z' : undefined, durationMs: 13, bytes: bytes.length },
    ...{ pauses: [{ fromMs: 1, toMs: undefined }], note: undefined },
  });
  const entries = new Map([entryOf(101, 'completed'), entryOf(102, 'recording')].map((entry) => [entry.id, entry]));
  const finished = (id: string) => {
    const entry = entries.get(id);
    if (entry === undefined) throw new RecordingError('recording_unknown', 'there is none');
    if (entry.state !== 'completed') throw new RecordingError('recording_active', 'it is under way');
    return entry;
  };
  return {
    list: async ({ limit }) => [...entries.values()].slice(0, limit),
    get: async (id) => entries.get(id),
    open: async (id) => ({
      entry: finished(id),
      bytes: bytes.length,
      read: (from, to) => Readable.from([bytes.subarray(from, to + 1)]),
      close: async () => {},
    }),
    delete: async (id) => {
      const entry = finished(id);
      entries.delete(id);
      return entry;
    },
    command: async (callId, { action, name }) => {
      if (callId !== uuid(1)) throw new RecordingError('call_not_live', 'the call has ended');
      if (action !== 'start' && name !== undefined) throw new RecordingError('recording_unknown', 'no such recording');
      return [...entries.values()].filter(({ state }) => state === 'recording');
    },
    ...changes,
  };
}

export interface Answer {
  status: number;
  headers: Record<string, unknown>;
  text: string;
  body: unknown;
}

export interface TestApi {
  app: FastifyInstance;
  access: Access;
  /** As the administrator, unless the headers say otherwise; `authorization: ''` sends none. */
  get(url: string, headers?: Record<string, string>): Promise<Answer>;
  send(request: InjectOptions): Promise<Answer>;
}

export function setUp(changes: Partial<ApiDependencies> = {}, access: Access = testAccess()): TestApi {
  const app = createApi({
    version: '1.2.3',
    log: pino({ level: 'silent' }),
    http: { publicUrl: undefined, trustedProxies: [] },
    access,
    calls: callsOf([]),
    routing: {
      sipConnections: () => ['phones', 'carrier'],
      explain: (call) => ({
        decision: {
          ...{ rule: undefined, destination: { bot: JSON.stringify(call) } },
          ...{ calling: call.calling, called: call.called },
        },
        rules: [],
        destinations: [],
      }),
    },
    sipConnections: { list: () => [] },
    recordings: fakeRecordings(),
    bots: { ids: () => ['demo'], nameOf: () => 'Demo', check: async () => ({ ok: true, steps: [] }) },
    readiness: { draining: () => false, checks: [] },
    dialouts: fakeDialouts(),
    metrics: { contentType: 'text/plain; version=0.0.4', text: async () => 'patchbay_x 1\n' },
    ...changes,
  });
  onTestFinished(() => app.close());
  const send = async (request: InjectOptions): Promise<Answer> => {
    const { authorization = basic('administrator'), ...headers } = (request.headers ?? {}) as Record<string, string>;
    const response = await app.inject({
      ...request,
      headers: { host: '127.0.0.1:8080', ...headers, ...(authorization === '' ? {} : { authorization }) },
    });
    const { statusCode: status, body: text } = response;
    return { status, headers: response.headers, text, body: parse(text) };
  };
  return { app, access, send, get: (url, headers = {}) => send({ url, headers }) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
