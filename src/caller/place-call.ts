import { mkdir, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Clock } from '../clock.ts';
import { messageOf } from '../errors.ts';
import type { MediaEndpoint, MediaEngine } from '../media/port.ts';
import { writeWav } from '../media/wav.ts';
import type { TextToSpeech } from '../speech/ports.ts';
import type { CallEvent } from './call-events.ts';
import { type HubApi, watchTranscript } from './hub-transcript.ts';
import { Line } from './line.ts';
import { adviceFor, CallFailure, type CallOutcome } from './outcome.ts';
import { runScript } from './script.ts';
import { type PreparedStep, prepareSteps } from './step-audio.ts';
import type { CallStep } from './steps.ts';
import { measureTurns } from './turns.ts';
import type { CallerDialog, CallerUserAgent, DialogEnd } from './user-agent.ts';

export interface CallOptions {
  /** SIP URIs. */
  to: string;
  from: string;
  steps: readonly CallStep[];
  /** Stereo WAV file, left the caller, right the hub; undefined keeps none. */
  out: string | undefined;
  /** The whole call, from the INVITE. */
  timeoutMs: number;
  /** No response at all to the INVITE within this time: nobody is there. */
  firstResponseMs: number;
  /** Silence that ends a prompt of the hub. */
  promptEndMs: number;
  /** How long the hub may take to say something before the script goes on. */
  replyTimeoutMs: number;
  /** Speak this long after a prompt began instead of waiting for its end. */
  bargeInMs: number | undefined;
  /** Where the conversation's text is asked for; undefined: it is not. */
  api: HubApi | undefined;
  /** BCP 47, and the voice's name, for `say` steps. */
  language: string;
  voice: string | undefined;
}

export interface CallParts {
  userAgent: CallerUserAgent;
  media: MediaEngine;
  tts: TextToSpeech | undefined;
  clock: Clock;
  report: (event: CallEvent) => void;
  /** Hangs up early, as Ctrl-C does. */
  signal: AbortSignal;
}

/** After this the hub is not waited for when it could hang up by itself. */
const LINGER_MS = 2500;

/**
 * Places one real call and works through its steps. Never rejects for what may go wrong with a call: the outcome tells.
 * @throws StepAudioError when a step's audio cannot be made; nothing was sent then
 */
