import type { Clock } from '../clock.ts';
import { loadConfigText } from '../config/load.ts';
import { FakeStt } from '../speech/fake-stt.ts';
import { FakeTts, spokenText } from '../speech/fake-tts.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import { createLogger } from '../telemetry/log.ts';
import { createMetrics } from '../telemetry/metrics.ts';
import { connectorRegistry } from './connectors.ts';
import { createSpeech } from './speech.ts';

const OPENAI = { vendor: 'openai-compatible', url: 'http://127.0.0.1:9/v1' };

export interface SpeechRigOptions {
  clock: Clock;
  /** Fields of each service in hub.yaml, by its id; the order is that of fallback. */
  services?: Readonly<Record<string, object>>;
  /** Absent: no speech is kept. */
  dataDir?: string;
  /** Of synthesisers that stream word by word, otherwise of whole texts. */
  streaming?: boolean;
}

/** The speech services of a hub whose vendors are fakes that take no time, with its metrics and its log. */
export async function speechRig({ clock, services = { a: {}, b: {} }, dataDir, streaming = true }: SpeechRigOptions) {
  const ids = Object.keys(services);
  const config = await loadConfigText(
    JSON.stringify({
      speech: { cacheMegabytes: dataDir === undefined ? 0 : 1 },
      ...(dataDir === undefined ? {} : { dataDir }),
      speechServices: Object.entries(services).map(([id, fields]) => ({ id, ...OPENAI, ...fields })),
    }),
    'hub.yaml',
    {},
    connectorRegistry,
  );
  const metrics = createMetrics({ processMetrics: false });
  const lines: Record<string, unknown>[] = [];
  const log = createLogger(
    { level: 'info', callerContent: false },
    { write: (line: string) => void lines.push(JSON.parse(line)) },
  );
  const ttss = new Map<string, FakeTts>();
  const stts = new Map<string, FakeStt>();
  const instant: Clock = { now: () => clock.now(), date: () => clock.date(), after: atOnce };
  const speech = await createSpeech(config, {
    ...{ metrics, log, clock },
    exchange: ({ id, close }) => {
      const tts = new FakeTts({ id, clock: instant, streaming });
      const stt = new FakeStt({ id, clock: instant });
      ttss.set(id, tts);
      stts.set(id, stt);
      return { id, tts, stt, warmUp: async () => {}, close };
    },
  });
  const one = <T>(all: ReadonlyMap<string, T>, id: string): T => {
    const found = all.get(id);
    if (found === undefined) throw new TypeError(`no service '${id}'`);
    return found;
  };
  return {
    ...{ speech, lines },
    tts: (id: string) => one(ttss, id),
    stt: (id: string) => one(stts, id),
    /** What a bot has that falls back in the order of the services. */
    bot: (id = 'echo') => speech.of({ id, speech: { stt: ids, tts: ids, warmUp: [] } }),
    /** Log lines with these fields. */
    logged: (fields: Record<string, unknown>) =>
      lines.filter((line) => Object.entries(fields).every(([key, value]) => line[key] === value)),
    /** The samples of one metric, as they are exposed. */
    async metric(name: string): Promise<string[]> {
      return (await metrics.text()).split('\n').filter((line) => line.startsWith(`${name}{`));
    },
    async close() {
      await speech.close();
      metrics.close();
    },
  };
}

/** No timer is needed for what takes no time. */
function atOnce(_: number, fn: () => void): () => void {
  queueMicrotask(fn);
  return () => {};
}

/** What a synthesiser says of a text. */
export async function said(tts: TextToSpeech | undefined, callId: string, text = 'hello'): Promise<string> {
  if (tts === undefined) throw new TypeError('no synthesiser');
  const request = { callId, text, language: 'en-US', voice: undefined, sampleRate: 8000 } as const;
  const chunks: Int16Array[] = [];
  for await (const chunk of tts.synthesize(request, new AbortController().signal)) chunks.push(chunk);
  return spokenText(chunks);
}
