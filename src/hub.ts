import type { Logger } from 'pino';
import { startDemoBot } from '../examples/demo-bot/server.ts';
import packageJson from '../package.json' with { type: 'json' };
import { createApi } from './api/server.ts';
import type { BotParameterLayer } from './bots/parameters.ts';
import { createAdmission } from './calls/admission.ts';
import type { EndReason } from './calls/end-reason.ts';
import { CallRegistry } from './calls/registry.ts';
import { type Clock, systemClock } from './clock.ts';
import type { HubConfig } from './config/types.ts';
import { createUrlAudio } from './conversation/url-audio.ts';
import type { SipAgentOptions } from './engines/embedded/sip/agent.ts';
import { offerLocalAccess, openAccess } from './hub/access.ts';
import { closeBots, converseWith, createBots, sharedChecks } from './hub/bots.ts';
import { createDialler } from './hub/dialler.ts';
import { assertStarted, type Dialouts, dialoutsPort, openDialouts } from './hub/dialouts.ts';
import { endCall } from './hub/end-call.ts';
import { type HubMedia, type HubSip, openMedia, openSip } from './hub/engine.ts';
import { inboundFacts, inboundRouting } from './hub/inbound-routing.ts';
import { listening } from './hub/listening.ts';
import { openNotifications } from './hub/notifications.ts';
import { openRecordings, type Recordings } from './hub/recordings.ts';
import { openSipConnections } from './hub/sip-connections.ts';
import { createSpeech, type SpeechDeps } from './hub/speech.ts';
import { createTakeovers } from './hub/takeovers.ts';
import { loadWaitingSounds, transferring } from './hub/transfers.ts';
import { createGuardedFetcher } from './net/guarded-fetcher.ts';
import { explain } from './routing/explain.ts';
import type { HostedCallObserver } from './signalling/hosted-call.ts';
import { inboundHandler } from './signalling/inbound.ts';
import type { LegDeps } from './signalling/leg.ts';
import { SipClient } from './signalling/sip-client.ts';
import { createVad } from './speech/vad.ts';
import { openStore, type Store } from './store/open.ts';
import { createMetrics, type Metrics } from './telemetry/metrics.ts';

const STOPPED: EndReason = { category: 'shutdown', by: 'hub', text: 'the hub was stopped', sipStatus: 503 };

export interface HubDeps {
  log: Logger;
  clock?: Clock;
  /** Faults that a test injects into the SIP agent. */
  sipAgent?: Pick<SipAgentOptions, 'datagramFilter' | 'timing'>;
  /** What a test makes of a speech service. */
  speechService?: SpeechDeps['exchange'];
}

export type HubStats = { calls: number } & ReturnType<HubSip['stats']> & ReturnType<HubMedia['stats']>;

/** A running hub. */
export interface Hub {
  /** 0: drachtio-server listens, not the hub. */
  readonly sipPort: number;
  readonly httpPort: number;
  /** Bearer token of an administrator of the API, good while this hub runs. */
  readonly apiToken: string;
  /** What the calls of this moment hold. */
  stats(): HubStats;
  /** Refuses new calls with 503, lets those under way end, and hangs up what is left when `limit` aborts. */
  drain(limit: AbortSignal): Promise<void>;
  /** Hangs up and frees everything. Idempotent. */
  close(): Promise<void>;
}

/**
 * The composition root: makes every part, joins them, and starts to take calls when all are ready.
 * What was started is closed in reverse order, also when a later part fails to start.
 * @throws PatchbayError with what to do about it: a port in use, a data directory in use, a speech engine missing
 */
