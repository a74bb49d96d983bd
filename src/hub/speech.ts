import { join } from 'node:path';
import type { Logger } from 'pino';
import { type BotParameterLayer, DEFAULT_BOT_PARAMETERS, resolveParameters } from '../bots/parameters.ts';
import type { Clock } from '../clock.ts';
import type { BotConfig, HubConfig, SpeechServiceConfig } from '../config/types.ts';
import { ttsParameters } from '../conversation/vendor-options.ts';
import { messageOf } from '../errors.ts';
import { AudioFiles } from '../speech/audio-files.ts';
import type { Failover } from '../speech/failover.ts';
import { fittedTts } from '../speech/fitted-tts.ts';
import { OpeningHedges } from '../speech/opening-hedges.ts';
import type { GreetingRecognizer, SpeechService, SpeechToText, TextToSpeech } from '../speech/ports.ts';
import { probeStt, probeTts } from '../speech/probes.ts';
import { sentencewise } from '../speech/sentencewise.ts';
import { ServiceHealth } from '../speech/service-health.ts';
import type { SteadyLimits, SttCandidate } from '../speech/steady-limits.ts';
import { steadyStt } from '../speech/steady-stt.ts';
import { steadyTts, type TtsCandidate } from '../speech/steady-tts.ts';
import { StickyChoice } from '../speech/sticky-choice.ts';
import { cachedTts } from '../speech/tts-cache.ts';
import { measuredStt, measuredTts } from '../telemetry/measured.ts';
import type { Metrics } from '../telemetry/metrics.ts';
import { createSpeechService } from './connectors.ts';
import { openGreetings } from './greetings.ts';

export interface SpeechDeps {
  metrics: Metrics;
  log: Logger;
  clock: Clock;
  /** What is used in the place of a service that was made. */
  exchange?: ((made: SpeechService) => SpeechService) | undefined;
}

export interface BotSpeech {
  stt: SpeechToText | undefined;
  tts: TextToSpeech | undefined;
  /** What hears greetings; undefined: the results of `stt` do, which takes dictation. */
  greetings: GreetingRecognizer | undefined;
}

