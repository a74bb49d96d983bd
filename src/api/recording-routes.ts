import type { FastifyInstance } from 'fastify';
import { z } from 'zod';
import type { OpenRecording } from '../recording/catalogue.ts';
import type { RecordingCommand, RecordingEntry, RecordingQuery } from '../recording/ports.ts';
import { matchesEtag, readByteRange } from './byte-range.ts';
import { ApiError } from './errors.ts';
import { type Cursor, parseCursor, printCursor } from './list-calls.ts';
import type { ApiAccess } from './ports.ts';
import { addRoute } from './route.ts';

/** What the API asks of recordings. Methods throw a RecordingError for what cannot be done. */
export interface RecordingsPort {
  list(query: RecordingQuery): Promise<readonly RecordingEntry[]>;
  get(id: string): Promise<RecordingEntry | undefined>;
  open(id: string): Promise<OpenRecording>;
  delete(id: string): Promise<RecordingEntry>;
  /** Of a call that is under way at this hub. */
  command(callId: string, command: RecordingCommand): Promise<readonly RecordingEntry[]>;
}

const MAX_PAGE = 1_000;
const time = z.iso.datetime();
const uuid = z.uuid({ error: 'expected a UUID' });
const path = z.strictObject({ id: uuid });

const recording = z
  .looseObject({
    id: z.string(),
    callId: z.string(),
    sessionId: z.string(),
    callRecordingId: z.string().describe('The name that who started it has given it; otherwise its id'),
    state: z
      .enum(['recording', 'paused', 'completed', 'failed'])
      .describe('`failed`: the file does not have all that was said; `note` says why'),
    startedBy: z.string().describe('`bot`, `parameter`, `rule <id>`, or `client <id>`'),
    startedAt: time,
    offsetMs: z.number().describe('From the answer of the call to the beginning of the recording'),
    endedAt: time.optional(),
    durationMs: z.number(),
    bytes: z.int(),
    pauses: z
      .array(z.looseObject({ fromMs: z.number(), toMs: z.number().optional() }))
      .describe('Silent stretches, in milliseconds from the beginning of the recording'),
    note: z.string().optional(),
  })
  .meta({ id: 'Recording' });

const list = z.strictObject({ recordings: z.array(recording), next: z.string().nullable() });

const listQuery = z.strictObject({
  callId: uuid.optional().describe('Recordings of one call only'),
  limit: z
    .preprocess(
      (value) => (typeof value === 'string' && /^\d{1,7}$/.test(value) ? Number(value) : value),
      z.int().min(1).max(MAX_PAGE),
    )
    .default(20)
    .describe(`Recordings per page, 1 to ${MAX_PAGE}`),
  before: z
    .string()
    .transform((text, context): Cursor => {
      const cursor = parseCursor(text);
      if (cursor !== undefined) return cursor;
      context.addIssue({ code: 'custom', message: "expected the value of 'next' of an earlier page", input: text });
      return z.NEVER;
    })
    .optional()
    .describe('`next` of the page before'),
});

const commandBody = z
  .strictObject({
    action: z.enum(['start', 'stop', 'pause', 'resume']),
    callRecordingId: z
      .string()
      .min(1)
      .max(128)
      .optional()
      .describe('Which recording, and the name of a new one. Left out: all that are under way, or a new one'),
  })
  .meta({ id: 'RecordingCommand' });

const audioHeaders = z.object({
  range: z.string().max(256).optional().describe('RFC 9110 section 14.2: one range of bytes'),
  'if-range': z.string().max(256).optional(),
  'if-none-match': z.string().max(1_024).optional(),
});

