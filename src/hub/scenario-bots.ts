import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type FakeBehaviour, FakeBotServer } from '../../connectors/bots/ac-bot-api/fake-bot.ts';
import { type FakeUpgrade, FakeWsBot, type FakeWsConversation } from '../../connectors/bots/ac-bot-api/fake-ws-bot.ts';

/** How a bot fails on purpose: an HTTP status, something that is no JSON, a cut connection, or no answer at all. */
type Fault = number | 'brokenJson' | 'drop' | 'silence';

/** See `BotOutput`, `BotHearing`, `BotLine` and `BotBehaviour` of the scenarios. */
type Output =
  | { type: 'activity'; activity: object }
  | {
      type: 'stream';
      streamId: string;
      altText: string | undefined;
      activityParams: Readonly<Record<string, unknown>>;
      samples: Int16Array;
    };
type Hearing = { type: 'started' | 'stopped' } | { type: 'hypothesis' | 'recognition'; text: string };

interface Line {
  say(outputs: readonly Output[]): void;
  hearing(event: Hearing): void;
}

export interface ScenarioBotBehaviour {
  readonly create: Fault | undefined;
  fault(activities: readonly Record<string, unknown>[]): Fault | undefined;
  answer(activities: readonly Record<string, unknown>[], line?: Line): Promise<readonly Output[]>;
  hear(samples: Int16Array, line: Line): void;
  ended(end: { reasonCode: string; reason: string }): void;
}

export interface ScenarioBot {
  url: string;
  close: () => Promise<void>;
}

const BROKEN = '{"activities": [{"type": "mess';
/** What streams and the caller's audio are in, and their pieces of 100 ms. */
const FORMAT = 'raw/lpcm16';
const CHUNK_SAMPLES = 1600;

/** A Bot API bot in HTTP mode. */
export async function startHttpBot(behaviour: ScenarioBotBehaviour): Promise<ScenarioBot> {
  return await FakeBotServer.start({
    expiresSeconds: 120,
    answer: async (activities) =>
      (await behaviour.answer(activities)).flatMap((output) => (output.type === 'activity' ? [output.activity] : [])),
    behave: (step, body) => {
      if (step === 'create') return httpFault(behaviour.create);
      if (step === 'activities') return httpFault(behaviour.fault(activitiesOf(body)));
      if (step === 'disconnect') {
        const { reasonCode, reason } = JSON.parse(body) as { reasonCode?: unknown; reason?: unknown };
        behaviour.ended({ reasonCode: String(reasonCode), reason: String(reason) });
      }
      return undefined;
    },
  });
}

function activitiesOf(body: string): Record<string, unknown>[] {
  const { activities } = JSON.parse(body) as { activities?: Record<string, unknown>[] };
  return activities ?? [];
}

function httpFault(fault: Fault | undefined): FakeBehaviour | undefined {
  switch (fault) {
    case undefined:
      return undefined;
    case 'brokenJson':
      return { kind: 'body', body: BROKEN };
    case 'drop':
      return { kind: 'drop', taken: false };
    case 'silence':
      return { kind: 'silence' };
    default:
      return { kind: 'status', status: fault };
  }
}

/** A Bot API bot over WebSocket, for text and for audio of either direction. */
export async function startWebSocketBot(
  behaviour: ScenarioBotBehaviour,
  { resumes }: { resumes: boolean },
): Promise<ScenarioBot> {
  const bot = await FakeWsBot.start({
    mediaFormat: FORMAT,
    resume: resumes ? 'accept' : 'error',
    onChunk: (bytes, conversation) => behaviour.hear(samplesOf(bytes), lineOf(conversation)),
    onEnd: (end) => behaviour.ended(end),
  });
  const taken = new Set<unknown>();
  bot.answer = async (activities, conversation) => {
    const fresh = activities.filter(({ id }) => !taken.has(id));
    const fault = behaviour.fault(fresh);
    if (fault === 'drop') {
      conversation.socket.terminate();
      return [];
    }
    if (fault === 'silence') {
      bot.freeze();
      return [];
    }
    for (const { id } of fresh) taken.add(id);
    if (fault !== undefined) {
      await behaviour.answer(fresh);
      conversation.socket.send(BROKEN);
      return [];
    }
    await behaviour.answer(fresh, lineOf(conversation));
    return [];
  };
  const upgrade = upgradeFault(behaviour.create);
  // a handshake that failed is not tried once only
  if (upgrade !== undefined) bot.script.push(...Array.from({ length: 20 }, () => upgrade));
  return bot;
}

function upgradeFault(fault: Fault | undefined): FakeUpgrade | undefined {
  switch (fault) {
    case undefined:
      return undefined;
    case 'brokenJson':
      return { kind: 'bytes', bytes: BROKEN };
    case 'drop':
      return { kind: 'drop' };
    case 'silence':
      return { kind: 'hang' };
    default:
      return { kind: 'status', status: fault };
  }
}

function lineOf(conversation: FakeWsConversation): Line {
  return {
    say(outputs) {
      for (const output of outputs) {
        if (output.type === 'activity') conversation.say({ type: 'activities', activities: [output.activity] });
        else playStream(conversation, output);
      }
    },
    hearing(event) {
      const type = `userStream.speech.${event.type}`;
      if (!('text' in event)) conversation.say({ type });
      else if (event.type === 'hypothesis') conversation.say({ type, alternatives: [{ text: event.text }] });
      else conversation.say({ type, alternatives: [{ text: event.text, confidence: 0.9 }] });
    },
  };
}

/** All at once, as bots do: the hub plays it out. */
function playStream(
  conversation: FakeWsConversation,
  { streamId, altText, activityParams, samples }: Extract<Output, { type: 'stream' }>,
): void {
  conversation.say({
    type: 'playStream.start',
    streamId,
    mediaFormat: FORMAT,
    activityParams,
    ...(altText === undefined ? {} : { altText }),
  });
  for (let from = 0; from < samples.length; from += CHUNK_SAMPLES) {
    const audioChunk = Buffer.from(littleEndian(samples.subarray(from, from + CHUNK_SAMPLES))).toString('base64');
    conversation.say({ type: 'playStream.chunk', streamId, audioChunk });
  }
  conversation.say({ type: 'playStream.stop', streamId });
}

function littleEndian(samples: Int16Array): Uint8Array {
  const view = new DataView(new ArrayBuffer(samples.length * 2));
  for (const [index, sample] of samples.entries()) view.setInt16(index * 2, sample, true);
  return new Uint8Array(view.buffer);
}

function samplesOf(bytes: Buffer): Int16Array {
  return Int16Array.from({ length: bytes.length >> 1 }, (_, index) => bytes.readInt16LE(index * 2));
}

/** An HTTP server that gives out audio on a loopback port. */
export async function serveAudio(): Promise<{
  add: (bytes: Uint8Array, contentType: string) => string;
  close: () => Promise<void>;
}> {
  const files = new Map<string, { bytes: Uint8Array; contentType: string }>();
  const server = createServer((request, response) => {
    const file = files.get(request.url ?? '');
    response.writeHead(file === undefined ? 404 : 200, { 'content-type': file?.contentType ?? 'text/plain' });
    response.end(file?.bytes ?? 'there is no such audio');
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    add(bytes, contentType) {
      const path = `/audio/${files.size + 1}`;
      files.set(path, { bytes, contentType });
      return `http://127.0.0.1:${port}${path}`;
    },
    async close() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
}
