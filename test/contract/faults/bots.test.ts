import { pino } from 'pino';
import { describe, expect, test } from 'vitest';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import { loadConfigText } from '../../../src/config/load.ts';
import { connectorRegistry, createBotConnection } from '../../../src/hub/connectors.ts';
import { FakeStt } from '../../../src/speech/fake-stt.ts';
import { FakeTts } from '../../../src/speech/fake-tts.ts';
import { hearingCx, hearingEs } from './agent-audio-peers.ts';
import {
  APOLOGY,
  type BotCase,
  type BotCell,
  type BotPeer,
  botFramework,
  dialogflowCx,
  dialogflowEs,
  GREETING,
  llm,
  PATIENCE,
  SECOND,
} from './bot-peers.ts';
import { eventually, hurried, type Line, openLine, textOf } from './line.ts';
import { cellsOf, FAULTS, isPointless, leaveOut, missing, STREAMS, type Streams } from './matrix.ts';
import { acBotApi, textsOverWebSocket } from './web-socket-peers.ts';

const log = pino({ level: 'silent' });
const account = fakeAccount();
/** Nobody is left in silence for longer, whatever goes wrong. */
const SILENT_MS = 8_000;

async function connectionOf(settings: object, voice: boolean) {
  const speech = voice ? { speech: { tts: 'local' } } : { speech: { stt: 'local', tts: 'local' } };
  const speechServices = [{ id: 'local', vendor: 'local' }];
  const config = await loadConfigText(
    JSON.stringify({ speechServices, bots: [{ id: 'bot', ...speech, ...settings }] }),
    'hub.yaml',
    {},
    connectorRegistry,
  );
  const [entry] = config.bots;
  if (entry === undefined) throw new Error('no bot');
  return createBotConnection(entry, { log, clock: hurried });
}

/** A call with a bot that something is wrong with, from its beginning to what the record says. */
async function call<Peer extends BotPeer>(peer: Peer, cell: BotCell<Peer>): Promise<void> {
  const bot = await connectionOf({ ...peer.settings, ...cell.settings }, peer.voice === true);
  const patient = Promise.withResolvers<void>();
  peer.waited = patient.promise;
  if (cell.before === 'the call') await cell.act(peer);
  const tts = new FakeTts({ clock: hurried, latencyMs: 20 });
  const stt = peer.voice ? undefined : new FakeStt({ clock: hurried, endpointing: 'hub', latencyMs: 40 });
  const patience = cell.hears.includes(PATIENCE) ? { botNoInputSpeech: PATIENCE, botNoInputTimeoutMS: 600 } : {};
  const parameters = { botFailureSpeech: APOLOGY, connectTimeoutMS: 30_000, ...patience };
  try {
    await using line = await openLine({ bot, stt, tts, parameters });
    await follow(line, peer, cell, patient.resolve);
  } finally {
    await bot.close();
  }
}

async function follow<Peer extends BotPeer>(
  line: Line,
  peer: Peer,
  cell: BotCell<Peer>,
  onPatience: () => void,
): Promise<void> {
  const heard = () => textOf(line.samples());
  const { hears, ends, words = [1] } = cell;
  const speak = async (...spoken: readonly number[]) => {
    await eventually(() => expect(peer.listens?.() ?? true).toBe(true));
    // A bot that hears itself takes audio a moment after it was asked to.
    line.speak(...Array<number>(peer.voice ? 15 : 0).fill(0), ...spoken);
  };
  /** The caller is not left alone for long. */
  const answered = async () => {
    await line.said();
    expect(await line.silentMs()).toBeLessThan(cell.silentMs ?? SILENT_MS);
  };
  if (hears.length > 0) {
    await eventually(() => expect(heard()).toContain(GREETING));
    if (cell.before === 'the question') await cell.act(peer);
    if (words.length > 0) {
      await speak(...words);
      if (cell.before === 'the last word') {
        await eventually(() => expect(line.left()).toBeLessThan(12));
        await cell.act(peer);
      }
      await answered();
    }
    if (hears.includes(PATIENCE)) {
      await eventually(() => expect(heard()).toContain(PATIENCE));
      onPatience();
    }
    if (hears.includes(SECOND)) {
      const first = hears.slice(0, -1).join('');
      await eventually(() => expect(heard()).toBe(first));
      await speak(2);
      await answered();
    }
  }
  if (ends === undefined) await eventually(() => expect(heard()).toBe(hears.join('')));
  else {
    await eventually(() => expect(line.ended()).toBeDefined());
    expect(heard()).toBe(hears.join(''));
    expect(line.ended()).toMatchObject({ category: 'bot-failure', by: 'hub', text: expect.stringMatching(ends) });
    expect(line.ended()?.sipStatus).toBe(hears.length === 0 ? 503 : undefined);
  }
  expect(line.answered()).toBe(hears.length > 0);
  // The record has what was heard, and nothing else.
  const said = (byCaller: boolean) =>
    line.transcript.filter(({ speaker, kind }) => kind === 'speech' && (speaker === 'caller') === byCaller);
  expect(said(false).map(({ text }) => text)).toEqual(cell.says ?? hears);
  expect(said(true).map(({ text }) => text)).toEqual(
    cell.asks ?? (hears.length === 0 ? [] : hears.includes(SECOND) ? ['1', '2'] : ['1']),
  );
}

function describeBot<Peer extends BotPeer>(name: string, { start, cells, more = {} }: BotCase<Peer>): void {
  describe.concurrent(name, { timeout: 60_000 }, () => {
    for (const fault of FAULTS) if (isPointless(cells[fault])) leaveOut(name, fault, 'talked');
    for (const [fault, cell] of [...cellsOf(cells), ...Object.entries(more)]) {
      test(fault, async () => {
        const peer = await start(account);
        try {
          await call(peer, cell);
        } finally {
          await peer.close();
        }
      });
    }
  });
}

describe('a call with a bot that something is wrong with: what the caller hears, and what the record says', () => {
  describeBot('bot-framework', botFramework);
  describeBot('dialogflow-cx', dialogflowCx);
  describeBot('dialogflow-es', dialogflowEs);
  describeBot('dialogflow-cx, which gets the audio', hearingCx);
  describeBot('dialogflow-es, which gets the audio', hearingEs);
  describeBot('llm', llm);
  describeBot('ac-bot-api over WebSocket, in texts', textsOverWebSocket);
  describeBot('ac-bot-api over WebSocket, which hears and speaks itself', acBotApi);
});

test('every fault was tried on every stream of every bot connector', ({ task }) => {
  expect(missing(task.file.tasks, Object.assign({}, ...Object.values<Streams>(STREAMS.bots)))).toEqual([]);
});