export async function placeCall(options: CallOptions, parts: CallParts): Promise<CallOutcome> {
  const { clock } = parts;
  const stop = new AbortController();
  const endpoint = await parts.media.createEndpoint({ callId: 'caller' });
  try {
    const steps = await prepareSteps(options, parts, endpoint.sampleRate);
    const startedAt = clock.now();
    const report = (event: DistributiveOmit<CallEvent, 'atMs'>) =>
      parts.report({ ...event, atMs: clock.now() - startedAt });
    const call = new ScriptedCall(options, parts, endpoint, steps, report, stop);
    return await call.run();
  } finally {
    stop.abort();
    await endpoint.close();
  }
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type Report = (event: DistributiveOmit<CallEvent, 'atMs'>) => void;

class ScriptedCall {
  readonly #options: CallOptions;
  readonly #parts: CallParts;
  readonly #endpoint: MediaEndpoint;
  readonly #steps: readonly PreparedStep[];
  readonly #report: Report;
  /** Aborted when the call is over, for whatever reason. */
  readonly #over: AbortController;
  #sipCallId: string | undefined;
  #hungUpBecause: string | undefined;

  constructor(
    options: CallOptions,
    parts: CallParts,
    endpoint: MediaEndpoint,
    steps: readonly PreparedStep[],
    report: Report,
    over: AbortController,
  ) {
    this.#options = options;
    this.#parts = parts;
    this.#endpoint = endpoint;
    this.#steps = steps;
    this.#report = report;
    this.#over = over;
  }

  async run(): Promise<CallOutcome> {
    const { clock, signal } = this.#parts;
    const { to, from } = this.#options;
    const sentAt = clock.now();
    this.#report({ type: 'calling', to, from });
    let dialog: CallerDialog;
    try {
      dialog = await this.#invite();
    } catch (error) {
      const failure = error instanceof CallFailure ? error : new CallFailure('call_unanswered', messageOf(error));
      const text = signal.aborted ? 'given up before the answer' : failure.message;
      this.#report({ type: 'refused', status: failure.sipStatus, text });
      return this.#failed(failure.sipStatus, text, signal.aborted ? undefined : adviceFor(failure.sipStatus, to));
    }
    const answeredAt = clock.now();
    this.#report({ type: 'answered', afterMs: answeredAt - sentAt });
    return this.#talk(dialog, sentAt, answeredAt);
  }

  /** @throws CallFailure */
  async #invite(): Promise<CallerDialog> {
    const { clock, userAgent, signal } = this.#parts;
    const giveUp = new AbortController();
    const onAbort = () => giveUp.abort();
    signal.addEventListener('abort', onAbort, { once: true });
    if (signal.aborted) giveUp.abort();
    const timers: (() => void)[] = [];
    const unanswered = new Promise<never>((_resolve, reject) => {
      const abandon = (message: string) => {
        reject(new CallFailure('call_unanswered', message));
        giveUp.abort();
      };
      const { firstResponseMs, timeoutMs, to } = this.#options;
      timers.push(clock.after(firstResponseMs, () => abandon(`no response from ${to} within ${firstResponseMs} ms`)));
      timers.push(clock.after(timeoutMs, () => abandon(`not answered within ${timeoutMs} ms`)));
      giveUp.signal.addEventListener('abort', () => reject(new CallFailure('call_unanswered', 'given up')));
    });
    const localSdp = await this.#endpoint.offer();
    const invited = userAgent.invite({
      to: this.#options.to,
      from: this.#options.from,
      localSdp,
      signal: giveUp.signal,
      onSent: (sipCallId) => {
        this.#sipCallId = sipCallId;
      },
      onProvisional: (status) => {
        timers[0]?.();
        if (status > 100) this.#report({ type: 'provisional', status });
      },
    });
    try {
      return await Promise.race([invited, unanswered]);
    } catch (error) {
      // an answer that crosses our giving up is hung up by the user agent; its rejection has no other reader
      invited.catch(() => {});
      throw error;
    } finally {
      for (const cancel of timers) cancel();
      signal.removeEventListener('abort', onAbort);
    }
  }

  async #talk(dialog: CallerDialog, sentAt: number, answeredAt: number): Promise<CallOutcome> {
    const { clock, signal } = this.#parts;
    const over = this.#over.signal;
    const line = new Line(this.#endpoint, this.#options.promptEndMs, {
      started: () => this.#report({ type: 'hub-starts' }),
      stopped: ({ fromMs, toMs }) => this.#report({ type: 'hub-stops', spokeMs: toMs - fromMs }),
    });
    let mediaProblem: string | undefined;
    const hangUp = (why: string) => {
      this.#hangUp(dialog, why);
    };
    const cancelTimeout = clock.after(Math.max(0, this.#options.timeoutMs - (answeredAt - sentAt)), () =>
      hangUp(`the call took longer than ${this.#options.timeoutMs} ms`),
    );
    const onInterrupt = () => hangUp('interrupted');
    signal.addEventListener('abort', onInterrupt, { once: true });
    if (signal.aborted) onInterrupt();
    this.#endpoint.on('dtmf', ({ digit }) => this.#report({ type: 'dtmf', digit }));
    this.#endpoint.once('failed', (error) => {
      mediaProblem = error.message;
      hangUp(mediaProblem);
    });
    const ended = dialog.ended.then((end) => {
      this.#over.abort();
      return end;
    });
    const transcript = watchTranscript(this.#options.api, this.#sipCallId, over, this.#report);
    let script: Awaited<ReturnType<typeof runScript>> = { spoken: [], finished: false };
    try {
      await this.#endpoint.acceptAnswer(dialog.remoteSdp);
      script = await runScript(this.#steps, line, this.#endpoint, this.#options, this.#report, over);
      await line.until(() => false, LINGER_MS, over);
      if (!over.aborted) hangUp('the script is finished');
    } catch (error) {
      mediaProblem ??= messageOf(error);
      hangUp(mediaProblem);
    }
    const end: DialogEnd = await ended;
    const endedAt = clock.now();
    cancelTimeout();
    signal.removeEventListener('abort', onInterrupt);
    this.#report({ type: 'ended', by: end.by, reason: end.reason });
    const hubTurns = await transcript;
    const stats = this.#endpoint.stats();
    line.close();
    const recording = await this.#record(line);
    const silent = stats.packetsReceived > 0 ? undefined : 'no audio came from the hub';
    const problem = mediaProblem ?? this.#interruption(end, script.finished) ?? silent;
    return {
      ok: problem === undefined,
      sipCallId: this.#sipCallId,
      sipStatus: 200,
      text: problem ?? `the ${end.by} hung up${end.reason ? `: ${end.reason}` : ''}`,
      advice: undefined,
      answeredAfterMs: answeredAt - sentAt,
      durationMs: endedAt - answeredAt,
      endedBy: end.by,
      hangupReason: end.reason,
      turns: measureTurns(script.spoken, line.pieces),
      hubTurns,
      recording,
      packetsReceived: stats.packetsReceived,
      packetsLost: stats.packetsLost,
    };
  }

  /** What kept the script from its end, if anything did. A hub that says goodbye first has done nothing wrong. */
  #interruption(end: DialogEnd, finished: boolean): string | undefined {
    if (finished) return undefined;
    if (end.by === 'caller') return this.#hungUpBecause;
    return `the hub hung up before the script was finished${end.reason ? `: ${end.reason}` : ''}`;
  }

  #hangUp(dialog: CallerDialog, why: string): void {
    if (this.#over.signal.aborted || this.#hungUpBecause !== undefined) return;
    this.#hungUpBecause = why;
    this.#report({ type: 'caller-hangs-up', why });
    dialog.hangUp().catch(() => {});
  }

  async #record(line: Line): Promise<string | undefined> {
    const { out } = this.#options;
    if (out === undefined) return undefined;
    await mkdir(dirname(out), { recursive: true });
    const { caller, hub } = line.track.channels();
    await writeFile(out, writeWav({ sampleRate: line.sampleRate, channels: [caller, hub] }));
    return out;
  }

  #failed(sipStatus: number | undefined, text: string, advice: string | undefined): CallOutcome {
    return {
      ok: false,
      sipCallId: this.#sipCallId,
      sipStatus,
      text,
      advice,
      answeredAfterMs: undefined,
      durationMs: 0,
      endedBy: undefined,
      hangupReason: undefined,
      turns: [],
      hubTurns: [],
      recording: undefined,
      packetsReceived: 0,
      packetsLost: 0,
    };
  }
}
