import type { Line } from '../caller/line.ts';
import type { MediaEndpoint } from '../media/port.ts';
import type { Clip } from './clips.ts';
import type { ObservedStep } from './observation.ts';
import type { CallerStep, Sound } from './schema.ts';

/** A prompt that never ends is not waited for any longer. */
const LONGEST_PROMPT_MS = 60_000;
const DEFAULT_AWAIT_MS = 10_000;
/** People press keys about so fast. */
const KEY_MS = 100;
const KEY_GAP_MS = 100;

export interface CallerScriptOptions {
  steps: readonly CallerStep[];
  clips: ReadonlyMap<number, Clip>;
  replyTimeoutMs: number;
  lingerMs: number;
}

export interface CallerScriptDeps {
  line: Line;
  endpoint: MediaEndpoint;
  /** Milliseconds of the line's clock, or of another that goes on when the line is dead. */
  after: (ms: number, fn: () => void) => () => void;
  hangUp: () => void;
  /** Resolves with the status of the answer. */
  sendInfo: (info: { contentType: string; body: string }) => Promise<number>;
  /** The call is over. */
  over: AbortSignal;
}

/** Works through the caller's steps. Times of what it returns are of the line's clock. */
export class CallerScript {
  /** By index. */
  readonly steps = new Map<number, ObservedStep>();
  readonly problems: string[] = [];
  readonly #options: CallerScriptOptions;
  readonly #deps: CallerScriptDeps;
  /** The hub has to say something that began after this; undefined: it owes nothing. */
  #replySinceMs: number | undefined = 0;

  constructor(options: CallerScriptOptions, deps: CallerScriptDeps) {
    this.#options = options;
    this.#deps = deps;
  }

  /** Ends when the last step is done and the line has been open a little longer, or when the call is over. */
  async run(): Promise<void> {
    const { steps, lingerMs } = this.#options;
    const { over, hangUp } = this.#deps;
    for (const [index, step] of steps.entries()) {
      if (over.aborted) {
        this.problems.push(`the call was over before step ${index + 1} (${describeStep(step)})`);
        return;
      }
      await this.#run(index, step);
    }
    if (over.aborted || steps.at(-1)?.hangUp) return;
    if (steps.some((step) => step.vanish)) {
      hangUp();
      return;
    }
    await this.#hubsTurn(this.#options.replyTimeoutMs);
    await this.#pass(lingerMs);
    hangUp();
  }

