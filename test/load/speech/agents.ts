import { randomUUID } from 'node:crypto';
import { pino } from 'pino';
import { FAKE_CX_AGENT, FakeCxAgent } from '../../../connectors/bots/dialogflow/cx/fake-agent.ts';
import { FAKE_ES_PROJECT, FakeEsAgent } from '../../../connectors/bots/dialogflow/es/fake-agent.ts';
import type { FakeApi } from '../../../connectors/bots/dialogflow/fake-api.ts';
import { fakeAccount } from '../../../connectors/bots/dialogflow/test-support.ts';
import type { BotConnection } from '../../../src/bots/port.ts';
import { systemClock } from '../../../src/clock.ts';
import { connectorRegistry, createBotConnection } from '../../../src/hub/connectors.ts';
import { sine } from '../../../src/media/tone.ts';
import type { OpenRecognition, Utterance } from './streams.ts';

/** An agent that gets the caller's audio itself. Its fake understands tones. */
export interface BenchAgent {
  goalCpu: number;
  /** Starts its fake. @returns the fields of the bot in hub.yaml that lead to it */
  startFake(ear?: unknown): Promise<Record<string, unknown>>;
}

export const AGENTS: Readonly<Record<string, BenchAgent>> = {
  'dialogflow-cx': {
    goalCpu: 0.6,
    startFake: async () => {
      const { api } = await FakeCxAgent.start(fakeAccount());
      raiseQuotas(api);
      return { ...api.access, agent: FAKE_CX_AGENT, directSTT: true };
    },
  },
  'dialogflow-es': {
    goalCpu: 0.6,
    startFake: async () => {
      const { api } = await FakeEsAgent.start(fakeAccount());
      raiseQuotas(api);
      return { ...api.access, project: FAKE_ES_PROJECT, directSTT: true };
    },
  },
};

/** A bench asks more than a new project may. */
function raiseQuotas({ quotas }: FakeApi): void {
  quotas.text.limit = quotas.audio.limit = Number.POSITIVE_INFINITY;
}

const TONE_FRAMES = 15;
/** The fake takes a tone for a word when silence follows, and an utterance for over after 300 ms of it. */
const END_FRAMES = 15;

export const TONE: Utterance = {
  frames: Array.from({ length: 100 }, (_, i) => (i < TONE_FRAMES ? sine(500, 20, 8000) : new Int16Array(160))),
  firstWordEnd: TONE_FRAMES,
  end: TONE_FRAMES + END_FRAMES - 1,
  text: '500 Hz',
};

export async function openAgent(connector: string, fields: Record<string, unknown>): Promise<BotConnection> {
  const { bots } = await connectorRegistry.load({ bots: [connector], speech: [] });
  const settings = bots[connector]?.parse(fields);
  return createBotConnection(
    {
      ...{ id: connector, name: connector, connector, settings, parameters: {} },
      speech: { stt: [], tts: [], warmUp: [] },
      limits: { callsPerSecond: 1, concurrentCalls: 1, maxQueueMs: 0 },
    },
    { log: pino({ level: 'silent' }), clock: systemClock },
  );
}

/** Recognitions within conversations of an agent. */
export function ofAgent(bot: BotConnection): OpenRecognition {
  return async (index, events) => {
    const call = new AbortController();
    const session = await bot.open(
      {
        ...{ callId: `bench-${index}`, conversationId: randomUUID(), botName: bot.name, caller: '+15551230001' },
        ...{ sampleRate: 8000, signal: call.signal },
      },
      {
        onActivities: () => {},
        onLost: () => events.onError(),
        onSpeech: (event) => {
          if (event.type === 'hypothesis') events.onInterim();
          if (event.type === 'recognition') events.onFinal(event.text);
        },
      },
    );
    const { userAudio } = session;
    if (userAudio === undefined) throw new Error(`${bot.id} takes no audio`);
    await session.send([
      {
        ...{ id: randomUUID(), timestamp: new Date().toISOString(), language: 'en-US', type: 'event', name: 'start' },
        parameters: { caller: '+15551230001' },
      },
    ]);
    userAudio.start();
    return {
      write: (frame) => userAudio.write(frame),
      close: () => {
        userAudio.stop();
        void session.end({ reasonCode: 'client-disconnected', reason: 'the bench is over' });
        call.abort();
      },
    };
  };
}