export function recordingRoutes(app: FastifyInstance, port: RecordingsPort, { audit }: Pick<ApiAccess, 'audit'>): void {
  addRoute(app, {
    method: 'GET',
    url: '/recordings',
    access: 'callDataManager',
    id: 'listRecordings',
    tag: 'Recordings',
    summary: 'Recordings, newest first',
    query: listQuery,
    responses: { 200: { description: 'A page; `next` goes into `before`, null where this is the last', schema: list } },
    handle: async ({ query: { callId, limit, before } }) => {
      const place = before === undefined ? undefined : { startedAt: before.setupTime, id: before.id };
      const found = await port.list({ limit: limit + 1, callId, before: place });
      const page = found.slice(0, limit);
      const last = found.length > limit ? page.at(-1) : undefined;
      const next = last === undefined ? null : printCursor({ setupTime: last.startedAt, id: last.id });
      return { recordings: page.map(present), next };
    },
  });

  addRoute(app, {
    method: 'GET',
    url: '/recordings/:id',
    access: 'callDataManager',
    id: 'getRecording',
    tag: 'Recordings',
    summary: 'One recording',
    params: path,
    responses: { 200: { description: 'What is known of it', schema: recording } },
    errors: [404],
    handle: async ({ params: { id } }) => {
      const entry = await port.get(id);
      if (entry === undefined) throw new ApiError('not_found', `There is no recording '${id}'`);
      return present(entry);
    },
  });

  addRoute(app, {
    method: 'GET',
    url: '/recordings/:id/audio',
    access: 'callDataManager',
    id: 'getRecordingAudio',
    tag: 'Recordings',
    summary: 'The sound of a finished recording: a stereo WAV file, left the party of the call, right what it heard',
    description:
      'Takes a Range of bytes, If-Range and If-None-Match. Each use is logged. 409: it is still under way, or its file is at another node.',
    params: path,
    headers: audioHeaders,
    responses: {
      200: {
        description: 'The whole file',
        contentType: 'audio/wav',
        headers: { ETag: 'Stays the same', 'Accept-Ranges': 'bytes' },
      },
      206: {
        description: 'The bytes that were asked for',
        contentType: 'audio/wav',
        headers: { 'Content-Range': 'Which of how many' },
      },
      304: { description: 'As the client has it' },
      416: { description: 'There are no such bytes', headers: { 'Content-Range': 'How many there are' } },
    },
    errors: [404, 409],
    handle: async ({ params: { id }, headers, client, reply }) => {
      const opened = await port.open(id);
      const etag = `"${id}-${opened.bytes}"`;
      reply.headers({
        etag,
        'accept-ranges': 'bytes',
        'content-disposition': `attachment; filename="${id}.wav"`,
      });
      const range = readByteRange(headers.range, opened.bytes, { etag, ifRange: headers['if-range'] });
      if (matchesEtag(headers['if-none-match'], etag)) {
        await opened.close();
        return reply.code(304).send();
      }
      if (range.kind === 'unsatisfiable') {
        await opened.close();
        return reply.code(416).header('content-range', `bytes */${opened.bytes}`).send();
      }
      const { from, to } = range.kind === 'part' ? range : { from: 0, to: opened.bytes - 1 };
      const length = to - from + 1;
      reply.header('content-length', length).header('content-type', 'audio/wav');
      if (range.kind === 'part') {
        reply.code(206).header('content-range', `bytes ${from}-${to}/${opened.bytes}`);
      }
      audit({ recording: id, by: client }, `Recording of call ${opened.entry.callId} heard, bytes ${from} to ${to}`);
      if (length === 0) {
        await opened.close();
        return reply.send();
      }
      return reply.send(opened.read(from, to));
    },
  });

  addRoute(app, {
    method: 'DELETE',
    url: '/recordings/:id',
    access: 'callDataManager',
    id: 'deleteRecording',
    tag: 'Recordings',
    summary: 'Deletes a finished recording and its file',
    params: path,
    responses: { 204: { description: 'It is gone' } },
    errors: [404, 409],
    handle: async ({ params: { id }, client, reply }) => {
      const { callId } = await port.delete(id);
      audit({ recording: id, by: client }, `Recording of call ${callId} deleted`);
      return reply.code(204).send();
    },
  });

  addRoute(app, {
    method: 'POST',
    url: '/calls/:id/recording',
    access: 'callControl',
    id: 'controlRecording',
    tag: 'Recordings',
    summary: 'Starts, stops, pauses or resumes recordings of a call that is under way',
    description:
      'A start with the `callRecordingId` of a recording under way changes nothing. Of a call that is not answered yet it takes effect at the answer, and the list is empty. 409: the call is not under way at this node, or has too many recordings.',
    params: path,
    body: commandBody,
    responses: {
      200: {
        description: 'The recordings that it was about, as they are now',
        schema: z.strictObject({ recordings: z.array(recording) }),
      },
    },
    errors: [404, 409],
    handle: async ({ params: { id }, body: { action, callRecordingId }, client }) => {
      const entries = await port.command(id, { action, name: callRecordingId, by: `client ${client}` });
      audit({ call: id, by: client }, `Recording of the call: ${action}`);
      return { recordings: entries.map(present) };
    },
  });
}

/** As the API shows it: the file's name stays inside. */
function present({ name, file: _, ...entry }: RecordingEntry) {
  return { ...entry, callRecordingId: name };
}
