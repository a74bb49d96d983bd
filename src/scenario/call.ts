import { Line } from '../caller/line.ts';
import { CallFailure } from '../caller/outcome.ts';
import type { CallerDialog, CallerUserAgent, DialogEnd } from '../caller/user-agent.ts';
import type { SpeechSegment } from '../caller/voice-activity.ts';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint } from '../media/port.ts';
import { CallerScript } from './caller-script.ts';
import type { Clips } from './clips.ts';
import type { Scenario } from './load.ts';
import type { CallObservation, ObservedStep } from './observation.ts';

/** After a BYE of the caller, or a lost one, the call is over for us at the latest. */
const BYE_LIMIT_MS = 5000;

export interface ScenarioCallParts {
  userAgent: CallerUserAgent;
  endpoint: MediaEndpoint;
  clock: Clock;
  /** Gives the call up. */
  signal: AbortSignal;
}

export interface ScenarioCallResult {
  call: CallObservation;
  /** The clock's reading at the answer (at the INVITE when there was none). */
  zeroAt: number;
}

/** Places the call of a scenario and works through the caller's steps. Never rejects for what may go wrong with a call. */
export async function placeScenarioCall(
  scenario: Scenario,
  clips: Clips,
  to: string,
  { userAgent, endpoint, clock, signal }: ScenarioCallParts,
): Promise<ScenarioCallResult> {
  const sentAt = clock.now();
  const provisional: { status: number; at: number }[] = [];
  let sipCallId: string | undefined;
  const giveUp = new AbortController();
  const onAbort = () => giveUp.abort();
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) giveUp.abort();
  const cancelTimeout = clock.after(scenario.call.timeout_ms, onAbort);
  try {
    const dialog = await userAgent.invite({
      to,
      from: `sip:${scenario.call.from}@127.0.0.1`,
      ...(scenario.call.displayName === undefined ? {} : { displayName: scenario.call.displayName }),
      headers: scenario.call.headers,
      localSdp: await endpoint.offer(),
      signal: giveUp.signal,
      onSent: (id) => {
        sipCallId = id;
      },
      onProvisional: (status) => provisional.push({ status, at: clock.now() }),
    });
    const zeroAt = clock.now();
    const talk = await talkThrough(dialog, scenario, clips, { endpoint, clock, signal: giveUp.signal, zeroAt });
    const call: CallObservation = {
      ...talk,
      sipCallId,
      status: 200,
      answered: true,
      provisional: provisional.map(({ status, at }) => ({ status, atMs: at - zeroAt })),
      inviteMs: sentAt - zeroAt,
    };
    return { call, zeroAt };
  } catch (error) {
    const status = error instanceof CallFailure ? error.sipStatus : undefined;
    const problem = giveUp.signal.aborted ? 'the call was given up before its answer' : messageOf(error);
    return {
      call: {
        sipCallId,
        status,
        answered: false,
        provisional: provisional.map(({ status: code, at }) => ({ status: code, atMs: at - sentAt })),
        inviteMs: 0,
        endMs: clock.now() - sentAt,
        endedBy: undefined,
        reason: undefined,
        steps: new Map(),
        pieces: [],
        keys: [],
        infos: [],
        audio: { caller: new Int16Array(0), hub: new Int16Array(0) },
        audioFromMs: 0,
        sampleRate: endpoint.sampleRate,
        problems: status === undefined || scenario.caller.length > 0 ? [problem] : [],
      },
      zeroAt: sentAt,
    };
  } finally {
    cancelTimeout();
    signal.removeEventListener('abort', onAbort);
  }
}

type Talk = Omit<CallObservation, 'sipCallId' | 'status' | 'answered' | 'provisional' | 'inviteMs'>;

async function talkThrough(
  dialog: CallerDialog,
  scenario: Scenario,
  clips: Clips,
  deps: { endpoint: MediaEndpoint; clock: Clock; signal: AbortSignal; zeroAt: number },
): Promise<Talk> {
  const { endpoint, clock, signal, zeroAt } = deps;
  const over = new AbortController();
  const line = new Line(endpoint, scenario.promptEnd_ms, { started: () => {}, stopped: () => {} });
  let audioFromMs = Number.POSITIVE_INFINITY;
  const aligned = line.until(
    () => {
      // a frame is never early: the least delayed one tells where the line's clock began
      audioFromMs = Math.min(audioFromMs, clock.now() - zeroAt - line.clockMs);
      return false;
    },
    Number.POSITIVE_INFINITY,
    over.signal,
  );
  const keys: CallObservation['keys'] = [];
  const infos: CallObservation['infos'] = [];
  const problems: string[] = [];
  endpoint.on('dtmf', ({ digit }) => keys.push({ digit, atMs: clock.now() - zeroAt }));
  dialog.onInfo(({ contentType, body }) =>
    infos.push({ contentType, value: jsonOr(body), atMs: clock.now() - zeroAt }),
  );
  let endMs = 0;
  const hangUp = () => {
    dialog.hangUp().catch(() => {});
  };
  endpoint.once('failed', (error) => {
    problems.push(`the caller's media failed: ${error.message}`);
    hangUp();
  });
  const ended = dialog.ended.then((end) => {
    endMs = clock.now() - zeroAt;
    over.abort();
    return end;
  });
  const onAbort = () => {
    problems.push(`the call took longer than ${scenario.call.timeout_ms} ms, or the run was stopped`);
    hangUp();
  };
  signal.addEventListener('abort', onAbort, { once: true });
  const script = new CallerScript(
    {
      steps: scenario.caller,
      clips: clips.steps,
      replyTimeoutMs: scenario.replyTimeout_ms,
      lingerMs: scenario.linger_ms,
    },
    {
      line,
      endpoint,
      after: (ms, fn) => clock.after(ms, fn),
      hangUp,
      sendInfo: (info) => dialog.sendInfo(info),
      over: over.signal,
    },
  );
  try {
    // what the caller sounds at once is on the line from its first packet
    const running = script.run();
    await Promise.all([endpoint.acceptAnswer(dialog.remoteSdp), running]);
  } catch (error) {
    problems.push(messageOf(error));
    hangUp();
  }
  const end = await endOf(ended, clock);
  if (end === undefined) {
    problems.push('the BYE was never answered');
    endMs = clock.now() - zeroAt;
    over.abort();
  }
  signal.removeEventListener('abort', onAbort);
  await aligned;
  line.close();
  if (!Number.isFinite(audioFromMs)) audioFromMs = 0;
  const shift = ({ fromMs, toMs }: SpeechSegment) => ({ fromMs: fromMs + audioFromMs, toMs: toMs + audioFromMs });
  return {
    endMs,
    endedBy: end?.by,
    reason: end?.reason,
    steps: new Map([...script.steps].map(([index, step]) => [index, shifted(step, shift)])),
    pieces: line.pieces.map(shift),
    keys,
    infos,
    audio: line.track.channels(),
    audioFromMs,
    sampleRate: line.sampleRate,
    problems: [...problems, ...script.problems],
  };
}

function shifted(step: ObservedStep, shift: (segment: SpeechSegment) => SpeechSegment): ObservedStep {
  return { ...step, ...shift(step), speech: step.speech && shift(step.speech) };
}

function jsonOr(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

async function endOf(ended: Promise<DialogEnd>, clock: Clock): Promise<DialogEnd | undefined> {
  let cancel = () => {};
  const late = new Promise<undefined>((resolve) => {
    cancel = clock.after(BYE_LIMIT_MS, () => resolve(undefined));
  });
  try {
    return await Promise.race([ended, late]);
  } finally {
    cancel();
  }
}