  async #run(index: number, step: CallerStep): Promise<void> {
    const { line, endpoint, over, hangUp } = this.#deps;
    if (step.interrupt) await this.#promptIsHeard(index, step.interrupt.after_ms, step.timeout_ms);
    else if (sounds(step) && !step.now) await this.#hubsTurn(step.timeout_ms ?? this.#options.replyTimeoutMs);
    else if (step.silence !== undefined) await this.#hubsTurn(step.timeout_ms ?? this.#options.replyTimeoutMs);
    const fromMs = line.clockMs;
    const observed: ObservedStep = { said: describeStep(step), fromMs, toMs: fromMs, speech: undefined };
    this.steps.set(index, observed);
    if (over.aborted) return;
    const sound = step.interrupt ?? step;
    if (sounds(sound)) {
      await this.#sound(sound, this.#options.clips.get(index), observed);
      this.#replySinceMs = observed.speech?.toMs ?? observed.toMs;
    } else if (step.wait !== undefined || step.silence !== undefined) {
      await this.#pass(step.wait ?? step.silence ?? 0);
      this.#replySinceMs = undefined;
    } else if (step.await !== undefined) {
      await this.#await(index, step.await, step.timeout_ms ?? DEFAULT_AWAIT_MS);
    } else if (step.info) {
      await this.#info(index, step.info);
    } else if (step.vanish) {
      await endpoint.close();
    } else if (step.hangUp) {
      hangUp();
    }
    observed.toMs = Math.max(observed.toMs, line.clockMs);
  }

  async #sound(sound: Sound, clip: Clip | undefined, observed: ObservedStep): Promise<void> {
    const { line, endpoint } = this.#deps;
    if (sound.dtmf !== undefined) {
      await endpoint.sendDtmf(sound.dtmf, { durationMs: KEY_MS, gapMs: KEY_GAP_MS });
      observed.toMs = line.clockMs;
      // a key is received when it goes down
      const lastKeyMs = (sound.dtmf.length - 1) * (KEY_MS + KEY_GAP_MS);
      observed.speech = { fromMs: observed.fromMs, toMs: observed.fromMs + lastKeyMs };
      return;
    }
    if (clip === undefined) return;
    const fromMs = await line.speak(clip.samples);
    if (fromMs === undefined) return;
    observed.fromMs = fromMs;
    observed.toMs = line.clockMs;
    observed.speech = { fromMs: fromMs + clip.voiced.fromMs, toMs: fromMs + clip.voiced.toMs };
  }

  /** Lets the hub say what it owes, and finish what it is saying. */
  async #hubsTurn(timeoutMs: number): Promise<void> {
    const { line, over } = this.#deps;
    const since = this.#replySinceMs;
    if (since !== undefined) await line.until(() => this.#began(since), timeoutMs, over);
    await line.until(() => !line.hubSpeaks, LONGEST_PROMPT_MS, over);
  }

  async #promptIsHeard(index: number, afterMs: number, timeoutMs = this.#options.replyTimeoutMs): Promise<void> {
    const { line, over } = this.#deps;
    const since = this.#replySinceMs ?? line.clockMs;
    if (!(await line.until(() => this.#began(since), timeoutMs, over))) {
      this.problems.push(`step ${index + 1}: there was no prompt to interrupt within ${timeoutMs} ms`);
      return;
    }
    const dueMs = (line.lastPromptFromMs ?? line.clockMs) + afterMs;
    await line.until(() => line.clockMs >= dueMs || !line.hubSpeaks, afterMs + 20, over);
    if (!line.hubSpeaks) this.problems.push(`step ${index + 1}: the prompt was over before it could be interrupted`);
  }

  async #await(index: number, what: 'promptStart' | 'promptEnd' | 'end', timeoutMs: number): Promise<void> {
    const { line, over } = this.#deps;
    const fail = () => this.problems.push(`step ${index + 1}: ${what} did not come within ${timeoutMs} ms`);
    if (what === 'end') {
      if (!(await this.#ended(timeoutMs))) fail();
      return;
    }
    const since = this.#replySinceMs ?? line.clockMs;
    const began = await line.until(() => this.#began(since), timeoutMs, over);
    if (what === 'promptStart') {
      if (!began) fail();
      this.#replySinceMs = since;
      return;
    }
    if (!began || !(await line.until(() => !line.hubSpeaks, timeoutMs, over))) fail();
    this.#replySinceMs = undefined;
  }

  async #info(index: number, { contentType, body, status }: NonNullable<CallerStep['info']>): Promise<void> {
    const text = typeof body === 'string' && contentType !== 'application/json' ? body : JSON.stringify(body);
    const answered = await this.#deps.sendInfo({ contentType, body: text });
    if (answered === status) return;
    this.problems.push(`step ${index + 1}: the INFO was answered with ${answered}, not with ${status}`);
  }

  #began(sinceMs: number): boolean {
    const { line } = this.#deps;
    return line.hubSpeaks || (line.lastPromptFromMs ?? -1) >= sinceMs;
  }

  /** The line may be dead: the time of the other clock counts. */
  #ended(timeoutMs: number): Promise<boolean> {
    const { over, after } = this.#deps;
    if (over.aborted) return Promise.resolve(true);
    return new Promise((resolve) => {
      const done = () => {
        cancel();
        over.removeEventListener('abort', done);
        resolve(over.aborted);
      };
      const cancel = after(timeoutMs, done);
      over.addEventListener('abort', done, { once: true });
    });
  }

  async #pass(ms: number): Promise<void> {
    await this.#deps.line.until(() => false, ms, this.#deps.over);
  }
}

function sounds({ say, wav, dtmf, noise, hum }: Sound): boolean {
  return say !== undefined || wav !== undefined || dtmf !== undefined || noise !== undefined || hum !== undefined;
}

/** The step as one short phrase. */
export function describeStep(step: CallerStep): string {
  if (step.interrupt) return `interrupts after ${step.interrupt.after_ms} ms: ${describeSound(step.interrupt)}`;
  if (step.silence !== undefined) return `is silent for ${step.silence} ms`;
  if (step.wait !== undefined) return `waits ${step.wait} ms`;
  if (step.await !== undefined) return `waits for ${step.await}`;
  if (step.info) return `sends INFO with ${step.info.contentType}`;
  if (step.vanish) return 'vanishes';
  if (step.hangUp) return 'hangs up';
  return describeSound(step);
}

function describeSound({ say, wav, dtmf, noise, hum }: Sound): string {
  if (say !== undefined) return `says "${say}"`;
  if (wav !== undefined) return `plays ${wav}`;
  if (dtmf !== undefined) return `presses ${dtmf}`;
  if (noise !== undefined) return `${noise.kind} noise of ${noise.level_db} dB for ${noise.ms} ms`;
  return hum === undefined ? 'does nothing' : `hum of ${hum.hz} Hz, ${hum.level_db} dB for ${hum.ms} ms`;
}