export async function startHub(config: HubConfig<BotParameterLayer>, deps: HubDeps): Promise<Hub> {
  const { log } = deps;
  const clock = deps.clock ?? systemClock;
  await using starting = new AsyncDisposableStack();

  const metrics = starting.adopt(createMetrics(), (made) => made.close());
  const opening = openStore({
    url: config.database.url,
    dataDir: config.dataDir,
    retention: config.records,
    log,
    clock,
  });
  opening.catch(() => {}); // awaited below
  starting.defer(async () => (await opening.catch(() => undefined))?.close());
  const speech = starting.adopt(
    await createSpeech(config, { metrics, log, clock, exchange: deps.speechService }),
    (made) => made.close(),
  );
  const warming = Promise.all([loadVad(), speech.warmUp()]);
  warming.catch(() => {}); // awaited below

  const bots = await createBots(config.bots, { speech, metrics, log, clock });
  starting.defer(() => closeBots(bots));

  const fetcher = starting.adopt(
    createGuardedFetcher({ ...config.botUrls, allowPrivateNetworks: config.notifications.allowPrivateNetworks }),
    (made) => made.close(),
  );
  const openingMedia = openMedia(config, { clock, log });
  starting.defer(async () => (await openingMedia.catch(() => undefined))?.engine.close());

  const [store, hubMedia] = await Promise.all([opening, openingMedia, warming]);
  const recordings = starting.adopt(
    await openRecordings(config, { store, metrics: metrics.recordings, clock, log }),
    (opened) => opened.close(),
  );
  const media = recordings.watch(hubMedia.engine);
  // Only now is the data directory this hub's own.
  await speech.openCache();
  const demoBot = config.examples.demoBot;
  if (demoBot) {
    const starts = startDemoBot({ ...demoBot, log: log.child({ part: 'demo-bot' }) });
    starting.adopt(await listening('the demo bot', 'examples.demoBot.port', demoBot, starts), (bot) => bot.close());
  }

  const access = await openAccess(config, { store, clock, log });
  const notifications = starting.adopt(
    await openNotifications(config.notifications, {
      store,
      secretOf: (client) => access.notificationSecretOf(client),
      metrics: metrics.notifications,
      clock,
      log,
      version: packageJson.version,
    }),
    (opened) => opened.close(),
  );

  const registry = new CallRegistry(clock);
  const agent = starting.adopt(await openSip(config, { clock, log }, deps.sipAgent), (opened) => opened.close());
  const sip = new SipClient({
    ...agent.application,
    onError: (error) => log.error({ err: error }, 'signalling error'),
    onBack: () => log.info({ sip: agent.where }, 'the SIP agent is back'),
  });
  starting.defer(() => sip.close());
  const connections = starting.adopt(
    openSipConnections(config, {
      sip,
      draining: () => registry.draining,
      metrics: metrics.sip,
      clock,
      log,
    }),
    (opened) => opened.close(),
  );
  let dialouts: Dialouts | undefined;
  starting.defer(() => dialouts?.close());
  starting.defer(() => registry.drain(AbortSignal.abort(), STOPPED));

  const observeOutbound = () => observeCall('outbound', { store, metrics, recordings, log });
  const planning = { ...config, gatewayDown: connections.isDown };
  const waiting = await loadWaitingSounds(config);
  const placing = {
    ...{ sip, media, registry, clock, log },
    ...{ limits: config.limits, observe: observeOutbound },
  };
  const takeover = createTakeovers(planning, { legs: placing, waiting: waiting(undefined) });
  const legs: LegDeps = { ...placing, takeover };
  const urls = { fetcher, urlAudio: createUrlAudio({ fetcher, clock }) };
  const converse = transferring(
    converseWith(bots, clock, { onFailover: speech.onFailover, tell: notifications.tell }, urls, recordings.recorder),
    {
      ...{ config: planning, legs, waiting },
    },
  );
  sip.onInvite(
    inboundHandler({
      registry,
      media,
      converse,
      takeover,
      ...inboundRouting(planning, { ...legs, converse }),
      observe: () => observeCall('inbound', { store, metrics, recordings, log }),
      refused: (reason) => metrics.refused(reason),
      connectionOf: connections.connectionOf,
      settingsOf: connections.settingsOf,
      auth: connections.auth,
      admit: createAdmission(config.limits, () => registry.size, clock),
      clock,
      log,
    }),
  );

  const api = createApi({
    version: packageJson.version,
    log: log.child({ part: 'http' }, { level: config.log.level === 'info' ? 'warn' : config.log.level }),
    http: config.http,
    access,
    calls: {
      listLive: () => registry.live().map(({ record }) => recordings.named(record)),
      records: store.callRecords,
      end: (id, by) => endCall({ registry, records: store.callRecords, dialouts: dialouts?.service })(id, by),
    },
    routing: {
      sipConnections: () => config.sipConnections.map(({ id }) => id),
      explain: ({ calling, called, ...from }) =>
        explain(
          config,
          'bot' in from
            ? { type: from.type, origin: { bot: from.bot }, calling, called }
            : { ...inboundFacts(config, { sipConnection: from.sipConnection, calling, called }), type: from.type },
        ),
    },
    sipConnections: connections.port,
    recordings: recordings.port,
    bots: {
      ids: () => [...bots.keys()],
      nameOf: (id) => bots.get(id)?.connection.name ?? id,
      check: sharedChecks(bots, clock),
    },
    dialouts: dialoutsPort(config, { clock, notifications, service: () => dialouts?.service }),
    events: { feed: notifications.feed },
    readiness: {
      draining: () => registry.draining,
      checks: [
        { name: 'database', run: () => store.ping() },
        { name: 'sip', run: async () => sip.assertConnected() },
        ...hubMedia.checks,
        { name: 'dialouts', run: async () => void assertStarted(dialouts) },
      ],
    },
    metrics: {
      contentType: metrics.contentType,
      text: () => {
        for (const call of registry.live()) call.reportMedia();
        return metrics.text();
      },
    },
  });
  starting.defer(() => api.close());
  await listening('HTTP', 'http.port', config.http, api.listen(config.http));
  const httpAddress = api.server.address();
  const httpPort = typeof httpAddress === 'object' && httpAddress ? httpAddress.port : config.http.port;
  const local = await offerLocalAccess(config, httpPort, { access, log });
  starting.defer(() => local.remove());
  await sip.connect();
  connections.start();

  const greetings = (bot: string) => bots.get(bot)?.greetings;
  const dictates = (bot: string) => greetings(bot) === undefined && bots.get(bot)?.stt?.capabilities.dictation === true;
  const dialler = createDialler({ config: planning, ...legs, converse, dictates, greetings });
  const room = () => Math.min(config.limits.concurrentCalls - registry.size, media.room());
  dialouts = await openDialouts(config, { store, dialler, room, log, clock });
  notifications.start();

  const warmingCache = new AbortController();
  starting.defer(() => warmingCache.abort());
  void speech.warmCache(config.bots, warmingCache.signal);

  const running = starting.move();
  log.info({ sip: agent.where, bots: [...bots.keys()] }, 'hub is up');
  return {
    sipPort: agent.port,
    httpPort,
    apiToken: access.localToken,
    stats: () => ({ calls: registry.size, ...agent.stats(), ...hubMedia.stats() }),
    drain: (limit) => {
      dialouts.drain();
      return registry.drain(limit, STOPPED);
    },
    close: () => running.disposeAsync(),
  };
}

/** Loads the engine of voice activity detection, so that the first call finds it there. */
async function loadVad(): Promise<void> {
  (await createVad('auto')).close();
}

/** Keeps the record and the metrics of one call. */
function observeCall(
  direction: 'inbound' | 'outbound',
  { store, metrics, recordings, log }: { store: Store; metrics: Metrics; recordings: Recordings; log: Logger },
): HostedCallObserver {
  const call = metrics.call(direction);
  const follow = recordings.follow();
  return {
    changed(record) {
      follow(record);
      if (record.end) call.ended(record.end);
      store.callRecords.save(record).catch((error: unknown) => {
        log.error({ err: error, callId: record.id }, 'call record could not be saved');
      });
    },
    answered: (setupMs) => call.answered(setupMs),
    media: (stats) => call.rtp(stats),
    turn: (ledger) => metrics.turn(ledger),
  };
}
