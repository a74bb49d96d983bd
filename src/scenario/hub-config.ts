import type { Scenario } from './load.ts';

/** Calls at a time: the RTP ports of a hub of scenarios. */
const MOST_CALLS = 64;
const FIRST_PORT = 20_000;
const LAST_PORT = 38_000;

/** The name under which a scenario is called, and its bot. */
export function botId(index: number): string {
  return `scenario-${index}`;
}

/** Scenarios whose hubs would be configured alike, in the order given. */
export function groupByHub<T extends { scenario: Scenario }>(runs: readonly T[]): T[][] {
  const groups = new Map<string, T[]>();
  for (const run of runs) {
    const { hub = {}, sttSessionLimit_ms: limitMs = 0 } = run.scenario;
    const key = JSON.stringify([limitMs, ...Object.entries(hub).sort(([a], [b]) => a.localeCompare(b))]);
    const group = groups.get(key);
    if (group) group.push(run);
    else groups.set(key, [run]);
  }
  return [...groups.values()];
}

export interface ConfiguredScenario {
  id: string;
  scenario: Scenario;
  /** Of its bot. */
  url: string;
  /** Where its second telephone listens. */
  agentPort?: number | undefined;
}

/**
 * hub.yaml (as JSON, which YAML contains) for scenarios with equal `hub`: one bot each, reached under its id.
 * @param random 0..1, chooses the range of RTP ports; those that somebody else has are passed over
 */
export function hubConfigText(
  runs: readonly ConfiguredScenario[],
  options: { dataDir: string; random: () => number },
): string {
  const first = FIRST_PORT + 2 * Math.floor((options.random() * (LAST_PORT - FIRST_PORT)) / 2);
  const { media, ...sections } = (runs[0]?.scenario.hub ?? {}) as { media?: Record<string, unknown> };
  const config = {
    http: { host: '127.0.0.1', port: 0 },
    sip: { host: '127.0.0.1', port: 0 },
    dataDir: options.dataDir,
    media: { host: '127.0.0.1', rtpPorts: `${first}-${first + 2 * 2 * MOST_CALLS - 1}`, ...media },
    ...sections,
    botUrls: { allowHosts: ['127.0.0.1'] },
    speechServices: [{ id: 'local', vendor: 'local' }],
    bots: runs.map(({ id, scenario, url }) => ({
      id,
      name: scenario.name.slice(0, 128),
      connector: 'ac-bot-api',
      url,
      ...(scenario.bot.token === undefined ? {} : { auth: { token: scenario.bot.token } }),
      ...(scenario.bot.timeouts === undefined ? {} : { timeouts: scenario.bot.timeouts }),
      ...(scenario.bot.directSTT ? { directSTT: true } : {}),
      ...(scenario.bot.directTTS ? { directTTS: true } : {}),
      // the hub's own prompts need a voice, whoever speaks for the bot
      speech: { ...(scenario.bot.directSTT ? {} : { stt: 'local' }), tts: 'local' },
      parameters: { language: scenario.language, ...scenario.bot.parameters },
    })),
    sipConnections: [
      { id: 'caller', allowFrom: ['127.0.0.1/32'] },
      ...runs.flatMap(({ id, agentPort }) =>
        agentPort === undefined
          ? []
          : [{ id: `agent-of-${id}`, gateways: [`sip:127.0.0.1:${agentPort}`], destinations: ['*'] }],
      ),
    ],
    routingRules: runs.flatMap(({ id, agentPort }) => [
      { id, called: id, destination: { bot: id } },
      ...(agentPort === undefined
        ? []
        : [
            {
              ...{ id: `transfers-of-${id}`, type: 'transfer', origin: { bot: id } },
              destination: { sipConnection: `agent-of-${id}` },
            },
          ]),
    ]),
  };
  return JSON.stringify(config, undefined, 2);
}
