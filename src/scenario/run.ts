import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CallerParts } from '../caller/parts.ts';
import type { SecondPhone } from '../caller/second-phone.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import { prepareBotAudio } from './bot-audio.ts';
import { placeScenarioCall } from './call.ts';
import { endedRecord } from './call-record.ts';
import { makeClips } from './clips.ts';
import { ScenarioError } from './errors.ts';
import { type PlacedExpectation, problemWith } from './expectations.ts';
import type { BotServer, RunningHub, ScenarioHost } from './host.ts';
import { botId, groupByHub, hubConfigText } from './hub-config.ts';
import type { Scenario } from './load.ts';
import type { Observation } from './observation.ts';
import { ScriptedBot } from './scripted-bot.ts';

/** The bot is told of a call's end while the caller's side is over already. */
const BOT_END_LIMIT_MS = 4000;

export interface ScenarioResult {
  scenario: Scenario;
  /** Sentences; none: it passed. */
  failures: string[];
  /** Undefined when no call could be placed. */
  seen: Observation | undefined;
  durationMs: number;
}

export interface RunOptions {
  /** Calls at a time. */
  jobs: number;
  clock: Clock;
  /** 0..1. */
  random: () => number;
  signal: AbortSignal;
  /** Called as each scenario is over, in the order of their ends. */
  done: (result: ScenarioResult) => void | Promise<void>;
}

interface Run {
  id: string;
  scenario: Scenario;
  bot: ScriptedBot;
  server: BotServer | undefined;
  phone: SecondPhone | undefined;
}

/**
 * Runs scenarios against hubs of their own, one for all whose `hub` is equal, with calls from a caller of their own. The
 * results are in the order of the scenarios.
 * @throws ScenarioError `scenario_failed` when a hub, a bot or the caller's voice cannot be started
 */
export async function runScenarios(
  scenarios: readonly Scenario[],
  host: ScenarioHost,
  openParts: () => Promise<CallerParts>,
  options: RunOptions,
): Promise<ScenarioResult[]> {
  await using stack = new AsyncDisposableStack();
  const closing = new AbortController();
  const results = new Map<Scenario, ScenarioResult>();
  try {
    const voice = stack.adopt(await host.openVoice(), (opened) => opened.close());
    const parts = stack.use(await openParts());
    const server = stack.adopt(await host.serveAudio(), (opened) => opened.close());
    const runs: Run[] = [];
    for (const [index, scenario] of scenarios.entries()) {
      const bot = new ScriptedBot(scenario.bot, { clock: options.clock, closing: closing.signal });
      bot.audio = await prepareBotAudio(scenario, { tts: voice.tts, server, signal: options.signal });
      const listening = scenario.bot.url === undefined ? await host.startBot(bot, scenario.bot) : undefined;
      stack.defer(() => listening?.close());
      const phone = scenario.agent === undefined ? undefined : stack.use(await parts.openPhone(scenario.agent));
      runs.push({ id: botId(index), scenario, bot, server: listening, phone });
    }
    stack.defer(() => closing.abort());
    for (const group of groupByHub(runs)) {
      await withHub(group, host, options, async (hub) => {
        await inParallel(group, options.jobs, async (run) => {
          const result = await runOne(run, hub, { parts, tts: voice.tts }, options);
          results.set(run.scenario, result);
          await options.done(result);
        });
      });
    }
  } catch (error) {
    if (error instanceof ScenarioError) throw error;
    throw new ScenarioError('scenario_failed', `the scenarios could not be run: ${messageOf(error)}`, { cause: error });
  }
  return scenarios.flatMap((scenario) => results.get(scenario) ?? []);
}

async function withHub(
  group: readonly Run[],
  host: ScenarioHost,
  { random }: RunOptions,
  use: (hub: RunningHub) => Promise<void>,
): Promise<void> {
  await using stack = new AsyncDisposableStack();
  const dataDir = stack.adopt(await mkdtemp(join(tmpdir(), 'patchbay-scenario-')), (folder) =>
    rm(folder, { recursive: true, force: true }),
  );
  const configured = group.map(({ id, scenario, server, phone }) => ({
    id,
    scenario,
    agentPort: phone?.sipPort,
    url: server?.url ?? scenario.bot.url ?? '',
  }));
  const text = hubConfigText(configured, { dataDir, random });
  const sttSessionLimitMs = group[0]?.scenario.sttSessionLimit_ms;
  const hub = stack.adopt(await host.startHub(text, { sttSessionLimitMs }), (started) => started.close());
  await use(hub);
}

/** Never rejects when `work` does not; stops giving out work when one does. */
async function inParallel<T>(items: readonly T[], jobs: number, work: (item: T) => Promise<void>): Promise<void> {
  const waiting = items.values();
  const worker = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: Math.min(jobs, items.length) }, worker));
}

async function runOne(
  { id, scenario, bot, server, phone }: Run,
  hub: RunningHub,
  { parts, tts }: { parts: CallerParts; tts: TextToSpeech },
  { clock, signal }: RunOptions,
): Promise<ScenarioResult> {
  const startedAt = clock.now();
  const result = (failures: string[], seen?: Observation): ScenarioResult => ({
    scenario,
    failures,
    seen,
    durationMs: clock.now() - startedAt,
  });
  if (signal.aborted) return result(['the run was stopped before this scenario']);
  try {
    const endpoint = await parts.media.createEndpoint({ callId: id });
    try {
      const clips = await makeClips(scenario, { tts, signal }, endpoint.sampleRate);
      const to = `sip:${id}@127.0.0.1:${hub.sipPort}`;
      const { call, zeroAt } = await placeScenarioCall(scenario, clips, to, {
        userAgent: parts.userAgent,
        endpoint,
        clock,
        signal,
      });
      const record =
        call.sipCallId === undefined
          ? undefined
          : await endedRecord(
              { url: `http://127.0.0.1:${hub.httpPort}`, token: hub.apiToken },
              call.sipCallId,
              clock,
              signal,
            );
      if (server !== undefined && bot.received.length > 0) await botToldOfEnd(bot, clock, signal);
      const { received, ends } = bot;
      const seen: Observation = {
        ...{ ...call, received, botEnds: ends, zeroAt, record, prompts: clips.prompts },
        agentInvites: phone?.invites ?? [],
      };
      return result([...seen.problems, ...failedExpectations(scenario, seen)], seen);
    } finally {
      await endpoint.close();
    }
  } catch (error) {
    return result([messageOf(error)]);
  }
}

async function botToldOfEnd(bot: ScriptedBot, clock: Clock, signal: AbortSignal): Promise<void> {
  const until = clock.now() + BOT_END_LIMIT_MS;
  while (bot.ends.length === 0 && clock.now() < until && !signal.aborted) {
    await new Promise<void>((resolve) => clock.after(20, resolve));
  }
}

function failedExpectations(scenario: Scenario, seen: Observation): string[] {
  const placed: (PlacedExpectation & { where: string })[] = [
    ...scenario.caller.flatMap(({ expect }, stepIndex) =>
      (expect ?? []).map((expectation, index) => ({
        expectation,
        stepIndex,
        where: `step ${stepIndex + 1}, expectation ${index + 1}`,
      })),
    ),
    ...scenario.expect.map((expectation, index) => ({
      expectation,
      stepIndex: undefined,
      where: `expectation ${index + 1} of the call`,
    })),
  ];
  return placed.flatMap((one) => {
    const problem = problemWith(one, seen);
    return problem === undefined ? [] : [`${one.where}: ${problem}`];
  });
}
