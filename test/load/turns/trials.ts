import { sleep } from '../../e2e/support/wait-for.ts';
import type { SipUac } from '../sip-uac.ts';
import type { BenchBot } from './bench-bot.ts';
import type { BenchClip } from './clips.ts';
import { Line } from './line.ts';

/** A line that has a call up and the user part that it called from. */
interface Phone {
  line: Line;
  caller: string;
}

export interface LatencyTrial {
  clip: string;
  /** Last voiced packet out of the phone to the request at the bot, less the configured endpointing. */
  toBotMs: number;
  /** The bot's answer to the first packet of the prompt at the phone. */
  toCallerMs: number;
}

export interface BargeInTrial {
  kind: BenchClip['kind'];
  clip: string;
  /** The prompt was dropped; otherwise it went on. */
  interrupted: boolean;
  /** First voiced packet out of the phone to the last packet of the prompt at the phone; only when interrupted. */
  stoppedAfterMs: number | undefined;
  /** The longest gap in the prompt while it was undecided; only when it went on. */
  heldMs: number | undefined;
  /** What the bot was told. */
  text: string | undefined;
}

let dialled = 0;

async function dial(uac: SipUac): Promise<Phone> {
  const id = ++dialled;
  const { line } = await Line.dial(uac, id);
  await line.nextPrompt(5000);
  return { line, caller: `load${id}` };
}

/** Lets the noise floor of the line become known. */
const SETTLE_MS = 700;

/** The caller says a clip after the bot's last word, over and over; the bot's word is 200 ms long. */
export async function latencyTrials(
  clips: readonly BenchClip[],
  { uac, bot, endpointingMs, lines }: { uac: SipUac; bot: BenchBot; endpointingMs: number; lines: number },
): Promise<LatencyTrial[]> {
  return spread(clips, lines, uac, async (phone, clip) => {
    await sleep(SETTLE_MS + Math.random() * 20);
    const said = phone.line.say(clip.samples, clip.voiced);
    const turn = await bot.nextTurn(phone.caller, 5000);
    if (turn === undefined) throw new Error(`${clip.name}: the bot was not asked`);
    const first = await phone.line.nextPrompt(2000);
    return {
      clip: clip.name,
      toBotMs: turn.requestAt - said.lastVoicedAt - endpointingMs,
      toCallerMs: first - turn.replyAt,
    };
  });
}

/** Longest wait for what a clip leads to: end of speech, recognition, and the bot. */
const VERDICT_MS = 2500;
/** A prompt that has been silent this long at the end of a trial has stopped. */
const STOPPED_MS = 150;
/** How long the prompt is listened to after it has gone on. */
const LATE_TEXT_MS = 500;

/** The caller makes a sound while the bot's endless prompt plays. */
export async function bargeInTrials(
  clips: readonly BenchClip[],
  { uac, bot, lines }: { uac: SipUac; bot: BenchBot; lines: number },
): Promise<BargeInTrial[]> {
  return spread(clips, lines, uac, async (phone, clip) => {
    const { line, caller } = phone;
    await sleep(SETTLE_MS + Math.random() * 20);
    const said = line.say(clip.samples, clip.voiced);
    const gaps = watchGaps(line);
    // The prompt that the bot sends in answer is not the one that was interrupted.
    let lastOfPrompt: number | undefined;
    const turn = await Promise.race([
      bot.nextTurn(caller, clip.samples.length / 8 + VERDICT_MS).then((found) => {
        lastOfPrompt = line.lastPromptAt;
        return found;
      }),
      gaps.verdict(said.done),
    ]);
    const silentMs = performance.now() - line.lastPromptAt;
    const interrupted = turn !== undefined || silentMs > STOPPED_MS;
    const heldMs = gaps.stop();
    const last = lastOfPrompt ?? line.lastPromptAt;
    if (interrupted) await renew(phone, uac, turn !== undefined);
    return {
      kind: clip.kind,
      clip: clip.name,
      interrupted,
      stoppedAfterMs: interrupted ? last - said.firstVoicedAt : undefined,
      heldMs: interrupted ? undefined : heldMs,
      text: turn?.text,
    };
  });
}

/** After an interruption: the bot's next prompt, or another call where there is none. */
async function renew(phone: Phone, uac: SipUac, answered: boolean): Promise<void> {
  if (answered && (await phone.line.nextPrompt(2000).catch(() => undefined)) !== undefined) return;
  phone.line.hangUp();
  Object.assign(phone, await dial(uac));
}

/** Measures how long the prompt is silent at most. */
function watchGaps(line: Line): { verdict(done: Promise<void>): Promise<undefined>; stop(): number } {
  let longest = 0;
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - line.lastPromptAt);
  }, 5);
  return {
    /** Resolves when the sound is over and, after the time that a decision takes, the prompt plays again. */
    async verdict(done) {
      await done;
      const until = performance.now() + VERDICT_MS;
      await sleep(1200);
      while (performance.now() < until && performance.now() - line.lastPromptAt > 60) await sleep(10);
      // A text that comes late interrupts a prompt that has gone on: late, not missed.
      await sleep(LATE_TEXT_MS);
      return undefined;
    },
    stop() {
      clearInterval(timer);
      return Math.max(0, longest - 20);
    },
  };
}

/** Runs the trials on several lines at a time. */
async function spread<T>(
  clips: readonly BenchClip[],
  lines: number,
  uac: SipUac,
  trial: (phone: Phone, clip: BenchClip) => Promise<T>,
): Promise<T[]> {
  const waiting = [...clips.entries()];
  const results: T[] = [];
  const work = async () => {
    const phone = await dial(uac);
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      results[next[0]] = await trial(phone, next[1]);
    }
    phone.line.hangUp();
  };
  await Promise.all(Array.from({ length: lines }, work));
  return results;
}