/** The speech services of the configuration, and what bots make of them. */
export interface Speech {
  readonly services: ReadonlyMap<string, SpeechService>;
  /** What recognises and speaks for a bot: its services in their order of fallback. */
  of(bot: Pick<BotConfig, 'id' | 'speech'>): BotSpeech;
  /** Tells `listener` of each failover of a call; the returned function ends that. */
  onFailover(callId: string, listener: (failover: Failover) => void): () => void;
  /** Resolves when every service can be used with its usual latency. */
  warmUp(): Promise<void>;
  /** Takes over the synthesised speech that is kept in `dataDir`. @throws Error where its directory cannot be used */
  openCache(): Promise<void>;
  /** Says the texts that the bots' callers hear first, so that the cache has them. What fails is logged. */
  warmCache(bots: readonly WarmedBot[], signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

type WarmedBot = Pick<BotConfig<BotParameterLayer>, 'id' | 'speech' | 'parameters'>;

/** A service that is left out is probed after this; the pause doubles while it stays away. */
const PROBE_AFTER_MS = 10_000;

/** Makes the services of the configuration. Starts nothing by itself. */
export async function createSpeech(
  config: Pick<HubConfig, 'speechServices' | 'speech' | 'dataDir'>,
  deps: SpeechDeps,
): Promise<Speech> {
  const { log, clock, metrics, exchange = (made: SpeechService) => made } = deps;
  const { cacheMegabytes, firstAudioMs, ...limits } = config.speech;
  const files =
    cacheMegabytes === 0
      ? undefined
      : new AudioFiles(join(config.dataDir, 'speech-cache'), cacheMegabytes * 1024 * 1024);
  const services = new Map<string, SpeechService>();
  for (const entry of config.speechServices) {
    const made = await createSpeechService(entry, { log: log.child({ speechService: entry.id }), clock });
    services.set(entry.id, exchange(made));
  }
  const watch = (id: string, kind: 'stt' | 'tts', probe: (signal: AbortSignal) => Promise<void>) =>
    new ServiceHealth({
      probe,
      probeAfterMs: PROBE_AFTER_MS,
      onChange({ usable, why }) {
        metrics.speechUsable(id, kind, usable);
        log[usable ? 'info' : 'error'](
          { speechService: id, kind, why },
          usable ? 'speech service is used again' : 'speech service is left out',
        );
      },
    });

  metrics.watchSpeechJobs(() =>
    [...services].flatMap(([id, service]) => (service.jobs ? [[id, service.jobs()] as const] : [])),
  );

  const stts = new Map<string, SttCandidate>();
  const ttss = new Map<string, TtsCandidate>();
  for (const entry of config.speechServices) {
    const service = services.get(entry.id);
    const { stt, tts } = service ?? {};
    if (stt) {
      stts.set(entry.id, {
        stt: measuredStt(stt, metrics),
        health: watch(entry.id, 'stt', (signal) => probeStt(stt, signal)),
        hedges: new OpeningHedges(),
      });
    }
    if (tts) {
      ttss.set(entry.id, {
        tts: preparedTts(tts, entry, files, deps),
        health: watch(entry.id, 'tts', (signal) => probeTts(tts, signal)),
      });
    }
  }

  const listeners = new Map<string, (failover: Failover) => void>();
  const onFailover = (bot: string) => (failover: Failover) => {
    const { callId, kind, from, to, why } = failover;
    log.warn(
      { callId, bot, event: 'speech.failover', kind, from, to, why },
      'the call goes on with another speech service',
    );
    metrics.speechFailover(from, to, kind);
    listeners.get(callId)?.(failover);
  };

  const greetings = openGreetings(services.values(), { log, clock });
  const of: Speech['of'] = ({ id, speech }) => {
    const stt = chainOfStt(pick(stts, speech.stt), limits, clock, onFailover(id));
    return {
      stt,
      tts: chainOfTts(pick(ttss, speech.tts), firstAudioMs, clock, onFailover(id)),
      greetings: greetings.of(stt, services.get(speech.stt[0] ?? '')),
    };
  };

  return {
    services,
    of,
    openCache: async () => files?.open(),
    async warmCache(bots, signal) {
      for (const bot of bots) {
        // No call goes on with another service because of it.
        const onFailover = ({ from, to, why }: Failover) =>
          log.warn({ bot: bot.id, from, to, why }, 'a text of speech.warmUp is left to another speech service');
        const tts = chainOfTts(pick(ttss, bot.speech.tts), firstAudioMs, clock, onFailover);
        await warm(bot, tts, { log, signal });
      }
    },
    onFailover(callId, listener) {
      listeners.set(callId, listener);
      return () => listeners.delete(callId);
    },
    async warmUp() {
      await Promise.all([...services.values()].map((service) => service.warmUp()));
    },
    async close() {
      for (const { health } of [...stts.values(), ...ttss.values()]) health.close();
      await Promise.all([greetings.close(), ...[...services.values()].map((service) => service.close())]);
    },
  };
}

/** Measured, cached, sentence by sentence, and with the SSML that the service takes. */
function preparedTts(
  tts: TextToSpeech,
  entry: SpeechServiceConfig,
  files: AudioFiles | undefined,
  { metrics, log }: SpeechDeps,
): TextToSpeech {
  const measured = measuredTts(tts, metrics);
  const cached =
    files === undefined
      ? measured
      : cachedTts(measured, {
          files,
          settings: { vendor: entry.vendor, ...(entry.settings as object) },
          onUse: (use) => metrics.speechCache(entry.id, use),
        });
  const warned = new Set<string>();
  return fittedTts(sentencewise(cached), (what) => {
    if (warned.has(what) || warned.size > 100) return;
    warned.add(what);
    log.warn({ speechService: entry.id }, what);
  });
}

function chainOfStt(
  candidates: readonly SttCandidate[],
  limits: SteadyLimits,
  clock: Clock,
  onFailover: (failover: Failover) => void,
): SpeechToText | undefined {
  const [only, ...others] = candidates;
  if (only === undefined) return undefined;
  const { sessionLimitMs, p99TimeToFinalMs } = only.stt.capabilities;
  // One that runs in the hub has no session that could end, and nothing to fall back to.
  if (others.length === 0 && sessionLimitMs === undefined && p99TimeToFinalMs === undefined) return only.stt;
  return steadyStt({ candidates, limits, clock, choice: new StickyChoice(), onFailover });
}

function chainOfTts(
  candidates: readonly TtsCandidate[],
  firstAudioMs: number,
  clock: Clock,
  onFailover: (failover: Failover) => void,
): TextToSpeech | undefined {
  if (candidates.length < 2) return candidates[0]?.tts;
  return steadyTts({ candidates, firstAudioMs, clock, choice: new StickyChoice(), onFailover });
}

function pick<T>(all: ReadonlyMap<string, T>, ids: readonly string[]): T[] {
  return ids.flatMap((id) => all.get(id) ?? []);
}

/** Failures are logged: the calls go on without. */
async function warm(
  bot: WarmedBot,
  tts: TextToSpeech | undefined,
  { log, signal }: { log: Logger; signal: AbortSignal },
): Promise<void> {
  const wanted = resolveParameters(DEFAULT_BOT_PARAMETERS, bot.parameters, {}, {});
  const { language, ttsLanguage, voiceName, disableTtsCache } = wanted;
  const parameters = ttsParameters(wanted);
  if (disableTtsCache && bot.speech.warmUp.length > 0) {
    log.warn({ bot: bot.id }, 'speech.warmUp has no effect: disableTtsCache keeps what the bot says out of the cache');
    return;
  }
  for (const text of bot.speech.warmUp) {
    if (tts === undefined || signal.aborted) return;
    const request = {
      callId: 'warm-up',
      text,
      language: ttsLanguage || language,
      voice: voiceName || undefined,
      sampleRate: 8000,
      ...(parameters && { parameters }),
    } as const;
    try {
      for await (const _ of tts.synthesize(request, signal));
    } catch (error) {
      log.warn({ bot: bot.id, why: messageOf(error) }, 'a text of speech.warmUp could not be synthesised');
    }
  }
}
