import { join } from 'node:path';
import type { Logger } from 'pino';
import type { RecordingsPort } from '../api/recording-routes.ts';
import type { BotParameterLayer } from '../bots/parameters.ts';
import type { CallRecord } from '../calls/record.ts';
import type { Clock } from '../clock.ts';
import type { HubConfig } from '../config/types.ts';
import { messageOf } from '../errors.ts';
import type { MediaEngine } from '../media/port.ts';
import { RecordingCatalogue } from '../recording/catalogue.ts';
import { RecordingError } from '../recording/errors.ts';
import { Recorder } from '../recording/recorder.ts';
import type { Store } from '../store/open.ts';
import type { RecordingMetrics } from '../telemetry/recording-metrics.ts';

type RecordingsConfig = Pick<HubConfig<BotParameterLayer>, 'recordings' | 'dataDir' | 'bots' | 'routingRules'>;

export interface RecordingsDeps {
  store: Pick<Store, 'recordings' | 'nodes'> & { callRecords: Pick<Store['callRecords'], 'get'> };
  metrics: RecordingMetrics;
  clock: Clock;
  log: Logger;
}

/** Recording, at work. */
export interface Recordings {
  readonly recorder: Recorder;
  /** The engine, with its endpoints known to the recorder. */
  watch<Engine extends MediaEngine & { room(): number }>(engine: Engine): MediaEngine & { room(): number };
  /** The record of a live call with the ids of its recordings. */
  named(record: CallRecord): CallRecord;
  /** To be told of the states of one call. */
  follow(): (record: CallRecord) => void;
  readonly port: RecordingsPort;
  /** Completes what is under way. Idempotent. */
  close(): Promise<void>;
}

/** Puts in order what killed hubs have left, then records what the configuration, bots and API clients ask for. */
export async function openRecordings(config: RecordingsConfig, deps: RecordingsDeps): Promise<Recordings> {
  const { store, metrics, clock } = deps;
  const { keepDays, maxMinutes, maxGigabytes, beep } = config.recordings;
  const directory = config.recordings.directory ?? join(config.dataDir, 'recordings');
  const log = deps.log.child({ part: 'recordings' });
  const catalogue = new RecordingCatalogue({ directory, keepDays, store: store.recordings, clock, log });
  const recorder = new Recorder({
    ...{ directory, maxMinutes, maxGigabytes, store: store.recordings, clock, log },
    beep: { atStart: beep.atStart, everySeconds: beep.everySeconds },
    ended: ({ state, durationMs }) => metrics.ended(state === 'failed' ? 'failed' : 'completed', durationMs),
  });
  metrics.watch(() => recorder.active);
  await catalogue.start();
  const unsubscribe = store.nodes.subscribe({
    gone: () => {
      catalogue.repair().catch((error: unknown) => {
        log.warn({ reason: messageOf(error) }, 'recordings of another hub could not be put in order');
      });
    },
    returned: () => {},
  });
  const wanted = whyRecorded(config);

  return {
    recorder,
    watch: (engine) => ({
      createEndpoint: async (options) => {
        const endpoint = await engine.createEndpoint(options);
        recorder.attach(options.callId, endpoint);
        return endpoint;
      },
      bridge: (a, b) => engine.bridge(a, b),
      room: () => engine.room(),
      close: () => engine.close(),
    }),
    named(record) {
      const ids = recorder.idsOf(record.id);
      return ids.length === 0 ? record : { ...record, recordings: ids };
    },
    follow() {
      let answered = false;
      return (record) => {
        if (record.state === 'ended') recorder.ended(record.id);
        if (record.state !== 'answered' || answered) return;
        answered = true;
        recorder.answered(record.id, record.sessionId);
        const why = wanted(record);
        // what a rule wants of the call to an agent is a recording of the caller, who has heard all of it
        if (why !== undefined) recorder.ensure(recorder.has(record.sessionId) ? record.sessionId : record.id, why);
      };
    },
    port: {
      list: (query) => catalogue.list(query),
      get: (id) => catalogue.get(id),
      open: (id) => catalogue.open(id),
      delete: (id) => catalogue.delete(id),
      command: async (callId, command) => {
        if (!recorder.has(callId) && (await store.callRecords.get(callId)) === undefined) {
          throw new RecordingError('recording_unknown', `there is no call '${callId}'`);
        }
        return recorder.command(callId, command);
      },
    },
    async close() {
      unsubscribe();
      catalogue.close();
      await recorder.close();
    },
  };
}

/** Who wants a call to be recorded as a whole, undefined: nobody. */
function whyRecorded({ bots, routingRules }: RecordingsConfig): (record: CallRecord) => string | undefined {
  const byParameter = new Set(
    bots.filter(({ parameters }) => parameters.autoCallRecording === true).map(({ id }) => id),
  );
  const byRule = new Set(routingRules.filter(({ record }) => record === true).map(({ id }) => id));
  return ({ destination, routingRule }) => {
    if (routingRule !== undefined && byRule.has(routingRule)) return `rule ${routingRule}`;
    return destination !== undefined && 'bot' in destination && byParameter.has(destination.bot)
      ? 'parameter'
      : undefined;
  };
}
